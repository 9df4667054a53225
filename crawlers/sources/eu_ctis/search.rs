//! Search answers: counts of parts, and pages of rows.

use serde_json::{Map, Value};

use super::part::{PAGE_SIZE, Part, WINDOW};
use crate::eu_countries::country_code;
use crate::grid::empty_table;
use crate::json_rows::read_json;
use crate::records::{Record, row_number, table_of};
use crate::{
    BodyKind, DeclaredTotal, Issue, Page, ParseError, Parsed, Request, Severity, SourceSpec,
    TextTable,
};

/// Codes that `ctStatus` and the countries' statuses have.
const STATUS_CODES: std::ops::RangeInclusive<u8> = 1..=12;

/// How many rows a part has, and so what to ask for next.
pub(super) fn count(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let (total, _) = answer(page.body)?;
    let part = Part::of(page);
    let mut parsed = empty(spec);
    declare(part, total, &mut parsed);
    if total > WINDOW {
        split(spec, page, part, total, &mut parsed);
    } else if total > 0 {
        // A small part is asked for by its own size: a page that reaches beyond
        // the window is empty even where its first rows are inside.
        // Never of one row: that is what was just asked.
        let size = total.clamp(2, PAGE_SIZE);
        let mut probe = part.page(spec, "probe", total.div_ceil(size), size);
        if let Some(above) = page.request.context.get("above") {
            probe = probe.with("above", above);
        }
        parsed.follow_ups.push(probe);
    }
    Ok(parsed)
}

/// A page of rows. The last page of a part (`probe`) leads to those before it,
/// or to smaller parts where it is not there.
pub(super) fn rows(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let (total, data) = answer(page.body)?;
    let number = |name: &str| page.request.context.get(name).and_then(|v| v.parse::<u64>().ok());
    let part = Part::of(page);
    let mut parsed = empty(spec);
    if let (Some(at), Some(size)) = (number("page"), number("size")) {
        declare(part, total, &mut parsed);
        // What the page must hold if everything that is declared can be seen;
        // the total may have changed since the part was counted.
        let due = total.saturating_sub((at.saturating_sub(1)).saturating_mul(size)).min(size);
        let found = data.len() as u64;
        let is_probe = page.request.kind == "probe";
        // Beyond the window there is nothing; a page that is only short is short.
        if is_probe && found == 0 && due > 0 {
            split(spec, page, part, total, &mut parsed);
            return Ok(parsed);
        }
        if is_probe {
            let before = 1..at.min(WINDOW / PAGE_SIZE);
            // Rows may have come in since the part was counted.
            let after =
                at.saturating_add(1)..=total.div_ceil(size.max(1)).min(at.saturating_add(3));
            let pages = before.chain(after).map(|n| part.page(spec, "page", n, size));
            parsed.follow_ups.extend(pages);
        }
        if found != due {
            let what =
                format!("page {at} of {} has {found} rows, {due} of {total} are due", part.name());
            report(&mut parsed, Severity::Warning, "short_page", what);
        }
    }
    read(spec, &data, &mut parsed)?;
    Ok(parsed)
}

/// Only the whole is declared: the rows of all parts together must reach it.
fn declare(part: Part, rows: u64, parsed: &mut Parsed) {
    if part.is_whole() {
        let (table, part) = ("trial".to_owned(), "all".to_owned());
        parsed.totals.push(DeclaredTotal { table, part, rows });
    }
}

/// Asks for the parts of a part that does not fit the window.
fn split(spec: &SourceSpec, page: &Page<'_>, part: Part, total: u64, parsed: &mut Parsed) {
    let above = page.request.context.get("above").and_then(|n| n.parse::<u64>().ok());
    // A part as large as what it is a part of: the criteria did nothing, and
    // more of them would do nothing either.
    let narrows = above.is_none_or(|above| total < above);
    let parts = if narrows { part.split() } else { Vec::new() };
    if parts.is_empty() {
        let what = format!(
            "{total} {} do not fit the window of the search and cannot be split further",
            part.name()
        );
        report(parsed, Severity::Error, "beyond_window", what);
    }
    let counts = parts.into_iter().map(|p| p.count(spec).with("above", total.to_string()));
    parsed.follow_ups.extend(counts);
}

fn report(parsed: &mut Parsed, severity: Severity, kind: &str, what: String) {
    if let Some(table) = parsed.tables.first() {
        parsed.issues.push(Issue::row(severity, kind, table, 0, what));
    }
}

/// The declared number of rows, and the rows.
fn answer(body: &[u8]) -> Result<(u64, Vec<Map<String, Value>>), ParseError> {
    let answer = read_json("search answer", body)?;
    let total = answer.pointer("/pagination/totalRecords").and_then(Value::as_u64);
    let total = total.ok_or_else(|| missing("pagination.totalRecords", &answer))?;
    let data = answer.get("data").and_then(Value::as_array);
    let data = data.ok_or_else(|| missing("data", &answer))?;
    let rows = data.iter().map(|row| row.as_object().cloned()).collect::<Option<Vec<_>>>();
    let rows =
        rows.ok_or_else(|| ParseError::shape("search answer", "rows that are objects", "other"))?;
    Ok((total, rows))
}

fn missing(column: &str, answer: &Value) -> ParseError {
    let header = answer.as_object().map(|o| o.keys().take(20).cloned().collect());
    ParseError::MissingColumn {
        table: "trial".to_owned(),
        column: column.to_owned(),
        header: header.unwrap_or_default(),
    }
}

