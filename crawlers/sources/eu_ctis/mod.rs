//! CTIS: a search in parts that fit its window, the details of each trial, and
//! the feed of updated trials.

mod feed;
mod part;
mod redact;
mod retrieve;
mod search;

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::{BodyKind, Page, ParseError, Parsed, Request, Source, SourceSpec, Window};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `eu_ctis`.
#[derive(Debug)]
pub struct EuCtis;

impl Source for EuCtis {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, window: &Window) -> Vec<Request> {
        // Trials that begin next year are known this year.
        let last_year = window.today.year().saturating_add(2);
        vec![part::Part::whole(last_year).count(&SPEC)]
    }

    fn feed_seeds(&self, _window: &Window) -> Vec<Request> {
        vec![feed::seed(&SPEC)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            "count" => search::count(&SPEC, page),
            "probe" | "page" | "rows" => search::rows(&SPEC, page),
            "feed" => feed::parse(&SPEC, page),
            "retrieve" => retrieve::parse(&SPEC, page),
            other => Err(ParseError::shape("request", "a kind of page of this source", other)),
        }
    }

    fn redact<'a>(&self, page: &Page<'a>) -> Cow<'a, [u8]> {
        redact::body(page.body)
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        if crate::sniff(head) != crate::Sniffed::Json {
            return None;
        }
        let head = String::from_utf8_lossy(head);
        // A search answer has paging and a list of rows, either of them first;
        // details have neither.
        let marks = head.chars().filter(|c| !c.is_whitespace() && *c != '\u{feff}').take(9);
        let is_search = head.contains("\"pagination\"")
            || head.contains("\"showWarning\"")
            || marks.eq("{\"data\":[".chars());
        let mut url = SPEC.url("search");
        url.set_fragment(Some(file_name));
        Some(Request::get(url, if is_search { "rows" } else { "retrieve" }, BodyKind::Json))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
#[cfg(test)]
mod tests_odd;
#[cfg(test)]
mod tests_window;
