//! Pages that put a value beside its label: reading them as rows of a table of
//! the catalogue, whose columns have the labels as their names and aliases.

use std::borrow::Cow;
use std::collections::HashMap;

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use crate::cell_mask::fold_label;
use crate::{Issue, Severity, TableSpec, TextTable};

/// The columns of a table, by label.
#[derive(Debug)]
pub(crate) struct LabelIndex {
    columns: Vec<String>,
    by_label: HashMap<String, usize>,
}

impl LabelIndex {
    /// The labels of `spec`.
    pub(crate) fn new(spec: &TableSpec) -> Self {
        let mut by_label = HashMap::new();
        for (position, column) in spec.columns.iter().enumerate() {
            for label in std::iter::once(&column.name).chain(&column.aliases) {
                by_label.entry(fold_label(label)).or_insert(position);
            }
        }
        let columns = spec.columns.iter().map(crate::ColumnSpec::column_name).collect();
        Self { columns, by_label }
    }

    /// The column that `label` names; what stands in brackets may be left out.
    pub(crate) fn find(&self, label: &str) -> Option<usize> {
        let whole = self.by_label.get(&fold_label(label));
        let short = || self.by_label.get(&fold_label(label.split(['(', '（']).next()?));
        whole.or_else(short).copied()
    }

    /// An empty table with these columns.
    pub(crate) fn table(&self, name: &str) -> TextTable {
        TextTable::new(name, "", self.columns.iter().map(String::as_str))
    }

    /// An empty row.
    pub(crate) fn row(&self) -> LabelledRow<'_> {
        LabelledRow { index: self, values: vec![None; self.columns.len()] }
    }
}

/// A row under way. A column that is set twice keeps its first value.
#[derive(Debug)]
pub(crate) struct LabelledRow<'i> {
    index: &'i LabelIndex,
    values: Vec<Option<String>>,
}

impl LabelledRow<'_> {
    /// Sets the column at `position`; an empty value takes the place of none.
    pub(crate) fn set_at(&mut self, position: usize, value: impl Into<String>) {
        if let Some(slot) = self.values.get_mut(position)
            && slot.as_deref().unwrap_or_default().is_empty()
        {
            *slot = Some(value.into());
        }
    }

    /// Sets the column at `position`, whatever it held.
    pub(crate) fn replace_at(&mut self, position: usize, value: String) {
        if let Some(slot) = self.values.get_mut(position) {
            *slot = Some(value);
        }
    }

    /// Sets the column named `column`.
    pub(crate) fn set(&mut self, column: &str, value: impl Into<String>) {
        if let Some(position) = self.index.columns.iter().position(|c| c == column) {
            self.set_at(position, value);
        }
    }

    /// The value of the column named `column`.
    pub(crate) fn get(&self, column: &str) -> Option<&str> {
        let position = self.index.columns.iter().position(|c| c == column)?;
        self.value_at(position)
    }

    /// The value of the column at `position`.
    pub(crate) fn value_at(&self, position: usize) -> Option<&str> {
        self.values.get(position)?.as_deref()
    }

    /// Appends the row to a table of the same index.
    pub(crate) fn push_to(&self, table: &mut TextTable, row_number: u32) {
        table.push(row_number, self.values.iter().map(Option::as_deref));
    }
}

/// The text of a body: UTF-8, or GB 18030 where it is that; else UTF-8 with
/// U+FFFD for what is none.
pub(crate) fn decode_text(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match std::str::from_utf8(body) {
        Ok(text) => return Cow::Borrowed(text),
        // The head of a file may end within a character and is UTF-8 still.
        Err(e) if e.error_len().is_none() => return String::from_utf8_lossy(body),
        Err(_) => {}
    }
    let head = String::from_utf8_lossy(body.get(..4096).unwrap_or(body)).to_ascii_lowercase();
    // A page in UTF-8 with damaged bytes says that it is in UTF-8.
    if !head.contains("utf-8")
        && let Some(text) =
            encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(body)
    {
        return text;
    }
    String::from_utf8_lossy(body)
}

/// Warnings that the text of a page is damaged or cut off, where it is.
pub(crate) fn damaged_text(text: &str, table: &TextTable) -> Vec<Issue> {
    let damaged = text.matches('\u{fffd}').count();
    let mut issues = Vec::new();
    if damaged > 0 {
        let message = format!("{damaged} characters are not in the encoding of the page");
        issues.push(Issue::row(Severity::Warning, "bad_encoding", table, 0, message));
    }
    issues.extend(cut_off(text, table));
    issues
}

/// A warning that a page ends too early, where it does: sites and browsers end
/// what they begin.
pub(crate) fn cut_off(text: &str, table: &TextTable) -> Option<Issue> {
    let count = |mark: &str| {
        let found = text.match_indices('<').map(|(at, _)| at);
        let is = |at: usize| text.get(at..at + mark.len());
        found.filter(|at| is(*at).is_some_and(|t| t.eq_ignore_ascii_case(mark))).count()
    };
    let end = if count("<html") > 0 {
        (count("</html") == 0).then_some("the page (</html>)")
    } else {
        // A piece of a page.
        (count("<table") > count("</table")).then_some("the table (</table>)")
    };
    let message = format!("expected the end of {}, found none: it may be cut off", end?);
    Some(Issue::row(Severity::Warning, "cut_off", table, 0, message))
}

/// The text of an element as a reader sees it: white space is one space, a
/// paragraph or a line break begins a line, cells of a table are a space
/// apart. No-break spaces inside stay; scripts are no text.
pub(crate) fn visible_text(element: ElementRef<'_>) -> String {
    visible_text_without(element, |_| false)
}

