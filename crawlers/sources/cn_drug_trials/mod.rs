//! China Drug Trials: lists of 20 trials a page, and a page per trial.

mod detail;
mod drugs;
mod export;
mod list;
mod redact;

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::html_limits::read_html;
use crate::labelled_page::decode_text;
use crate::{
    BodyKind, Page, ParseError, Parsed, Request, RequestBody, Sniffed, Source, SourceSpec, Window,
    sniff,
};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// A list page.
const LIST: &str = "list";
/// The page of a trial.
const DETAIL: &str = "detail";
/// A page that an operator saved: a list or a trial.
const SAVED_PAGE: &str = "saved_page";
/// An export as CSV.
const EXPORT: &str = "export";

/// The source `cn_drug_trials`.
#[derive(Debug)]
pub struct CnDrugTrials;

impl Source for CnDrugTrials {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        vec![list_request(1)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        let text = decode_text(page.body);
        if page.request.kind == EXPORT {
            return export::parse(&SPEC, &text);
        }
        let html = read_html("page", &text)?;
        let root = html.root_element();
        match page.request.kind.as_str() {
            LIST => list::parse(&SPEC, page.request, root, &text),
            DETAIL => detail::parse(&SPEC, page.request, root, &text),
            _ if list::is_list(root) => list::parse(&SPEC, page.request, root, &text),
            _ => detail::parse(&SPEC, page.request, root, &text),
        }
    }

    fn redact<'a>(&self, page: &Page<'a>) -> Cow<'a, [u8]> {
        redact::redact(page)
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        // The file's name is part of the request, so that no two files of an
        // import stand for the same one.
        let mut url = SPEC.url("list");
        url.set_fragment(Some(file_name));
        let named = |ending: &str| {
            std::path::Path::new(file_name)
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case(ending))
        };
        if sniff(head) == Sniffed::Html || named("html") || named("htm") {
            return Some(Request::get(url, SAVED_PAGE, BodyKind::Html));
        }
        (named("csv") && export::is_export(&decode_text(head)))
            .then(|| Request::get(url, EXPORT, BodyKind::Text))
    }
}

/// Page `page` of the list of all trials: the form of the site with nothing
/// filled in, which means all states and no keyword.
fn list_request(page: u64) -> Request {
    let page = page.to_string();
    let fields = [
        ("id", ""),
        ("ckm_index", ""),
        ("sort", "desc"),
        ("sort2", ""),
        ("rule", "CTR"),
        ("secondLevel", "1"),
        ("currentpage", &page),
        ("keywords", ""),
        ("reg_no", ""),
        ("indication", ""),
        ("case_no", ""),
        ("drugs_name", ""),
        ("drugs_type", ""),
        ("appliers", ""),
        ("communities", ""),
        ("researchers", ""),
        ("agencies", ""),
        ("state", ""),
    ];
    let form = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Request::post(SPEC.url("list"), RequestBody::Form(form), LIST, BodyKind::Html)
}

/// The page of the trial that the site calls `id`. Its place in the list, which
/// the site's own script sends as well, changes with every trial that is added
/// and is not needed: with it, every trial would be fetched anew every day.
fn detail_request(id: &str) -> Request {
    let form = vec![("id".to_owned(), id.to_owned())];
    Request::post(SPEC.url("detail"), RequestBody::Form(form), DETAIL, BodyKind::Html)
}

/// The value of a form field of a request.
fn form_field<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    match &request.body {
        Some(RequestBody::Form(fields)) => {
            fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
        }
        _ => None,
    }
}

/// `CTR` and 8 digits.
fn is_registration_number(text: &str) -> bool {
    text.strip_prefix("CTR").is_some_and(|n| n.len() == 8 && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
#[cfg(test)]
#[path = "tests_export.rs"]
mod tests_export;
#[cfg(test)]
#[path = "tests_real.rs"]
mod tests_real;
