//! One Parquet file: zstd, row groups small enough to prune and to be taken over
//! as they are, the order of the rows, Bloom filters for ids, and what every
//! column means.
//!
//! Polars writes none of sorting columns, Bloom filters and field metadata; the
//! frame is handed over column by column.

mod cuts;
mod edits;
mod encode;
mod groups;
mod stored;

use std::path::Path;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use polars::prelude::*;
use regatta_lake::schema::{self, ColumnType, Table};

use crate::TransformError;
use crate::error::InTable;

use cuts::Keys;
use groups::Groups;

pub(crate) use edits::Patched;
pub(crate) use stored::Stored;

/// How a file is divided into row groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Division {
    /// Rows that a group has at least, but for the last one.
    pub(crate) least: usize,
    /// Rows that it has at most.
    pub(crate) most: usize,
    /// Of so many rows behind the least, one ends it.
    pub(crate) one_in: u64,
}

impl Default for Division {
    /// About two thousand rows: what `DuckDB` works on at a time. Larger groups
    /// make smaller files, smaller ones make small changes cheap.
    fn default() -> Self {
        Self { least: 1_536, most: 8_192, one_in: 512 }
    }
}

/// Writes `frame`, which has the columns, types and order of `table`, with
/// `notes` as metadata of the file. Equal frames and notes give equal bytes.
pub(crate) fn write(
    frame: &DataFrame,
    table: &'static Table,
    notes: Vec<(String, String)>,
    division: Division,
    path: &Path,
) -> Result<(), TransformError> {
    let mut groups = Groups::create(table, notes, division, path)?;
    let keys = frame.select(cuts::text_keys(table)).in_table(table.name)?;
    let keys = Keys::of(&keys, table).in_table(table.name)?;
    let (mut from, rows) = (0, frame.height());
    while from < rows {
        let end = division.end(from, rows, |row| keys.digest(row)).unwrap_or(rows);
        let part = frame.slice(i64::try_from(from).unwrap_or(i64::MAX), end - from);
        groups.write(&part)?;
        from = end;
    }
    groups.finish()
}

/// Writes the rows of a table of the snapshot before, without some and with new
/// ones: the bytes are those that [`write`] would write. Row groups without a
/// change are copied. The number of rows.
pub(crate) fn splice(
    patched: &Patched,
    notes: Vec<(String, String)>,
    division: Division,
    path: &Path,
) -> Result<u64, TransformError> {
    let mut groups = Groups::create(patched.base.table(), notes, division, path)?;
    let rows = groups.splice(patched)?;
    groups.finish()?;
    Ok(rows)
}

fn properties(
    table: &Table,
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
        // A group is a page or two: an index of pages would say the same again.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(Some(division.most))
        .set_data_page_row_count_limit(division.most)
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
        let distinct = division.least as u64;
        builder = builder
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_ndv(path, distinct);
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

#[cfg(test)]
mod tests;