/// The same, without the elements that `skip` names.
pub(crate) fn visible_text_without(
    element: ElementRef<'_>,
    skip: impl Fn(ElementRef<'_>) -> bool,
) -> String {
    let mut text = String::new();
    let mut gap = None;
    let mut skipped = 0_usize;
    for edge in element.traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        if let Some(inner) = ElementRef::wrap(node) {
            let name = inner.value().name();
            let hidden =
                node.id() != element.id() && (matches!(name, "script" | "style") || skip(inner));
            match (hidden, opens) {
                (true, true) => skipped += 1,
                (true, false) => skipped = skipped.saturating_sub(1),
                _ => {}
            }
            gap = match name {
                "br" | "p" | "div" | "tr" | "li" | "table" => Some('\n'),
                "td" | "th" => gap.or(Some(' ')),
                _ => gap,
            };
        } else if let (Node::Text(part), true, 0) = (node.value(), opens, skipped) {
            push_collapsed(&mut text, &mut gap, part);
        }
    }
    trim(&text).to_owned()
}

fn push_collapsed(text: &mut String, gap: &mut Option<char>, part: &str) {
    for c in part.chars() {
        if c.is_ascii_whitespace() {
            *gap = gap.or(Some(' '));
            continue;
        }
        if let Some(gap) = gap.take()
            && !text.is_empty()
        {
            text.push(gap);
        }
        text.push(c);
    }
}

/// Text without white space at its ends, no-break spaces included.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// Text on one line, with single spaces; no-break spaces stay.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = None;
    push_collapsed(&mut out, &mut gap, text);
    trim(&out).to_owned()
}

/// Elements below `element` with this name, in the order of the page.
pub(crate) fn elements<'a>(
    element: ElementRef<'a>,
    name: &'static str,
) -> impl Iterator<Item = ElementRef<'a>> {
    element.descendent_elements().filter(move |e| e.value().name() == name)
}

/// The element is of this class.
pub(crate) fn has_class(element: ElementRef<'_>, class: &str) -> bool {
    element.value().classes().any(|c| c == class)
}

/// The rows of a table itself, not of tables in its cells.
pub(crate) fn rows_of(table: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    let mut rows = Vec::new();
    for child in table.child_elements() {
        match child.value().name() {
            "tr" => rows.push(child),
            "tbody" | "thead" | "tfoot" => {
                rows.extend(child.child_elements().filter(|e| e.value().name() == "tr"));
            }
            _ => {}
        }
    }
    rows
}

/// The cells of a row.
pub(crate) fn cells_of(row: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    row.child_elements().filter(|e| matches!(e.value().name(), "td" | "th")).collect()
}

/// The number that stands right before each `mark` in `text`.
pub(crate) fn numbers_before(text: &str, mark: &str) -> Vec<u64> {
    let numbers = text.match_indices(mark).filter_map(|(at, _)| {
        let head = text.get(..at)?;
        let start = head.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        head.get(start..)?.parse().ok()
    });
    numbers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html_limits::read_html;

    #[test]
    fn text_reads_as_on_the_screen() {
        let html = read_html("page", 
            "<table><tr><td>\n 进行中&nbsp;招募中 <script>x</script></td><td>a<br>\n b<p>c</p></td></tr></table>",
        ).unwrap();
        let table = elements(html.root_element(), "table").next().unwrap();
        assert_eq!(visible_text(table), "进行中\u{a0}招募中 a\nb\nc");
        let skipped = visible_text_without(table, |e| e.value().name() == "p");
        assert_eq!(skipped, "进行中\u{a0}招募中 a\nb");
        assert_eq!(one_line(" a\r\n\t b\u{a0} "), "a b");
    }

    #[test]
    fn rows_of_inner_tables_are_not_rows_of_the_outer_one() {
        let html = read_html(
            "page",
            "<table><tr><td><table><tr><td>x</td></tr></table></td></tr><tr><th>y</table>",
        )
        .unwrap();
        let table = elements(html.root_element(), "table").next().unwrap();
        assert_eq!(rows_of(table).len(), 2);
        assert_eq!(cells_of(rows_of(table)[1]).len(), 1);
    }

    #[test]
    fn numbers_stand_before_their_marks() {
        let text = "当前第1页，共2页，共22条记录";
        assert_eq!(numbers_before(text, "页"), [1, 2]);
        assert_eq!(numbers_before(text, "条记录"), [22]);
        assert_eq!(numbers_before("99999999999999999999999条记录", "条记录"), [0_u64; 0]);
    }

    #[test]
    fn text_in_gb18030_is_read_and_damaged_utf_8_is_reported() {
        let (gb, _, _) = encoding_rs::GB18030.encode("登记号,药物名称");
        assert_eq!(decode_text(&gb), "登记号,药物名称");
        let text = decode_text(b"<meta charset=utf-8>a\xff\xfe");
        let kinds = |text: &str| {
            let issues = damaged_text(text, &TextTable::new("t", "", []));
            issues.into_iter().map(|i| i.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&text), ["bad_encoding"]);
        for (page, expected) in [
            ("<table><tr><td><table></table></td></tr></Table>", &[][..]),
            ("<table><tr><td><table></table></td>", &["cut_off"]),
            ("<p>受理号", &[]),
        ] {
            assert_eq!(kinds(page), expected, "{page}");
        }
        assert_eq!(kinds("<!DOCTYPE html><HTML><table>"), ["cut_off"]);
        assert_eq!(kinds("<html><table></table></HTML>"), [""; 0]);
        assert_eq!(kinds("<table></table>"), [""; 0]);
        // A head that ends within a character.
        assert_eq!(decode_text("登记号".as_bytes().get(..8).unwrap()), "登记\u{fffd}");
    }
}
