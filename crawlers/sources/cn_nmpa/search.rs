//! Search pages: `{"code":200,"data":{"list":[{"f0":…}],"total":N}}`.

use serde_json::Value;

use super::database::{Database, Labels, RECORD_ID, field};
use super::window::{MAX_PAGES, PAGE_SIZE, belongs, parts};
use super::{detail, said};
use crate::columns::check_width;
use crate::grid::{GridRow, grid_table};
use crate::json_rows::{json_cell, read_chinese_json};
use crate::{
    BodyKind, DeclaredTotal, Issue, Page, ParseError, Parsed, Request, Severity, SourceSpec,
};

pub(super) const KIND: &str = "search";

/// Details are asked for where a query finds at most this many rows: a night
/// at the pace of this source. The register of imports is well below; that of
/// domestic drugs would take days, and its list rows already name number,
/// product, manufacturer and code.
pub(super) const DETAIL_LIMIT: u64 = 10_000;

/// Which rows the total of a query speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// The whole database.
    All,
    /// A part of it; the total of the whole is declared already.
    Part,
    /// A part of it, where the server does not tell the total of the whole.
    Keyed,
    /// A page that an operator saved, of whatever query.
    Saved,
}

impl Scope {
    fn of(text: &str) -> Self {
        match text {
            "part" => Self::Part,
            "keyed" => Self::Keyed,
            "saved" => Self::Saved,
            _ => Self::All,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Part => "part",
            Self::Keyed => "keyed",
            Self::Saved => "saved",
        }
    }
}

/// The first page of the query for everything.
pub(super) fn first(
    spec: &SourceSpec,
    database: Database,
    item_id: &str,
    list: &Labels,
    detail: &Labels,
) -> Request {
    let base = Request::get(spec.url("search"), KIND, BodyKind::Json)
        .with("table", database.table())
        .with("item_id", item_id)
        .with("list_labels", list.to_text())
        .with("detail_labels", detail.to_text());
    query(spec, base, "", 1, Scope::All)
}

/// The query `search`, page `number`, with all else as in `base`.
fn query(spec: &SourceSpec, base: Request, search: &str, number: u64, scope: Scope) -> Request {
    let mut url = spec.url("search");
    let item_id = base.context.get("item_id").map_or("", String::as_str);
    url.query_pairs_mut()
        .append_pair("itemId", item_id)
        .append_pair("isSenior", "N")
        .append_pair("searchValue", search)
        .append_pair("pageNum", &number.to_string())
        .append_pair("pageSize", &PAGE_SIZE.to_string());
    Request { url, ..base }
        .with("search", search)
        .with("page", number.to_string())
        .with("scope", scope.code())
}

/// A page of a query.
struct Found<'a> {
    database: Database,
    search: &'a str,
    scope: Scope,
    number: u64,
    list: &'a [Value],
    total: u64,
    size: u64,
    /// Rows are completed from their details.
    details: bool,
}

impl Found<'_> {
    fn pages(&self) -> u64 {
        self.total.div_ceil(self.size)
    }

    /// Number of the first row of this page.
    fn first_row(&self) -> u64 {
        self.number.saturating_sub(1).saturating_mul(self.size).saturating_add(1)
    }

    /// Rows that this page must have by the total.
    fn expected(&self) -> u64 {
        self.total.saturating_sub(self.first_row() - 1).min(self.size)
    }

    fn in_words(&self) -> String {
        let search = if self.search.is_empty() { "everything" } else { self.search };
        format!("search of {} for {search}, page {}", self.database.table(), self.number)
    }
}

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let database = Database::of_table(said(page, "table"))?;
    let (search, scope) = (said(page, "search"), Scope::of(said(page, "scope")));
    let asked = said(page, "page").parse().unwrap_or(1);
    let mut found = Found {
        database,
        search,
        scope,
        number: asked,
        list: &[],
        total: 0,
        size: PAGE_SIZE,
        details: said(page, "details") == "yes",
    };
    let answer = read_chinese_json(&found.in_words(), page.body)?;
    let code = answer.get("code").and_then(json_cell).unwrap_or_default();
    if code != "200" {
        // The site may insist on a search term: then the parts are asked for.
        if scope == Scope::All && asked == 1 {
            return Ok(split(spec, page, &found, Scope::Keyed));
        }
        let message = answer.get("message").and_then(json_cell).unwrap_or_default();
        let answered = format!("code {code:?}: {message}");
        return Err(ParseError::shape(found.in_words(), "code 200", answered));
    }
    let data = answer.get("data").unwrap_or(&Value::Null);
    let place = found.in_words();
    let missing = |what: &str| ParseError::shape(&place, what, "an answer without it");
    found.list = data.get("list").and_then(Value::as_array).ok_or_else(|| missing("data.list"))?;
    found.total = count(data, "total").ok_or_else(|| missing("data.total"))?;
    found.size = count(data, "pageSize").filter(|size| *size > 0).unwrap_or(PAGE_SIZE);
    if scope == Scope::Saved {
        found.number = count(data, "pageNum").filter(|n| *n > 0).unwrap_or(1);
        return take(spec, page, &found);
    }
    if said(page, "details").is_empty() {
        found.details = found.total <= DETAIL_LIMIT;
    }
    if found.pages() <= MAX_PAGES {
        return take(spec, page, &found);
    }
    let labels = Labels::of_text(said(page, "list_labels"))?;
    let own = found.list.iter().any(|row| owned(&found, &labels, row));
    let parts = if own { parts(database, search) } else { Vec::new() };
    if asked > 1 || parts.is_empty() {
        return Err(ParseError::shape(
            found.in_words(),
            format!("a query of at most {MAX_PAGES} pages, or one that can be split"),
            format!("{} rows of which none can be told apart by its number", found.total),
        ));
    }
    let below = if scope == Scope::All { Scope::Part } else { scope };
    let mut parsed = split(spec, page, &found, below);
    if scope == Scope::All {
        parsed.totals.push(total_of(&found, "", found.total));
    }
    Ok(parsed)
}

