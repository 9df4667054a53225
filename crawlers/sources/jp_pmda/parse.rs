//! The pages that lead to the files, and which parser reads which answer.

use std::collections::BTreeSet;

use super::{english, workbook};
use crate::page_links::{Link, page_links};
use crate::{BodyKind, Page, ParseError, Parsed, Request, Sniffed, SourceSpec, sniff};

/// Page that lists the fiscal years.
pub(super) const INDEX: &str = "index";
/// Page of one fiscal year.
pub(super) const YEAR: &str = "year";
/// Workbook of one fiscal year.
pub(super) const WORKBOOK: &str = "workbook";
/// Page that links the English list.
pub(super) const ENGLISH_INDEX: &str = "english_index";
/// The English list.
pub(super) const ENGLISH_LIST: &str = "english_list";
/// Context: the fiscal year that a link names, e.g. `2025`.
pub(super) const FISCAL_YEAR: &str = "fiscal_year";
/// Context: name of an imported file.
pub(super) const FILE: &str = "file";

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    match page.request.kind.as_str() {
        INDEX => index(page),
        YEAR => year(page),
        WORKBOOK => workbook::parse(spec, page),
        ENGLISH_INDEX => english_index(page),
        ENGLISH_LIST => english::parse(spec, page),
        other => Err(ParseError::shape("request", "a kind of page of this source", other)),
    }
}

/// The workbook and the English table may be imported; pages lead nowhere when
/// imported.
pub(super) fn import_request(spec: &SourceSpec, file_name: &str, head: &[u8]) -> Option<Request> {
    let is = |extension: &str| file_name.to_lowercase().ends_with(extension);
    let (kind, expect, base) = match sniff(head) {
        Sniffed::Zip if is(".xlsx") => (WORKBOOK, BodyKind::Xlsx, "index"),
        Sniffed::Other if is(".csv") && english::is_head(head) => {
            (ENGLISH_LIST, BodyKind::Text, "english_index")
        }
        _ => return None,
    };
    let mut url = spec.url(base);
    url.path_segments_mut().ok()?.pop().push(file_name);
    Some(Request::get(url, kind, expect).with(FILE, file_name))
}

/// The fiscal years, and workbooks that the index links itself.
fn index(page: &Page<'_>) -> Result<Parsed, ParseError> {
    let links = page_links(page)?;
    let mut parsed = files(&links, None);
    let mut seen = BTreeSet::from([page.request.url.clone()]);
    for link in &links {
        let here = link.url.host_str() == page.request.url.host_str() && link.is_file(&["html"]);
        if here
            && let Some(year) = fiscal_year(&link.text).filter(|_| seen.insert(link.url.clone()))
        {
            let request = Request::get(link.url.clone(), YEAR, BodyKind::Html);
            parsed.follow_ups.push(request.with(FISCAL_YEAR, year.to_string()));
        }
    }
    if parsed.follow_ups.is_empty() {
        return Err(nothing("index of approvals", "links to fiscal years (…年度)", &links));
    }
    Ok(parsed)
}

fn year(page: &Page<'_>) -> Result<Parsed, ParseError> {
    let links = page_links(page)?;
    let parsed = files(&links, page.request.context.get(FISCAL_YEAR));
    if parsed.follow_ups.is_empty() && parsed.unread.is_empty() {
        return Err(nothing("page of a fiscal year", "a link to a workbook (.xlsx)", &links));
    }
    Ok(parsed)
}

/// Requests for the workbooks; other lists are named as unread.
fn files(links: &[Link], year: Option<&String>) -> Parsed {
    let mut parsed = Parsed::default();
    let mut seen = BTreeSet::new();
    for link in links.iter().filter(|l| seen.insert(l.url.clone())) {
        if link.is_file(&["xlsx", "xlsm"]) {
            let mut request = Request::get(link.url.clone(), WORKBOOK, BodyKind::Xlsx);
            if let Some(year) = year.cloned().or(fiscal_year(&link.text).map(|y| y.to_string())) {
                request = request.with(FISCAL_YEAR, year);
            }
            parsed.follow_ups.push(request);
        }
    }
    // Next to a workbook a PDF is the same list; alone it is data not read.
    if parsed.follow_ups.is_empty() {
        let lists = links.iter().filter(|l| l.is_file(&["xls", "pdf"]) && l.text.contains("承認"));
        parsed.unread.extend(lists.map(|l| format!("{} ({})", l.file_name(), l.text)));
    }
    parsed
}

fn english_index(page: &Page<'_>) -> Result<Parsed, ParseError> {
    let links = page_links(page)?;
    let mut parsed = Parsed::default();
    for link in &links {
        if link.is_file(&["csv"]) {
            parsed.follow_ups.push(Request::get(link.url.clone(), ENGLISH_LIST, BodyKind::Text));
        } else if link.is_file(&["pdf", "xls", "xlsx"]) {
            parsed.unread.push(format!("{} ({}): not a table in CSV", link.file_name(), link.text));
        }
    }
    if parsed.follow_ups.is_empty() && parsed.unread.is_empty() {
        return Err(nothing("English index", "a link to the list of approved products", &links));
    }
    Ok(parsed)
}

fn nothing(what: &str, expected: &str, links: &[Link]) -> ParseError {
    let texts: Vec<String> =
        links.iter().take(20).map(|l| l.text.chars().take(40).collect()).collect();
    ParseError::shape(what, expected, format!("{} links: {texts:?}", links.len()))
}

/// The year in `2025年度`, `令和7年度` or `平成３１年度（令和元年度）`.
fn fiscal_year(text: &str) -> Option<u16> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).map(narrow_digit).collect();
    let (before, _) = text.split_once("年度")?;
    year_at_end(before)
}

/// The year that a text ends with: `2025`, `令和7`, `平成30`, `令和元`.
pub(super) fn year_at_end(text: &str) -> Option<u16> {
    let digits_from = text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (before, digits) = text.split_at_checked(digits_from)?;
    let (before, number) = match before.strip_suffix('元') {
        Some(era) if digits.is_empty() => (era, 1),
        _ => (before, digits.parse::<u16>().ok()?),
    };
    let year = if before.ends_with("令和") {
        number.checked_add(2018)?
    } else if before.ends_with("平成") {
        number.checked_add(1988)?
    } else {
        number
    };
    (1990..=2100).contains(&year).then_some(year)
}

/// Digits of full width as ASCII.
pub(super) fn narrow_digit(c: char) -> char {
    match c {
        '０'..='９' => {
            char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c)
        }
        _ => c,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
