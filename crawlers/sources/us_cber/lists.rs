//! The lists. Tables are found by what they hold: rows with a link in their
//! first cell.

use std::collections::{HashMap, HashSet};

use ego_tree::NodeId;
use scraper::{ElementRef, Html};
use url::Url;

use crate::html_limits::read_html;
use crate::html_words::{first, select, words};
use crate::labelled_page::cut_off;
use crate::records::{Record, row_number, table_of};
use crate::xlsx::folded;
use crate::{BodyKind, Issue, Page, ParseError, Parsed, Request, Severity, SourceSpec, TextTable};

/// Characters of the text around a link that are kept.
const MAX_CONTEXT: usize = 2_000;

/// What the lists call their columns, folded.
const TITLES: [&str; 10] = [
    "product",
    "productname",
    "propername",
    "tradename",
    "manufacturer",
    "manufacturers",
    "sponsor",
    "applicant",
    "indication",
    "indications",
];

pub(super) fn cellular_gene_therapy(
    spec: &SourceSpec,
    page: &Page<'_>,
) -> Result<Parsed, ParseError> {
    read_list(spec, page, "cellular_gene_therapy", |row, record| {
        let (trade, proper) = split_name(&row.name);
        record.set("Product", Some(row.name.clone()));
        record.set("Trade Name", Some(trade));
        record.set("Proper Name", proper);
        let manufacturer = row.cell(&["manufacturer", "sponsor", "applicant"], 1);
        record.set("Product Key", Some(product_key(row, manufacturer.as_deref())));
        record.set("Manufacturer", manufacturer);
    })
}

/// What tells products of one name apart, whatever their order (`HPC, Cord
/// Blood` is several): their pages; without a page, who makes them.
fn product_key(row: &ListRow<'_>, manufacturer: Option<&str>) -> String {
    let path = row.url.as_ref().map(|url| url.path().trim_end_matches('/'));
    if let Some(path) = path {
        // Pages move from folder to folder; the addresses of files end alike.
        let page =
            path.strip_prefix("/vaccines-blood-biologics/").and_then(|p| p.rsplit('/').next());
        return page.unwrap_or(path).to_owned();
    }
    match manufacturer.filter(|m| !m.is_empty()) {
        Some(manufacturer) => format!("{}, {manufacturer}", row.name),
        None => row.name.clone(),
    }
}

pub(super) fn vaccine(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    read_list(spec, page, "vaccine", |row, record| {
        record.set("Product Name", Some(row.name.clone()));
        record.set("Trade Name", row.cell(&["trade"], 1));
        record.set("Manufacturer", row.cell(&["manufacturer", "sponsor", "applicant"], 2));
    })
}

/// The layout of this page was never seen: every link of the main content that
/// leads to a product's page or a document counts.
pub(super) fn supporting_document(
    spec: &SourceSpec,
    page: &Page<'_>,
) -> Result<Parsed, ParseError> {
    let text = String::from_utf8_lossy(page.body);
    let html = read_html("supporting documents", &text)?;
    let mut section = None;
    let mut records: Vec<Record> = Vec::new();
    let mut seen: HashSet<Url> = HashSet::new();
    let mut contexts: HashMap<NodeId, String> = HashMap::new();
    for element in select(main_content(&html), "h2, h3, h4, caption, a[href]") {
        if element.value().name() != "a" {
            section = Some(words(element));
            continue;
        }
        let Some(url) = product_url(page, element) else { continue };
        let title = words(element);
        if title.is_empty() || !seen.insert(url.clone()) {
            continue;
        }
        let mut record = Record::new(row_number(records.len() + 1));
        record.set("Title", Some(title));
        record.set("Section", section.clone());
        record.set("Context", Some(context(element, &mut contexts)));
        record.set("Page URL", Some(url.to_string()));
        records.push(record);
    }
    if records.is_empty() {
        return Err(ParseError::shape(
            "list of supporting documents",
            "links to products or documents in the main content",
            "none",
        ));
    }
    let name = "supporting_document";
    let mut parsed = Parsed::default();
    let table = table_of(name, spec.table(name), &records, &mut parsed.issues)?;
    parsed.issues.extend(cut_off(&text, &table));
    parsed.tables.push(table);
    Ok(parsed)
}

/// A row of a list.
struct ListRow<'a> {
    header: &'a [String],
    cells: Vec<ElementRef<'a>>,
    name: String,
    /// The address of its page.
    url: Option<Url>,
}

impl ListRow<'_> {
    /// The cell under a header that holds one of `titles`; where the table has
    /// no header, the cell at `position`.
    fn cell(&self, titles: &[&str], position: usize) -> Option<String> {
        let at = if self.header.is_empty() {
            position
        } else {
            self.header.iter().position(|h| titles.iter().any(|t| h.contains(t)))?
        };
        self.cells.get(at).map(|cell| words(*cell))
    }
}

