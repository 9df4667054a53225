//! The row groups of a file, written one after another: made of rows, or copied
//! from the file of the snapshot before.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::MutableArrayData;
use arrow::array::{Array, AsArray, RecordBatch, RecordBatchOptions, make_array};
use arrow::compute::concat_batches;
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::add_encoded_arrow_schema_to_metadata;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::bloom_filter::Sbbf;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use polars::prelude::*;
use regatta_lake::schema::Table;

use super::cuts::{digest, text_keys};
use super::edits::{Patched, Piece};
use super::encode::{arrow_schema, batch};
use super::{Division, properties, stored};
use crate::TransformError;
use crate::error::InTable;

/// Copies a column of a group.
fn copy_column(
    group: &mut SerializedRowGroupWriter<'_, File>,
    from: &stored::Groups,
    number: usize,
    at: usize,
) -> Result<(), ParquetError> {
    let rows = from.metadata().row_group(number);
    let column = rows.column(at);
    let close = ColumnCloseResult {
        bytes_written: u64::try_from(column.compressed_size())?,
        rows_written: u64::try_from(rows.num_rows())?,
        metadata: as_written(column)?,
        bloom_filter: Sbbf::read_from_column_chunk(column, from.bytes())?,
        column_index: None,
        offset_index: None,
    };
    group.append_column(from.bytes(), close)
}

/// What is said of a column of a group, as it was written: numbers have their
/// least and greatest value twice there, the second time under names of former
/// days, and readers drop those.
fn as_written(column: &ColumnChunkMetaData) -> Result<ColumnChunkMetaData, ParquetError> {
    let twice = match column.statistics() {
        Some(Statistics::Int32(of)) => {
            Statistics::Int32(of.clone().with_backwards_compatible_min_max(true))
        }
        Some(Statistics::Int64(of)) => {
            Statistics::Int64(of.clone().with_backwards_compatible_min_max(true))
        }
        _ => return Ok(column.clone()),
    };
    column.clone().into_builder().set_statistics(twice).build()
}

/// Makes writers for one column. They ask for a file that has this column alone.
fn column_writers(
    field: &FieldRef,
    properties: &WriterPropertiesPtr,
) -> Result<ArrowRowGroupWriterFactory, ParquetError> {
    let schema: SchemaRef = Arc::new(Schema::new(vec![Arc::clone(field)]));
    let root = ArrowSchemaConverter::new().convert(&schema)?.root_schema_ptr();
    let file = SerializedFileWriter::new(std::io::sink(), root, Arc::clone(properties))?;
    Ok(ArrowRowGroupWriterFactory::new(&file, schema))
}

/// A file that is written.
pub(super) struct Groups {
    file: SerializedFileWriter<File>,
    /// One for each column: a group may need only some of them written, and each
    /// writer has buffers of its own.
    columns: Vec<ArrowRowGroupWriterFactory>,
    schema: SchemaRef,
    table: &'static Table,
    division: Division,
    path: PathBuf,
    written: usize,
}

impl Groups {
    pub(super) fn create(
        table: &'static Table,
        notes: Vec<(String, String)>,
        division: Division,
        path: &Path,
    ) -> Result<Self, TransformError> {
        let io = |source| TransformError::Io { path: path.to_owned(), source };
        let failed = |source: ParquetError| io(std::io::Error::other(source));
        let schema = arrow_schema(table);
        let mut properties = properties(table, notes, division).map_err(failed)?;
        add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
        let described = ArrowSchemaConverter::new().convert(&schema).map_err(failed)?;
        let out = File::create(path).map_err(io)?;
        let (root, properties) = (described.root_schema_ptr(), Arc::new(properties));
        let of = |field: &FieldRef| column_writers(field, &properties);
        let columns = schema.fields().iter().map(of).collect::<Result<_, _>>().map_err(failed)?;
        let file = SerializedFileWriter::new(out, root, properties).map_err(failed)?;
        let path = path.to_owned();
        Ok(Self { file, columns, schema, table, division, path, written: 0 })
    }

    /// Writes a group of these rows.
    pub(super) fn write(&mut self, rows: &DataFrame) -> Result<(), TransformError> {
        let batch = batch(rows, self.table, &self.schema).in_table(self.table.name)?;
        self.encode(&batch).map_err(|e| self.failed(e))
    }

    fn encode(&mut self, rows: &RecordBatch) -> Result<(), ParquetError> {
        self.encode_but(rows, |_| None)
    }

