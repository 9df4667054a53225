//! The list of all authorised presentations: a table over one or more pages.
//!
//! Where the table has ruling lines they say what is a cell. Where it has none,
//! a column begins under its heading and a row at its EU number.

use std::sync::LazyLock;

use regex::Regex;

use super::follow;
use super::pdf::{PdfPage, Run, read_pages, words};
use crate::records::{Record, table_of};
use crate::{Issue, Page, ParseError, Parsed, Severity, SourceSpec};

static EU_NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^EU\s*/\s*\d\s*/\s*\d{2}\s*/").ok());

/// Columns by words of their headings, tried in this order.
const COLUMNS: [(&str, &[&str]); 8] = [
    ("eu_number", &["eu number", "ma number", "marketing authorisation number"]),
    ("pharmaceutical_form", &["pharmaceutical form"]),
    ("route_of_administration", &["route"]),
    ("package_size", &["package size", "pack size", "packsize"]),
    ("content", &["content", "concentration"]),
    ("packaging", &["packaging", "container"]),
    ("strength", &["strength"]),
    ("invented_name", &["name"]),
];

/// Reads a list of presentations. A file that cannot be read is an issue.
pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let product = page.request.context.get(follow::PRODUCT).map_or("", String::as_str);
    let number = page.request.context.get(follow::PRODUCT_NUMBER).filter(|n| !n.is_empty());
    let (rows, problems) = match read_pages(page.body, |_| false) {
        Ok(pages) => rows(&pages),
        Err(problem) => (Vec::new(), vec![(0, "pdf_unreadable", problem)]),
    };
    let records: Vec<Record> = rows
        .iter()
        .map(|row| {
            let mut record = Record::new(row.page);
            record.set("product", Some(product.to_owned()));
            record.set("ema_product_number", number.cloned());
            for (name, text) in COLUMNS.iter().zip(&row.cells).map(|((n, _), t)| (n, t)) {
                record.set(name, Some(text.clone()).filter(|t| !t.is_empty()));
            }
            record
        })
        .collect();
    let mut issues = Vec::new();
    let table = table_of("presentation", spec.table("presentation"), &records, &mut issues)?;
    issues.extend(problems.into_iter().map(|(row, kind, message)| {
        Issue::row(Severity::Warning, kind, &table, row, format!("{product}: {message}"))
    }));
    Ok(Parsed { tables: vec![table], issues, ..Parsed::default() })
}

/// A row of the table: one cell for each of [`COLUMNS`].
#[derive(Debug, Default, Clone, PartialEq)]
struct Row {
    page: u32,
    cells: [String; COLUMNS.len()],
}

type Problem = (u32, &'static str, String);

/// The columns of the table: left edges, and which of [`COLUMNS`] each one is.
#[derive(Debug, Clone, Default)]
struct Layout {
    edges: Vec<f32>,
    meaning: Vec<Option<usize>>,
}

impl Layout {
    fn column(&self, x: f32) -> Option<usize> {
        let at = self.edges.iter().rposition(|edge| *edge <= x)?;
        self.meaning.get(at).copied().flatten()
    }
}

fn rows(pages: &[PdfPage]) -> (Vec<Row>, Vec<Problem>) {
    let mut layout: Option<Layout> = None;
    let mut rows: Vec<Row> = Vec::new();
    let mut problems = Vec::new();
    for page in pages {
        let bands = bands(page);
        let header = header(&bands);
        if let Some((_, found)) = &header {
            layout = Some(found.clone());
        }
        let Some(layout) = &layout else { continue };
        let below = header.map_or(0, |(end, _)| end);
        for band in bands.get(below..).unwrap_or_default() {
            let cells = cells(layout, band);
            let [eu_number, ..] = &cells;
            if starts_row(eu_number) {
                rows.push(Row { page: page.number, cells });
            } else if cells.iter().all(String::is_empty) || is_footer(band, page) {
                // Nothing of the table.
            } else if let Some(last) = rows.last_mut() {
                // A cell that wraps, possibly onto the next page.
                for (cell, more) in last.cells.iter_mut().zip(&cells) {
                    append(cell, more);
                }
            } else {
                let text = cells.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
                problems.push((page.number, "row_without_number", format!("not used: {text}")));
            }
        }
    }
    if layout.is_none() {
        let message = "no table with the headings EU number and pharmaceutical form".to_owned();
        problems.push((0, "pdf_unreadable", message));
    } else if rows.is_empty() {
        problems.push((0, "pdf_unreadable", "a table without an EU number".to_owned()));
    }
    for row in &rows {
        let missing = COLUMNS
            .iter()
            .zip(&row.cells)
            .find(|((name, _), text)| *name == "pharmaceutical_form" && text.is_empty());
        if missing.is_some() {
            let [eu_number, ..] = &row.cells;
            problems.push((row.page, "form_missing", format!("{eu_number} has no dosage form")));
        }
    }
    (rows, problems)
}

/// Text between two ruling lines, or one line of text where there are none.
#[derive(Debug)]
struct Band<'a> {
    top: f32,
    runs: Vec<&'a Run>,
    /// Left edges of the cells, where ruling lines tell them.
    edges: Vec<f32>,
}

