//! HMA, Mutual Recognition Information product index: the portal's Excel
//! export, given by an operator, and its OData product search.

mod odata;
mod parse;
mod values;

use std::sync::LazyLock;

use url::Url;

use crate::{
    BodyKind, Page, ParseError, Parsed, Request, Sniffed, Source, SourceSpec, Window, sniff,
};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// Rows asked for per page.
const PAGE_ROWS: u64 = 100;

/// The source `eu_hma_mri`.
#[derive(Debug)]
pub struct EuHmaMri;

impl Source for EuHmaMri {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    /// The whole index, page by page. What was updated since the last run
    /// would be a smaller answer but no complete table, and a run replaces the
    /// tables of the run before it.
    fn seeds(&self, _window: &Window) -> Vec<Request> {
        vec![search(0)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            "export" => parse::export(&SPEC, page.body),
            _ => odata::page(&SPEC, page),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        let mut url = SPEC.url("portal");
        // The file's name keeps two exports apart.
        url.set_fragment(Some(file_name));
        let known = |marks: [&[u8]; 2]| {
            marks.iter().any(|mark| head.windows(mark.len()).any(|found| found == *mark))
        };
        match sniff(head) {
            Sniffed::Zip if file_name.to_ascii_lowercase().rsplit('.').next() == Some("xlsx") => {
                Some(Request::get(url, "export", BodyKind::Xlsx))
            }
            Sniffed::Json if known([b"productKey", b"ProductSearch"]) => {
                Some(Request::get(url, "imported_search", BodyKind::Json))
            }
            _ => None,
        }
    }
}

/// The page of the product search that begins after `skip` rows.
fn search(skip: u64) -> Request {
    let mut url: Url = SPEC.url("product_search");
    let expand =
        "activeSubstances,atcCodes,cms,documents,doseForms,rms,typeLevel,withdrawalReasons";
    url.set_query(Some(&format!(
        "$filter=(domainKey%20eq%20'h')&$expand={expand}&$count=true&$skip={skip}&$top={PAGE_ROWS}"
    )));
    Request::get(url, "search", BodyKind::Json).with("skip", skip.to_string())
}

#[cfg(test)]
mod tests;