pub(super) fn empty(spec: &SourceSpec) -> Parsed {
    let tables =
        ["trial", "trial_country"].iter().map(|name| empty_table(name, spec.table(name))).collect();
    Parsed { tables, ..Parsed::default() }
}

fn read(
    spec: &SourceSpec,
    data: &[Map<String, Value>],
    parsed: &mut Parsed,
) -> Result<(), ParseError> {
    let mut trials = Vec::new();
    let mut countries = Vec::new();
    for (index, row) in data.iter().enumerate() {
        let mut trial = Record::of_json(row_number(index + 1), row);
        let number = trial.get("ctNumber").unwrap_or_default().to_owned();
        let (base, suffix) = number.rsplit_once('-').filter(|_| is_ct_number(&number)).unzip();
        trial.set("trialNumber", base.map(str::to_owned));
        trial.set("resubmission", suffix.map(str::to_owned));
        countries.extend(country_rows(&trial, row));
        if is_ct_number(&number) {
            parsed.follow_ups.push(details(spec, &number, &trial)?);
        }
        trials.push(trial);
    }
    let table = table_of("trial", spec.table("trial"), &trials, &mut parsed.issues)?;
    for trial in &trials {
        check(trial, &table, &mut parsed.issues);
    }
    let name = "trial_country";
    let by_country = table_of(name, spec.table(name), &countries, &mut parsed.issues)?;
    for row in &countries {
        check_country(row, &by_country, &mut parsed.issues);
    }
    parsed.tables = vec![table, by_country];
    Ok(())
}

/// The details of a trial are fetched again when its row says that they changed.
fn details(spec: &SourceSpec, number: &str, trial: &Record) -> Result<Request, ParseError> {
    let url = spec
        .url("retrieve")
        .join(number)
        .map_err(|e| ParseError::shape("ctNumber", "a number", e.to_string()))?;
    let state: Vec<&str> = ["lastUpdated", "ctStatus", "decisionDate"]
        .iter()
        .map(|name| trial.get(name).unwrap_or_default())
        .collect();
    Ok(Request {
        fingerprint: Some(state.join("|")),
        ..Request::get(url, "retrieve", BodyKind::Json).with("ct_number", number)
    })
}

/// `["Germany:8"]` and `DE: 03/08/2022` as rows of countries.
fn country_rows(trial: &Record, row: &Map<String, Value>) -> Vec<Record> {
    let decisions: Vec<(&str, &str)> = trial
        .get("decisionDate")
        .unwrap_or_default()
        .split(',')
        .filter_map(|pair| pair.split_once(':'))
        .map(|(code, date)| (code.trim(), date.trim()))
        .collect();
    let of_country = |entry: String| {
        let (name, status) = entry.rsplit_once(':').unwrap_or((&entry, ""));
        let code = country_code(name);
        let date = code.and_then(|c| decisions.iter().find(|(known, _)| *known == c));
        let mut record = Record::new(trial.row_number);
        record.set("ctNumber", trial.get("ctNumber").map(str::to_owned));
        record.set("country", Some(name.trim().to_owned()));
        record.set("countryCode", code.map(str::to_owned));
        record.set("statusCode", Some(status.trim().to_owned()).filter(|s| !s.is_empty()));
        record.set("decisionDate", date.map(|(_, date)| (*date).to_owned()));
        record
    };
    country_texts(row).into_iter().map(of_country).collect()
}

/// The countries of a row, each with its status. What is no text is named as it
/// stands: a country must not go unsaid.
pub(super) fn country_texts(row: &Map<String, Value>) -> Vec<String> {
    let text = |entry: &Value| entry.as_str().map_or_else(|| entry.to_string(), str::to_owned);
    match row.get("trialCountries") {
        Some(Value::Array(countries)) => countries.iter().map(text).collect(),
        Some(Value::Null) | None => Vec::new(),
        // Before 2024-06 one text: `DE:Authorised, not started`.
        Some(country) => vec![text(country)],
    }
}

fn check(trial: &Record, table: &TextTable, issues: &mut Vec<Issue>) {
    let number = trial.get("ctNumber").unwrap_or_default();
    let mut add = |kind: &str, column: &str, what: String| {
        let issue = Issue::row(Severity::Warning, kind, table, trial.row_number, what);
        issues.push(issue.in_column(column));
    };
    if !is_ct_number(number) {
        let what = format!("expected YYYY-NNNNNN-NN-NN, found {number:?}");
        add("ct_number", "ct_number", what);
    }
    let status = trial.get("ctStatus").unwrap_or_default();
    if !is_status(status) {
        add("unknown_status", "ct_status", format!("{number}: {status:?}"));
    }
}

fn check_country(row: &Record, table: &TextTable, issues: &mut Vec<Issue>) {
    let number = row.get("ctNumber").unwrap_or_default();
    let mut add = |kind: &str, column: &str, what: String| {
        let issue = Issue::row(Severity::Warning, kind, table, row.row_number, what);
        issues.push(issue.in_column(column));
    };
    if row.get("countryCode").is_none() {
        let name = row.get("country").unwrap_or_default();
        add("unknown_country", "country", format!("{number}: {name:?}"));
    }
    let status = row.get("statusCode").unwrap_or_default();
    if !is_status(status) {
        add("unknown_status", "status_code", format!("{number}: {status:?}"));
    }
}

pub(super) fn is_status(code: &str) -> bool {
    code.parse::<u8>().is_ok_and(|code| STATUS_CODES.contains(&code))
}

/// `2023-508143-51-01`.
pub(super) fn is_ct_number(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([4, 6, 2, 2]) && text.bytes().all(|b| b == b'-' || b.is_ascii_digit())
}
