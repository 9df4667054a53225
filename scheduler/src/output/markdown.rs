//! A table in Markdown, for notes and reports.

use serde_json::Value;

/// The table as text: a header, a line that aligns numbers to the right, one
/// line per row.
pub fn markdown(columns: &[String], rows: &[Vec<Value>]) -> String {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let numbers =
        |i: usize| !rows.is_empty() && rows.iter().all(|r| r.get(i).is_none_or(Value::is_number));
    let mut lines = vec![
        row(columns.iter().map(|c| escape(c)).collect()),
        row((0..columns.len()).map(|i| if numbers(i) { "---:" } else { "---" }.into()).collect()),
    ];
    lines.extend(rows.iter().map(|r| row(r.iter().map(|v| escape(&text(v))).collect())));
    lines.join("\n")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(flag) => if *flag { "yes" } else { "" }.to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A bar would end the cell, a line break the table.
fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_stay_in_their_column_and_numbers_are_aligned() {
        let columns = ["name", "n"].map(str::to_owned);
        let rows = [vec![json!("a|b\nc"), json!(3)], vec![json!(["片剂", null]), json!(12)]];
        assert_eq!(
            markdown(&columns, &rows),
            "| name | n |\n| --- | ---: |\n| a\\|b c | 3 |\n| 片剂,  | 12 |"
        );
        assert_eq!(markdown(&columns, &[]), "| name | n |\n| --- | --- |");
    }
}
