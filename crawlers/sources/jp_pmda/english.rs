//! The English list: a CSV whose rows are not always records.

use crate::csv_quotes::open_quote;
use crate::encodings::{utf8_or_1252, without_padding};
use crate::xlsx::folded;
use crate::{HeaderMap, Issue, Page, ParseError, Parsed, Severity, SourceSpec, TextTable};

const TABLE: &str = "approval_english";
const BRAND: &str = "Brand Name";
const HEADER: [&str; 2] = ["Review Category", BRAND];

/// A row of the file.
#[derive(Clone, Debug)]
struct Row {
    number: u32,
    cells: Vec<String>,
    /// Not UTF-8.
    repaired: bool,
}

/// Where the columns are that tell a record from the rest of one.
struct Places {
    position: Option<usize>,
    category: Option<usize>,
    date: Option<usize>,
    no: Option<usize>,
    brand: Option<usize>,
    ingredient: Option<usize>,
}

/// The first bytes of a file are those of this list.
pub(super) fn is_head(head: &[u8]) -> bool {
    let head = folded(String::from_utf8_lossy(head).as_ref());
    HEADER.iter().all(|label| head.contains(&folded(label)))
}

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    let body = without_padding(page.body);
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body);
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record.map_err(|e| ParseError::shape(TABLE, "a CSV file", e.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut repaired = false;
        let text = |cell| {
            let (text, foreign) = utf8_or_1252(cell);
            repaired |= foreign;
            text.into_owned()
        };
        let cells: Vec<String> = record.iter().map(text).collect();
        if header.is_some() {
            rows.push(Row { number: u32::try_from(line).unwrap_or(u32::MAX), cells, repaired });
        } else if is_header(&cells) {
            header = Some(cells);
        }
    }
    let header = header.ok_or_else(|| {
        let found: String = String::from_utf8_lossy(body).chars().take(120).collect();
        ParseError::shape(TABLE, format!("a header with {HEADER:?}"), found)
    })?;
    let names = header.iter().map(String::as_str);
    let (map, mut table) = HeaderMap::new(TABLE, "", spec.table(TABLE), names)?;
    let places = Places::of(&header);
    check_cells(&table, &rows, header.len(), &mut parsed.issues);
    for row in records(rows, &places, &table, &mut parsed.issues) {
        map.push(&mut table, row.number, |i| row.cells.get(i).map(String::as_str));
    }
    parsed.issues.extend(open_quote(body, &table));
    parsed.tables.push(table);
    Ok(parsed)
}

fn is_header(cells: &[String]) -> bool {
    HEADER.iter().all(|label| cells.iter().any(|c| folded(c).starts_with(&folded(label))))
}

fn check_cells(table: &TextTable, rows: &[Row], width: usize, issues: &mut Vec<Issue>) {
    for row in rows {
        let mut report = |severity, kind: &str, message: String| {
            issues.push(Issue::row(severity, kind, table, row.number, message));
        };
        if row.cells.len() != width {
            let found = row.cells.len();
            let message = format!("expected {width} values, found {found}; read from the left");
            report(Severity::Warning, "field_count", message);
        }
        if row.repaired || row.cells.iter().any(|c| c.contains('\u{fffd}')) {
            let message = "expected UTF-8, found other bytes; read as Windows-1252".to_owned();
            report(Severity::Warning, "not_utf8", message);
        }
    }
}

impl Places {
    fn of(header: &[String]) -> Self {
        let find = |label: &str| {
            header.iter().position(|h| folded(h).starts_with(&folded(label)) && !h.is_empty())
        };
        Self {
            position: header.iter().position(|h| h.trim().is_empty()),
            category: find("Review Category"),
            date: find("Approval Date"),
            no: header.iter().position(|h| folded(h) == "no"),
            brand: find(BRAND),
            ingredient: find("Active Ingredient"),
        }
    }
}

impl Row {
    fn get(&self, place: Option<usize>) -> &str {
        place.and_then(|p| self.cells.get(p)).map(|c| c.trim()).unwrap_or_default()
    }

    /// What a record is known by.
    fn identity<'a>(&'a self, places: &Places) -> [&'a str; 3] {
        [places.date, places.no, places.category].map(|place| self.get(place))
    }
}

/// The records, in the order of the file: the rows that go on with the record
/// of the row before them are joined to it. What is no record is reported.
fn records(
    mut rows: Vec<Row>,
    places: &Places,
    table: &TextTable,
    issues: &mut Vec<Issue>,
) -> Vec<Row> {
    // The file may be sorted otherwise than the list: a position in the list,
    // where there is one, tells which row was before.
    let positions: Option<Vec<u64>> =
        rows.iter().map(|row| row.get(places.position).parse().ok()).collect();
    let positions = positions.unwrap_or_else(|| (0..rows.len() as u64).collect());
    let mut in_order: Vec<(u64, Row)> = positions.into_iter().zip(rows.drain(..)).collect();
    in_order.sort_by_key(|(position, row)| (*position, row.number));

    let mut records: Vec<Row> = Vec::new();
    // The record that the row before belongs to, with that row's position.
    let mut before: Option<(u64, Row)> = None;
    for (position, row) in in_order {
        let date = row.get(places.date);
        if !date.is_empty() && !date.contains(|c: char| c.is_ascii_digit()) {
            let message = format!("no record: the date is {date:?}; {}", quoted(&row));
            issues.push(Issue::row(Severity::Error, "no_record", table, row.number, message));
            continue;
        }
        match before.as_mut().filter(|(last, _)| last.checked_add(1) == Some(position)) {
            Some((last, record)) if goes_on(record, &row, places) => {
                let message = format!(
                    "goes on with the record of row {}: {}",
                    record.number,
                    row.get(places.brand).chars().take(80).collect::<String>()
                );
                issues.push(Issue::row(Severity::Note, "continued", table, row.number, message));
                join(record, &row, places);
                *last = position;
            }
            _ if date.is_empty() => {
                let message = format!("no date and no record before it: {}", quoted(&row));
                issues.push(Issue::row(Severity::Error, "no_date", table, row.number, message));
            }
            _ => {
                records.extend(before.replace((position, row)).map(|(_, done)| done));
            }
        }
    }
    records.extend(before.map(|(_, done)| done));
    records.sort_by_key(|record| record.number);
    records
}

/// A row without a date, or one that repeats what the record is known by and
/// its ingredient: records of more than a page are cut into such rows.
fn goes_on(record: &Row, row: &Row, places: &Places) -> bool {
    if row.get(places.date).is_empty() {
        return true;
    }
    let ingredient = row.get(places.ingredient);
    !row.get(places.no).is_empty()
        && record.identity(places) == row.identity(places)
        && (ingredient.is_empty() || ingredient == record.get(places.ingredient))
}

/// Appends the values of `row`, a line each; a value that only repeats that of
/// the record is left out, save products and their statuses.
fn join(record: &mut Row, row: &Row, places: &Places) {
    let once = [places.position, places.category, places.date, places.no];
    for (place, cell) in row.cells.iter().enumerate() {
        let cell = cell.trim();
        let Some(value) = record.cells.get_mut(place) else { continue };
        let repeats = places.ingredient.is_some_and(|p| place >= p) && value.trim() == cell;
        if cell.is_empty() || repeats || once.contains(&Some(place)) {
            continue;
        }
        if !value.trim().is_empty() {
            value.push('\n');
        }
        value.push_str(cell);
    }
}

fn quoted(row: &Row) -> String {
    row.cells.join(" | ").chars().take(300).collect()
}
