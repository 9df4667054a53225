//! Expected rows against actual ones.

use crate::csv_file::Row;

/// Whether rows that are not expected are a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every row of the table is expected.
    Complete,
    /// Some rows are picked out.
    Part,
}

/// The rows agree in all columns of the expectation except `why`. A cell `*`
/// stands for anything: the rules do not decide it.
pub fn assert_same(expected: &[Row], actual: &[Row], key: &[&str], scope: Scope) {
    let differences = differences(expected, actual, key, scope);
    let count = differences.len();
    assert!(count == 0, "{count} rows differ\n\n{}", differences.join("\n\n"));
}

fn differences(expected: &[Row], actual: &[Row], key: &[&str], scope: Scope) -> Vec<String> {
    assert!(!expected.is_empty(), "nothing is expected");
    let same_key = |a: &Row, b: &Row| key.iter().all(|name| cell(a, name) == cell(b, name));
    let mut differences = Vec::new();
    for want in expected {
        let found: Vec<&Row> = actual.iter().filter(|row| same_key(row, want)).collect();
        match found[..] {
            [row] => differences.extend(difference(want, row, key)),
            _ => differences.push(format!(
                "{}: {} rows instead of one\n  because {}",
                name_of(want, key),
                found.len(),
                cell(want, "why")
            )),
        }
    }
    if scope == Scope::Complete {
        let extra = actual.iter().filter(|row| !expected.iter().any(|want| same_key(want, row)));
        differences.extend(extra.map(|row| format!("{}: not expected", name_of(row, key))));
    }
    differences
}

fn difference(want: &Row, row: &Row, key: &[&str]) -> Option<String> {
    let mut lines = Vec::new();
    for (name, value) in want.iter().filter(|(name, value)| *name != "why" && *value != "*") {
        assert!(row.contains_key(name), "the table has no column {name}");
        if cell(row, name) != value {
            lines.push(format!("\n  {name}\n    expected {value:?}\n    is       {:?}", row[name]));
        }
    }
    (!lines.is_empty()).then(|| {
        format!("{}{}\n  because {}", name_of(want, key), lines.concat(), cell(want, "why"))
    })
}

fn name_of(row: &Row, key: &[&str]) -> String {
    key.iter().map(|name| cell(row, name)).collect::<Vec<_>>().join(" | ")
}

fn cell<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).map_or("", String::as_str)
}

#[test]
fn a_difference_names_row_column_both_values_and_the_rule() {
    let row = |cells: &[(&str, &str)]| -> Row {
        cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let want = [row(&[("id", "1"), ("a", "x"), ("b", "*"), ("why", "R1")])];
    let same = [row(&[("id", "1"), ("a", "x"), ("b", "anything")])];
    let other = [row(&[("id", "1"), ("a", "y"), ("b", "")]), row(&[("id", "2"), ("a", "z")])];
    assert_eq!(differences(&want, &same, &["id"], Scope::Complete), Vec::<String>::new());
    let found = differences(&want, &other, &["id"], Scope::Complete);
    assert_eq!(found.len(), 2);
    for part in ["1", "a", "\"x\"", "\"y\"", "R1"] {
        assert!(found[0].contains(part), "{}", found[0]);
    }
    assert_eq!(found[1], "2: not expected");
    assert_eq!(differences(&want, &other, &["id"], Scope::Part).len(), 1);
}
