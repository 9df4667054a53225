//! `{"code":200,"data":{"records":[…],"total":N}}`, at most 50 records a page.

use serde_json::Value;

use crate::json_rows::{json_cell, json_table, read_chinese_json};
use crate::{BodyKind, DeclaredTotal, Page, ParseError, Parsed, Request, RequestBody, SourceSpec};

pub(super) const KIND: &str = "list";

/// The server takes 10, 20, 30 or 50 and refuses all else.
const PAGE_SIZE: u64 = 50;
/// The first year of the list of acceptances.
const FIRST_YEAR: i16 = 2000;

/// A list: its raw table (and URL), the fields of its form, and keys that only
/// its records have.
struct List {
    table: &'static str,
    form: &'static [(&'static str, &'static str)],
    marks: &'static [&'static str],
    /// Not seen with certainty: a 404 is an answer.
    optional: bool,
}

/// The marks are tried in this order: later ones occur in earlier lists too.
const LISTS: [List; 5] = [
    List {
        table: "priority_review",
        // 2: taken in; 1 is the list of those proposed.
        form: &[("noticeType", "2"), ("acceptid", ""), ("drugname", ""), ("company", "")],
        marks: &["\"pridCODE\""],
        optional: true,
    },
    List {
        table: "breakthrough",
        // 1: taken in.
        form: &[("noticeType", "1"), ("acceptid", ""), ("drugname", ""), ("company", "")],
        marks: &["\"bcnidCODE\"", "\"endNoticeDate\""],
        optional: true,
    },
    List {
        table: "clinical_permission",
        form: &[("condition", "")],
        marks: &["\"lcmsxkIndication\"", "\"lcmsxkRegisterkind\"", "\"nidCODE\""],
        optional: false,
    },
    List {
        table: "post_market",
        form: &[("acceptid", ""), ("drugname", ""), ("company", "")],
        marks: &["\"createddate\"", "\"acceptidCODE\""],
        optional: false,
    },
    List {
        table: "acceptance",
        form: &[
            ("statenow", ""),
            ("year", ""),
            ("drugtype", ""),
            ("applytype", ""),
            ("acceptid", ""),
            ("drugname", ""),
            ("company", ""),
        ],
        marks: &["\"registerkind\"", "\"createdate\""],
        optional: false,
    },
];

/// The first page of each list; of acceptances that of each year, because the
/// list is asked for by year.
pub(super) fn seeds(spec: &SourceSpec, this_year: i16) -> Vec<Request> {
    let mut seeds = Vec::new();
    for list in LISTS.iter().rev() {
        if list.table == "acceptance" {
            let years = FIRST_YEAR..=this_year.max(FIRST_YEAR);
            seeds.extend(years.map(|year| ask(spec, list, &year.to_string(), 1)));
        } else {
            seeds.push(ask(spec, list, "", 1));
        }
    }
    seeds
}

fn ask(spec: &SourceSpec, list: &List, year: &str, number: u64) -> Request {
    let value =
        |name: &str, value: &str| if name == "year" { year.to_owned() } else { value.to_owned() };
    let mut form: Vec<(String, String)> =
        list.form.iter().map(|(name, v)| ((*name).to_owned(), value(name, v))).collect();
    form.push(("pageSize".to_owned(), PAGE_SIZE.to_string()));
    form.push(("pageNum".to_owned(), number.to_string()));
    let mut request =
        Request::post(spec.url(list.table), RequestBody::Form(form), KIND, BodyKind::Json)
            .with("table", list.table)
            .with("year", year)
            .with("page", number.to_string());
    request.optional = list.optional;
    request
}

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let said = |name: &str| page.request.context.get(name).map_or("", String::as_str);
    let list = LISTS
        .iter()
        .find(|list| list.table == said("table"))
        .ok_or_else(|| ParseError::shape("request", "a list of this source", said("table")))?;
    let saved = !said("file").is_empty();
    let mut number: u64 = said("page").parse().unwrap_or(1);
    let what = format!("list {}, {} page {number}", list.table, said("year"));
    let answer = read_chinese_json(&what, page.body)?;
    let code = answer.get("code").and_then(json_cell).unwrap_or_default();
    if code != "200" {
        let message = answer.get("msg").or_else(|| answer.get("message"));
        let message = message.and_then(json_cell).unwrap_or_default();
        return Err(ParseError::shape(what, "code 200", format!("code {code:?}: {message}")));
    }
    let data = answer.get("data").unwrap_or(&Value::Null);
    let missing = |part: &str| ParseError::shape(&what, part, "an answer without it");
    let records =
        data.get("records").and_then(Value::as_array).ok_or_else(|| missing("data.records"))?;
    let total = count(data, "total").ok_or_else(|| missing("data.total"))?;
    let size = count(data, "size").filter(|size| *size > 0).unwrap_or(PAGE_SIZE);
    if saved {
        number = count(data, "current").filter(|n| *n > 0).unwrap_or(1);
    }

    let mut parsed = Parsed::default();
    let first = number.saturating_sub(1).saturating_mul(size).saturating_add(1);
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    let table_spec = spec.table(list.table);
    let table = json_table(list.table, table_spec, records, first, &mut parsed.issues)?;
    parsed.tables.push(table);
    let part = match (saved, said("year")) {
        (true, _) => format!("saved pages of a query with {total} hits"),
        (false, "") => String::new(),
        (false, year) => format!("year {year}"),
    };
    parsed.totals.push(DeclaredTotal { table: list.table.to_owned(), part, rows: total });
    if saved {
        return Ok(parsed);
    }
    // The first page asks for all others; a list that grows meanwhile adds the
    // new last ones.
    let known: u64 = said("pages").parse().unwrap_or(1);
    let pages = total.div_ceil(size);
    if pages > MAX_PAGES {
        let found = format!("{total} records on {pages} pages");
        return Err(ParseError::shape(what, format!("at most {MAX_PAGES} pages"), found));
    }
    for next in known + 1..=pages {
        let request = ask(spec, list, said("year"), next);
        parsed.follow_ups.push(request.with("pages", pages.to_string()));
    }
    Ok(parsed)
}

/// No list has nearly so many pages; a total beyond is no total.
const MAX_PAGES: u64 = 50_000;

/// The request that a saved answer stands for, told by the name of the file or
/// by the keys of its records.
pub(super) fn saved(spec: &SourceSpec, file_name: &str, head: &str) -> Option<Request> {
    if !head.contains("\"records\"") {
        return None;
    }
    let endpoint = |list: &List| {
        let url = spec.url(list.table);
        url.path().rsplit('/').next().is_some_and(|name| file_name.contains(name))
    };
    let named = LISTS.iter().find(|l| endpoint(l) || file_name.contains(l.table));
    let marked = || LISTS.iter().find(|l| l.marks.iter().any(|mark| head.contains(mark)));
    let list = named.or_else(marked)?;
    let mut url = spec.url(list.table);
    url.query_pairs_mut().append_pair("file", file_name);
    let request = Request::get(url, KIND, BodyKind::Json);
    Some(request.with("table", list.table).with("file", file_name))
}

/// A count, as number or as text.
fn count(data: &Value, key: &str) -> Option<u64> {
    let value = data.get(key)?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}
