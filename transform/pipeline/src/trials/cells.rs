//! Raw trial tables, read cell by cell: a trial is made of rows of several
//! tables.

use std::borrow::Cow;
use std::collections::HashMap;

use polars::prelude::*;
use regatta_dictionaries::clean_opt;

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::raw::RawTables;

/// A raw table.
pub(super) struct Cells {
    frame: DataFrame,
    row_numbers: Int64Chunked,
}

impl Cells {
    /// The table, if the run wrote it.
    pub(super) fn read(raw: &RawTables<'_>, table: &str) -> Result<Option<Self>, TransformError> {
        let Some(frame) = raw.scan_opt(table)? else { return Ok(None) };
        let name = format!("{}.{table}", raw.run().source_id);
        let frame = frame.collect().in_table(&name)?;
        let row_numbers = frame
            .column("row_number")
            .and_then(|c| c.as_materialized_series().cast(&DataType::Int64))
            .and_then(|s| s.i64().cloned())
            .in_table(&name)?;
        Ok(Some(Self { frame, row_numbers }))
    }

    pub(super) fn height(&self) -> usize {
        self.frame.height()
    }

    /// The normalised text of a cell (R4); none where it says nothing or the
    /// table has no such column.
    pub(super) fn get(&self, row: usize, column: &str) -> Option<Cow<'_, str>> {
        clean_opt(self.raw(row, column))
    }

    /// The cell as it is.
    pub(super) fn raw(&self, row: usize, column: &str) -> Option<&str> {
        text(&self.frame, column).ok().and_then(|c| c.get(row))
    }

    /// As [`Cells::get`], owned.
    pub(super) fn owned(&self, row: usize, column: &str) -> Option<String> {
        self.get(row, column).map(Cow::into_owned)
    }

    /// Line of the row in the source's file.
    pub(super) fn row_number(&self, row: usize) -> i64 {
        self.row_numbers.get(row).unwrap_or(0)
    }
}

/// A raw table that belongs to another: its rows by the value of a column.
pub(super) struct Children {
    cells: Option<Cells>,
    rows: HashMap<String, Vec<usize>>,
}

impl Children {
    /// The table `table` by `column`; empty where the run wrote none.
    pub(super) fn read(
        raw: &RawTables<'_>,
        table: &str,
        column: &str,
    ) -> Result<Self, TransformError> {
        let cells = Cells::read(raw, table)?;
        let mut rows: HashMap<String, Vec<usize>> = HashMap::new();
        for (cells, row) in cells.iter().flat_map(|c| (0..c.height()).map(move |r| (c, r))) {
            if let Some(value) = cells.raw(row, column) {
                rows.entry(value.to_owned()).or_default().push(row);
            }
        }
        Ok(Self { cells, rows })
    }

    /// The rows under `key`, in the order of the table.
    pub(super) fn of(&self, key: &str) -> impl Iterator<Item = (&Cells, usize)> {
        let rows = self.rows.get(key).map(Vec::as_slice).unwrap_or_default();
        self.cells.iter().flat_map(move |cells| rows.iter().map(move |row| (cells, *row)))
    }
}
