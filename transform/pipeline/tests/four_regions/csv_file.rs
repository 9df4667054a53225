//! Small CSV files with a header: RFC 4180, line breaks inside quotes allowed.

use std::collections::BTreeMap;
use std::path::Path;

/// A row by column names; a missing value is empty.
pub type Row = BTreeMap<String, String>;

/// All rows of a file.
pub fn read(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    let mut records = records(&text).into_iter();
    let header = records.next().unwrap_or_default();
    records
        .map(|cells| {
            assert_eq!(cells.len(), header.len(), "{}: {cells:?}", path.display());
            header.iter().cloned().zip(cells).collect()
        })
        .collect()
}

fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                let _ = characters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            _ => cell.push(c),
        }
    }
    assert!(!quoted && cell.is_empty() && record.is_empty(), "the last line does not end");
    records
}

#[test]
fn quotes_may_hold_commas_line_breaks_and_quotes() {
    let read = records("a,b\n\"x, y\",\"1\n\"\"2\"\"\"\n,\n");
    let want = [["a", "b"], ["x, y", "1\n\"2\""], ["", ""]];
    assert_eq!(read, want.map(|row| row.map(str::to_owned).to_vec()));
}
