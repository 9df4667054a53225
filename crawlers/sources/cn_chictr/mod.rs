//! `ChiCTR`: a list of ten trials a page, a page per trial, XML exports.

mod detail;
mod export;
mod list;
mod organisations;
mod redact;

use std::borrow::Cow;
use std::sync::LazyLock;

use scraper::ElementRef;

use crate::html_limits::read_html;
use crate::labelled_page::{decode_text, elements, visible_text};
use crate::{
    BodyKind, Page, ParseError, Parsed, Request, Sniffed, Source, SourceSpec, Window, sniff,
};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// A list page.
const LIST: &str = "list";
/// The page of a trial.
const DETAIL: &str = "detail";
/// A page that an operator saved: a list or a trial.
const SAVED_PAGE: &str = "saved_page";
/// An XML export.
const EXPORT: &str = "export";

/// The source `cn_chictr`.
#[derive(Debug)]
pub struct CnChictr;

impl Source for CnChictr {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        vec![list_request(1)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        let text = decode_text(page.body);
        if page.request.kind == EXPORT {
            return export::parse(&SPEC, &text);
        }
        let html = read_html("page", &text)?;
        let root = html.root_element();
        let title = title(root);
        if title.contains("验证") {
            let found = format!("a verification page titled {title:?}");
            return Err(ParseError::shape("page", "a list or a trial", found));
        }
        match page.request.kind.as_str() {
            LIST => list::parse(&SPEC, page.request, root, &text),
            DETAIL => detail::parse(&SPEC, page.request, root, &text),
            _ if list::is_list(root) => list::parse(&SPEC, page.request, root, &text),
            _ => detail::parse(&SPEC, page.request, root, &text),
        }
    }

    fn redact<'a>(&self, page: &Page<'a>) -> Cow<'a, [u8]> {
        redact::redact(page)
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        // The file's name is part of the request, so that no two files of an
        // import stand for the same one.
        let mut url = SPEC.url("list");
        url.set_fragment(Some(file_name));
        if export::is_export(&decode_text(head)) {
            return Some(Request::get(url, EXPORT, BodyKind::Text));
        }
        let named = |ending: &str| {
            std::path::Path::new(file_name)
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case(ending))
        };
        (sniff(head) == Sniffed::Html || named("html") || named("htm"))
            .then(|| Request::get(url, SAVED_PAGE, BodyKind::Html))
    }
}

/// Page `page` of the list of all trials.
fn list_request(page: u64) -> Request {
    let mut url = SPEC.url("list");
    url.query_pairs_mut().append_pair("page", &page.to_string());
    Request::get(url, LIST, BodyKind::Html)
}

/// The page of the trial that the site calls `project`.
fn detail_request(project: &str) -> Request {
    let mut url = SPEC.url("detail");
    url.query_pairs_mut().append_pair("proj", project);
    Request::get(url, DETAIL, BodyKind::Html)
}

/// The value of a parameter of a request's URL.
fn parameter(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}

/// `ChiCTR` and its digits; older numbers have letters between dashes.
fn is_registration_number(text: &str) -> bool {
    text.strip_prefix("ChiCTR").is_some_and(|rest| {
        rest.len() >= 8
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && rest.bytes().rev().take(8).all(|b| b.is_ascii_digit())
    })
}

fn title(root: ElementRef<'_>) -> String {
    let title = elements(root, "title").next().map(visible_text).unwrap_or_default();
    title.chars().take(80).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
#[cfg(test)]
#[path = "tests_english.rs"]
mod tests_english;
#[cfg(test)]
#[path = "tests_export.rs"]
mod tests_export;
#[cfg(test)]
#[path = "tests_real.rs"]
mod tests_real;
