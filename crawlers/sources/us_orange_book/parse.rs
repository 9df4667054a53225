//! `products.txt`, `patent.txt`, `exclusivity.txt`: `~` between the values,
//! one row a line, CSV quoting where a value holds a quote.

use std::borrow::Cow;

use crate::delimited::{Framing, Line, for_each_line, split_quoted};
use crate::encodings::utf8_or_1252;
use crate::zip_members::read_tables;
use crate::{HeaderMap, Issue, ParseError, Parsed, Severity, SourceSpec, TextTable, ZipMember};

pub(super) fn parse(spec: &SourceSpec, body: &[u8]) -> Result<Parsed, ParseError> {
    read_tables(spec, body, |name, member, issues| parse_member(spec, name, member, issues))
}

fn parse_member(
    spec: &SourceSpec,
    name: &str,
    member: &ZipMember,
    issues: &mut Vec<Issue>,
) -> Result<TextTable, ParseError> {
    let mut framed: Option<Result<(HeaderMap, TextTable), ParseError>> = None;
    for_each_line(&member.data, Framing::Lines, |line| {
        // The file is ASCII by the FDA's own words; a byte beyond is read as
        // UTF-8 or Windows-1252, the FDA's other encodings, and reported.
        let (text, _) = utf8_or_1252(line.bytes);
        let cells = split_quoted(&text, '~');
        match &mut framed {
            None => {
                let header = cells.iter().map(AsRef::as_ref);
                framed = Some(HeaderMap::new(name, &member.basename, spec.table(name), header));
            }
            Some(Ok((map, table))) => push_row(map, table, line, &text, &cells, issues),
            Some(Err(_)) => {}
        }
    });
    let (_, table) = framed.unwrap_or_else(|| {
        Err(ParseError::shape(&member.basename, "a header line", "an empty file"))
    })?;
    Ok(table)
}

fn push_row(
    map: &HeaderMap,
    table: &mut TextTable,
    line: Line<'_>,
    text: &str,
    cells: &[Cow<'_, str>],
    issues: &mut Vec<Issue>,
) {
    let beyond = cells.get(map.width()..).unwrap_or_default();
    if !beyond.is_empty() && beyond.iter().all(|cell| cell.trim().is_empty()) {
        issues.push(Issue::row(
            Severity::Note,
            "empty_tail",
            table,
            line.number,
            format!("expected {} values, found {}; the last are empty", map.width(), cells.len()),
        ));
    } else if cells.len() != map.width() {
        // Which value is missing cannot be told: the row is quoted, not used.
        let quoted: String = text.chars().take(300).collect();
        issues.push(Issue::row(
            Severity::Error,
            "field_count",
            table,
            line.number,
            format!("expected {} values, found {}: {quoted}", map.width(), cells.len()),
        ));
        return;
    }
    if !line.bytes.is_ascii() {
        issues.push(Issue::row(
            Severity::Warning,
            "not_ascii",
            table,
            line.number,
            "expected ASCII, found other bytes; read as UTF-8 or Windows-1252",
        ));
    }
    map.push(table, line.number, |i| cells.get(i).map(AsRef::as_ref));
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
