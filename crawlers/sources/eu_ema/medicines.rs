//! The medicines table: the JSON feed, and the workbook with the same rows.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::follow;
use crate::json_rows::read_json;
use crate::records::{Record, json_text, row_number, table_of};
use crate::xlsx::{Sheet, SheetRow, XlsxLimits, folded, read_workbook};
use crate::{
    DeclaredTotal, Issue, Page, ParseError, Parsed, Severity, SourceSpec, TableSpec, TextTable,
};

static PRODUCT_NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^EMEA/[HV]/C/\d{6}$").ok());
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\d{2}/\d{2}/\d{4}$").ok());
static DATE_TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let time = r"[T ](\d{2}):\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|([+-]\d{2}:?\d{2}))?";
    Regex::new(&format!(r"^(\d{{4}}-\d{{2}}-\d{{2}})(?:{time})?$")).ok()
});

const STATUSES: [&str; 11] = [
    "Authorised",
    "Withdrawn",
    "Application withdrawn",
    "Refused",
    "Opinion",
    "Lapsed",
    "Expired",
    "Revoked",
    "Opinion under re-examination",
    "Withdrawn from rolling review",
    "Suspended",
];

/// Columns of the layout before 2023 that today's layout has too; the others
/// are absent there.
const LASTING: [&str; 5] =
    ["category", "name_of_medicine", "ema_product_number", "medicine_status", "medicine_url"];

/// Reads `medicines-output-medicines_json-report_en.json`.
pub(super) fn feed(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let Feed { rows, total, mut unread } = read_feed("medicines feed", page.body)?;
    let total = total.ok_or_else(|| {
        ParseError::shape("medicines feed", "the number meta.total_records", "no such number")
    })?;
    let mut records = Vec::new();
    let mut strangers = Vec::new();
    let mut shifted = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match row.as_object() {
            Some(object) => {
                let mut record = Record::of_json(row_number(index + 1), object);
                for (name, value) in &mut record.values {
                    if let Some(Value::Bool(flag)) = object.get(name) {
                        *value = Some(if *flag { "Yes" } else { "No" }.to_owned());
                    }
                }
                shifted.append(&mut with_days(&mut record));
                records.push(record);
            }
            None => strangers.push(row_number(index + 1)),
        }
    }
    let mut parsed = medicines(spec, spec.table("medicine"), records)?;
    if let Some(table) = parsed.tables.first() {
        for number in strangers {
            let message = "expected a medicine as a JSON object";
            parsed.issues.push(Issue::row(
                Severity::Error,
                "not_an_object",
                table,
                number,
                message,
            ));
        }
        parsed.issues.extend(leaks(table, shifted));
        parsed.follow_ups = follow::of_medicines(page.request, table);
    }
    let (table, part) = ("medicine".to_owned(), "feed".to_owned());
    parsed.totals.push(DeclaredTotal { table, part, rows: total });
    parsed.unread.append(&mut unread);
    Ok(parsed)
}

/// A feed of the EMA: `{"meta": {"total_records": N}, "data": [...]}`.
pub(super) struct Feed {
    pub(super) rows: Vec<Value>,
    pub(super) total: Option<u64>,
    pub(super) unread: Vec<String>,
}

pub(super) fn read_feed(what: &str, body: &[u8]) -> Result<Feed, ParseError> {
    let mut feed = read_json(what, body)?;
    let total = feed.pointer("/meta/total_records").and_then(|total| match total {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    });
    let keys: Vec<String> = feed.as_object().into_iter().flat_map(|o| o.keys().cloned()).collect();
    let Some(Value::Array(rows)) = feed.get_mut("data").map(Value::take) else {
        return Err(ParseError::shape(what, "a list `data`", format!("the keys {keys:?}")));
    };
    let unread = keys.into_iter().filter(|k| k != "meta" && k != "data");
    Ok(Feed { rows, total, unread: unread.map(|k| format!("{what}: {k}")).collect() })
}

