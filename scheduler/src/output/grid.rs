//! A table for people, as wide as the terminal.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};
use serde_json::Value;

/// The table as text.
pub fn grid(columns: &[String], rows: &[Vec<Value>]) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    if !super::bars::stdout_is_terminal() {
        // Piped: the width of the widest cell, so that nothing is broken up.
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(columns.iter().map(|c| Cell::new(c).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(row.iter().map(cell));
    }
    table.to_string()
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::new(""),
        Value::String(text) => Cell::new(text),
        Value::Bool(flag) => Cell::new(if *flag { "yes" } else { "" }),
        Value::Number(n) => Cell::new(n).set_alignment(CellAlignment::Right),
        Value::Array(items) => Cell::new(items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Object(_) => Cell::new(value.to_string()),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
