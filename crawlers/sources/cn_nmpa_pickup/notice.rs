//! A notice: titles in its metas, tables between the metas `ContentStart` and
//! `ContentEnd`, mostly one.

use std::collections::HashSet;

use scraper::Html;

use crate::grid::{GridRow, empty_table, grid_table};
use crate::html_grid::{decode_html, html_tables, selector};
use crate::html_limits::{read_fragment, read_html};
use crate::{Issue, Page, ParseError, Parsed, Severity, SourceSpec, snake_case};

pub(super) const KIND: &str = "notice";
const PLACEHOLDERS: [&str; 8] = ["无", "/", "—", "————", "－－－－", "----", "NA", "N/A"];

/// `20200911083851127.html`: when the page was made.
pub(super) fn is_notice_file(file: &str) -> bool {
    file.strip_suffix(".html").is_some_and(|stem| {
        (12..=24).contains(&stem.len()) && stem.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Time and title of a notice, from the head of its page; none where it tells
/// only one of them.
pub(super) fn named(head: &str) -> Option<String> {
    let html = read_html("notice", head).ok()?;
    Some(format!("{} {}", meta(&html, "PubDate")?, meta(&html, "ArticleTitle")?))
}

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let text = decode_html(page.body);
    let html = read_html("notice", &text)?;
    let said = |name: &str| page.request.context.get(name).cloned().unwrap_or_default();
    let title = meta(&html, "ArticleTitle").unwrap_or_else(|| said("title"));
    let published = meta(&html, "PubDate").unwrap_or_else(|| said("date"));
    let url = page.request.url.to_string();
    let what = format!("notice {url}");
    let Some((content, is_whole)) = content(&text) else {
        return Err(ParseError::shape(what, "<meta name=\"ContentStart\">", title));
    };

    let mut parsed = Parsed::default();
    let column = meta(&html, "ColumnName");
    let notice = [Some(url.clone()), Some(title.clone()), Some(published.clone()), column];
    parsed.tables.push(grid_table(
        "notice",
        spec.table("notice"),
        &["notice_url", "ArticleTitle", "PubDate", "ColumnName"],
        &[GridRow { number: 1, cells: notice.into() }],
        &mut parsed.issues,
    )?);

    let tables = html_tables(&read_fragment(&what, content)?);
    let numbers = |row: &Vec<String>| row.iter().any(|cell| is_label(cell, "受理号"));
    let found: Vec<_> =
        tables.iter().filter_map(|t| Some((t, t.iter().position(numbers)?))).collect();
    if found.is_empty() {
        // A table there must be read; a notice in prose has nothing to read.
        let widest = tables.iter().flatten().max_by_key(|row| row.len());
        if let Some(header) = widest.filter(|row| row.len() > 2) {
            return Err(ParseError::MissingColumn {
                table: "document".to_owned(),
                column: "受理号".to_owned(),
                header: header.clone(),
            });
        }
        let table = empty_table("document", spec.table("document"));
        let message = format!("expected a table, found none in {title:?} ({url})");
        parsed.issues.push(Issue::row(Severity::Warning, "no_table", &table, 0, message));
        parsed.tables.push(table);
    }
    let mut above = 0;
    for (rows, at) in found {
        read_rows(spec, rows, at, above, [&url, &title, &published], &mut parsed)?;
        above += rows.len();
    }
    if !is_whole {
        let table = empty_table("document", spec.table("document"));
        let message = format!("expected the mark ContentEnd, found none: {url} may be cut off");
        parsed.issues.push(Issue::row(Severity::Warning, "cut_off", &table, 0, message));
    }
    Ok(parsed)
}

/// The rows behind the header, which is row `at`. They are numbered on from the
/// `above` rows of the tables before, so that a number is one row of the notice.
fn read_rows(
    spec: &SourceSpec,
    rows: &[Vec<String>],
    at: usize,
    above: usize,
    notice: [&str; 3],
    parsed: &mut Parsed,
) -> Result<(), ParseError> {
    let header = rows.get(at).map(Vec::as_slice).unwrap_or_default();
    let width = header.len();
    let numbers = header.iter().position(|cell| is_label(cell, "受理号"));
    let labels = spec.table("document").columns.iter().find(|c| c.column_name() == "applicant");
    let applicants = header.iter().position(|cell| {
        labels
            .is_some_and(|c| is_label(cell, &c.name) || c.aliases.iter().any(|a| is_label(cell, a)))
    });
    let mut grid = Vec::new();
    let mut problems = Vec::new();
    let first = u32::try_from(above).unwrap_or(u32::MAX).saturating_add(1);
    for (number, row) in (first..).zip(rows).skip(at + 1) {
        let again = numbers.is_some_and(|at| row.get(at) == header.get(at));
        // The header again, or the second row of one whose cells reach into it.
        if row.iter().all(String::is_empty) || again {
            continue;
        }
        if row.len() != width {
            let quoted: String = row.join(" | ").chars().take(300).collect();
            let message = format!("expected {width} cells, found {}: {quoted}", row.len());
            problems.push((number, Severity::Error, "field_count", message));
            continue;
        }
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).map_or("", String::as_str);
        if cell(numbers).is_empty() {
            let message = "expected an acceptance number, found an empty cell".to_owned();
            problems.push((number, Severity::Warning, "no_acceptance_number", message));
        }
        let mut cells: Vec<_> = row.iter().cloned().map(Some).collect();
        cells.push(Some(parties(cell(applicants))));
        cells.extend(notice.map(|value| Some(value.to_owned())));
        grid.push(GridRow { number, cells });
    }
    let names = header.iter().map(|cell| cell.trim_matches(blank));
    let added = ["parties", "notice_url", "notice_title", "notice_published_at"];
    let names: Vec<&str> = names.chain(added).collect();
    let table = grid_table("document", spec.table("document"), &names, &grid, &mut parsed.issues)?;
    for (number, severity, kind, message) in problems {
        parsed.issues.push(Issue::row(severity, kind, &table, number, message));
    }
    parsed.tables.push(table);
    Ok(())
}

/// The applicants apart: separated by no-break spaces (or paragraphs), because
/// English names hold plain spaces; each once, placeholders left out.
fn parties(applicant: &str) -> String {
    let mut parties: Vec<&str> = Vec::new();
    let mut known = HashSet::new();
    for party in applicant.split(['\u{a0}', '\n']).map(|p| p.trim_matches(blank)) {
        if !party.is_empty() && !PLACEHOLDERS.contains(&party) && known.insert(party) {
            parties.push(party);
        }
    }
    parties.join("; ")
}

/// What stands between the two marks, and whether the second one is there: a
/// page that is cut off ends early.
fn content(text: &str) -> Option<(&str, bool)> {
    let (_, rest) = text.split_once("ContentStart")?;
    let (_, rest) = rest.split_once('>')?;
    let Some((content, _)) = rest.split_once("ContentEnd") else { return Some((rest, false)) };
    // The mark is the name of a meta.
    Some((content.get(..content.rfind('<').unwrap_or(content.len()))?, true))
}

fn meta(html: &Html, name: &str) -> Option<String> {
    let metas = selector("meta[name][content]");
    let metas = html.select(&metas).filter(|m| m.attr("name") == Some(name));
    let mut values = metas.filter_map(|m| m.attr("content")).map(str::trim);
    values.find(|value| !value.is_empty()).map(str::to_owned)
}

/// The header cell is this label: spaces and punctuation do not matter.
fn is_label(cell: &str, label: &str) -> bool {
    snake_case(cell).replace('_', "") == label
}

fn blank(c: char) -> bool {
    c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_very_many_parties_is_read_in_good_time() {
        let names: Vec<String> = (0..100_000).map(|i: u32| format!("p{i}")).collect();
        assert_eq!(parties(&names.join("\u{a0}")).split("; ").count(), 100_000);
    }

    #[test]
    fn parties_are_split_at_no_break_spaces_only() {
        for (applicant, expected) in [
            (
                "再鼎医药（苏州）有限公司\u{a0} 再鼎医药（上海）有限公司",
                "再鼎医药（苏州）有限公司; 再鼎医药（上海）有限公司",
            ),
            ("成都倍特药业有限公司\u{a0} 成都倍特药业有限公司", "成都倍特药业有限公司"),
            ("无\u{a0} 无\u{a0} 阿斯利康投资（中国）有限公司", "阿斯利康投资（中国）有限公司"),
            (
                "Janssen-Cilag International NV\u{a0} Cilag AG\u{a0} \u{a0} 西安杨森制药有限公司",
                "Janssen-Cilag International NV; Cilag AG; 西安杨森制药有限公司",
            ),
            ("无", ""),
            ("", ""),
        ] {
            assert_eq!(parties(applicant), expected);
        }
    }
}
