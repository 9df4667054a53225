//! Pages that an operator saved in a browser: what each of them is.

use url::Url;

use super::LISTS;
use crate::html_limits::read_html;
use crate::html_words::{first, select, words};
use crate::{BodyKind, Request, SourceSpec};

/// Words that the title of each list has, in the order of [`LISTS`].
const WORDS: [[&str; 3]; 3] = [
    ["cellular", "gene", "products"],
    ["vaccines", "licensed", "use"],
    ["licensed", "supporting", "documents"],
];

/// Words that the file name of each list has: people shorten it.
const NAMED: [[&str; 2]; 3] =
    [["cellular", "gene"], ["vaccines", "licensed"], ["supporting", "document"]];

/// The request that a saved page stands for: a list or, where nothing says so,
/// a product.
pub(super) fn request(spec: &SourceSpec, file_name: &str, head: &[u8]) -> Request {
    if let Some(list) = list(spec, file_name, head) {
        return Request::get(spec.url(list), list, BodyKind::Html);
    }
    let mut url = spec.homepage.clone();
    url.set_fragment(Some(file_name));
    Request::get(url, "product", BodyKind::Html)
}

/// The page of a product that an operator gave, not one that a list led to.
pub(super) fn is_saved(request: &Request) -> bool {
    request.url.fragment().is_some()
}

/// The list that a page is, by the address that it names itself, by its title
/// or heading, and by the name of the file, in this order.
fn list(spec: &SourceSpec, file_name: &str, head: &[u8]) -> Option<&'static str> {
    let has = |text: &str, words: &[&str]| words.iter().all(|word| text.contains(word));
    if let Ok(html) = read_html("saved page", &String::from_utf8_lossy(head)) {
        let root = html.root_element();
        let address = first(root, "link[rel=canonical][href]").and_then(|l| l.attr("href"));
        if let Some(path) = address.and_then(|a| path(spec, a)) {
            return LISTS.iter().copied().find(|list| spec.url(list).path() == path);
        }
        for text in select(root, "title, h1").into_iter().map(words) {
            let text = text.to_lowercase();
            let found = LISTS.iter().zip(WORDS).find(|(_, words)| has(&text, words));
            if let Some((list, _)) = found {
                return Some(list);
            }
        }
    }
    let name = file_name.to_lowercase();
    LISTS.iter().zip(NAMED).find(|(_, words)| has(&name, words)).map(|(list, _)| *list)
}

/// The path of an address below CBER's pages; another tells nothing.
fn path(spec: &SourceSpec, address: &str) -> Option<String> {
    let url: Url = spec.homepage.join(address.trim()).ok()?;
    let path = url.path().trim_end_matches('/');
    path.starts_with("/vaccines-blood-biologics/").then(|| path.to_owned())
}
