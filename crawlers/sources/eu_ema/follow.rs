//! Which documents are asked for, and under which state they are kept.
//!
//! A run reads only what it asked for, and what it read replaces the tables of
//! the run before. So the documents that are asked for must be the same every
//! day: those that have not changed cost nothing (their fingerprint is the
//! same), and a changing choice of "the newest forty" would make the forms of
//! all others vanish again.

use serde_json::{Value, json};
use url::Url;

use super::SPEC;
use super::medicines::{cell, first_of};
use crate::{BodyKind, Request, TextTable};

/// Context: this is the first run, nothing is fetched yet.
pub(super) const FIRST_RUN: &str = "first_run";
/// Context: the authorised human products, as JSON `[[number, slug, name]]`.
pub(super) const PRODUCTS: &str = "products";
/// Context of a document: its product.
pub(super) const PRODUCT: &str = "product";
/// Context of a document: the number of its product.
pub(super) const PRODUCT_NUMBER: &str = "ema_product_number";

/// Documents that the first run of all asks for: the tables are there after
/// some minutes, and the second run fetches the rest at the source's pace.
pub(super) const FIRST_RUN_DOCUMENTS: usize = 40;

/// Products whose product information is asked for by its probable name,
/// whether the feed of documents can be had or not. Without that feed the names
/// of documents are guesses, and thousands of wrong guesses a day would be
/// impolite: so these few stand for all, and show when the layout changes.
/// Three of them were read while the parser was written, the others are sold
/// in many markets.
const WATCHED: [&str; 9] = [
    "alimta", "combivir", "epivir", "lysodren", "metalyse", "revatio", "tagrisso", "viagra",
    "viramune",
];

/// What the medicines feed leads to: the feed of documents, and the watched
/// product informations.
pub(super) fn of_medicines(request: &Request, table: &TextTable) -> Vec<Request> {
    let mut products = Vec::new();
    let mut watched = Vec::new();
    for row in 0..table.len() {
        let human = cell(table, "category", row) == "Human";
        if !human || cell(table, "medicine_status", row) != "Authorised" {
            continue;
        }
        let slug = slug(cell(table, "medicine_url", row));
        let number = cell(table, "ema_product_number", row);
        products.push(json!([number, slug, cell(table, "name_of_medicine", row)]));
        if WATCHED.contains(&slug)
            && let Some(url) = product_information(slug)
        {
            let state = format!(
                "revision {}, updated {}",
                cell(table, "revision_number", row),
                cell(table, "last_updated_date", row)
            );
            watched.push(document(url, "product_information", slug, number, state));
        }
    }
    let first = request.context.get(FIRST_RUN).map_or("no", String::as_str);
    let mut feed = Request::get(SPEC.url("documents_json"), "documents", BodyKind::Json)
        .with(PRODUCTS, Value::Array(products).to_string())
        .with(FIRST_RUN, first);
    feed.optional = true;
    let mut requests = vec![feed];
    requests.append(&mut watched);
    requests
}

/// A document as the feed lists it.
pub(super) struct Listed {
    pub(super) url: String,
    pub(super) kind: Kind,
    pub(super) product_number: String,
    pub(super) medicine_name: String,
    /// As in the feed; newest first is also the order of the text.
    pub(super) updated: String,
    pub(super) reference: String,
}

/// The two kinds of document that have dosage forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// All authorised presentations.
    Presentations,
    /// Product information.
    ProductInformation,
}

impl Kind {
    /// Told by the folder that the document lies in.
    pub(super) fn of(url: &str) -> Option<Self> {
        let in_english = url.ends_with("_en.pdf");
        let kind = if url.contains("/documents/all-authorised-presentations/") {
            Self::Presentations
        } else if url.contains("/documents/product-information/") {
            Self::ProductInformation
        } else {
            return None;
        };
        in_english.then_some(kind)
    }

    fn request_kind(self) -> &'static str {
        match self {
            Self::Presentations => "presentations",
            Self::ProductInformation => "product_information",
        }
    }
}

