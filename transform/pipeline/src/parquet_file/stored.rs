//! A table of the snapshot before, read as far as it is needed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use polars::prelude::*;
use regatta_lake::schema::Table;
use regatta_lake::{Sha256, file_notes};

use super::encode::{arrow_schema, frame};
use crate::TransformError;
use crate::conform::conform;
use crate::error::InTable;

/// A table in its file.
pub(crate) struct Stored {
    table: &'static Table,
    path: PathBuf,
    /// Of the file, as the manifest of its snapshot has it.
    sha256: Sha256,
    of_today: bool,
    bytes: OnceLock<Bytes>,
    whole: OnceLock<DataFrame>,
    columns: Mutex<BTreeMap<&'static str, Column>>,
    groups: OnceLock<Groups>,
}

/// Where more than one row in so many is asked for, all are read at once: that
/// is faster.
const MANY: usize = 8;

/// The same for a few columns: other rows of a page are decoded in any case.
const MANY_OF_COLUMNS: usize = 32;

/// The row groups of the file.
pub(crate) struct Groups {
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
    /// Where each group begins, and where the last one ends.
    starts: Vec<usize>,
}

impl Stored {
    /// The table in the file `path` with this digest, which keeps the contract of
    /// today or an earlier one.
    pub(crate) fn new(
        path: PathBuf,
        sha256: Sha256,
        table: &'static Table,
        of_today: bool,
    ) -> Self {
        Self {
            table,
            path,
            sha256,
            of_today,
            bytes: OnceLock::new(),
            whole: OnceLock::new(),
            columns: Mutex::default(),
            groups: OnceLock::new(),
        }
    }

