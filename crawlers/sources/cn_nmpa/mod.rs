//! NMPA, the registers of drugs made in China and of drugs made abroad.
//!
//! menu (ids of the two databases) -> labels of each -> search pages -> a
//! detail per row, where that is worth a request. The old register pages of
//! imported drugs come in through the drop folder only.

mod catalogue;
mod database;
mod detail;
mod register;
mod saved;
mod search;
mod window;

use std::sync::LazyLock;

use crate::{BodyKind, Page, ParseError, Parsed, Request, Source, SourceSpec, Window};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `cn_nmpa`.
#[derive(Debug)]
pub struct CnNmpa;

impl Source for CnNmpa {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        vec![Request::get(SPEC.url("menu"), catalogue::MENU, BodyKind::Json)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            catalogue::MENU => catalogue::parse_menu(&SPEC, page),
            catalogue::LABELS => catalogue::parse_labels(&SPEC, page),
            search::KIND => search::parse(&SPEC, page),
            detail::KIND => detail::parse(&SPEC, page),
            register::KIND => register::parse(&SPEC, page),
            other => Err(ParseError::shape("request", "a kind of this source", other)),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        saved::request(&SPEC, file_name, head)
    }
}

/// Something that an earlier page said, for the parser of this one.
fn said<'a>(page: &Page<'a>, name: &str) -> &'a str {
    page.request.context.get(name).map_or("", String::as_str)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod window_tests;
