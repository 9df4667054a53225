//! The table as it came: CSV, TSV or a JSON array of objects.

use std::borrow::Cow;

use csv::StringRecord;
use serde_json::Value;

use super::ImportError;
use super::report::Problem;
use crate::csv_file::next_line;

/// A table with named columns.
#[derive(Debug)]
pub(super) struct Table {
    /// Names in lower case, `_` for spaces.
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<TableRow>,
    /// Rows that could not be read.
    pub(super) problems: Vec<Problem>,
}

/// A row and its number: its line, or its place in the array, from 1.
#[derive(Debug)]
pub(super) struct TableRow {
    pub(super) number: u64,
    cells: Vec<String>,
}

impl Table {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let text = std::str::from_utf8(bytes).map_err(|e| ImportError::NotText(e.valid_up_to()))?;
        let text = text.trim_start_matches('\u{feff}');
        match text.trim_start().chars().next() {
            None => Err(ImportError::Header("the file is empty".into())),
            Some('[' | '{') => Self::json(text),
            Some(_) => Self::delimited(text),
        }
    }

    /// The cell of a row under the first of the columns that the table has.
    pub(super) fn cell<'a>(&self, row: &'a TableRow, columns: &[&str]) -> Cow<'a, str> {
        let at = columns.iter().find_map(|name| self.columns.iter().position(|c| c == name));
        crate::clean(at.and_then(|at| row.cells.get(at)).map_or("", String::as_str))
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c == column)
    }

    fn delimited(text: &str) -> Result<Self, ImportError> {
        let head = text.lines().next().unwrap_or_default();
        let delimiter = ['\t', ';', ','].into_iter().find(|c| head.contains(*c)).unwrap_or(',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(u8::try_from(delimiter).unwrap_or(b','))
            .flexible(true)
            .from_reader(text.as_bytes());
        let header = reader.headers().map_err(|e| ImportError::Header(e.to_string()))?;
        let mut this = Self {
            columns: header.iter().map(column_name).collect(),
            rows: Vec::new(),
            problems: Vec::new(),
        };
        let mut record = StringRecord::new();
        loop {
            let number = next_line(&reader, text.as_bytes());
            match reader.read_record(&mut record) {
                Ok(false) => return Ok(this),
                Ok(true) if record.len() != this.columns.len() => this.problems.push(Problem::new(
                    number,
                    "other_number_of_cells",
                    "",
                    format!("{} cells under {} headings", record.len(), this.columns.len()),
                )),
                // In a table with tabs a quote that never closes takes in the
                // rows behind it.
                Ok(true) if delimiter == '\t' && record.iter().any(|c| c.contains('\n')) => {
                    let message = "a cell goes over several lines: is a quote not closed?";
                    this.problems.push(Problem::new(number, "unclosed_quote", "", message.into()));
                }
                Ok(true) => {
                    let cells = record.iter().map(str::to_owned).collect();
                    this.rows.push(TableRow { number, cells });
                }
                Err(e) => {
                    this.problems.push(Problem::new(number, "unreadable_row", "", e.to_string()));
                }
            }
        }
    }

    fn json(text: &str) -> Result<Self, ImportError> {
        let values: Vec<Value> =
            serde_json::from_str(text).map_err(|e| ImportError::Json(e.to_string()))?;
        let mut this = Self { columns: Vec::new(), rows: Vec::new(), problems: Vec::new() };
        for (value, number) in values.iter().zip(1..) {
            let Value::Object(object) = value else {
                let message = "not an object".to_owned();
                this.problems.push(Problem::new(number, "unreadable_row", "", message));
                continue;
            };
            let mut cells = vec![String::new(); this.columns.len()];
            for (name, value) in object {
                let name = column_name(name);
                let at = this.columns.iter().position(|c| *c == name).unwrap_or_else(|| {
                    this.columns.push(name);
                    cells.push(String::new());
                    this.columns.len() - 1
                });
                cells[at] = match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
            }
            this.rows.push(TableRow { number, cells });
        }
        Ok(this)
    }
}

fn column_name(raw: &str) -> String {
    crate::clean(raw).to_lowercase().replace(' ', "_")
}
