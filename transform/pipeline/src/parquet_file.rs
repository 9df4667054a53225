//! One Parquet file: zstd, row groups and pages small enough to prune, column
//! and offset index, the order of the rows, Bloom filters for ids, and what
//! every column means.
//!
//! Polars writes none of sorting columns, Bloom filters and field metadata; the
//! frame is handed over column by column.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Date32Builder, Int64Array, ListBuilder, RecordBatch,
    StringArray, StringBuilder, TimestampMillisecondArray,
};
use arrow::datatypes::{
    DataType as ArrowType, Field, FieldRef, Schema, SchemaRef, TimeUnit as Unit,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use polars::prelude::*;
use regatta_lake::schema::{self, ColumnType, Table};

use crate::TransformError;
use crate::error::InTable;

/// How a file is divided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Division {
    /// Rows in a row group: what `DuckDB` gives to one thread and prunes by.
    pub(crate) row_group: usize,
    /// Rows in a page: what readers of the page index prune by.
    pub(crate) page: usize,
}

impl Default for Division {
    fn default() -> Self {
        Self { row_group: 65_536, page: 8_192 }
    }
}

/// Writes `frame`, which has the columns, types and order of `table`, with
/// `notes` as metadata of the file. Equal frames and notes give equal bytes.
pub(crate) fn write(
    frame: &DataFrame,
    table: &Table,
    notes: Vec<(String, String)>,
    division: Division,
    path: &Path,
) -> Result<(), TransformError> {
    let io = |source| TransformError::Io { path: path.to_owned(), source };
    let failed = |source: ParquetError| io(std::io::Error::other(source));
    let schema = arrow_schema(table);
    let properties = properties(table, frame.height(), notes, division).map_err(failed)?;
    let file = File::create(path).map_err(io)?;
    let mut writer =
        ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(failed)?;
    let rows = frame.height();
    for from in (0..rows).step_by(division.row_group) {
        let part = frame.slice(i64::try_from(from).unwrap_or(i64::MAX), division.row_group);
        let batch = batch(&part, table, &schema).in_table(table.name)?;
        writer.write(&batch).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

fn properties(
    table: &Table,
    rows: usize,
    notes: Vec<(String, String)>,
    division: Division,
) -> Result<WriterProperties, ParquetError> {
    let place = |name: &&str| table.columns.iter().position(|c| c.name == *name);
    let sorting = table
        .sort
        .iter()
        .filter_map(place)
        .filter_map(|at| i32::try_from(at).ok())
        // As `tables::shape` sorts. A column has one leaf, so that their numbers agree.
        .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: true })
        .collect();
    let notes = notes.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect();
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(division.row_group))
        .set_data_page_row_count_limit(division.page)
        .set_write_batch_size(division.page.min(1024))
        .set_sorting_columns(Some(sorting))
        .set_key_value_metadata(Some(notes));
    if let Some(id) = unique_text(table) {
        // A dictionary of values that occur once is hashing for nothing.
        let path = ColumnPath::from(id);
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BYTE_ARRAY);
    }
    if let Some(name) = bloom_column(table) {
        let path = ColumnPath::from(name);
        let distinct = rows.min(division.row_group) as u64;
        builder = builder
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_ndv(path, distinct.max(1));
    }
    Ok(builder.build())
}

/// The text that alone identifies a row.
fn unique_text(table: &Table) -> Option<&'static str> {
    let [id] = table.key else { return None };
    let text = |c: &schema::Column| c.name == *id && c.ty == ColumnType::Text;
    table.columns.iter().any(text).then_some(*id)
}

/// The id that identifies a row, where the file is not sorted by it: statistics
/// cannot prune by it.
fn bloom_column(table: &Table) -> Option<&'static str> {
    match table.key {
        [id] if table.sort.first() != Some(id) => Some(id),
        _ => None,
    }
}

