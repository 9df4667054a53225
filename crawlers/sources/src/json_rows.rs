//! JSON objects as rows of a raw table: one column per key.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::columns::check_width;
use crate::grid::{GridRow, grid_table};
use crate::labelled_page::decode_text;
use crate::{Issue, ParseError, Severity, TableSpec, TextTable};

/// Reads a JSON body. Bytes that are no UTF-8 become U+FFFD, which
/// [`grid_table`] reports.
///
/// # Errors
/// [`ParseError::Shape`], with `what`, when it is no JSON.
pub(crate) fn read_json(what: &str, body: &[u8]) -> Result<Value, ParseError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_str(&String::from_utf8_lossy(body))
        .map_err(|e| ParseError::shape(what, "JSON", e.to_string()))
}

/// Reads a JSON body of a Chinese source, which saved files may have in
/// GB 18030.
///
/// # Errors
/// As [`read_json`].
pub(crate) fn read_chinese_json(what: &str, body: &[u8]) -> Result<Value, ParseError> {
    read_json(what, decode_text(body).as_bytes())
}

/// A value as a cell: null is null, a text is itself, lists and objects are
/// their JSON text.
pub(crate) fn json_cell(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}

/// Makes the raw table `name` of objects; `first` is the number of the first
/// one. Keys that the catalogue does not know are kept as new columns.
///
/// # Errors
/// When there are rows and a key that is not optional is in none of them, or
/// more keys than any table has.
pub(crate) fn json_table(
    name: &str,
    spec: &TableSpec,
    objects: &[Value],
    first: u32,
    issues: &mut Vec<Issue>,
) -> Result<TextTable, ParseError> {
    let mut header: Vec<&str> = Vec::new();
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    for key in objects.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys) {
        at.entry(key.as_str()).or_insert_with(|| {
            header.push(key.as_str());
            header.len() - 1
        });
    }
    check_width(name, header.len())?;
    let mut rows = Vec::new();
    let mut strangers = Vec::new();
    for (number, object) in (first..).zip(objects) {
        let Some(object) = object.as_object() else {
            strangers.push((number, object.to_string().chars().take(100).collect::<String>()));
            continue;
        };
        let mut cells = vec![None; header.len()];
        for (key, value) in object {
            if let Some(cell) = at.get(key.as_str()).and_then(|i| cells.get_mut(*i)) {
                *cell = json_cell(value).map(Cow::into_owned);
            }
        }
        rows.push(GridRow { number, cells });
    }
    let table = grid_table(name, spec, &header, &rows, issues)?;
    for (number, found) in strangers {
        let message = format!("expected an object, found {found}");
        issues.push(Issue::row(Severity::Error, "not_an_object", &table, number, message));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> TableSpec {
        toml::from_str(
            "description = ''\nkey = ['a']\nbounds = { min_rows = 0, max_rows = 9 }\n\
             columns = [{ name = 'a', doc = '' }, { name = 'b', doc = '', optional = true }]",
        )
        .unwrap()
    }

    #[test]
    fn keys_are_columns_and_values_are_text() {
        let body = "\u{feff}[{\"a\": \"x\"}, 7, {\"a\": null, \"c\": [1, 2]}, {\"b\": true}]";
        let value = read_json("list", body.as_bytes()).unwrap();
        let mut issues = vec![];
        let table = json_table("t", &spec(), value.as_array().unwrap(), 11, &mut issues).unwrap();
        assert_eq!(table.row_numbers, [11, 13, 14]);
        assert_eq!(table.new_columns, ["c"]);
        assert_eq!(table.column("a").unwrap().get(1), None);
        assert_eq!(table.column("c").unwrap().get(1), Some("[1,2]"));
        assert_eq!(table.column("b").unwrap().get(2), Some("true"));
        assert_eq!((issues[0].row_number, issues[0].kind.as_str()), (12, "not_an_object"));
    }

    #[test]
    fn nesting_beyond_reason_is_an_error() {
        for deep in ["[".repeat(500_000), "{\"a\":".repeat(500_000)] {
            let error = read_json("list", deep.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("recursion limit"), "{error}");
        }
    }

    #[test]
    fn a_key_that_no_row_has_is_named_and_no_rows_are_no_error() {
        let mut issues = vec![];
        let rows = [serde_json::json!({"A_renamed": 1})];
        let error = json_table("t", &spec(), &rows, 1, &mut issues).unwrap_err();
        assert!(error.to_string().contains("\"a\" is missing"), "{error}");
        assert_eq!(json_table("t", &spec(), &[], 1, &mut issues).unwrap().columns.len(), 2);
    }

    #[test]
    fn rows_that_each_have_keys_of_their_own_are_refused() {
        let row = |i: u32| serde_json::json!({"a": "x", (format!("k{i}")): 1});
        let rows: Vec<Value> = (0..50_000).map(row).collect();
        let error = json_table("t", &spec(), &rows, 1, &mut vec![]).unwrap_err().to_string();
        assert!(error.contains("at most 2000 columns, found 50001"), "{error}");
    }

    #[test]
    fn bytes_that_are_no_text_are_reported_with_their_column() {
        let value = read_json("list", b"[{\"a\": \"x\xff\"}]").unwrap();
        let mut issues = vec![];
        json_table("t", &spec(), value.as_array().unwrap(), 1, &mut issues).unwrap();
        assert_eq!((issues[0].kind.as_str(), issues[0].column.as_str()), ("not_utf8", "a"));
    }
}
