//! EMA: centrally authorised medicines, their documents, and the dosage forms
//! that stand in these documents.

mod documents;
mod follow;
mod medicines;
mod pdf;
mod presentations;
mod product_form;

use std::sync::LazyLock;

use crate::{
    BodyKind, Page, ParseError, Parsed, Request, Sniffed, Source, SourceSpec, Window, sniff,
};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `eu_ema`.
#[derive(Debug)]
pub struct EuEma;

impl Source for EuEma {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    /// The JSON feed. The workbook of the same rows is no second seed: it would
    /// be fetched every day for nothing. It is read when an operator gives it.
    fn seeds(&self, window: &Window) -> Vec<Request> {
        let first = if window.since.is_none() { "yes" } else { "no" };
        vec![
            Request::get(SPEC.url("medicines_json"), "medicines_json", BodyKind::Json)
                .with(follow::FIRST_RUN, first),
        ]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            "medicines_xlsx" => medicines::workbook(&SPEC, page),
            "documents" => documents::parse(&SPEC, page),
            "product_information" => product_form::parse(&SPEC, page),
            "presentations" => presentations::parse(&SPEC, page),
            _ => medicines::feed(&SPEC, page),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        let name = file_name.to_ascii_lowercase();
        let known = |mark: &[u8]| head.windows(mark.len()).any(|found| found == mark);
        match sniff(head) {
            Sniffed::Zip if name.rsplit('.').next() == Some("xlsx") => {
                let url = SPEC.url("medicines_xlsx");
                Some(Request::get(url, "medicines_xlsx", BodyKind::Xlsx))
            }
            Sniffed::Json if known(b"\"name_of_medicine\"") => {
                let url = SPEC.url("medicines_json");
                Some(Request::get(url, "medicines_json", BodyKind::Json))
            }
            Sniffed::Json if name.contains("epar_documents") => {
                Some(Request::get(SPEC.url("documents_json"), "documents", BodyKind::Json))
            }
            Sniffed::Pdf => follow::named_document(&name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod pdf_tests;
#[cfg(test)]
mod presentation_tests;
#[cfg(test)]
mod tests;