fn bands(page: &PdfPage) -> Vec<Band<'_>> {
    let (across, down) = (horizontal(page), vertical(page));
    let mut runs: Vec<&Run> = page.runs.iter().collect();
    runs.sort_by(|a, b| b.y.total_cmp(&a.y).then(a.x.0.total_cmp(&b.x.0)));
    let mut bands: Vec<Band<'_>> = Vec::new();
    let mut place: Option<usize> = None;
    for run in runs {
        // The middle of the letters, so that a line close under the text counts.
        let middle = run.y + run.size * 0.3;
        let above = across.iter().filter(|y| **y > middle).count();
        let ruled = above > 0 && above < across.len();
        let same = match (bands.last(), place) {
            (Some(_), Some(last)) if ruled => last == above,
            (Some(band), None) if !ruled => band.top - run.y <= 0.45 * run.size,
            _ => false,
        };
        place = ruled.then_some(above);
        match bands.last_mut() {
            Some(band) if same => band.runs.push(run),
            _ => {
                let crossing =
                    |(_, (low, high)): &&(f32, (f32, f32))| *low <= middle && middle <= *high;
                let mut edges: Vec<f32> =
                    down.iter().filter(crossing).map(|(x, _)| *x - 0.5).collect();
                edges.dedup_by(|a, b| (*a - *b).abs() < 3.0);
                bands.push(Band { top: run.y, runs: vec![run], edges });
            }
        }
    }
    bands
}

/// Heights of the ruling lines that go across, from top to bottom, each once.
fn horizontal(page: &PdfPage) -> Vec<f32> {
    let rules = page.rules.iter().filter(|r| !r.is_vertical() && r.x.1 - r.x.0 > 15.0);
    let mut heights: Vec<f32> = rules.map(|r| f32::midpoint(r.y.0, r.y.1)).collect();
    heights.sort_by(|a, b| b.total_cmp(a));
    heights.dedup_by(|a, b| (*a - *b).abs() < 3.0);
    heights
}

/// Places of the ruling lines that go down, from left to right, with their
/// extent.
fn vertical(page: &PdfPage) -> Vec<(f32, (f32, f32))> {
    let rules = page.rules.iter().filter(|r| r.is_vertical() && r.y.1 - r.y.0 > 5.0);
    let mut places: Vec<_> = rules.map(|r| (f32::midpoint(r.x.0, r.x.1), r.y)).collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    places
}