    pub(crate) fn table(&self) -> &'static Table {
        self.table
    }

    /// All rows and columns, in the shape of the contract.
    pub(crate) fn frame(&self) -> Result<&DataFrame, TransformError> {
        if let Some(whole) = self.whole.get() {
            return Ok(whole);
        }
        let mut whole = ParquetReader::new(Cursor::new(self.bytes()?.clone()))
            .finish()
            .and_then(|frame| conform(&frame, self.table))
            .in_table(self.table.name)?;
        // One chunk, so that a cell is found at once.
        whole.rechunk_mut_par();
        Ok(self.whole.get_or_init(|| whole))
    }

    /// Some columns of all rows.
    pub(crate) fn columns(&self, names: &[&'static str]) -> Result<DataFrame, TransformError> {
        if !self.of_today || self.whole.get().is_some() {
            return self.frame()?.select(names.iter().copied()).in_table(self.table.name);
        }
        let mut known = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<&'static str> =
            names.iter().copied().filter(|name| !known.contains_key(name)).collect();
        if !missing.is_empty() {
            let read = self.read(&missing)?;
            for name in missing {
                // One chunk, so that a cell is found at once.
                let column = read.column(name).map(Column::rechunk).in_table(self.table.name)?;
                known.insert(name, column);
            }
        }
        let found: Vec<Column> = names.iter().filter_map(|name| known.get(name).cloned()).collect();
        let rows = found.first().map_or(0, Column::len);
        DataFrame::new(rows, found).in_table(self.table.name)
    }

    /// One thread reads one row group after another: there are many of them, and
    /// a task for each would cost more than its rows.
    fn read(&self, columns: &[&'static str]) -> Result<DataFrame, TransformError> {
        ParquetReader::new(Cursor::new(self.bytes()?.clone()))
            .with_columns(Some(columns.iter().map(|name| (*name).to_owned()).collect()))
            .read_parallel(ParallelStrategy::None)
            .finish()
            .in_table(self.table.name)
    }

    /// Some rows (numbers, in order) with all columns.
    pub(crate) fn rows(&self, rows: &[IdxSize]) -> Result<DataFrame, TransformError> {
        self.some(rows, None)
    }

    /// Some rows (numbers, in order) with some columns.
    pub(crate) fn rows_of(
        &self,
        rows: &[IdxSize],
        columns: &[&'static str],
    ) -> Result<DataFrame, TransformError> {
        self.some(rows, Some(columns))
    }

    /// Whether reading `rows` one by one would cost more than one in so many of
    /// all rows.
    fn are_many(&self, rows: &[IdxSize], one_in: usize) -> Result<bool, TransformError> {
        Ok(rows.len() > self.groups()?.height() / one_in)
    }

    fn some(
        &self,
        rows: &[IdxSize],
        columns: Option<&[&'static str]>,
    ) -> Result<DataFrame, TransformError> {
        let whole = !self.of_today || self.whole.get().is_some();
        match columns {
            None if whole || self.are_many(rows, MANY)? => self.taken(self.frame()?, rows),
            None => self.read_rows(rows, None),
            Some(names) if whole || self.are_many(rows, MANY_OF_COLUMNS)? => {
                self.taken(&self.columns(names)?, rows)
            }
            Some(names) => self.rows_of_some(rows, names),
        }
    }

    /// A few rows with some columns, of which those that were read for all rows
    /// are there.
    fn rows_of_some(
        &self,
        rows: &[IdxSize],
        names: &[&'static str],
    ) -> Result<DataFrame, TransformError> {
        let (there, missing): (Vec<_>, Vec<_>) = {
            let known = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
            names.iter().copied().partition(|name| known.contains_key(name))
        };
        if there.is_empty() {
            return self.read_rows(rows, Some(names));
        }
        let there = self.taken(&self.columns(&there)?, rows)?;
        if missing.is_empty() {
            return Ok(there);
        }
        let missing = self.read_rows(rows, Some(&missing))?;
        there
            .hstack(missing.columns())
            .and_then(|both| both.select(names.iter().copied()))
            .in_table(self.table.name)
    }

    fn read_rows(
        &self,
        rows: &[IdxSize],
        columns: Option<&[&'static str]>,
    ) -> Result<DataFrame, TransformError> {
        let read = self.groups()?.rows(rows, columns).map_err(|e| self.failed(e))?;
        let found = if read.is_empty() {
            crate::tables::empty(self.table.name)
        } else {
            frame(&read, self.table)
        };
        match columns {
            Some(columns) => found.and_then(|found| found.select(columns.iter().copied())),
            None => found,
        }
        .in_table(self.table.name)
    }

    fn taken(&self, of: &DataFrame, rows: &[IdxSize]) -> Result<DataFrame, TransformError> {
        of.take(&IdxCa::from_slice("".into(), rows)).in_table(self.table.name)
    }

    pub(super) fn groups(&self) -> Result<&Groups, TransformError> {
        if let Some(groups) = self.groups.get() {
            return Ok(groups);
        }
        let groups = Groups::of(self.bytes()?.clone()).map_err(|e| self.failed(e))?;
        Ok(self.groups.get_or_init(|| groups))
    }

    /// The file, if it is what it was published as. Groups of it become part of
    /// the next snapshot without being read: a flipped byte would have a good
    /// digest there.
    fn bytes(&self) -> Result<&Bytes, TransformError> {
        if let Some(bytes) = self.bytes.get() {
            return Ok(bytes);
        }
        let bytes = fs::read(&self.path)
            .map_err(|source| TransformError::Io { path: self.path.clone(), source })?;
        let found = Sha256::of(&bytes);
        if found != self.sha256 {
            let path = self.path.clone();
            return Err(TransformError::Damaged { path, expected: self.sha256, found });
        }
        Ok(self.bytes.get_or_init(|| Bytes::from(bytes)))
    }

    /// Whether the groups of the file are what this version would write of the
    /// same rows.
    pub(crate) fn fits(&self) -> Result<bool, TransformError> {
        let groups = self.groups()?;
        let notes = groups.metadata().file_metadata().key_value_metadata();
        let has = |key: &str, value: &str| {
            notes.is_some_and(|notes| {
                notes.iter().any(|n| n.key == key && n.value.as_deref() == Some(value))
            })
        };
        let same = file_notes(env!("CARGO_PKG_VERSION"));
        Ok(self.of_today
            && groups.metadata.schema().fields() == arrow_schema(self.table).fields()
            && same.iter().all(|(key, value)| has(key, value)))
    }

    fn failed(&self, source: ParquetError) -> TransformError {
        TransformError::Io { path: self.path.clone(), source: std::io::Error::other(source) }
    }
}

impl Groups {
    fn of(bytes: Bytes) -> Result<Self, ParquetError> {
        // All that is said of a group has to be said of its copy.
        let options = ArrowReaderOptions::new().with_encoding_stats_as_mask(false);
        let metadata = ArrowReaderMetadata::load(&bytes, options)?;
        let mut starts = vec![0];
        let mut at = 0;
        for group in metadata.metadata().row_groups() {
            at += usize::try_from(group.num_rows())?;
            starts.push(at);
        }
        Ok(Self { bytes, metadata, starts })
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub(super) fn metadata(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    fn height(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// The numbers of the rows of a group.
    pub(super) fn range(&self, number: usize) -> Range<usize> {
        self.starts[number]..self.starts[number + 1]
    }

    /// The rows of a group.
    pub(super) fn read(
        &self,
        number: usize,
        schema: &SchemaRef,
    ) -> Result<RecordBatch, ParquetError> {
        let rows = self.range(number).len();
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.bytes.clone(),
            self.metadata.clone(),
        )
        .with_row_groups(vec![number])
        .with_batch_size(rows)
        .build()?;
        let read = reader.collect::<Result<Vec<_>, _>>()?;
        let read = arrow::compute::concat_batches(&self.metadata.schema().clone(), &read)?;
        Ok(RecordBatch::try_new(Arc::clone(schema), read.columns().to_vec())?)
    }

    /// Some rows, in order.
    fn rows(
        &self,
        rows: &[IdxSize],
        columns: Option<&[&'static str]>,
    ) -> Result<Vec<RecordBatch>, ParquetError> {
        let (mut groups, mut ranges) = (Vec::new(), Vec::<Range<usize>>::new());
        let mut rows = rows.iter().map(|row| *row as usize).peekable();
        let mut before = 0;
        for number in 0..self.count() {
            let range = self.range(number);
            let mut some = false;
            while let Some(row) = rows.next_if(|row| *row < range.end) {
                let at = before + row - range.start;
                match ranges.last_mut().filter(|last| last.end == at) {
                    Some(last) => last.end = at + 1,
                    None => ranges.push(at..at + 1),
                }
                some = true;
            }
            if some {
                groups.push(number);
                before += range.len();
            }
        }
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let selection = RowSelection::from_consecutive_ranges(ranges.into_iter(), before);
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.bytes.clone(),
            self.metadata.clone(),
        )
        .with_row_groups(groups)
        .with_row_selection(selection)
        .with_batch_size(65_536);
        if let Some(columns) = columns {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        builder.build()?.map(|batch| batch.map_err(ParquetError::from)).collect()
    }
}
