//! FDA Orange Book: one zip with three text files.

mod parse;

use std::sync::LazyLock;

use crate::{
    BodyKind, Page, ParseError, Parsed, Request, Sniffed, Source, SourceSpec, Window, sniff,
};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `us_orange_book`.
#[derive(Debug)]
pub struct UsOrangeBook;

impl Source for UsOrangeBook {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        vec![Request::get(SPEC.url("data_file"), "data_file", BodyKind::Zip)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        parse::parse(&SPEC, page.body)
    }

    /// The zip as saved in a browser, whatever its name; its members tell.
    fn import_request(&self, _file_name: &str, head: &[u8]) -> Option<Request> {
        (sniff(head) == Sniffed::Zip)
            .then(|| Request::get(SPEC.url("data_file"), "data_file", BodyKind::Zip))
    }
}