/// What the feed of documents leads to: for each authorised human product its
/// list of presentations, or where there is none its product information, the
/// newest first.
pub(super) fn of_documents(request: &Request, mut listed: Vec<Listed>) -> Vec<Request> {
    let products: Vec<(String, String, String)> = request
        .context
        .get(PRODUCTS)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    // Presentations before product information, whose place they take.
    listed.sort_by(|a, b| {
        (a.kind, std::cmp::Reverse(&a.updated), &a.url).cmp(&(
            b.kind,
            std::cmp::Reverse(&b.updated),
            &b.url,
        ))
    });
    let by = |key: fn(&(String, String, String)) -> &String| {
        products
            .iter()
            .map(|p| (key(p).to_lowercase(), p))
            .collect::<std::collections::HashMap<_, _>>()
    };
    let (by_number, by_slug, by_name) = (by(|p| &p.0), by(|p| &p.1), by(|p| &p.2));
    let mut served = std::collections::HashSet::new();
    let mut chosen = Vec::new();
    for one in listed {
        let slug = product_of(&one.url).unwrap_or_default();
        let product = by_number
            .get(&one.product_number.to_lowercase())
            .or_else(|| by_slug.get(slug))
            .or_else(|| by_name.get(&one.medicine_name.to_lowercase()));
        let (Some((number, slug, _)), Some(url)) = (product, on_the_site(&one.url)) else {
            continue;
        };
        if one.kind == Kind::ProductInformation && served.contains(number) {
            continue;
        }
        served.insert(number.clone());
        let state = format!("{} {}", one.updated, one.reference);
        let request = document(url, one.kind.request_kind(), slug, number, state.trim().to_owned());
        chosen.push((one.updated, request));
    }
    chosen.sort_by(|a, b| b.0.cmp(&a.0));
    let first_run = request.context.get(FIRST_RUN).is_some_and(|first| first == "yes");
    let most = if first_run { FIRST_RUN_DOCUMENTS } else { usize::MAX };
    chosen.into_iter().take(most).map(|(_, request)| request).collect()
}

/// A PDF that an operator gives, told by the name that the site gives it.
pub(super) fn named_document(file_name: &str) -> Option<Request> {
    let product = product_of(file_name)?;
    let (folder, kind) = if file_name.contains("-epar-product-information") {
        ("product-information", Kind::ProductInformation)
    } else if file_name.contains("-epar-all-authorised-presentations") {
        ("all-authorised-presentations", Kind::Presentations)
    } else {
        return None;
    };
    let base = SPEC.url("documents_folder");
    let url = base.join(&format!("{folder}/{file_name}")).ok()?;
    let mut request = document(url, kind.request_kind(), product, "", String::new());
    request.fingerprint = None;
    Some(request)
}

fn document(url: Url, kind: &str, product: &str, number: &str, state: String) -> Request {
    let mut request =
        Request::get(url, kind, BodyKind::Pdf).with(PRODUCT, product).with(PRODUCT_NUMBER, number);
    request.fingerprint = Some(state);
    // A product without this document is no failure of the source.
    request.optional = true;
    request
}

fn product_information(slug: &str) -> Option<Url> {
    let name = format!("product-information/{slug}-epar-product-information_en.pdf");
    SPEC.url("documents_folder").join(&name).ok()
}

/// The product in a document's name: what stands before `-epar-`.
fn product_of(url: &str) -> Option<&str> {
    let name = url.rsplit('/').next().unwrap_or_default();
    name.split_once("-epar-").map(|(product, _)| product).filter(|p| !p.is_empty())
}

/// The URL, where it is one of the EMA's own site: a feed must not send the
/// crawler elsewhere.
fn on_the_site(url: &str) -> Option<Url> {
    let base = SPEC.url("documents_folder");
    let url = base.join(url).ok()?;
    (url.scheme() == base.scheme() && url.host() == base.host()).then_some(url)
}

/// The product in the URL of a medicine's page: its last segment.
pub(super) fn slug(medicine_url: &str) -> &str {
    medicine_url.trim().trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// A listed document of an element of the feed.
pub(super) fn listed(element: &Value, url: &str) -> Option<Listed> {
    Some(Listed {
        url: url.to_owned(),
        kind: Kind::of(url)?,
        product_number: first_of(element, &["ema_product_number", "product_number"]),
        medicine_name: first_of(element, &["medicine_name", "name_of_medicine"]),
        updated: first_of(element, &["last_updated_date", "last_update_date"]),
        reference: first_of(element, &["reference_number"]),
    })
}
