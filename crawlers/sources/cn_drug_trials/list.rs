//! A page of the list of trials.

use std::collections::BTreeSet;

use scraper::ElementRef;

use super::{LIST, detail_request, form_field, is_registration_number, list_request};
use crate::labelled_page::{
    cells_of, damaged_text, elements, has_class, numbers_before, rows_of, visible_text,
};
use crate::{
    DeclaredTotal, HeaderMap, Issue, ParseError, Parsed, Request, Severity, SourceSpec, TextTable,
};

/// The page holds a list.
pub(super) fn is_list(root: ElementRef<'_>) -> bool {
    list_table(root).is_some()
}

/// Reads the rows; asks for the page of each trial and for the next page.
pub(super) fn parse(
    spec: &SourceSpec,
    request: &Request,
    root: ElementRef<'_>,
    text: &str,
) -> Result<Parsed, ParseError> {
    let table = list_table(root)
        .ok_or_else(|| ParseError::shape("list page", "a table.searchTable", title_of(root)))?;
    let counts = Counts::read(root)?;
    let asked = form_field(request, "currentpage").and_then(|p| p.parse::<u64>().ok());
    if let Some(asked) = asked.filter(|asked| *asked != counts.page) {
        return Err(ParseError::shape(
            "list page",
            format!("page {asked}"),
            format!("page {}", counts.page),
        ));
    }
    let crawled = request.kind == LIST;
    let mut parsed = Parsed::default();
    let listed = read_rows(spec, table, crawled, &mut parsed)?;
    parsed.issues.extend(damaged_text(text, &listed));
    // An imported list brings no details: only a crawl owes them.
    for name in ["trial_list", "trial"].into_iter().take(if crawled { 2 } else { 1 }) {
        // Saved searches are told apart by their totals: no page names its own.
        let rows = counts.records;
        let part = if crawled { "all".to_owned() } else { format!("a search with {rows} hits") };
        parsed.totals.push(DeclaredTotal { table: name.to_owned(), part, rows });
    }
    if crawled && counts.page < counts.pages && !listed.is_empty() {
        parsed.follow_ups.push(list_request(counts.page + 1));
    }
    if listed.is_empty() && counts.records > 0 {
        let (page, pages) = (counts.page, counts.pages);
        // What is missing is not asked for: there may be a reason for it.
        let message =
            format!("page {page} of {pages} has no rows; the pages behind it are not asked for");
        parsed.issues.push(Issue::row(Severity::Error, "empty_page", &listed, 0, message));
    }
    parsed.tables.push(listed);
    Ok(parsed)
}

fn read_rows(
    spec: &SourceSpec,
    table: ElementRef<'_>,
    crawled: bool,
    parsed: &mut Parsed,
) -> Result<TextTable, ParseError> {
    let mut rows = rows_of(table).into_iter();
    let header =
        rows.by_ref().find(|row| elements(*row, "th").next().is_some()).ok_or_else(|| {
            ParseError::shape("list page", "a row of th in table.searchTable", "none")
        })?;
    let mut names: Vec<String> = cells_of(header).into_iter().map(visible_text).collect();
    let width = names.len();
    names.extend(["id".to_owned(), "ckm_index".to_owned()]);
    let names = names.iter().map(String::as_str);
    let (map, mut listed) = HeaderMap::new("trial_list", "", spec.table("trial_list"), names)?;
    let mut asked = BTreeSet::new();
    for (row, number) in rows.zip(1..) {
        let cells: Vec<String> = cells_of(row).into_iter().map(visible_text).collect();
        if let [only] = cells.as_slice()
            && only.starts_with("暂无数据")
        {
            continue;
        }
        if cells.len() != width {
            let message =
                format!("expected {width} cells, found {}: {}", cells.len(), quote(&cells));
            parsed.issues.push(Issue::row(
                Severity::Error,
                "field_count",
                &listed,
                number,
                message,
            ));
            continue;
        }
        let link = elements(row, "a").find_map(|a| Some((a.attr("id")?, a.attr("name")?)));
        let (id, place) = link.unzip();
        map.push(&mut listed, number, |i| match i.checked_sub(width) {
            None => cells.get(i).map(String::as_str),
            Some(0) => id,
            Some(_) => place,
        });
        let last = listed.len() - 1;
        let cell = |name: &str| listed.column(name).and_then(|c| c.get(last)).unwrap_or_default();
        let registration_number = cell("registration_number");
        if !is_registration_number(registration_number) {
            let message = format!("expected CTR and 8 digits, found {registration_number:?}");
            let issue =
                Issue::row(Severity::Warning, "registration_number", &listed, number, message);
            parsed.issues.push(issue.in_column("registration_number"));
        }
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            let message = "the row has no link to the trial's page".to_owned();
            parsed.issues.push(Issue::row(
                Severity::Error,
                "no_detail_link",
                &listed,
                number,
                message,
            ));
            continue;
        };
        if crawled && asked.insert(id.to_owned()) {
            // Everything but the place in the list, which changes by itself.
            let state =
                ["registration_number", "status", "drug_name", "indication", "public_title"];
            let mut request = detail_request(id)
                .with("registration_number", registration_number)
                .with("list_status", cell("status"));
            request.fingerprint = Some(state.map(cell).join("|"));
            parsed.follow_ups.push(request);
        }
    }
    Ok(listed)
}

/// What the page says of the whole list: `当前第 1 页，共 2 页，共 22 条记录`.
struct Counts {
    page: u64,
    pages: u64,
    records: u64,
}

impl Counts {
    fn read(root: ElementRef<'_>) -> Result<Self, ParseError> {
        let info = elements(root, "div").find(|e| has_class(*e, "pageInfo"));
        let text: String = info.map(visible_text).unwrap_or_default().split_whitespace().collect();
        match (numbers_before(&text, "页").as_slice(), numbers_before(&text, "条记录").as_slice())
        {
            ([page, pages], [records]) => {
                Ok(Self { page: *page, pages: *pages, records: *records })
            }
            _ => Err(ParseError::shape(
                "list page",
                "the page, the number of pages and 共 N 条记录 in .pageInfo",
                format!("{text:?}"),
            )),
        }
    }
}

fn list_table(root: ElementRef<'_>) -> Option<ElementRef<'_>> {
    elements(root, "table").find(|t| has_class(*t, "searchTable"))
}

/// The title of a page that is not what it should be.
pub(super) fn title_of(root: ElementRef<'_>) -> String {
    let title = elements(root, "title").next().map(visible_text).unwrap_or_default();
    format!("a page titled {:?}", title.chars().take(80).collect::<String>())
}

fn quote(cells: &[String]) -> String {
    cells.join(" | ").chars().take(200).collect()
}
