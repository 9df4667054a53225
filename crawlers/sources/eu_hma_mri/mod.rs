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
        vec![search(0, "")]
    }

    /// What was updated since the day before the last good crawl: it began on
    /// that day, by a clock that need not be the portal's.
    fn feed_seeds(&self, window: &Window) -> Vec<Request> {
        let since = window.since.and_then(|day| day.yesterday().ok());
        since.map(|day| search(0, &format!("{day}T00:00:00Z"))).into_iter().collect()
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

/// The page of the product search that begins after `skip` rows; of products
/// that were updated at `since` or later, where that is given.
fn search(skip: u64, since: &str) -> Request {
    let mut url: Url = SPEC.url("product_search");
    let expand =
        "activeSubstances,atcCodes,cms,documents,doseForms,rms,typeLevel,withdrawalReasons";
    let updated = if since.is_empty() {
        String::new()
    } else {
        format!("(UpdatedAt%20ge%20{since})%20and%20")
    };
    url.set_query(Some(&format!(
        "$filter={updated}(domainKey%20eq%20'h')&$expand={expand}&$count=true&$skip={skip}&$top={PAGE_ROWS}"
    )));
    let request = Request::get(url, "search", BodyKind::Json).with("skip", skip.to_string());
    if since.is_empty() { request } else { request.with("since", since) }
}

#[cfg(test)]
mod tests;
