//! A table for people, as wide as the terminal.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width,
};
use console::Term;
use serde_json::Value;

use super::fit::widths;

/// The table as text.
pub fn grid(columns: &[String], rows: &[Vec<Value>]) -> String {
    let terminal = super::bars::stdout_is_terminal().then(|| Term::stdout().size_checked());
    draw(columns, rows, terminal.flatten().map(|(_, width)| width))
}

/// Without a terminal each column is as wide as its widest cell, so that nothing
/// is broken up.
fn draw(columns: &[String], rows: &[Vec<Value>], line: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|c| Cell::new(c).add_attribute(Attribute::Bold)));
    let texts: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(text).collect()).collect();
    for (row, texts) in rows.iter().zip(&texts) {
        table.add_row(row.iter().zip(texts).map(|(value, text)| {
            let cell = Cell::new(text);
            if value.is_number() { cell.set_alignment(CellAlignment::Right) } else { cell }
        }));
    }
    if let Some(line) = line {
        let widths = widths(columns, &texts, line.into());
        // With the blanks on both sides.
        let fixed = |width: usize| u16::try_from(width + 2).unwrap_or(u16::MAX);
        let absolute = |width| ColumnConstraint::Absolute(Width::Fixed(fixed(width)));
        table.set_constraints(widths.into_iter().map(absolute));
    }
    table.to_string()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => plain(other),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_terminal_of_80_columns_breaks_no_id_and_no_word() {
        let columns = ["record", "rows", "reason"].map(str::to_owned);
        let reason = "the holders are companies of one corporate group, and so is the applicant";
        let rows = [vec![json!("us_orange_book:N-020636-001"), json!(1234), json!(reason)]];
        let table = draw(&columns, &rows, Some(80));
        assert!(table.lines().all(|line| console::measure_text_width(line) <= 80), "{table}");
        for word in reason.split(' ').chain(["us_orange_book:N-020636-001", "1234"]) {
            assert!(table.contains(word), "{word}\n{table}");
        }
        assert!(table.lines().count() > 5, "{table}");
        let piped = draw(&columns, &rows, None);
        assert!(piped.contains(reason) && piped.lines().count() == 5, "{piped}");
    }
}
