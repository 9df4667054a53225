//! R1: an id names one record.

use std::collections::HashSet;

use polars::prelude::*;

use crate::adapters::Adapter;
use crate::distinct::text;
use crate::raw::RawTables;
use crate::rejected::RowProblem;

/// The rows without those that come to the id of an earlier one, as when the
/// application of a product is there twice: two of them would stop everything that
/// is made of records. They are told.
pub(crate) fn apart(
    adapter: &Adapter,
    raw: &RawTables<'_>,
    ids: StringChunked,
    rows: DataFrame,
) -> PolarsResult<(StringChunked, DataFrame, Vec<RowProblem>)> {
    let mut seen: HashSet<&str, PlRandomState> = HashSet::default();
    let is_first: BooleanChunked = ids.iter().map(|id| id.map(|id| seen.insert(id))).collect();
    if is_first.all() {
        return Ok((ids, rows, Vec::new()));
    }
    let (tables, lines) = (text(&rows, "raw_table")?, line_numbers(&rows)?);
    let mut problems = Vec::new();
    for (row, id) in ids.iter().enumerate().filter(|(row, _)| is_first.get(*row) != Some(true)) {
        problems.push(RowProblem {
            source_id: adapter.source_id.to_owned(),
            run_id: raw.run().run_id.to_string(),
            table_name: tables.get(row).unwrap_or_default().to_owned(),
            row_number: lines.get(row).unwrap_or(0),
            column_name: "record_key".to_owned(),
            kind: "repeated_record",
            message: format!(
                "there is a record {} already, perhaps because a table that this one is joined \
                 with names its key twice; the first counts",
                id.unwrap_or_default()
            ),
        });
    }
    Ok((ids.filter(&is_first)?, rows.filter(&is_first)?, problems))
}

/// Line of each row in the source's file.
pub(crate) fn line_numbers(rows: &DataFrame) -> PolarsResult<Int64Chunked> {
    let numbers = rows.column("row_number")?.as_materialized_series().cast(&DataType::Int64)?;
    Ok(numbers.i64()?.clone())
}
