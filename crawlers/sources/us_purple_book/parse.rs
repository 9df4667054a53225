//! The monthly CSV: a section of changes, then the full list, each under the
//! same header.

use std::borrow::Cow;

use crate::columns::fold;
use crate::csv_quotes::{holds_rows, open_quote};
use crate::{HeaderMap, Issue, ParseError, Parsed, Severity, SourceSpec, TextTable};

const BLA_NUMBER: &str = "BLA Number";
const PADDED: &str = "BLA Number Padded";
const PRODUCT_NUMBER: &str = "Product Number";
const PRODUCT_PADDED: &str = "Product Number Padded";

/// One row of the file.
struct Row {
    /// Line it begins on.
    line: u32,
    cells: Vec<String>,
    /// Not UTF-8.
    repaired: bool,
}

pub(super) fn parse(spec: &SourceSpec, body: &[u8]) -> Result<Parsed, ParseError> {
    let rows = rows(body)?;
    let headers: Vec<usize> = (0..rows.len()).filter(|i| is_header(rows.get(*i))).collect();
    let mut parsed = Parsed::default();
    for (n, start) in headers.iter().enumerate() {
        let end = headers.get(n + 1).copied().unwrap_or(rows.len());
        // The full list is the last section, whatever stands above it.
        let name = if n + 1 == headers.len() { "products" } else { "changes" };
        let section = rows.get(*start..end).unwrap_or_default();
        let table = section_table(spec, name, section, &mut parsed.issues)?;
        parsed.tables.push(table);
    }
    if parsed.tables.is_empty() {
        return Err(ParseError::MissingColumn {
            table: "products".to_owned(),
            column: BLA_NUMBER.to_owned(),
            header: rows
                .iter()
                .map(|r| r.cells.join(",").chars().take(60).collect())
                .take(6)
                .collect(),
        });
    }
    // The section of changes marks each of its rows, the full list few. Changes
    // alone must not stand for the list.
    if let [only] = parsed.tables.as_slice()
        && only.column("n_r_u").is_some_and(|c| {
            !c.is_empty() && c.iter().all(|mark| mark.is_some_and(|m| !m.trim().is_empty()))
        })
        && only.len() > 1
    {
        let found = format!("only {} rows that are each marked N, R or U", only.len());
        return Err(ParseError::shape("csv", "the full list below the changes", found));
    }
    let open = parsed.tables.last().and_then(|table| open_quote(body, table));
    parsed.issues.extend(open);
    Ok(parsed)
}

fn rows(body: &[u8]) -> Result<Vec<Row>, ParseError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body);
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record
            .map_err(|e| ParseError::shape("csv", "comma-separated values", e.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut repaired = false;
        let cells = record
            .iter()
            .map(|cell| {
                if let Ok(text) = str::from_utf8(cell) {
                    return text.to_owned();
                }
                repaired = true;
                encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0.into_owned()
            })
            .collect();
        rows.push(Row { line: u32::try_from(line).unwrap_or(u32::MAX), cells, repaired });
    }
    Ok(rows)
}

fn is_header(row: Option<&Row>) -> bool {
    let number = fold(BLA_NUMBER);
    row.is_some_and(|r| r.cells.iter().any(|c| fold(c) == number))
}

fn section_table(
    spec: &SourceSpec,
    name: &str,
    section: &[Row],
    issues: &mut Vec<Issue>,
) -> Result<TextTable, ParseError> {
    let Some((header, rows)) = section.split_first() else {
        return Err(ParseError::shape("csv", "a header", "nothing"));
    };
    let width = header.cells.len();
    let titles = header.cells.iter().map(|c| c.trim()).chain([PADDED, PRODUCT_PADDED]);
    let (map, mut table) = HeaderMap::new(name, "", spec.table(name), titles)?;
    let column = |name: &str| header.cells.iter().position(|c| fold(c) == fold(name));
    let (bla, product) = (column(BLA_NUMBER), column(PRODUCT_NUMBER));
    for row in rows {
        let cell = |at: Option<usize>| at.and_then(|i| row.cells.get(i)).map_or("", |c| c.trim());
        let number = cell(bla);
        if number.is_empty() {
            // Blank lines and the titles of sections have at most one value.
            if row.cells.iter().filter(|c| !c.trim().is_empty()).count() > 1 {
                let what = format!("no BLA Number: {}", quoted(row));
                issues.push(Issue::row(Severity::Error, "no_bla_number", &table, row.line, what));
            }
            continue;
        }
        report(row, width, number, &table, issues);
        // The derived values stand behind those of the header, as their titles do.
        let derived = [pad(number, 6), pad(cell(product), 3)];
        map.push(&mut table, row.line, |i| match i.checked_sub(width) {
            Some(behind) => derived.get(behind).map(AsRef::as_ref),
            None => row.cells.get(i).map(String::as_str),
        });
    }
    Ok(table)
}

fn report(row: &Row, width: usize, number: &str, table: &TextTable, issues: &mut Vec<Issue>) {
    let mut add = |severity, kind, message: String| {
        issues.push(Issue::row(severity, kind, table, row.line, message));
    };
    if row.cells.len() != width {
        let found = row.cells.len();
        let what = format!("expected {width} values, found {found}: {}", quoted(row));
        add(Severity::Warning, "field_count", what);
    }
    // A quote that the next quoted value closes joins two rows in their middle.
    let joined = row.cells.len() > width && row.cells.iter().any(|cell| cell.contains('\n'));
    if joined || row.cells.iter().any(|cell| holds_rows(cell, width)) {
        let what = "a value holds rows of the list: a quote is out of place".to_owned();
        add(Severity::Error, "swallowed_rows", what);
    }
    if row.repaired {
        add(Severity::Warning, "not_utf8", "expected UTF-8; read as Windows-1252".to_owned());
    }
    if !(1..=6).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
        let what = format!("expected up to six digits, found {number:?}");
        issues.push(
            Issue::row(Severity::Warning, "bla_number", table, row.line, what)
                .in_column("bla_number"),
        );
    }
}

/// Leading zeros are lost on the way through a spreadsheet: 20168 is 020168, and
/// product 001 of one release is 1 in another. What is no number stays as it is.
fn pad(number: &str, digits: usize) -> Cow<'_, str> {
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    if is_number && number.len() < digits {
        Cow::Owned(format!("{number:0>digits$}"))
    } else {
        Cow::Borrowed(number)
    }
}

fn quoted(row: &Row) -> String {
    row.cells.join(",").chars().take(200).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
