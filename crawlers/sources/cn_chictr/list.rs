//! A page of the list of trials.

use scraper::ElementRef;

use super::{LIST, detail_request, is_registration_number, list_request, parameter, title};
use crate::labelled_page::{
    cells_of, damaged_text, elements, has_class, one_line, rows_of, visible_text,
    visible_text_without,
};
use crate::{
    DeclaredTotal, HeaderMap, Issue, ParseError, Parsed, Request, Severity, SourceSpec, TextTable,
};

/// Rows of a page that is not the last.
const ROWS_A_PAGE: u64 = 10;

/// The page holds a list.
pub(super) fn is_list(root: ElementRef<'_>) -> bool {
    total(root).is_some()
}

/// Reads the rows; asks for the page of each trial and for the next page.
pub(super) fn parse(
    spec: &SourceSpec,
    request: &Request,
    root: ElementRef<'_>,
    text: &str,
) -> Result<Parsed, ParseError> {
    let found = || format!("a page titled {:?}", title(root));
    let declared = total(root).ok_or_else(|| {
        ParseError::shape("list page", "the number of trials in #data-total", found())
    })?;
    let declared: u64 = declared.parse().map_err(|_| {
        ParseError::shape("list page", "a number in #data-total", format!("{declared:?}"))
    })?;
    let table = elements(root, "table")
        .find(|t| has_class(*t, "table1"))
        .ok_or_else(|| ParseError::shape("list page", "a table.table1", found()))?;
    let crawled = request.kind == LIST;
    let page: u64 = parameter(request, "page").and_then(|p| p.parse().ok()).unwrap_or(1).max(1);
    let mut parsed = Parsed::default();
    let listed = read_rows(spec, table, crawled, &mut parsed)?;
    parsed.issues.extend(damaged_text(text, &listed));
    // An imported list brings no details: only a crawl owes them.
    for name in ["trial_list", "trial"].into_iter().take(if crawled { 2 } else { 1 }) {
        // Saved searches are told apart by their totals: no page names its own.
        let part =
            if crawled { "all".to_owned() } else { format!("a search with {declared} hits") };
        parsed.totals.push(DeclaredTotal { table: name.to_owned(), part, rows: declared });
    }
    let before = (page - 1).saturating_mul(ROWS_A_PAGE);
    if listed.is_empty() && before < declared {
        // What is missing is not asked for: there may be a reason for it.
        let message = format!(
            "page {page} of a list of {declared} has no rows; the pages behind it are not asked for"
        );
        parsed.issues.push(Issue::row(Severity::Error, "empty_page", &listed, 0, message));
    } else if crawled && before.saturating_add(listed.len() as u64) < declared {
        parsed.follow_ups.push(list_request(page + 1));
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
    // The header's `t-head` is no part of HTML: the reader puts its row among
    // the others.
    let mut rows = rows_of(table).into_iter();
    let header = rows
        .by_ref()
        .find(|row| elements(*row, "th").next().is_some())
        .ok_or_else(|| ParseError::shape("list page", "a row of th in table.table1", "none"))?;
    let mut names: Vec<String> = cells_of(header).into_iter().map(visible_text).collect();
    let width = names.len();
    names.extend(["institution".to_owned(), "proj".to_owned()]);
    let names = names.iter().map(String::as_str);
    let (map, mut listed) = HeaderMap::new("trial_list", "", spec.table("trial_list"), names)?;
    for (row, number) in rows.zip(1..) {
        let found = cells_of(row);
        if found.len() != width {
            let message = format!("expected {width} cells, found {}", found.len());
            parsed.issues.push(Issue::row(
                Severity::Error,
                "field_count",
                &listed,
                number,
                message,
            ));
            continue;
        }
        let link = elements(row, "a").find_map(|a| Some((a, project_of(a.attr("href")?)?)));
        let institution = elements(row, "p").next().map(visible_text);
        // Below the title stands the institution, in a paragraph of its own.
        let cells: Vec<String> = found
            .into_iter()
            .map(|c| visible_text_without(c, |e| e.value().name() == "p"))
            .collect();
        let project = link.map(|(_, project)| project);
        map.push(&mut listed, number, |i| match i.checked_sub(width) {
            None => cells.get(i).map(String::as_str),
            Some(0) => institution.as_deref(),
            Some(_) => project,
        });
        let last = listed.len() - 1;
        let cell = |name: &str| listed.column(name).and_then(|c| c.get(last)).unwrap_or_default();
        let registration_number = cell("registration_number");
        if !is_registration_number(registration_number) {
            let message = format!("expected a ChiCTR number, found {registration_number:?}");
            let issue =
                Issue::row(Severity::Warning, "registration_number", &listed, number, message);
            parsed.issues.push(issue.in_column("registration_number"));
        }
        let Some(project) = project else {
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
        if crawled {
            let state =
                ["registration_number", "public_title", "institution", "study_type", "registered"];
            let mut request = detail_request(project)
                .with("registration_number", registration_number)
                .with("list_institution", cell("institution"));
            request.fingerprint = Some(state.map(cell).join("|"));
            parsed.follow_ups.push(request);
        }
    }
    Ok(listed)
}

/// The number in a link to a trial: `showproj.html?proj=274313`.
fn project_of(href: &str) -> Option<&str> {
    let (path, query) = href.split_once('?')?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix("proj="))?;
    let is_number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    (path.contains("showproj") && is_number).then_some(value)
}

fn total(root: ElementRef<'_>) -> Option<String> {
    let element = root.descendent_elements().find(|e| e.value().id() == Some("data-total"))?;
    Some(one_line(&visible_text(element)))
}