/// Asks for the parts of a query in its place.
fn split(spec: &SourceSpec, page: &Page<'_>, found: &Found<'_>, scope: Scope) -> Parsed {
    let mut base = page.request.clone();
    if found.total > 0 {
        base = base.with("details", if found.details { "yes" } else { "no" });
    }
    let parts = parts(found.database, found.search);
    let ask = |part: &String| query(spec, base.clone(), part, 1, scope);
    Parsed { follow_ups: parts.iter().map(ask).collect(), ..Parsed::default() }
}

/// Takes the rows of a page, and asks for the pages behind it.
fn take(spec: &SourceSpec, page: &Page<'_>, found: &Found<'_>) -> Result<Parsed, ParseError> {
    let labels = Labels::of_text(said(page, "list_labels"))?;
    let mut parsed = Parsed::default();
    let mut rows = Vec::new();
    let mut header: Vec<String> = Vec::new();
    let mut strangers = Vec::new();
    let mut foreign = 0;
    for (number, row) in (found.first_row()..).zip(found.list) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let Some(object) = row.as_object() else {
            strangers.push((number, "not_an_object", format!("expected an object, found {row}")));
            continue;
        };
        if !owned(found, &labels, row) {
            foreign += 1;
            continue;
        }
        let fields = labels.read(object);
        let record_id = field(&fields, RECORD_ID);
        if found.details && !record_id.is_empty() {
            let base = page.request;
            parsed.follow_ups.push(detail::request(spec, base, record_id, number, object));
            continue;
        }
        if found.details {
            let message = format!("expected a record id under {RECORD_ID}, found none; no detail");
            strangers.push((number, "no_record_id", message));
        }
        let mut cells = vec![None; header.len()];
        check_width(found.database.table(), header.len().max(fields.len()))?;
        for (label, value) in fields {
            let at = header.iter().position(|h| *h == label).unwrap_or_else(|| {
                header.push(label);
                cells.push(None);
                header.len() - 1
            });
            if let Some(cell) = cells.get_mut(at) {
                *cell = value;
            }
        }
        rows.push(GridRow { number, cells });
    }
    let table_name = found.database.table();
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let table = grid_table(table_name, spec.table(table_name), &names, &rows, &mut parsed.issues)?;
    for (number, kind, message) in strangers {
        let severity = if kind == "no_record_id" { Severity::Note } else { Severity::Error };
        parsed.issues.push(Issue::row(severity, kind, &table, number, message));
    }
    parsed.tables.push(table);
    parsed.totals.extend(declared(found, foreign));
    if found.scope != Scope::Saved {
        let known: u64 = said(page, "pages").parse().unwrap_or(1);
        let details = if found.details { "yes" } else { "no" };
        let base = page.request.clone().with("details", details);
        for number in known + 1..=found.pages() {
            let next = query(spec, base.clone(), found.search, number, found.scope);
            parsed.follow_ups.push(next.with("pages", found.pages().to_string()));
        }
    }
    Ok(parsed)
}

/// What the answer declares of the rows that are taken from it.
fn declared(found: &Found<'_>, foreign: u64) -> Option<DeclaredTotal> {
    match found.scope {
        Scope::All => Some(total_of(found, "", found.total)),
        Scope::Part => None,
        // The parts overlap: each page answers for the rows it must have, less
        // those that are of another part.
        Scope::Keyed => {
            let part = format!("{}, page {}", found.search, found.number);
            Some(total_of(found, &part, found.expected().saturating_sub(foreign)))
        }
        Scope::Saved => {
            let part = format!("saved pages of a search with {} hits", found.total);
            Some(total_of(found, &part, found.total))
        }
    }
}

fn total_of(found: &Found<'_>, part: &str, rows: u64) -> DeclaredTotal {
    DeclaredTotal { table: found.database.table().to_owned(), part: part.to_owned(), rows }
}

fn owned(found: &Found<'_>, labels: &Labels, row: &Value) -> bool {
    let Some(object) = row.as_object() else { return false };
    let fields = labels.read(object);
    let number = field(&fields, found.database.number());
    belongs(found.database, found.search, number, field(&fields, "药品本位码"))
}

/// A count, as number or as text.
fn count(data: &Value, key: &str) -> Option<u64> {
    let value = data.get(key)?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}
