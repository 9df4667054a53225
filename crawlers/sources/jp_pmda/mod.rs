//! PMDA new drug approvals: an index of fiscal years, a workbook a year, and
//! the English list.

mod english;
mod parse;
mod workbook;

use std::sync::LazyLock;

use crate::{BodyKind, Page, ParseError, Parsed, Request, Source, SourceSpec, Window};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `jp_pmda`.
#[derive(Debug)]
pub struct JpPmda;

impl Source for JpPmda {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        vec![
            Request::get(SPEC.url("index"), parse::INDEX, BodyKind::Html),
            Request::get(SPEC.url("english_index"), parse::ENGLISH_INDEX, BodyKind::Html),
        ]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        parse::parse(&SPEC, page)
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        parse::import_request(&SPEC, file_name, head)
    }
}