fn read_list(
    spec: &SourceSpec,
    page: &Page<'_>,
    name: &str,
    fill: impl Fn(&ListRow<'_>, &mut Record),
) -> Result<Parsed, ParseError> {
    let text = String::from_utf8_lossy(page.body);
    let html = read_html(name, &text)?;
    let mut records = Vec::new();
    let mut unlinked = Vec::new();
    let mut follow_ups: Vec<Request> = Vec::new();
    for table in select(main_content(&html), "table") {
        let rows = select(table, "tr");
        if !rows.iter().any(|row| first(*row, "td a[href], th a[href]").is_some()) {
            continue;
        }
        let mut header: Vec<String> = Vec::new();
        for row in rows {
            let cells = select(row, "td, th");
            if !cells.iter().any(|c| c.value().name() == "td") || is_header(row, &header, &cells) {
                header = cells.iter().map(|c| words(*c).to_lowercase()).collect();
                continue;
            }
            let Some(name_cell) = cells.first().copied() else { continue };
            let name = words(name_cell);
            if name.is_empty() {
                continue;
            }
            let url = first(name_cell, "a[href]").and_then(|a| product_url(page, a));
            let mut record = Record::new(row_number(records.len() + 1));
            let row = ListRow { header: &header, cells, name: name.clone(), url: url.clone() };
            fill(&row, &mut record);
            record.set("Page URL", url.as_ref().map(Url::to_string));
            match url {
                Some(url) => follow_ups.extend(product_request(url)),
                None => unlinked.push((record.row_number, name)),
            }
            records.push(record);
        }
    }
    if records.is_empty() {
        return Err(ParseError::shape(
            format!("list {name}"),
            "a table of linked products in the main content",
            "none",
        ));
    }
    let mut parsed = Parsed { follow_ups, ..Parsed::default() };
    let table = table_of(name, spec.table(name), &records, &mut parsed.issues)?;
    parsed.issues.extend(unlinked.iter().map(|(row, name)| no_link(&table, *row, name)));
    parsed.issues.extend(cut_off(&text, &table));
    parsed.tables.push(table);
    Ok(parsed)
}

/// A first row of `td` whose cells are titles and lead nowhere.
fn is_header(row: ElementRef<'_>, header: &[String], cells: &[ElementRef<'_>]) -> bool {
    let is_title = |cell: &ElementRef<'_>| TITLES.contains(&folded(&words(*cell)).as_str());
    header.is_empty()
        && first(row, "a[href]").is_none()
        && cells.iter().any(is_title)
        && cells.iter().all(|cell| is_title(cell) || words(*cell).is_empty())
}

fn no_link(table: &TextTable, row: u32, name: &str) -> Issue {
    let what = format!("{name} has no link to its page");
    Issue::row(Severity::Note, "no_link", table, row, what).in_column("page_url")
}

/// A page that is gone is an answer: lists keep links that have died.
fn product_request(url: Url) -> Option<Request> {
    let is_page = url.path().starts_with("/vaccines-blood-biologics/");
    is_page.then(|| Request { optional: true, ..Request::get(url, "product", BodyKind::Html) })
}

/// The address of a product's page or document; none for menus, shares, mail.
fn product_url(page: &Page<'_>, link: ElementRef<'_>) -> Option<Url> {
    let in_menu = link.ancestors().filter_map(ElementRef::wrap).any(|e| {
        matches!(e.value().name(), "nav" | "aside" | "header" | "footer")
            || e.value().classes().any(|c| c.contains("breadcrumb") || c.contains("share"))
    });
    let mut url = page.request.url.join(link.attr("href")?.trim()).ok()?;
    url.set_fragment(None);
    let leads = ["/vaccines-blood-biologics/", "/media/"].iter().any(|p| url.path().starts_with(p));
    (!in_menu && leads && url.path() != page.request.url.path()).then_some(url)
}

/// The part of the page below its menus; the whole page where it is not marked.
pub(super) fn main_content(html: &Html) -> ElementRef<'_> {
    let root = html.root_element();
    [".main-content", "main", "[role=main]", "article", "body"]
        .iter()
        .find_map(|css| first(root, css))
        .unwrap_or(root)
}

/// The row, item or paragraph around a link. Each is read once, and no more of
/// it kept than a reader needs: a page may have thousands of links in one.
fn context(link: ElementRef<'_>, known: &mut HashMap<NodeId, String>) -> String {
    let around = link
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find(|e| matches!(e.value().name(), "tr" | "li" | "p"))
        .unwrap_or(link);
    let text = || words(around).chars().take(MAX_CONTEXT).collect();
    known.entry(around.id()).or_insert_with(text).clone()
}

/// `ABECMA (idecabtagene vicleucel)` as trade name and proper name.
fn split_name(name: &str) -> (String, Option<String>) {
    match name.split_once('(') {
        Some((trade, rest)) if !trade.trim().is_empty() => {
            let proper = rest.trim().trim_end_matches(')').trim();
            (trade.trim().to_owned(), Some(proper.to_owned()).filter(|p| !p.is_empty()))
        }
        _ => (name.to_owned(), None),
    }
}
