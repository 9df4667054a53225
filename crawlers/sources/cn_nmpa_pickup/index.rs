//! Index pages: links to notices, and to further index pages.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use scraper::ElementRef;
use url::Url;

use super::notice;
use crate::grid::empty_table;
use crate::html_grid::{decode_html, element_text, selector};
use crate::html_limits::read_html;
use crate::labelled_page::cut_off;
use crate::{BodyKind, Page, ParseError, Parsed, Request, SourceSpec};

pub(super) const KIND: &str = "index";
/// Index pages that are followed; the column has a few dozen.
const MAX_PAGES: u32 = 500;

/// `createPageHTML(50, 0, "index", "html")`: pages, this page, file name.
static PAGER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"createPageHTML\(\s*(\d{1,6})\s*,").ok());
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d{4}-\d{1,2}-\d{1,2}").ok());

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let text = decode_html(page.body);
    let html = read_html("list of notices", &text)?;
    let base = &page.request.url;
    let mut parsed = Parsed::default();
    let mut pages = BTreeSet::new();
    let mut links = 0;
    for link in html.select(&selector("a[href]")) {
        let href = link.attr("href").unwrap_or_default();
        let Ok(url) = base.join(href.trim()) else { continue };
        if !same_folder(base, &url) {
            continue;
        }
        let file = url.path().rsplit('/').next().unwrap_or_default();
        if notice::is_notice_file(file) {
            links += 1;
            parsed.follow_ups.push(notice_request(link, url));
        } else if let Some(number) = page_number(file) {
            pages.insert(number);
        }
    }
    if links == 0 {
        let title = html.select(&selector("title")).next().map(element_text).unwrap_or_default();
        let found = format!("none on a page titled {title:?}");
        return Err(ParseError::shape("index of notices", "links to notices", found));
    }
    let declared = PAGER.as_ref().and_then(|r| r.captures(&text)?.get(1)?.as_str().parse().ok());
    pages.extend(1..u32::min(declared.unwrap_or(0), MAX_PAGES));
    for number in pages.into_iter().take_while(|number| *number < MAX_PAGES) {
        if let Ok(url) = base.join(&format!("index_{number}.html")) {
            parsed.follow_ups.push(Request::get(url, KIND, BodyKind::Html));
        }
    }
    // Links are lost that nobody would miss.
    parsed.issues.extend(cut_off(&text, &empty_table("notice", spec.table("notice"))));
    Ok(parsed)
}

/// A notice is not changed once it is out: it is fetched again only when its
/// line in the index changes.
fn notice_request(link: ElementRef<'_>, url: Url) -> Request {
    let title = link.attr("title").map_or_else(|| element_text(link), str::to_owned);
    let entry = link.parent().and_then(ElementRef::wrap).map(element_text).unwrap_or_default();
    let date = DATE.as_ref().and_then(|r| r.find_iter(&entry).last()).map_or("", |m| m.as_str());
    let mut request = Request::get(url, notice::KIND, BodyKind::Html)
        .with("title", title.as_str())
        .with("date", date);
    request.fingerprint = Some(format!("{title} {date}"));
    request
}

fn same_folder(base: &Url, url: &Url) -> bool {
    let folder = |url: &Url| url.path().rsplit_once('/').map(|(folder, _)| folder.to_owned());
    base.host_str() == url.host_str() && folder(base) == folder(url)
}

/// 3 of `index_3.html`.
fn page_number(file: &str) -> Option<u32> {
    file.strip_prefix("index_")?.strip_suffix(".html")?.parse().ok()
}
