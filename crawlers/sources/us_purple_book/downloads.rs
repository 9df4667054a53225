//! The page of downloads: which CSV is the newest.

use std::sync::LazyLock;

use regex::Regex;
use scraper::{ElementRef, Html};
use url::Url;

use crate::html_limits::read_html;
use crate::html_words::{select, words};
use crate::{BodyKind, ParseError, Parsed, Request};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

// Checked by the tests below.
static CSV_PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)[^\s"'<>()=]+\.csv"#).ok());

pub(super) fn parse(base: &Url, body: &[u8]) -> Result<Parsed, ParseError> {
    let text = String::from_utf8_lossy(body);
    let page = read_html("page of downloads", &text)?;
    let mut parsed = Parsed::default();
    let mut newest: Option<((u16, usize), Url)> = None;
    for (url, near) in links(base, &page, &text) {
        // The file's own name decides; its row on the page only where it is silent.
        match release(url.path()).or_else(|| release(&format!("{} {near}", url.path()))) {
            Some(release) if newest.as_ref().is_none_or(|(known, _)| release > *known) => {
                newest = Some((release, url));
            }
            Some(_) => {}
            None => parsed.unread.push(format!("a CSV whose month is not told: {url}")),
        }
    }
    let Some(((year, month), url)) = newest else {
        return Err(ParseError::shape(
            "downloads page",
            "a link to a CSV with a month and a year",
            format!("{} links to other CSV files", parsed.unread.len()),
        ));
    };
    let request = Request::get(url, "csv", BodyKind::Text)
        .with("release", format!("{year}-{:02}", month + 1));
    parsed.follow_ups.push(request);
    Ok(parsed)
}

/// CSV addresses with the words around them. Addresses that stand only in
/// scripts or attributes count where no link does.
fn links(base: &Url, page: &Html, text: &str) -> Vec<(Url, String)> {
    let is_csv = |url: &Url| url.path().to_ascii_lowercase().ends_with(".csv");
    let mut links: Vec<(Url, String)> = select(page.root_element(), "a[href]")
        .into_iter()
        .filter_map(|a| Some((base.join(a.attr("href")?).ok()?, surroundings(a))))
        .filter(|(url, _)| is_csv(url))
        .collect();
    if links.is_empty()
        && let Some(pattern) = &*CSV_PATH
    {
        links = pattern
            .find_iter(text)
            .filter_map(|m| base.join(m.as_str()).ok())
            .filter(is_csv)
            .map(|url| (url, String::new()))
            .collect();
    }
    links
}

/// The words of the row, list item or paragraph that a link stands in.
fn surroundings(link: ElementRef<'_>) -> String {
    link.ancestors()
        .filter_map(ElementRef::wrap)
        .find(|e| matches!(e.value().name(), "tr" | "li" | "p"))
        .map_or_else(|| words(link), words)
}

/// Year and month (from 0) that a path or a text names.
fn release(text: &str) -> Option<(u16, usize)> {
    let mut month = None;
    let mut year = None;
    for token in text.split(|c: char| !c.is_alphanumeric()) {
        let lower = token.to_lowercase();
        let named = MONTHS.iter().position(|m| {
            *m == lower
                || (lower.len() == 3 && m.starts_with(&lower))
                || (lower == "sept" && *m == "september")
        });
        month = month.or(named);
        if lower.len() == 4
            && let Ok(number) = lower.parse::<u16>()
            && (2014..2100).contains(&number)
        {
            year = year.or(Some(number));
        }
    }
    Some((year?, month?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(page: &str) -> String {
        let base = "https://purplebooksearch.fda.gov/downloads".parse().unwrap();
        parse(&base, page.as_bytes()).unwrap().follow_ups.remove(0).url.to_string()
    }

    #[test]
    fn the_newest_month_of_the_newest_year_is_taken_whatever_the_order() {
        let page = "<table><tr><td><a href='/files/2023/purplebook-search-december-data-download.csv'>CSV</a>\
            <tr><td><a href='https://www.accessdata.fda.gov/drugsatfda_docs/PurpleBook/2025/purplebook-search-February-data-download.csv'>CSV</a>\
            <tr><td><a href='/files/2025/purplebook-search-january-data-download.csv'>CSV</a>\
            <tr><td><a href='/files/guide.pdf'>Guide</a></table>";
        assert_eq!(
            newest(page),
            "https://www.accessdata.fda.gov/drugsatfda_docs/PurpleBook/2025/purplebook-search-February-data-download.csv"
        );
    }

    #[test]
    fn a_silent_name_is_dated_by_its_row_and_scripts_count_where_no_link_does() {
        let page = "<ul><li>March 2024 <a href='/files/a.csv'>CSV</a><li>Sept 2024 <a href='/files/b.csv'>CSV</a></ul>";
        assert_eq!(newest(page), "https://purplebooksearch.fda.gov/files/b.csv");
        let page =
            "<script>x={url:\"/files/2026/purplebook-search-may-data-download.csv\"}</script>";
        assert!(newest(page).ends_with("/files/2026/purplebook-search-may-data-download.csv"));
    }

    #[test]
    fn a_page_without_a_dated_csv_is_refused_and_the_release_is_handed_on() {
        let base = "https://purplebooksearch.fda.gov/downloads".parse().unwrap();
        let error = parse(&base, b"<html><a href='x.csv'>CSV</a>").unwrap_err();
        assert!(error.to_string().contains("a month and a year"), "{error}");
        let parsed =
            parse(&base, b"<a href='/files/2023/purplebook-search-january-data-download.csv'>")
                .unwrap();
        assert_eq!(parsed.follow_ups[0].context["release"], "2023-01");
        assert_eq!(parsed.follow_ups[0].kind, "csv");
    }
}
