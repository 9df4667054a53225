//! EU Clinical Trials Register: a search page that tells how many trials there
//! are, pages of summaries, and the full text of each of these pages.

mod dump;
mod feed;
mod fields;
mod html;
mod literal;
mod protocol;
mod redact;
mod summary;

use std::borrow::Cow;
use std::sync::LazyLock;

use url::Url;

use crate::{BodyKind, Page, ParseError, Parsed, Request, Source, SourceSpec, Window};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `eu_euctr`.
#[derive(Debug)]
pub struct EuEuctr;

impl Source for EuEuctr {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        let mut url = SPEC.url("search");
        url.set_query(Some("query=&page=1"));
        vec![Request::get(url, "search", BodyKind::Html)]
    }

    fn feed_seeds(&self, _window: &Window) -> Vec<Request> {
        vec![feed::seed(&SPEC)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            "search" => html::totals(page.body),
            "feed" => feed::parse(page),
            "summary" => summary::parse(&SPEC, page),
            "full" => protocol::parse_text(&SPEC, page),
            "saved_page" => html::saved_page(&SPEC, page),
            dump::KIND => dump::parse(&SPEC, page),
            other => Err(ParseError::shape("request", "a kind of page of this source", other)),
        }
    }

    fn redact<'a>(&self, page: &Page<'a>) -> Cow<'a, [u8]> {
        match page.request.kind.as_str() {
            "full" => redact::text(page.body),
            "saved_page" => redact::page(page.body),
            dump::KIND => dump::redact(page.body),
            _ => Cow::Borrowed(page.body),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        let text = String::from_utf8_lossy(head);
        let (kind, expect) = if crate::sniff(head) == crate::Sniffed::Html {
            ("saved_page", BodyKind::Html)
        } else if text.contains("full details on each clinical trial")
            || text.contains("National Competent Authority:")
        {
            ("full", BodyKind::Text)
        } else if text.trim_start_matches('\u{feff}').trim_start().starts_with("EudraCT Number:") {
            ("summary", BodyKind::Text)
        } else if dump::is_dump(&text) {
            (dump::KIND, BodyKind::Text)
        } else {
            return None;
        };
        let mut url = SPEC.url("search");
        url.set_fragment(Some(file_name));
        Some(Request::get(url, kind, expect))
    }
}

/// The download `name` of one page of the trials that `query` finds; all
/// trials without one.
fn download(name: &str, query: &str, page: u64) -> Url {
    let mut url = SPEC.url(name);
    url.set_query(Some(&format!("query={query}&page={page}&mode=current_page")));
    url
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
#[cfg(test)]
#[path = "tests_page.rs"]
mod tests_page;
