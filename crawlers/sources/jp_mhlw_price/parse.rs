//! The rows of a workbook, or of the CSV that repeats them.

use std::borrow::Cow;

use crate::xlsx::{SheetRow, XlsxLimits, folded, read_workbook};
use crate::{
    BodyKind, HeaderMap, Issue, Page, ParseError, Parsed, Request, Severity, Sniffed, SourceSpec,
    TextTable, sniff,
};

/// One of the four workbooks.
pub(super) const WORKBOOK: &str = "workbook";
/// The four in one CSV.
pub(super) const CSV: &str = "csv";

const TABLE: &str = "price";
/// Context: name of an imported file.
const FILE: &str = "file";
const HEADER_WITHIN: usize = 20;
/// Columns that every list has.
const LABELS: [&str; 3] = ["品名", "薬価基準", "規格"];
/// The columns without a header, in their order after 規格.
const UNNAMED: [&str; 3] = ["日本薬局方", "麻薬", "業者名追記"];

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
        parsed.issues.append(&mut list.issues);
        parsed.tables.push(list.table);
    }
    if parsed.tables.is_empty() {
        let names: Vec<_> = sheets.iter().map(|s| s.name.as_str()).collect();
        return Err(no_header(&file, format!("sheets {names:?}")));
    }
    Ok(parsed)
}

pub(super) fn csv(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let file = file_name(page);
    let text = decode(page.body);
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
            Some(list) => list.push(line, cells.len(), |column| {
                cells.get(column).copied().filter(|text| !text.is_empty())
            }),
            None if is_header(&cells) => list = Some(List::new(spec, &file, cells)?),
            None => {}
        }
    }
    let list = list.ok_or_else(|| no_header(&file, text.chars().take(120).collect()))?;
    Ok(Parsed { tables: vec![list.table], issues: list.issues, ..Parsed::default() })
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

/// A list under way.
struct List {
    map: HeaderMap,
    table: TextTable,
    issues: Vec<Issue>,
    code: Option<usize>,
    name: Option<usize>,
}

impl List {
    fn new(spec: &SourceSpec, member: &str, mut header: Vec<&str>) -> Result<Self, ParseError> {
        let surprise = name_the_unnamed(&mut header);
        let names = header.iter().copied();
        let (map, table) = HeaderMap::new(TABLE, member, spec.table(TABLE), names)?;
        let place = |label: &str| header.iter().position(|h| folded(h).starts_with(&folded(label)));
        let (code, name) = (place("薬価基準"), place("品名"));
        let mut list = Self { map, table, issues: Vec::new(), code, name };
        if let Some(message) = surprise {
            let issue = Issue::row(Severity::Warning, "unnamed_columns", &list.table, 0, message);
            list.issues.push(issue);
        }
        Ok(list)
    }

    fn push<'a>(&mut self, number: u32, width: usize, cell: impl Fn(usize) -> Option<&'a str>) {
        let text = |place: Option<usize>| place.and_then(&cell).map(str::trim).unwrap_or_default();
        let (code, name) = (text(self.code), text(self.name));
        if code.is_empty() && name.is_empty() {
            // A blank row, or a remark below the list.
            let values: Vec<&str> = (0..width).filter_map(&cell).collect();
            let quoted: String = values.join(" | ").trim().chars().take(300).collect();
            if !quoted.is_empty() {
                let message = format!("neither code nor name: {quoted}");
                self.report(Severity::Error, "no_product", number, "", message);
            }
            return;
        }
        if !is_code(code) {
            let message = format!("expected 7 digits, a letter and 4 digits, found {code:?}");
            self.report(Severity::Warning, "code_format", number, "price_code", message);
        }
        for column in self.map.width()..width {
            if let Some(value) = cell(column).filter(|v| !v.trim().is_empty()) {
                let value: String = value.chars().take(100).collect();
                let message =
                    format!("column {} is beyond the header; not read: {value}", column + 1);
                self.report(Severity::Warning, "value_without_column", number, "", message);
            }
        }
        self.map.push(&mut self.table, number, cell);
    }

    fn report(&mut self, severity: Severity, kind: &str, row: u32, column: &str, message: String) {
        let issue = Issue::row(severity, kind, &self.table, row, message);
        self.issues.push(issue.in_column(column));
    }
}

/// Names the columns between 規格 and 品名 that have no header. Gives a warning
/// where they are not the three that are known.
fn name_the_unnamed(header: &mut [&str]) -> Option<String> {
    let place = |label: &str| header.iter().position(|h| folded(h) == label);
    let (strength, name) = (place("規格")?, place("品名")?);
    let between = header.get_mut(strength + 1..name)?;
    let blank = between.iter().filter(|h| folded(h).is_empty()).count();
    if blank == UNNAMED.len() && between.len() == UNNAMED.len() {
        between.copy_from_slice(&UNNAMED);
        return None;
    }
    (blank > 0).then(|| {
        format!("between 規格 and 品名: expected 3 columns without a header, found {blank}")
    })
}

fn is_header(cells: &[&str]) -> bool {
    LABELS.iter().all(|label| cells.iter().any(|c| folded(c).starts_with(&folded(label))))
}

/// `1124001F1022`.
fn is_code(code: &str) -> bool {
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
