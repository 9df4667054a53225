//! CSV as RFC 4180 has it: UTF-8, commas, CRLF, a header.
//!
//! A null is an empty field; empty text is `""`. Lists and other nested values
//! are JSON. Dates and instants are ISO 8601, booleans `true` and `false`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use duckdb::Connection;

use super::ExportRequest;
use super::relation::Relation;
use super::rows::{Cell, each_row};
use super::text;
use crate::WarehouseError;

/// Writes the relation to `path`. Returns the rows.
pub(super) fn write(
    conn: &Connection,
    relation: &Relation,
    request: &ExportRequest,
    path: &Path,
    progress: &dyn Fn(u64),
) -> Result<u64, WarehouseError> {
    let io = |e| WarehouseError::io("cannot write", path)(e);
    let mut out = BufWriter::with_capacity(1 << 18, File::create(path).map_err(io)?);
    if request.bom {
        out.write_all("\u{feff}".as_bytes()).map_err(io)?;
    }
    let mut line = String::new();
    for (i, field) in relation.columns.iter().enumerate() {
        if i > 0 {
            line.push(',');
        }
        push_text(&mut line, &field.name, false);
    }
    line.push_str("\r\n");
    out.write_all(line.as_bytes()).map_err(io)?;
    let rows = each_row(conn, relation, progress, |cells| {
        line.clear();
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                line.push(',');
            }
            push(&mut line, *cell, request.guard_formulas);
        }
        line.push_str("\r\n");
        out.write_all(line.as_bytes()).map_err(io)
    })?;
    out.into_inner().map_err(|e| io(e.into_error()))?;
    Ok(rows)
}

fn push(line: &mut String, cell: Cell<'_>, guard: bool) {
    use std::fmt::Write;
    // Writing to a String does not fail.
    let _ = match cell {
        Cell::Null => Ok(()),
        Cell::Text(value) | Cell::Json(value) => {
            push_text(line, value, guard);
            Ok(())
        }
        Cell::Number(value) => line.write_str(value),
        Cell::Int(value) => write!(line, "{value}"),
        Cell::Float(value) => write!(line, "{value}"),
        Cell::Bool(value) => write!(line, "{value}"),
        Cell::Date(days) => line.write_str(&text::date(days)),
        Cell::Instant(at) => line.write_str(&text::instant(at)),
    };
}

/// Empty text is quoted, so that it is no null.
fn push_text(line: &mut String, value: &str, guard: bool) {
    let guarded = guard && value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = value.is_empty()
        || guarded
        || value.starts_with(' ')
        || value.ends_with(' ')
        || value.contains(['"', ',', '\r', '\n']);
    if !quoted {
        line.push_str(value);
        return;
    }
    line.push('"');
    if guarded {
        line.push('\'');
    }
    for (i, part) in value.split('"').enumerate() {
        if i > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cell: Cell<'_>, guard: bool) -> String {
        let mut line = String::new();
        push(&mut line, cell, guard);
        line
    }

    #[test]
    fn null_and_empty_text_are_told_apart_and_special_characters_are_quoted() {
        for (cell, expected) in [
            (Cell::Null, ""),
            (Cell::Text(""), "\"\""),
            (Cell::Text("奈韦拉平片"), "奈韦拉平片"),
            (Cell::Text("5\" tablet, film\r\ncoated"), "\"5\"\" tablet, film\r\ncoated\""),
            (Cell::Text(" padded"), "\" padded\""),
            (Cell::Json("[\"A\",\"B\"]"), "\"[\"\"A\"\",\"\"B\"\"]\""),
            (Cell::Int(-5), "-5"),
            (Cell::Bool(true), "true"),
            (Cell::Date(0), "1970-01-01"),
            (Cell::Number("12.50"), "12.50"),
        ] {
            assert_eq!(shown(cell, false), expected);
        }
    }

    #[test]
    fn formulas_are_guarded_only_when_asked_and_only_in_text() {
        assert_eq!(shown(Cell::Text("=HYPERLINK(A1)"), false), "=HYPERLINK(A1)");
        for text in ["=1+1", "+1", "-1", "@x", "\tx"] {
            assert_eq!(shown(Cell::Text(text), true), format!("\"'{text}\""));
        }
        assert_eq!(shown(Cell::Int(-5), true), "-5");
        assert_eq!(shown(Cell::Text("a=b"), true), "a=b");
    }
}
