//! The text files of Drugs@FDA: tabs, Windows-1252 (a row that is valid UTF-8 is
//! that), no CSV quoting.

use std::borrow::Cow;

use crate::delimited::{Framing, Line, Numbered, begins_with_number, count_tabs, for_each_line};
use crate::encodings::utf8_or_1252;
use crate::zip_members::read_tables;
use crate::{HeaderMap, Issue, ParseError, Parsed, Severity, SourceSpec, TextTable, ZipMember};

/// Digits of an application number.
const APPL_NO: usize = 6;

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
    for_each_line(&member.data, framing(&member.data), |line| {
        let (text, _) = utf8_or_1252(line.bytes);
        match &mut framed {
            None => {
                framed = Some(HeaderMap::new(
                    name,
                    &member.basename,
                    spec.table(name),
                    text.split('\t'),
                ));
            }
            Some(Ok((map, table))) => push_row(map, table, line, &text, issues),
            Some(Err(_)) => {}
        }
    });
    let (_, table) = framed.unwrap_or_else(|| {
        Err(ParseError::shape(&member.basename, "a header line", "an empty file"))
    })?;
    Ok(table)
}

/// Rows of tables that are keyed by `ApplNo` begin with its six digits, those of
/// other tables with some number. Notes hold lines that begin with a number, too.
/// Where the columns stand in another order and rows begin with a text, every
/// line is a row: else all of them would be taken for the rest of the first.
fn framing(data: &[u8]) -> Framing {
    let mut lines = data.split(|b| *b == b'\n');
    let header = lines.next().unwrap_or_default();
    let header = header.strip_prefix(b"\xef\xbb\xbf").unwrap_or(header);
    let first = lines.find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    if !begins_with_number(first, None) {
        return Framing::Lines;
    }
    let by_application = header.get(..7).is_some_and(|h| h.eq_ignore_ascii_case(b"ApplNo\t"))
        && begins_with_number(first, Some(APPL_NO));
    let numbered = Numbered { digits: APPL_NO, tabs: count_tabs(header) };
    Framing::NumberStarts(by_application.then_some(numbered))
}

fn push_row(
    map: &HeaderMap,
    table: &mut TextTable,
    line: Line<'_>,
    text: &str,
    issues: &mut Vec<Issue>,
) {
    if line.lines > 1 {
        issues.push(Issue::row(
            Severity::Note,
            "line_break_in_value",
            table,
            line.number,
            format!("the row takes {} lines; they were joined", line.lines),
        ));
    }
    let mut cells: Vec<&str> = text.split('\t').collect();
    let width = map.width();
    if cells.len() > width {
        let found = cells.len();
        let repair = repair_stray_tab(&mut cells, width);
        issues.push(Issue::row(
            repair.severity(),
            "stray_tab",
            table,
            line.number,
            format!("expected {width} values, found {found}; {}", repair.in_words()),
        ));
    } else if cells.len() < width {
        issues.push(Issue::row(
            Severity::Warning,
            "field_count",
            table,
            line.number,
            format!("expected {width} values, found {}; the missing ones are null", cells.len()),
        ));
    }
    if cells.len() == width && !cells.iter().any(|c| c.contains("\"\"")) {
        map.push(table, line.number, |i| cells.get(i).copied());
    } else {
        let cells: Vec<Cow<'_, str>> = cells.iter().map(|c| undouble(c)).collect();
        map.push(table, line.number, |i| cells.get(i).map(AsRef::as_ref));
    }
    check_number(table, line.number, issues);
}

/// Files join by the number: one that lost its zeros joins with nothing.
fn check_number(table: &TextTable, line: u32, issues: &mut Vec<Issue>) {
    let Some(column) = table.column("appl_no") else { return };
    let number = column.get(table.len().saturating_sub(1)).unwrap_or_default().trim();
    if number.len() != APPL_NO || !number.bytes().all(|b| b.is_ascii_digit()) {
        let quoted: String = number.chars().take(60).collect();
        let message = format!("expected {APPL_NO} digits, found {quoted:?}");
        let issue = Issue::row(Severity::Warning, "appl_no", table, line, message);
        issues.push(issue.in_column("appl_no"));
    }
}

enum Repair {
    /// Only empty values beyond the header.
    EmptyTail,
    /// A stray empty value before the reference flag was taken out.
    EmptyFifth,
    /// Values beyond the header were cut off.
    Cut(String),
}

impl Repair {
    fn severity(&self) -> Severity {
        match self {
            Self::EmptyTail | Self::EmptyFifth => Severity::Note,
            Self::Cut(_) => Severity::Warning,
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::EmptyTail => "the empty values at the end were dropped".into(),
            Self::EmptyFifth => "the empty value before the reference flag was dropped".into(),
            Self::Cut(rest) => format!("the values beyond the header were dropped: {rest}"),
        }
    }
}

/// The repair that brought every row of the release of 2023-02 into shape: an
/// empty fifth value followed by a flag is the stray one; else the first values
/// as many as the header has are right.
fn repair_stray_tab(cells: &mut Vec<&str>, width: usize) -> Repair {
    let flag = |c: Option<&&str>| c.is_some_and(|c| matches!(c.trim(), "0" | "1" | "2"));
    if width == 8 && cells.len() == 9 && cells[4].is_empty() && flag(cells.get(5)) {
        cells.remove(4);
        return Repair::EmptyFifth;
    }
    let rest: Vec<&str> = cells.drain(width..).collect();
    if rest.iter().all(|c| c.trim().is_empty()) {
        Repair::EmptyTail
    } else {
        Repair::Cut(rest.join("\t"))
    }
}

/// Quotes stand doubled although nothing encloses them.
fn undouble(cell: &str) -> Cow<'_, str> {
    if cell.contains("\"\"") { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