/// Reads the workbook: the sheet with the header row that has the heading
/// `Category`, in today's layout or in that before 2023.
pub(super) fn workbook(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let sheets = read_workbook(page.body, XlsxLimits::default())?;
    let names: Vec<&str> = sheets.iter().map(|s| s.name.as_str()).collect();
    let header = |sheet: &Sheet| {
        let is_category = |(_, cell): &(u32, String)| folded(cell) == "category";
        let is_header = |row: &SheetRow| row.cells.len() > 4 && row.cells.iter().any(is_category);
        sheet.rows.iter().take(100).position(is_header)
    };
    let Some((sheet, at)) = sheets.iter().find_map(|s| Some((s, header(s)?))) else {
        let found = format!("the sheets {names:?}");
        return Err(ParseError::shape("workbook", "a row of headings with Category", found));
    };
    let Some((head, rows)) = sheet.rows.get(at..).and_then(<[_]>::split_first) else {
        return Err(ParseError::shape("workbook", "rows below the header", "none"));
    };
    let columns: Vec<&str> =
        (0..head.width()).map(|c| head.get(c).unwrap_or_default().trim()).collect();
    let mut records = Vec::new();
    let mut shifted = Vec::new();
    let mut notes = Vec::new();
    for row in rows.iter().filter(|row| !row.is_blank()) {
        // Every medicine has a category, a name, a number and an address.
        if let [(_, text)] = row.cells.as_slice() {
            notes.push((row.number, text.chars().take(200).collect::<String>()));
            continue;
        }
        let mut record = Record::new(row.number);
        for (at, name) in columns.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let text = row.get(at);
            let day = text.and_then(day_of);
            if let (Some(text), Some((_, true))) = (text, &day) {
                shifted.push((row.number, (*name).to_owned(), text.to_owned()));
            }
            record.set(name, day.map(|(day, _)| day).or_else(|| text.map(str::to_owned)));
        }
        records.push(record);
    }
    // Today's columns are all due; the old layout has thirty of its own.
    let due = spec.table("medicine");
    let old = columns.contains(&"Product number");
    let due = if old { old_layout(due) } else { due.clone() };
    let mut parsed = medicines(spec, &due, records)?;
    if let Some(table) = parsed.tables.first() {
        parsed.issues.extend(leaks(table, shifted));
        for (row, text) in notes {
            let message = format!("expected a medicine, found one cell: {text}");
            let issue = Issue::row(Severity::Error, "no_medicine", table, row, message);
            parsed.issues.push(issue);
        }
        for (row, problem) in &sheet.problems {
            let issue = Issue::row(Severity::Warning, "unreadable_cell", table, *row, problem);
            parsed.issues.push(issue);
        }
    }
    let others = names.iter().filter(|name| **name != sheet.name);
    parsed.unread.extend(others.map(|name| format!("sheet {name}")));
    Ok(parsed)
}

/// A date that was late the day before: its row and column, and how it stood.
type Leak = (u32, String, String);

/// Writes the days of a record of the feed as they stood until today: in ISO
/// form they are the same days.
fn with_days(record: &mut Record) -> Vec<Leak> {
    let mut shifted = Vec::new();
    for (name, value) in record.values.iter_mut().filter(|(name, _)| name.ends_with("_date")) {
        if let Some((day, leaked)) = value.as_deref().and_then(day_of)
            && let Some(found) = value.replace(day)
            && leaked
        {
            shifted.push((record.row_number, name.clone(), found));
        }
    }
    shifted
}

fn leaks(table: &TextTable, shifted: Vec<Leak>) -> impl Iterator<Item = Issue> {
    shifted.into_iter().map(|(row, column, found)| {
        let message = format!("the date was written as {found}, late the day before in UTC");
        Issue::row(Severity::Note, "date_leak", table, row, message).in_column(&column)
    })
}

fn old_layout(today: &TableSpec) -> TableSpec {
    let mut old = today.clone();
    for column in &mut old.columns {
        column.optional |= !LASTING.contains(&column.name.as_str());
    }
    old
}

fn medicines(
    spec: &SourceSpec,
    due: &TableSpec,
    mut records: Vec<Record>,
) -> Result<Parsed, ParseError> {
    // The empty text of the feed and the empty cell of the workbook are the
    // same: no value.
    for (_, value) in records.iter_mut().flat_map(|record| &mut record.values) {
        *value = value.take().filter(|text| !text.is_empty());
    }
    // The key is made of cells that are found under several names: a first
    // table tells where they are.
    let keyless = table_of("medicine", due, &records, &mut Vec::new())?;
    for (row, record) in records.iter_mut().enumerate() {
        record.set("medicine_key", Some(medicine_key(&keyless, row)));
    }
    let mut issues = Vec::new();
    let table = table_of("medicine", due, &records, &mut issues)?;
    check(spec, &table, &mut issues);
    Ok(Parsed { tables: vec![table], issues, ..Parsed::default() })
}

/// The product number where it is one; else the last segment of the URL: feeds
/// have had numbers of procedures there, which several products may share.
fn medicine_key(table: &TextTable, row: usize) -> String {
    let number = cell(table, "ema_product_number", row);
    if is_product_number(number) {
        return number.to_owned();
    }
    if let Some(product) = product_of_procedure(number) {
        return product;
    }
    let slug = follow::slug(cell(table, "medicine_url", row));
    if slug.is_empty() { number.to_owned() } else { slug.to_owned() }
}