    /// Writes a group of these rows, but for the columns that are told to be
    /// those of a group of before.
    fn encode_but<'s>(
        &mut self,
        rows: &RecordBatch,
        same: impl Fn(usize) -> Option<(&'s stored::Groups, usize)>,
    ) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        let columns = self.schema.fields().iter().zip(rows.columns());
        for (at, (writers, (field, array))) in self.columns.iter().zip(columns).enumerate() {
            if let Some((from, number)) = same(at) {
                copy_column(&mut group, from, number, at)?;
                continue;
            }
            let writers = writers.create_column_writers(self.written)?;
            for (mut writer, leaf) in writers.into_iter().zip(compute_leaves(field, array)?) {
                writer.write(&leaf)?;
                writer.close()?.append_to_row_group(&mut group)?;
            }
        }
        group.close()?;
        self.written += 1;
        Ok(())
    }

    /// Copies a group.
    fn copy(&mut self, from: &stored::Groups, number: usize) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for column in 0..from.metadata().row_group(number).num_columns() {
            copy_column(&mut group, from, number, column)?;
        }
        group.close()?;
        self.written += 1;
        Ok(())
    }

    /// Writes the rows of `patched`; their number.
    ///
    /// A group of before with a change is read; what it has now is cut anew, and
    /// where the last cut is not where the group ended, the one behind it is
    /// read too. Cuts depend on the rows behind the cut before them only, so
    /// that all other groups are as they would be cut now.
    pub(super) fn splice(&mut self, patched: &Patched) -> Result<u64, TransformError> {
        let base = patched.base.groups()?;
        let edits = patched.edits()?;
        let new = batch(&patched.new, self.table, &self.schema).in_table(self.table.name)?;
        let mut changes = edits.changes();
        let mut open: Vec<RecordBatch> = Vec::new();
        let count = base.count();
        let mut rows = 0;
        for number in 0..count {
            let range = base.range(number);
            let pieces = changes.pieces(&range, number + 1 == count);
            if pieces.is_none() && open.is_empty() {
                self.copy(base, number).map_err(|e| self.failed(e))?;
                rows += range.len();
                continue;
            }
            let is_gone = pieces.as_deref().is_some_and(|pieces| {
                pieces.iter().all(|piece| matches!(piece, Piece::New { .. }))
            });
            let old = if is_gone {
                RecordBatch::new_empty(Arc::clone(&self.schema))
            } else {
                base.read(number, &self.schema).map_err(|e| self.failed(e))?
            };
            let is_alone = open.is_empty();
            open.push(match pieces {
                None => old.clone(),
                Some(pieces) => self.pieced((&old, &new), &pieces).map_err(|e| self.failed(e))?,
            });
            let before = is_alone.then_some((base, number, &old));
            rows += self.cut(&mut open, before, number + 1 == count)?;
        }
        if count == 0 {
            open.push(new);
            rows += self.cut(&mut open, None, true)?;
        }
        Ok(rows as u64)
    }

    /// Pieces of old and new rows one after another.
    fn pieced(
        &self,
        (old, new): (&RecordBatch, &RecordBatch),
        pieces: &[Piece],
    ) -> Result<RecordBatch, ParquetError> {
        let rows = pieces.iter().map(Piece::len).sum();
        let mut columns = Vec::with_capacity(old.num_columns());
        for (old, new) in old.columns().iter().zip(new.columns()) {
            let (old, new) = (old.to_data(), new.to_data());
            let mut made = MutableArrayData::new(vec![&old, &new], false, rows);
            for piece in pieces {
                match *piece {
                    Piece::Old { from, len } => made.extend(0, from, from + len),
                    Piece::New { from, len } => made.extend(1, from, from + len),
                }
            }
            columns.push(make_array(made.freeze()));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }

    /// Writes the groups that end in `open`, at the end of the table also the
    /// one that does not; the number of their rows. Where `open` stands for one
    /// group of `before`, columns that are the same as there are copied.
    fn cut(
        &mut self,
        open: &mut Vec<RecordBatch>,
        before: Option<(&stored::Groups, usize, &RecordBatch)>,
        at_the_end: bool,
    ) -> Result<usize, TransformError> {
        let rows = if open.len() == 1 { open.pop() } else { None };
        let rows = rows.map_or_else(|| concat_batches(&self.schema, open.iter()), Ok);
        let rows = rows.map_err(|e| self.failed(ParquetError::from(e)))?;
        open.clear();
        let keys: Vec<_> = text_keys(self.table)
            .filter_map(|name| rows.column_by_name(name))
            .map(AsArray::as_string::<i32>)
            .collect();
        let digest_of =
            |row: usize| digest(keys.iter().map(|k| k.is_valid(row).then(|| k.value(row))));
        let (mut from, height) = (0, rows.num_rows());
        while from < height {
            let end = self.division.end(from, height, digest_of);
            let Some(end) = end.or(at_the_end.then_some(height)) else { break };
            let part = rows.slice(from, end - from);
            let written = match before {
                Some((base, number, old)) if part.num_rows() == old.num_rows() => self
                    .encode_but(&part, |at| {
                        (part.column(at) == old.column(at)).then_some((base, number))
                    }),
                _ => self.encode(&part),
            };
            written.map_err(|e| self.failed(e))?;
            from = end;
        }
        if from < height {
            open.push(rows.slice(from, height - from));
        }
        Ok(from)
    }

    pub(super) fn finish(self) -> Result<(), TransformError> {
        let Self { mut file, path, .. } = self;
        let failed = |source: ParquetError| TransformError::Io {
            path: path.clone(),
            source: std::io::Error::other(source),
        };
        file.finish().map_err(failed)?;
        Ok(())
    }

    fn failed(&self, source: ParquetError) -> TransformError {
        TransformError::Io { path: self.path.clone(), source: std::io::Error::other(source) }
    }
}
