//! CBER: three lists of licensed products, and the products' pages.

mod lists;
mod product;
mod saved;

use std::sync::LazyLock;

use crate::{BodyKind, Page, ParseError, Parsed, Request, Source, SourceSpec, Window};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The lists: URL name, table and request kind in one.
const LISTS: [&str; 3] = ["cellular_gene_therapy", "vaccine", "supporting_document"];

/// The source `us_cber`.
#[derive(Debug)]
pub struct UsCber;

impl Source for UsCber {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        LISTS.iter().map(|name| Request::get(SPEC.url(name), name, BodyKind::Html)).collect()
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            "cellular_gene_therapy" => lists::cellular_gene_therapy(&SPEC, page),
            "vaccine" => lists::vaccine(&SPEC, page),
            "supporting_document" => lists::supporting_document(&SPEC, page),
            "product" => product::parse(&SPEC, page),
            other => Err(ParseError::shape("request", "a list or a product", other)),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        let is_page = crate::sniff(head) == crate::Sniffed::Html;
        is_page.then(|| saved::request(&SPEC, file_name, head))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
