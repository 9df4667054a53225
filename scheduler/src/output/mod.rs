//! Output of commands: tables for people, JSON and CSV for programs.

pub mod bars;
mod fit;
mod grid;
mod markdown;
pub mod words;

use std::io::Write;

use serde_json::{Map, Value};

use crate::cli::Format;

pub use grid::grid;
use markdown::markdown;

/// Rows with the same columns, shown in any of the formats.
#[derive(Debug, Default)]
pub struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    /// No rows yet.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Appends a row in the order of the columns.
    pub fn push(&mut self, row: impl IntoIterator<Item = Value>) {
        self.rows.push(row.into_iter().collect());
    }

    /// Prints the rows.
    pub fn print(&self, format: Format) -> anyhow::Result<()> {
        let out = std::io::stdout().lock();
        self.write(format, out).or_else(ignore_closed_pipe)
    }

    fn write(&self, format: Format, mut out: impl Write) -> anyhow::Result<()> {
        match format {
            Format::Table => writeln!(out, "{}", grid(&self.columns, &self.rows))?,
            Format::Markdown => writeln!(out, "{}", markdown(&self.columns, &self.rows))?,
            Format::Json => {
                let objects: Vec<Value> = self.rows.iter().map(|r| self.object(r)).collect();
                serde_json::to_writer_pretty(&mut out, &objects)?;
                writeln!(out)?;
            }
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(&self.columns)?;
                for row in &self.rows {
                    csv.write_record(row.iter().map(csv_cell))?;
                }
                csv.flush()?;
            }
        }
        Ok(())
    }

    fn object(&self, row: &[Value]) -> Value {
        let fields: Map<String, Value> =
            self.columns.iter().cloned().zip(row.iter().cloned()).collect();
        Value::Object(fields)
    }
}

/// Prints one value as JSON.
pub fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let written = serde_json::to_writer_pretty(&mut out, value)
        .map_err(anyhow::Error::from)
        .and_then(|()| Ok(writeln!(out)?));
    written.or_else(ignore_closed_pipe)
}

/// Prints a line.
pub fn line(text: impl AsRef<str>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", text.as_ref()).map_err(Into::into).or_else(ignore_closed_pipe)
}

/// `regatta … | head` is not an error.
fn ignore_closed_pipe(error: anyhow::Error) -> anyhow::Result<()> {
    let closed = |e: &std::io::Error| e.kind() == std::io::ErrorKind::BrokenPipe;
    let io = error.downcast_ref::<std::io::Error>().is_some_and(closed);
    let json = error
        .downcast_ref::<serde_json::Error>()
        .and_then(serde_json::Error::io_error_kind)
        .is_some_and(|k| k == std::io::ErrorKind::BrokenPipe);
    if io || json { Ok(()) } else { Err(error) }
}

/// A value as a CSV cell: text bare, lists joined, nothing for null.
fn csv_cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(csv_cell).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}
