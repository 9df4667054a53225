//! Rows that name their own values (JSON objects, labelled text) as a table.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::columns::check_width;
use crate::grid::{GridRow, grid_table};
use crate::{Issue, ParseError, TableSpec, TextTable};

/// One row: values by the regulator's name of the column. A name that occurs
/// twice keeps its first value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Line or element number, from 1.
    pub(crate) row_number: u32,
    /// Name and value; `None` is null.
    pub(crate) values: Vec<(String, Option<String>)>,
}

impl Record {
    /// A row without values.
    pub(crate) fn new(row_number: u32) -> Self {
        Self { row_number, values: Vec::new() }
    }

    /// The members of a JSON object as values, see [`json_text`].
    pub(crate) fn of_json(row_number: u32, object: &Map<String, Value>) -> Self {
        let values = object.iter().map(|(k, v)| (k.clone(), json_text(v))).collect();
        Self { row_number, values }
    }

    /// Sets a value.
    pub(crate) fn set(&mut self, name: &str, value: Option<String>) {
        self.values.push((name.to_owned(), value));
    }

    /// The value under `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(n, _)| n == name)?.1.as_deref()
    }
}

/// The raw table `name` of records, see [`grid_table`].
///
/// # Errors
/// When there are records and a column that is not optional is in none of them,
/// or more columns than any table has.
pub(crate) fn table_of(
    name: &str,
    spec: &TableSpec,
    records: &[Record],
    issues: &mut Vec<Issue>,
) -> Result<TextTable, ParseError> {
    let mut header: Vec<&str> = Vec::new();
    let mut positions: HashMap<&str, usize> = HashMap::new();
    for (column, _) in records.iter().flat_map(|r| &r.values) {
        positions.entry(column).or_insert_with(|| {
            header.push(column);
            header.len() - 1
        });
    }
    check_width(name, header.len())?;
    let row = |record: &Record| {
        let mut cells = vec![None; header.len()];
        for (column, value) in record.values.iter().rev() {
            if let Some(cell) = positions.get(column.as_str()).and_then(|p| cells.get_mut(*p)) {
                cell.clone_from(value);
            }
        }
        GridRow { number: record.row_number, cells }
    };
    let rows: Vec<GridRow> = records.iter().map(row).collect();
    grid_table(name, spec, &header, &rows, issues)
}

/// A JSON value as the text of a cell: strings as they are, numbers and flags
/// as written, lists of such joined with `; `, anything deeper as JSON text.
pub(crate) fn json_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.iter().all(|v| !v.is_array() && !v.is_object()) => {
            Some(items.iter().filter_map(json_text).collect::<Vec<_>>().join("; "))
        }
        _ => Some(value.to_string()),
    }
}

/// Row numbers are 32 bits wide; nothing served comes near.
pub(crate) fn row_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Bounds, ColumnSpec};

    fn spec(columns: &[(&str, bool)]) -> TableSpec {
        let column = |(name, optional): &(&str, bool)| ColumnSpec {
            name: (*name).to_owned(),
            aliases: vec![],
            column: None,
            doc: String::new(),
            optional: *optional,
        };
        TableSpec {
            description: String::new(),
            member: None,
            optional: false,
            key: vec![],
            import_adds_by: vec![],
            import_whole: false,
            dated: false,
            bounds: Bounds { min_rows: 0, max_rows: 9, max_shrink: 0.0 },
            columns: columns.iter().map(column).collect(),
        }
    }

    fn record(value: &Value) -> Record {
        Record::of_json(1, value.as_object().unwrap())
    }

    #[test]
    fn values_find_their_columns_and_new_ones_are_kept() {
        let rows = [
            record(&json!({"ctNumber": "1", "list": ["a", 2, null]})),
            record(&json!({"extra": {"x": true}, "ctNumber": "2"})),
        ];
        let spec = spec(&[("ctNumber", false), ("list", true), ("never", true)]);
        let table = table_of("t", &spec, &rows, &mut vec![]).unwrap();
        let cells: Vec<Vec<_>> = table.columns.iter().map(|c| c.iter().collect()).collect();
        assert_eq!(cells[0], [Some("1"), Some("2")]);
        assert_eq!(cells[1], [Some("a; 2"), None]);
        assert_eq!(cells[2], [None, None]);
        assert_eq!(cells[3], [None, Some("{\"x\":true}")]);
        assert_eq!(table.new_columns, ["extra"]);
    }

    #[test]
    fn a_column_that_no_record_has_is_named_and_no_records_are_no_error() {
        let spec = spec(&[("ctNumber", false)]);
        let error = table_of("t", &spec, &[record(&json!({"other": 1}))], &mut vec![]).unwrap_err();
        assert!(error.to_string().contains("\"ctNumber\" is missing"), "{error}");
        let empty = table_of("t", &spec, &[], &mut vec![]).unwrap();
        assert_eq!((empty.len(), empty.columns[0].name.as_str()), (0, "ct_number"));
    }
}
