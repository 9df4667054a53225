//! CDE: lists that are paged through with POST forms, each into its table.

mod list;
mod old_list;

use std::sync::LazyLock;

use crate::html_grid::decode_html;
use crate::{
    BodyKind, Page, ParseError, Parsed, Request, Sniffed, Source, SourceSpec, Window, sniff,
};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `cn_cde`.
#[derive(Debug)]
pub struct CnCde;

impl Source for CnCde {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, window: &Window) -> Vec<Request> {
        list::seeds(&SPEC, window.today.year())
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            list::KIND => list::parse(&SPEC, page),
            old_list::KIND => old_list::parse(&SPEC, page),
            other => Err(ParseError::shape("request", "a kind of this source", other)),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        let text = decode_html(head);
        match sniff(head) {
            Sniffed::Json => list::saved(&SPEC, file_name, &text),
            Sniffed::Html if old_list::is_likely(&text) => {
                let mut url = SPEC.url("review_queue");
                url.query_pairs_mut().append_pair("file", file_name);
                Some(Request::get(url, old_list::KIND, BodyKind::Html))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
