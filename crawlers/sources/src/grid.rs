//! Rows of cells under a header, whatever they were read from, as a raw table.

use crate::{HeaderMap, Issue, ParseError, Severity, TableSpec, TextTable};

/// A row as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GridRow {
    /// Row number of the source, from 1.
    pub(crate) number: u32,
    /// Cells in the order of the header; missing ones at the end are null.
    pub(crate) cells: Vec<Option<String>>,
}

/// Makes the raw table `name` of rows under `header`. Without a row nothing is
/// asked of the header: an empty answer names no fields. Cells that hold bytes
/// which were no text are reported.
///
/// # Errors
/// When there are rows and a column that is not optional has no header.
pub(crate) fn grid_table(
    name: &str,
    spec: &TableSpec,
    header: &[&str],
    rows: &[GridRow],
    issues: &mut Vec<Issue>,
) -> Result<TextTable, ParseError> {
    if rows.is_empty() {
        return Ok(empty_table(name, spec));
    }
    let (map, mut table) = HeaderMap::new(name, "", spec, header.iter().copied())?;
    for row in rows {
        map.push(&mut table, row.number, |i| row.cells.get(i).and_then(Option::as_deref));
    }
    let damaged = |cell: &Option<String>| cell.as_deref().is_some_and(|c| c.contains('\u{fffd}'));
    for row in rows {
        for (at, _) in row.cells.iter().enumerate().filter(|(_, cell)| damaged(cell)) {
            let column = header.get(at).copied().unwrap_or_default();
            let message = "expected UTF-8, found other bytes; they are shown as \u{fffd}";
            issues.push(
                Issue::row(Severity::Warning, "not_utf8", &table, row.number, message)
                    .in_column(column),
            );
        }
    }
    Ok(table)
}

/// The raw table `name` without rows.
pub(crate) fn empty_table(name: &str, spec: &TableSpec) -> TextTable {
    let columns: Vec<String> = spec.columns.iter().map(crate::ColumnSpec::column_name).collect();
    TextTable::new(name, "", columns.iter().map(String::as_str))
}