/// The header: where the rows below it begin, and what the columns are. It may
/// take several lines; it ends before the first EU number.
fn header(bands: &[Band<'_>]) -> Option<(usize, Layout)> {
    let first_row = bands.iter().position(|band| {
        let leftmost = band.runs.iter().min_by(|a, b| a.x.0.total_cmp(&b.x.0));
        leftmost.is_some_and(|run| starts_row(&run.text))
    });
    let end = first_row.unwrap_or(bands.len());
    // The title stands above: the fewest bands that name the two columns count.
    (1..=end.min(6)).find_map(|height| {
        let part = bands.get(end - height..end)?;
        let layout = layout(part)?;
        let has = |name: &str| {
            let wanted = COLUMNS.iter().position(|(n, _)| *n == name);
            layout.meaning.iter().any(|m| m.is_some() && *m == wanted)
        };
        (has("eu_number") && has("pharmaceutical_form")).then_some((end, layout))
    })
}

fn layout(header: &[Band<'_>]) -> Option<Layout> {
    let ruled = header.iter().map(|b| b.edges.len()).max().unwrap_or(0) >= 4;
    let runs: Vec<&Run> = header.iter().flat_map(|b| b.runs.iter().copied()).collect();
    let edges = if ruled {
        header.iter().map(|b| &b.edges).max_by_key(|edges| edges.len())?.clone()
    } else {
        headings(&runs)
    };
    let mut meaning = Vec::new();
    for (at, left) in edges.iter().enumerate() {
        let right = edges.get(at + 1).copied().unwrap_or(f32::MAX);
        let mut inside: Vec<&Run> =
            runs.iter().copied().filter(|r| r.x.0 >= *left && r.x.0 < right).collect();
        inside.sort_by(|a, b| b.y.total_cmp(&a.y));
        let heading = lines_of(&inside).to_lowercase().replace(['(', ')', '-'], "");
        meaning.push(
            COLUMNS.iter().position(|(_, marks)| marks.iter().any(|mark| heading.contains(mark))),
        );
    }
    Some(Layout { edges, meaning })
}

/// Left edges of headings that stand side by side: halfway into the gap before
/// each of them.
fn headings(runs: &[&Run]) -> Vec<f32> {
    let mut spans: Vec<(f32, f32)> = runs.iter().map(|r| r.x).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut columns: Vec<(f32, f32)> = Vec::new();
    for span in spans {
        match columns.last_mut() {
            Some(last) if span.0 <= last.1 + 4.0 => last.1 = last.1.max(span.1),
            _ => columns.push(span),
        }
    }
    // Cells are mostly aligned with the left end of their heading.
    columns.iter().map(|(left, _)| left - 3.0).collect()
}

fn cells(layout: &Layout, band: &Band<'_>) -> [String; COLUMNS.len()] {
    std::array::from_fn(|wanted| {
        let inside: Vec<&Run> = band
            .runs
            .iter()
            .copied()
            .filter(|run| layout.column(run.x.0 + 1.0) == Some(wanted))
            .collect();
        lines_of(&inside)
    })
}

/// The text of runs that are sorted from top to bottom, line by line.
fn lines_of(runs: &[&Run]) -> String {
    let mut text = String::new();
    let mut line: Vec<&Run> = Vec::new();
    for run in runs {
        if line.first().is_some_and(|first| first.y - run.y > 0.45 * run.size) {
            append(&mut text, &words(&line));
            line.clear();
        }
        line.push(run);
    }
    append(&mut text, &words(&line));
    text
}

/// Puts a further line behind a cell. A number that breaks at its slash goes on
/// without a space.
fn append(cell: &mut String, more: &str) {
    if more.is_empty() {
        return;
    }
    if !cell.is_empty() && !cell.ends_with('/') {
        cell.push(' ');
    }
    cell.push_str(more);
}

fn starts_row(text: &str) -> bool {
    EU_NUMBER.as_ref().is_some_and(|form| form.is_match(text.trim_start()))
}

/// Page numbers and the like at the bottom.
fn is_footer(band: &Band<'_>, page: &PdfPage) -> bool {
    let text = words(&band.runs);
    let is_number = text.len() < 12 && text.bytes().any(|b| b.is_ascii_digit());
    band.top < 50.0 && (is_number || text.starts_with("EMA") || page.runs.len() == band.runs.len())
}
