//! Drugs@FDA: one zip with eleven text files (twelve since 2025).

mod parse;

use std::sync::LazyLock;

use crate::{BodyKind, Page, ParseError, Parsed, Request, Source, SourceSpec, Window};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `us_drugs_at_fda`.
#[derive(Debug)]
pub struct UsDrugsAtFda;

impl Source for UsDrugsAtFda {
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
