//! The summary text: labels padded to column 26, records parted by blank lines.

use super::download;
use crate::records::{Record, row_number, table_of};
use crate::{BodyKind, Issue, Page, ParseError, Parsed, Request, Severity, SourceSpec};

/// More labels than a trial has, those of a later register included.
const MAX_LABELS: usize = 200;
/// Where values begin.
const VALUE_COLUMN: usize = 25;
const NUMBER: &str = "EudraCT Number";
const PROTOCOLS: &str = "Trial protocol";
const DISEASE: &str = "Disease";

/// Statuses that the register has used.
const STATUSES: [&str; 10] = [
    "Completed",
    "Ongoing",
    "Prematurely Ended",
    "Temporarily Halted",
    "Restarted",
    "Not Authorised",
    "Prohibited by CA",
    "Suspended by CA",
    "GB - no longer in EU/EEA",
    "Trial now transitioned",
];

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let text = String::from_utf8_lossy(page.body);
    let mut parsed = Parsed::default();
    let trials = trials(&text);
    if trials.is_empty() && !text.trim().is_empty() {
        return Err(ParseError::MissingColumn {
            table: "trial".to_owned(),
            column: NUMBER.to_owned(),
            header: text.split_whitespace().take(6).map(|w| w.chars().take(60).collect()).collect(),
        });
    }
    let numbers: Vec<String> =
        trials.iter().filter_map(|t| t.number().map(str::to_owned)).collect();
    let found = trials.len();
    tables_of(spec, trials, &mut parsed)?;
    let due = page.request.context.get("due").and_then(|n| n.parse::<usize>().ok());
    if let (Some(due), Some(table)) = (due, parsed.tables.first())
        && found < due
    {
        let what = format!("{} gives {found} trials, {due} are due", page.request.url);
        parsed.issues.push(Issue::row(Severity::Warning, "short_page", table, 0, what));
    }
    let number = page.request.context.get("page").and_then(|n| n.parse::<u64>().ok());
    let query = page.request.context.get("query").map_or("", String::as_str);
    if let Some(number) = number.filter(|_| !numbers.is_empty()) {
        // The full text of these trials is fetched again only when something
        // in their summaries changed.
        parsed.follow_ups.push(Request {
            fingerprint: Some(format!("{:016x}", fnv1a(page.body))),
            optional: true,
            ..Request::get(download("full", query, number), "full", BodyKind::Text)
                .with("trials", numbers.join(" "))
        });
    }
    Ok(parsed)
}

/// One trial, label by label.
pub(super) struct Trial(Record);

impl Trial {
    pub(super) fn new(row: usize) -> Self {
        Self(Record::new(row_number(row)))
    }

    /// Adds a value. Diseases go below each other; another label that occurs
    /// again keeps its first value.
    pub(super) fn add(&mut self, label: &str, value: &str) {
        let known = self.0.values.iter_mut().find(|(n, _)| n == label);
        match known {
            None => self.0.set(label, Some(value.to_owned())),
            Some((_, Some(text))) if label == DISEASE && !value.is_empty() => {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(value);
            }
            Some(_) => {}
        }
    }

    fn append_line(&mut self, line: &str) {
        if let Some((_, Some(text))) = self.0.values.last_mut() {
            text.push('\n');
            text.push_str(line);
        }
    }

    fn number(&self) -> Option<&str> {
        self.0.get(NUMBER).map(str::trim).filter(|n| is_eudract_number(n))
    }
}

/// The trials of a summary text, with the lines they begin on.
fn trials(text: &str) -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    let mut blank = false;
    let padded = is_padded(text);
    for (index, line) in text.trim_start_matches('\u{feff}').split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            blank = true;
            continue;
        }
        match if padded { labelled(line) } else { known_label(line) } {
            Some((NUMBER, value)) => {
                let mut trial = Trial::new(index + 1);
                trial.add(NUMBER, value);
                trials.push(trial);
            }
            Some((label, value)) if trials.last().is_none_or(|t| t.0.values.len() < MAX_LABELS) => {
                if let Some(trial) = trials.last_mut() {
                    trial.add_or_reopen(label, value);
                }
            }
            _ => {
                if let Some(trial) = trials.last_mut() {
                    if blank {
                        trial.append_line("");
                    }
                    trial.append_line(line);
                }
            }
        }
        blank = false;
    }
    trials
}

impl Trial {
    /// As [`Trial::add`]; lines that follow belong to this label.
    fn add_or_reopen(&mut self, label: &str, value: &str) {
        self.add(label, value);
        if let Some(at) = self.0.values.iter().position(|(n, _)| n == label) {
            let entry = self.0.values.remove(at);
            self.0.values.push(entry);
        }
    }
}

