//! FDA Orange Book: one zip with three text files.

mod parse;

use std::sync::LazyLock;

use crate::{BodyKind, Page, ParseError, Parsed, Request, Source, SourceSpec, Window};

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
}
