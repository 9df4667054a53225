//! MHLW drug price list: an index, the page of a revision, four workbooks.

mod list;
mod pages;
mod parse;

use std::sync::LazyLock;

use crate::{BodyKind, Page, ParseError, Parsed, Request, Source, SourceSpec, Window};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `jp_mhlw_price`.
#[derive(Debug)]
pub struct JpMhlwPrice;

impl Source for JpMhlwPrice {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        vec![Request::get(SPEC.url("index"), pages::INDEX, BodyKind::Html)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            pages::INDEX => pages::index(page),
            pages::LIST => pages::list(page),
            parse::WORKBOOK => parse::workbook(&SPEC, page),
            parse::CSV => parse::csv(&SPEC, page),
            other => Err(ParseError::shape("request", "a kind of page of this source", other)),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        parse::import_request(&SPEC, file_name, head)
    }
}