/// Labels of the summary.
const LABELS: [&str; 11] = [
    NUMBER,
    "Sponsor Protocol Number",
    "Sponsor Name",
    "Full Title",
    "Start Date",
    "Medical condition",
    DISEASE,
    "Population Age",
    "Gender",
    PROTOCOLS,
    "Link",
];

/// Values stand in their column. Editors and copies turn the padding into one
/// space or a tab: the first number tells.
fn is_padded(text: &str) -> bool {
    let first = text.lines().find(|line| line.trim_start_matches('\u{feff}').starts_with(NUMBER));
    first.is_none_or(|line| {
        let found = labelled(line.trim_start_matches('\u{feff}'));
        found.is_some_and(|(_, value)| is_eudract_number(value.trim()))
    })
}

/// A line of a text without padding that begins with a label of the summary.
fn known_label(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once(':')?;
    LABELS.contains(&label.trim()).then(|| (label.trim(), value.trim()))
}

/// A line that begins with a label: padded to the column of the values, or
/// alone on its line. `Also called: …` inside a value is neither.
fn labelled(line: &str) -> Option<(&str, &str)> {
    let (label, rest) = line.split_once(':')?;
    let is_label = label.chars().all(|c| c.is_ascii_alphanumeric() || " /()-'".contains(c))
        && label.starts_with(|c: char| c.is_ascii_uppercase());
    if !is_label || label.len() >= VALUE_COLUMN {
        return None;
    }
    let padding = rest.get(..VALUE_COLUMN - label.len() - 1);
    match padding {
        Some(padding) if padding.trim().is_empty() && !padding.is_empty() => {
            rest.get(padding.len()..).map(|value| (label, value))
        }
        _ => rest.trim().is_empty().then_some((label, "")),
    }
}

/// The tables `trial` and `trial_country`.
pub(super) fn tables_of(
    spec: &SourceSpec,
    trials: Vec<Trial>,
    parsed: &mut Parsed,
) -> Result<(), ParseError> {
    let records: Vec<Record> = trials.into_iter().map(|t| t.0).collect();
    let table = table_of("trial", spec.table("trial"), &records, &mut parsed.issues)?;
    let mut countries = Vec::new();
    for record in &records {
        let number = record.get(NUMBER).unwrap_or_default().trim();
        if !is_eudract_number(number) {
            let what = format!("expected YYYY-NNNNNN-NN, found {number:?}");
            let issue =
                Issue::row(Severity::Warning, "eudract_number", &table, record.row_number, what);
            parsed.issues.push(issue.in_column("eudract_number"));
        }
        let (found, rest) = protocols(record.get(PROTOCOLS).unwrap_or_default());
        let mut report = |kind, what: String| {
            let issue = Issue::row(Severity::Warning, kind, &table, record.row_number, what);
            parsed.issues.push(issue.in_column("trial_protocol"));
        };
        if !rest.is_empty() {
            report("trial_protocol", format!("{number}: cannot be read as countries: {rest}"));
        }
        for (country, status) in found {
            if let Some(status) = status
                && !STATUSES.contains(&status)
            {
                report("unknown_status", format!("{number} in {country}: {status}"));
            }
            let mut row = Record::new(record.row_number);
            row.set(NUMBER, Some(number.to_owned()));
            row.set("Country Code", Some(country.to_owned()));
            row.set("Status", status.map(str::to_owned));
            countries.push(row);
        }
    }
    parsed.tables.push(table);
    let name = "trial_country";
    let by_country = table_of(name, spec.table(name), &countries, &mut parsed.issues)?;
    parsed.tables.push(by_country);
    Ok(())
}

/// `GB(Completed) Outside EU/EEA ` as countries with their statuses, and what
/// cannot be read.
pub(super) fn protocols(text: &str) -> (Vec<(&str, Option<&str>)>, String) {
    const OUTSIDE: &str = "Outside EU/EEA";
    let mut found = Vec::new();
    let mut unread = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (country, after) = if let Some(after) = rest.strip_prefix(OUTSIDE) {
            ("3RD", after)
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            rest.split_at(end)
        };
        let after_space = after.trim_start();
        let status = after_space.strip_prefix('(').and_then(|s| s.split_once(')'));
        let code = (2..=3).contains(&country.len())
            && country.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if code {
            let value = status.map(|(s, _)| s.trim()).filter(|s| !s.is_empty());
            found.push((country, value));
            rest = status.map_or(after_space, |(_, next)| next).trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, next) = rest.split_at(end);
            unread.push(word);
            rest = next.trim_start();
        }
    }
    (found, unread.join(" "))
}

pub(super) fn is_eudract_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |i: usize, n: usize| {
        parts.get(i).is_some_and(|p| p.len() == n && p.bytes().all(|b| b.is_ascii_digit()))
    };
    parts.len() == 3 && digits(0, 4) && digits(1, 6) && digits(2, 2)
}

/// FNV-1a: the same in every release of this program.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
