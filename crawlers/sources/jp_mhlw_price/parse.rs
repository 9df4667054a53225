//! The rows of a workbook, or of the CSV that repeats them.

use std::borrow::Cow;

use super::list::List;
use crate::csv_quotes::open_quote;
use crate::encodings::without_padding;
use crate::xlsx::{SheetRow, XlsxLimits, folded, read_workbook};
use crate::{
    BodyKind, Issue, Page, ParseError, Parsed, Request, Severity, Sniffed, SourceSpec, sniff,
};

/// One of the four workbooks.
pub(super) const WORKBOOK: &str = "workbook";
/// The four in one CSV.
pub(super) const CSV: &str = "csv";

pub(super) const TABLE: &str = "price";
/// Context: name of an imported file.
const FILE: &str = "file";
const HEADER_WITHIN: usize = 20;
/// Columns that every list has.
const LABELS: [&str; 3] = ["品名", "薬価基準", "規格"];

pub(super) fn workbook(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let limits = XlsxLimits { member_bytes: spec.politeness.max_body_bytes, ..Default::default() };
    let file = file_name(page);
    let sheets = read_workbook(page.body, limits)?;
    let mut parsed = Parsed::default();
    for sheet in &sheets {
        let member = format!("{file}/{}", sheet.name);
        let Some(at) = sheet.find_header(HEADER_WITHIN, &LABELS) else {
            if !sheet.rows.iter().all(SheetRow::is_blank) {
                parsed.unread.push(member);
            }
            continue;
        };
        // What nobody is shown is not published: an older list may lie there.
        if sheet.hidden {
            parsed.unread.push(format!("{member} (hidden)"));
            continue;
        }
        let Some((header, rows)) = sheet.rows.get(at..).and_then(<[_]>::split_first) else {
            continue;
        };
        let width = header.width();
        let names = (0..width).map(|c| header.get(c).unwrap_or_default()).collect();
        let mut list = List::new(spec, &member, names)?;
        for (row_number, problem) in &sheet.problems {
            let issue = Issue::row(Severity::Warning, "cell", &list.table, *row_number, problem);
            list.issues.push(issue);
        }
        for row in rows {
            list.push(row.number, row.width(), |column| row.get(column));
        }
        let (table, mut issues) = list.finish()?;
        parsed.issues.append(&mut issues);
        parsed.tables.push(table);
    }
    if parsed.tables.is_empty() {
        let names: Vec<_> = sheets.iter().map(|s| s.name.as_str()).collect();
        return Err(no_header(&file, format!("sheets {names:?}")));
    }
    Ok(parsed)
}

pub(super) fn csv(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let file = file_name(page);
    let text = decode(without_padding(page.body));
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut list: Option<List> = None;
    for record in reader.records() {
        let record = record.map_err(|e| ParseError::shape(&file, "a CSV file", e.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let cells: Vec<&str> = record.iter().collect();
        match &mut list {
            // A value that is not there is null, as in the workbooks.
            Some(list) => {
                list.check_record(line, &cells);
                list.push(line, cells.len(), |column| {
                    cells.get(column).copied().filter(|text| !text.is_empty())
                });
            }
            None if is_header(&cells) => list = Some(List::new(spec, &file, cells)?),
            None => {}
        }
    }
    let mut list = list.ok_or_else(|| no_header(&file, text.chars().take(120).collect()))?;
    list.issues.extend(open_quote(text.as_bytes(), &list.table));
    let (table, issues) = list.finish()?;
    Ok(Parsed { tables: vec![table], issues, ..Parsed::default() })
}

/// Workbooks and the CSV, told by their first bytes.
pub(super) fn import_request(spec: &SourceSpec, file_name: &str, head: &[u8]) -> Option<Request> {
    let is = |extension: &str| file_name.to_lowercase().ends_with(extension);
    let (kind, expect) = match sniff(head) {
        Sniffed::Zip if is(".xlsx") => (WORKBOOK, BodyKind::Xlsx),
        Sniffed::Other if is(".csv") => {
            let first_lines: Vec<String> = decode(head).lines().map(str::to_owned).collect();
            let mut lines = first_lines.iter().take(HEADER_WITHIN);
            lines.find(|line| is_header(&line.split(',').collect::<Vec<_>>()))?;
            (CSV, BodyKind::Text)
        }
        _ => return None,
    };
    let mut url = spec.url("index");
    url.path_segments_mut().ok()?.pop().push(file_name);
    Some(Request::get(url, kind, expect).with(FILE, file_name))
}

fn is_header(cells: &[&str]) -> bool {
    LABELS.iter().all(|label| cells.iter().any(|c| folded(c).starts_with(&folded(label))))
}

/// `1124001F1022`.
pub(super) fn is_code(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 12
        && bytes.iter().enumerate().all(|(i, b)| match i {
            7 => b.is_ascii_uppercase(),
            _ => b.is_ascii_digit(),
        })
}

/// UTF-8, or what Japanese Excel writes.
fn decode(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // The head of a file may end within a character.
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(e) if e.error_len().is_none() => String::from_utf8_lossy(body),
        Err(_) => encoding_rs::SHIFT_JIS.decode_without_bom_handling(body).0,
    }
}

fn no_header(file: &str, found: String) -> ParseError {
    ParseError::shape(file, "a header with 規格, 品名 and 薬価基準収載医薬品コード", found)
}

/// Name of the file, as published or as an operator gave it.
fn file_name(page: &Page<'_>) -> String {
    let published = page.request.url.path().rsplit('/').next();
    let given = page.request.context.get(FILE).map(String::as_str);
    given.or(published).unwrap_or_default().to_owned()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
