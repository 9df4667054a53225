//! The page of a product: labels and values, line by line.

use super::lists::main_content;
use super::saved::is_saved;
use crate::html_limits::read_html;
use crate::html_words::{first, lines, words};
use crate::labelled_page::cut_off;
use crate::records::{Record, table_of};
use crate::{Issue, Page, ParseError, Parsed, Severity, SourceSpec};

/// Labels as the pages write them, and the column each of them fills.
const LABELS: [(&str, &str); 12] = [
    ("stn", "STN"),
    ("proper name", "Proper Name"),
    ("tradename", "Trade Name"),
    ("trade name", "Trade Name"),
    ("manufacturer", "Manufacturer"),
    ("manufacture", "Manufacturer"),
    ("sponsor", "Manufacturer"),
    ("applicant", "Manufacturer"),
    ("indication", "Indication"),
    ("indications", "Indication"),
    ("indication for use", "Indication"),
    ("indications for use", "Indication"),
];

/// Headings that end the last value.
const ENDS: [&str; 6] = [
    "product information",
    "supporting documents",
    "related information",
    "approval history",
    "content current as of",
    "regulated product",
];

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let text = String::from_utf8_lossy(page.body);
    let html = read_html("page of a product", &text)?;
    let mut values: Vec<(&str, Vec<String>)> = Vec::new();
    let mut open: Option<&str> = None;
    for line in lines(main_content(&html)) {
        if let Some((column, value)) = labelled(&line) {
            // The first of two labels for one column wins.
            open = (!values.iter().any(|(c, _)| *c == column)).then_some(column);
            if open.is_some() {
                let value = Some(value.to_owned()).filter(|v| !v.is_empty());
                values.push((column, value.into_iter().collect()));
            }
        } else if ENDS.iter().any(|end| line.to_lowercase().starts_with(end)) {
            open = None;
        } else if let Some((column, value)) = open.zip(values.last_mut().map(|(_, v)| v)) {
            // Only indications run over several lines.
            if column == "Indication" || value.is_empty() {
                value.push(line);
            }
        }
    }
    let value = |column: &str| {
        let found = values.iter().find(|(c, _)| *c == column);
        found.map(|(_, v)| v.join("; ")).filter(|v| !v.is_empty())
    };
    let is_other = value("STN").is_none() && value("Proper Name").is_none();
    // One strange page of a crawl must not cost all the others.
    if is_other && is_saved(page.request) {
        let title = first(html.root_element(), "title").map(words).unwrap_or_default();
        let found = format!("a page titled {title:?} without them");
        return Err(ParseError::shape("page of a product", "an STN or a Proper Name", found));
    }
    let severity = if is_other { Severity::Error } else { Severity::Warning };
    let mut record = Record::new(1);
    record.set("Title", first(html.root_element(), "h1").map(words));
    record.set("STN", value("STN").map(|v| digits(&v)));
    for column in ["Proper Name", "Trade Name", "Manufacturer", "Indication"] {
        record.set(column, value(column));
    }
    record.set("Page URL", Some(page.request.url.to_string()));
    let mut issues = Vec::new();
    let table = table_of("product", spec.table("product"), &[record], &mut issues)?;
    for (name, column) in [("STN", "stn"), ("Proper Name", "proper_name")] {
        if value(name).is_none() {
            let what = format!("{} has no label {name}", page.request.url);
            issues.push(Issue::row(severity, "no_label", &table, 1, what).in_column(column));
        }
    }
    issues.extend(cut_off(&text, &table));
    Ok(Parsed { tables: vec![table], issues, ..Parsed::default() })
}

/// `Proper Name: x` as its column and value.
fn labelled(line: &str) -> Option<(&'static str, &str)> {
    let (label, value) = line.split_once(':')?;
    let label = label.trim().to_lowercase();
    let (_, column) = LABELS.iter().find(|(l, _)| *l == label)?;
    Some((column, value.trim()))
}

/// `BL 125736` and `125736/0` as 125736; a text without six digits as it is.
fn digits(stn: &str) -> String {
    stn.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6).unwrap_or(stn).to_owned()
}
