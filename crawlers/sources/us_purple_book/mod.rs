//! FDA Purple Book: a page that links one CSV per month.

mod downloads;
mod parse;

use std::sync::LazyLock;

use crate::columns::fold;
use crate::{
    BodyKind, Page, ParseError, Parsed, Request, Sniffed, Source, SourceSpec, Window, sniff,
};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `us_purple_book`.
#[derive(Debug)]
pub struct UsPurpleBook;

impl Source for UsPurpleBook {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        vec![Request::get(SPEC.url("downloads"), "downloads", BodyKind::Html)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            "downloads" => downloads::parse(&page.request.url, page.body),
            "csv" => parse::parse(&SPEC, page.body),
            other => Err(ParseError::shape("request", "downloads or csv", other)),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        // Whatever spaces a spreadsheet put into it.
        let is_csv = sniff(head) == Sniffed::Other
            && fold(&String::from_utf8_lossy(head)).contains("blanumber");
        // A file has no address: its name stands behind that of the page.
        let mut url = SPEC.url("downloads");
        url.set_fragment(Some(file_name));
        is_csv.then(|| Request::get(url, "csv", BodyKind::Text))
    }
}