/// `EMEA/H/C/002840` of the number of a procedure about one product
/// (`H/C/002840/N/0049`) or of one that lost its beginning.
fn product_of_procedure(number: &str) -> Option<String> {
    let (before, rest) = number.split_once("H/C/")?;
    let digits = rest.get(..6).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    let ends = rest.get(6..).is_some_and(|more| more.is_empty() || more.starts_with('/'));
    (ends && matches!(before, "" | "EMEA/")).then(|| format!("EMEA/H/C/{digits}"))
}

fn check(spec: &SourceSpec, table: &TextTable, issues: &mut Vec<Issue>) {
    let dates: Vec<String> = spec
        .table("medicine")
        .columns
        .iter()
        .map(crate::ColumnSpec::column_name)
        .filter(|name| name.ends_with("_date"))
        .collect();
    for (row, number) in table.row_numbers.iter().enumerate() {
        let mut report = |column: &str, kind: &str, message: String| {
            let issue = Issue::row(Severity::Warning, kind, table, *number, message);
            issues.push(issue.in_column(column));
        };
        let product = cell(table, "ema_product_number", row);
        if !is_product_number(product) {
            let message = format!(
                "expected EMEA/H/C/999999, found {product:?}; the key is {:?}",
                cell(table, "medicine_key", row)
            );
            report("ema_product_number", "product_number_form", message);
        }
        let category = cell(table, "category", row);
        if !matches!(category, "Human" | "Veterinary") {
            report("category", "unknown_category", format!("not seen before: {category:?}"));
        }
        let status = cell(table, "medicine_status", row);
        if !STATUSES.contains(&status) {
            report("medicine_status", "unknown_status", format!("not seen before: {status:?}"));
        }
        for column in &dates {
            let date = cell(table, column, row);
            if !date.is_empty() && !is_date(date) {
                report(column, "date_form", format!("expected DD/MM/YYYY, found {date:?}"));
            }
        }
    }
}

/// A day that there is, as `31/01/2025`.
fn is_date(text: &str) -> bool {
    matches(&DATE, text) && jiff::civil::Date::strptime("%d/%m/%Y", text).is_ok()
}

/// A real date of a workbook as the feed writes it, and whether it had leaked
/// into the evening before: one year's files have midnight of Amsterdam in UTC.
fn day_of(text: &str) -> Option<(String, bool)> {
    let found = DATE_TIME.as_ref()?.captures(text)?;
    let day: jiff::civil::Date = found.get(1)?.as_str().parse().ok()?;
    let hour: u8 = found.get(2).map_or(Ok(0), |hour| hour.as_str().parse()).ok()?;
    let leaked = hour >= 22 && found.get(3).is_none();
    let day = if leaked { day.tomorrow().ok()? } else { day };
    Some((day.strftime("%d/%m/%Y").to_string(), leaked))
}

fn is_product_number(text: &str) -> bool {
    matches(&PRODUCT_NUMBER, text)
}

fn matches(form: &LazyLock<Option<Regex>>, text: &str) -> bool {
    form.as_ref().is_some_and(|form| form.is_match(text))
}

/// A cell, trimmed; empty where there is none.
pub(super) fn cell<'a>(table: &'a TextTable, column: &str, row: usize) -> &'a str {
    table.column(column).and_then(|c| c.get(row)).unwrap_or_default().trim()
}

/// The value of a JSON object under the first of these keys.
pub(super) fn first_of(value: &Value, keys: &[&str]) -> String {
    let found = keys.iter().filter_map(|key| value.get(key)).find_map(json_text);
    found.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_iso_form_are_written_as_ever() {
        for (written, day) in [
            ("2025-07-15", Some(("15/07/2025", false))),
            ("2025-07-15T00:00:00Z", Some(("15/07/2025", false))),
            ("2025-07-15 00:00:00", Some(("15/07/2025", false))),
            ("2025-07-14T22:00:00.000Z", Some(("15/07/2025", true))),
            ("2025-07-14T23:30:00+02:00", Some(("14/07/2025", false))),
            ("2025-13-14", None),
            ("15/07/2025", None),
        ] {
            let found = day_of(written);
            let found = found.as_ref().map(|(day, leaked)| (day.as_str(), *leaked));
            assert_eq!(found, day, "{written}");
        }
    }

    #[test]
    fn a_number_of_a_procedure_is_that_of_its_product() {
        for (number, product) in [
            ("H/C/005084", Some("EMEA/H/C/005084")),
            ("H/C/002840/N/0049", Some("EMEA/H/C/002840")),
            ("EMEA/H/C/002840/N/0049", Some("EMEA/H/C/002840")),
            ("H/C/WS2451", None),
            ("R/0023", None),
            ("H/C/PSUSA/00001234", None),
            ("H/C/0050841", None),
            ("", None),
        ] {
            assert_eq!(product_of_procedure(number).as_deref(), product, "{number}");
        }
    }
}
