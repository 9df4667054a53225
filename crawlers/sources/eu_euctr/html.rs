//! The search page: how many trials there are, and the trials it shows.

use std::sync::LazyLock;

use regex::Regex;
use scraper::{ElementRef, Html};

use super::fields::of_page;
use super::summary::{Trial, tables_of};
use crate::html_limits::read_html;
use crate::html_words::{first, select, squeeze, words};
use crate::labelled_page::cut_off;
use crate::{BodyKind, DeclaredTotal, Page, ParseError, Parsed, Request, SourceSpec};

/// Trials that a page shows.
const PAGE_SIZE: u64 = 20;

// Checked by the tests.
static TOTAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"Trials with a EudraCT protocol\s*\(\s*([0-9][0-9,.\s\u{a0}]*)\)").ok()
});

/// The declared total, and a request for each page of summaries.
pub(super) fn totals(body: &[u8]) -> Result<Parsed, ParseError> {
    let rows = total(&String::from_utf8_lossy(body)).ok_or_else(|| {
        ParseError::shape("search page", "the text `Trials with a EudraCT protocol (N)`", "none")
    })?;
    let pages = rows.div_ceil(PAGE_SIZE);
    let follow_ups = (1..=pages)
        .map(|page| {
            let due = PAGE_SIZE.min(rows - (page - 1) * PAGE_SIZE);
            Request::get(super::download("summary", "", page), "summary", BodyKind::Text)
                .with("page", page.to_string())
                .with("due", due.to_string())
        })
        .collect();
    let total = DeclaredTotal { table: "trial".to_owned(), part: "all".to_owned(), rows };
    Ok(Parsed { follow_ups, totals: vec![total], ..Parsed::default() })
}

fn total(text: &str) -> Option<u64> {
    let digits: String = TOTAL
        .as_ref()?
        .captures(text)?
        .get(1)?
        .as_str()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    // The whole register is far below a million; more is not to be believed.
    digits.parse().ok().filter(|n| *n < 1_000_000)
}

/// A page that somebody saved: of a trial, or of the search. The form of the
/// search stands on both.
pub(super) fn saved_page(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let text = String::from_utf8_lossy(page.body);
    let html = read_html("saved page", &text)?;
    let protocol = of_page(&html);
    let mut parsed = if protocol.fields.iter().any(|f| matches!(f.code.as_str(), "A.2" | "A.3")) {
        super::protocol::parse_page(spec, page, protocol)?
    } else if first(html.root_element(), "table.result").is_some() || total(&text).is_some() {
        results(spec, &html)?
    } else {
        return Err(ParseError::shape(
            "saved page",
            "a page of a trial (fields A.2, A.3) or of the search (table.result)",
            "neither",
        ));
    };
    let cut_off = parsed.tables.first().and_then(|table| cut_off(&text, table));
    parsed.issues.extend(cut_off);
    Ok(parsed)
}

fn results(spec: &SourceSpec, html: &Html) -> Result<Parsed, ParseError> {
    let mut trials = Vec::new();
    for table in select(html.root_element(), "table.result") {
        let mut trial = Trial::new(trials.len() + 1);
        for cell in select(table, "td") {
            // Cells of the MedDRA table inside have no label of their own.
            let Some(label) = first(cell, "span.label") else { continue };
            let name = words(label).replace('*', "");
            let name = name.trim_end_matches(':').trim();
            let text = words(cell);
            let value = text.split_once(':').map_or("", |(_, v)| v.trim());
            trial.add(name, value);
        }
        for row in select(table, "table.meddra tr") {
            trial.add("Disease", &meddra(row));
        }
        trials.push(trial);
    }
    if trials.is_empty() {
        return Err(ParseError::shape("search page", "results (table.result)", "none"));
    }
    let mut parsed = Parsed::default();
    tables_of(spec, trials, &mut parsed)?;
    Ok(parsed)
}

/// A row of the terms' table as the summary text writes it; the header of that
/// table gives nothing.
fn meddra(row: ElementRef<'_>) -> String {
    const NAMES: [&str; 5] = ["Version", "SOC Term", "Classification Code", "Term", "Level"];
    let cells: Vec<_> = select(row, "td:not(.label)").into_iter().map(words).collect();
    if cells.len() != NAMES.len() {
        return String::new();
    }
    let parts: Vec<String> =
        NAMES.iter().zip(&cells).map(|(name, cell)| format!("{name}: {}", squeeze(cell))).collect();
    parts.join(", ")
}
