//! The old list of the review queue, one HTML table; its lamps are images.

use crate::columns::fold;
use crate::grid::{GridRow, grid_table};
use crate::html_grid::{decode_html, html_tables};
use crate::html_limits::read_html;
use crate::labelled_page::cut_off;
use crate::{Issue, Page, ParseError, Parsed, Severity, SourceSpec};

pub(super) const KIND: &str = "old_list";
const TABLE: &str = "review_queue";

/// The head of a page of the CDE, or of a table with the list's columns. A long
/// head may hide the table: what a page of the site lacks, the parser says.
pub(super) fn is_likely(head: &str) -> bool {
    let head: String = head.chars().filter(|c| !c.is_whitespace()).collect();
    let has = |marks: &[&str]| marks.iter().all(|mark| head.contains(mark));
    has(&["受理号", "审评状态"]) || has(&["药品审评中心"]) || has(&["cde.org.cn"])
}

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let text = decode_html(page.body);
    let html = read_html("old list of the review queue", &text)?;
    let tables = html_tables(&html);
    let is_header = |row: &Vec<String>| row.iter().any(|cell| fold(cell) == "序号");
    let found = tables.iter().find_map(|t| Some((t, t.iter().position(is_header)?)));
    let Some((rows, at)) = found else {
        let widest = tables.iter().flatten().max_by_key(|row| row.len());
        let found = widest.map_or("no table".to_owned(), |row| row.join(", "));
        return Err(ParseError::shape("old list of the review queue", "a header with 序号", found));
    };
    let header: Vec<&str> = rows.get(at).into_iter().flatten().map(String::as_str).collect();
    let mut parsed = Parsed::default();
    let mut grid = Vec::new();
    let mut problems = Vec::new();
    for (number, row) in (1..).zip(rows.iter().skip(at + 1)) {
        if row.len() == header.len() {
            grid.push(GridRow { number, cells: row.iter().cloned().map(Some).collect() });
        } else if !row.iter().all(String::is_empty) {
            let quoted: String = row.join(" | ").chars().take(300).collect();
            let (width, len) = (header.len(), row.len());
            problems.push((number, format!("expected {width} cells, found {len}: {quoted}")));
        }
    }
    let table = grid_table(TABLE, spec.table(TABLE), &header, &grid, &mut parsed.issues)?;
    for (number, message) in problems {
        parsed.issues.push(Issue::row(Severity::Error, "field_count", &table, number, message));
    }
    parsed.issues.extend(cut_off(&text, &table));
    parsed.tables.push(table);
    Ok(parsed)
}
