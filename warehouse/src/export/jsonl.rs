//! JSON lines: one object a row, lists as arrays, dates and instants ISO 8601.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use duckdb::Connection;
use serde_json::{Number, Value};

use super::relation::Relation;
use super::rows::{Cell, each_row};
use super::text;
use crate::WarehouseError;

/// Writes the relation to `path`. Returns the rows.
pub(super) fn write(
    conn: &Connection,
    relation: &Relation,
    path: &Path,
    progress: &dyn Fn(u64),
) -> Result<u64, WarehouseError> {
    let io = |e| WarehouseError::io("cannot write", path)(e);
    let mut out = BufWriter::with_capacity(1 << 18, File::create(path).map_err(io)?);
    let names: Vec<String> =
        relation.columns.iter().map(|f| Value::from(f.name.as_str()).to_string()).collect();
    let mut line = Vec::new();
    let rows = each_row(conn, relation, progress, |cells| {
        line.clear();
        line.push(b'{');
        for (i, (name, cell)) in names.iter().zip(cells).enumerate() {
            if i > 0 {
                line.push(b',');
            }
            line.extend_from_slice(name.as_bytes());
            line.push(b':');
            push(&mut line, *cell).map_err(io)?;
        }
        line.extend_from_slice(b"}\n");
        out.write_all(&line).map_err(io)
    })?;
    out.into_inner().map_err(|e| io(e.into_error()))?;
    Ok(rows)
}

/// Numbers that JSON readers would round are text.
fn push(line: &mut Vec<u8>, cell: Cell<'_>) -> std::io::Result<()> {
    let string = |line: &mut Vec<u8>, value: &str| {
        serde_json::to_writer(&mut *line, value).map_err(std::io::Error::from)
    };
    match cell {
        Cell::Null => line.write_all(b"null"),
        Cell::Text(value) => string(line, value),
        Cell::Json(value) => line.write_all(value.as_bytes()),
        Cell::Int(value) => write!(line, "{value}"),
        Cell::Bool(value) => write!(line, "{value}"),
        Cell::Float(value) => match Number::from_f64(value) {
            Some(number) => write!(line, "{number}"),
            None => string(line, &value.to_string()),
        },
        Cell::Date(days) => string(line, &text::date(days)),
        Cell::Instant(at) => string(line, &text::instant(at)),
        Cell::Number(value) => {
            let digits = value.bytes().filter(u8::is_ascii_digit).count();
            if digits <= 15 { line.write_all(value.as_bytes()) } else { string(line, value) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_is_the_json_value_it_should_be() {
        for (cell, expected) in [
            (Cell::Null, "null"),
            (Cell::Text("a \"b\"\n"), r#""a \"b\"\n""#),
            (Cell::Json("[\"A\"]"), "[\"A\"]"),
            (Cell::Int(9_007_199_254_740_993), "9007199254740993"),
            (Cell::Float(0.5), "0.5"),
            (Cell::Float(f64::NAN), "\"NaN\""),
            (Cell::Date(0), "\"1970-01-01\""),
            (Cell::Number("12.50"), "12.50"),
            (Cell::Number("12345678901234567890"), "\"12345678901234567890\""),
        ] {
            let mut line = Vec::new();
            push(&mut line, cell).unwrap();
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }
}