/// The columns as JSON, for readers that do not know Arrow: name, type, whether
/// it may be null, meaning, kind of its labels.
pub(crate) fn described(table: &Table) -> String {
    let columns: Vec<serde_json::Value> = table
        .columns
        .iter()
        .map(|c| {
            serde_json::json!({
                "name": c.name,
                "type": c.ty.duckdb(),
                "nullable": c.nullable,
                "description": c.doc,
                "labels": c.labels,
            })
        })
        .collect();
    serde_json::Value::from(columns).to_string()
}

fn arrow_schema(table: &Table) -> SchemaRef {
    Arc::new(Schema::new(table.columns.iter().map(arrow_field).collect::<Vec<_>>()))
}

fn arrow_field(column: &schema::Column) -> Field {
    let ty = match column.ty {
        ColumnType::Text => ArrowType::Utf8,
        ColumnType::Int => ArrowType::Int64,
        ColumnType::Bool => ArrowType::Boolean,
        ColumnType::Date => ArrowType::Date32,
        ColumnType::Timestamp => ArrowType::Timestamp(Unit::Millisecond, Some("UTC".into())),
        ColumnType::TextList => ArrowType::List(element(ArrowType::Utf8)),
        ColumnType::DateList => ArrowType::List(element(ArrowType::Date32)),
    };
    let mut notes = HashMap::from([("description".to_owned(), column.doc.to_owned())]);
    notes.extend(column.labels.map(|kind| ("labels".to_owned(), kind.to_owned())));
    Field::new(column.name, ty, column.nullable).with_metadata(notes)
}

/// Values of lists are never null.
fn element(ty: ArrowType) -> FieldRef {
    Arc::new(Field::new("element", ty, false))
}

fn batch(part: &DataFrame, table: &Table, schema: &SchemaRef) -> PolarsResult<RecordBatch> {
    let mut arrays = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        let series = part.column(column.name)?.as_materialized_series();
        arrays.push(array(series, column.ty)?);
    }
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|e| polars_err!(ComputeError: "{}", e))
}

fn array(series: &Series, ty: ColumnType) -> PolarsResult<ArrayRef> {
    Ok(match ty {
        ColumnType::Text => Arc::new(series.str()?.iter().collect::<StringArray>()),
        ColumnType::Int => Arc::new(series.i64()?.iter().collect::<Int64Array>()),
        ColumnType::Bool => Arc::new(series.bool()?.iter().collect::<BooleanArray>()),
        ColumnType::Date => {
            let days = series.cast(&DataType::Int32)?;
            Arc::new(days.i32()?.iter().collect::<Date32Array>())
        }
        ColumnType::Timestamp => {
            let ms = series.cast(&DataType::Int64)?;
            let instants: TimestampMillisecondArray = ms.i64()?.iter().collect();
            Arc::new(instants.with_timezone("UTC"))
        }
        ColumnType::TextList => text_lists(series)?,
        ColumnType::DateList => date_lists(series)?,
    })
}

fn text_lists(series: &Series) -> PolarsResult<ArrayRef> {
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(element(ArrowType::Utf8));
    for list in series.list()?.amortized_iter() {
        if let Some(list) = list {
            for value in list.as_ref().str()?.iter() {
                lists.values().append_value(value.ok_or_else(|| null_in(series))?);
            }
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

fn date_lists(series: &Series) -> PolarsResult<ArrayRef> {
    let mut lists = ListBuilder::new(Date32Builder::new()).with_field(element(ArrowType::Date32));
    for list in series.list()?.amortized_iter() {
        if let Some(list) = list {
            for day in list.as_ref().cast(&DataType::Int32)?.i32()?.iter() {
                lists.values().append_value(day.ok_or_else(|| null_in(series))?);
            }
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

fn null_in(series: &Series) -> PolarsError {
    polars_err!(ComputeError: "a null in a list of {}, whose values are never null", series.name())
}

#[cfg(test)]
mod tests;
