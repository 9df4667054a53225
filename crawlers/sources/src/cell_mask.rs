//! Masking of the table cells that hold persons: the value beside a label such
//! as 联系人姓名, the column under a header such as 主要研究者.
//!
//! Works on the text of the page, not on its tree: everything outside the
//! masked cells stays byte for byte, and a page that is cut off or badly nested
//! is masked as far as it goes.

use std::borrow::Cow;

/// Stands for what was in a cell.
pub const CELL_MASK: &str = "[masked]";

/// Labels are short; a longer text that holds such a word is none.
const LABEL_CHARS: usize = 120;

/// A cell, as far as needed to tell whether it is the label of a person's data.
#[derive(Clone, Copy, Debug)]
pub struct CellLabel<'a> {
    /// It is a `th`.
    pub is_header: bool,
    /// Attributes, as written.
    pub attributes: &'a str,
    /// Letters and digits of its text, in lower case.
    pub folded: &'a str,
}

/// Masks until nothing more changes: in a torn tag a mask can bring to light
/// what looks like one more cell. Bounded, for text made to go on for ever.
pub(crate) fn settle(text: &str, mask: impl Fn(&str) -> String) -> String {
    let mut masked = mask(text);
    for _ in 0..8 {
        let again = mask(&masked);
        if again == masked {
            break;
        }
        masked = again;
    }
    masked
}

/// `html` with the cells masked that `is_personal` labels: the cell to the
/// right of a label, or all cells under one in a row of `th` alone. Masking
/// twice is masking once.
pub fn mask_cells(html: &str, is_personal: impl Fn(CellLabel<'_>) -> bool) -> Cow<'_, str> {
    let mut spans = Vec::new();
    let mut tables = vec![Table::default()];
    let mut at = 0;
    while let Some(tag) = next_tag(html, at) {
        at = tag.end;
        let name = tag.name;
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let depth = tables.len();
        let Some(table) = tables.last_mut() else { break };
        if !tag.closes && (is("td") || is("th")) {
            table.close_cell(tag.start);
            let is_header = is("th");
            table.open =
                Some(Cell { is_header, attributes: tag.attributes, from: tag.end, to: tag.end });
        } else if tag.closes && (is("td") || is("th")) {
            table.close_cell(tag.start);
        } else if is("tr") {
            table.close_row(tag.start, html, &is_personal, &mut spans);
        } else if !tag.closes && is("table") && depth < 1_000 {
            tables.push(Table::default());
        } else if tag.closes && is("table") {
            table.close_row(tag.start, html, &is_personal, &mut spans);
            if depth > 1 {
                tables.pop();
            }
        } else if !tag.closes && (is("script") || is("style")) {
            at = end_of_raw_text(html, at, name);
        }
    }
    while let Some(mut table) = tables.pop() {
        table.close_row(html.len(), html, &is_personal, &mut spans);
    }
    replace(html, spans)
}

/// Letters and digits of `text`, in lower case: labels are compared so.
#[must_use]
pub fn fold_label(text: &str) -> String {
    crate::columns::fold(text)
}

/// A table under way.
#[derive(Default)]
struct Table<'a> {
    open: Option<Cell<'a>>,
    row: Vec<Cell<'a>>,
    /// Columns that the header names as personal.
    columns: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Cell<'a> {
    is_header: bool,
    attributes: &'a str,
    from: usize,
    to: usize,
}

impl<'a> Table<'a> {
    fn close_cell(&mut self, at: usize) {
        if let Some(cell) = self.open.take() {
            self.row.push(Cell { to: at, ..cell });
        }
    }

    fn close_row(
        &mut self,
        at: usize,
        html: &'a str,
        is_personal: &impl Fn(CellLabel<'_>) -> bool,
        spans: &mut Vec<(usize, usize)>,
    ) {
        self.close_cell(at);
        let row = std::mem::take(&mut self.row);
        let personal = |cell: &Cell<'_>| {
            let content = html.get(cell.from..cell.to).unwrap_or_default();
            let folded = folded_text(content);
            folded.chars().count() <= LABEL_CHARS
                && is_personal(CellLabel {
                    is_header: cell.is_header,
                    attributes: cell.attributes,
                    folded: &folded,
                })
        };
        if row.len() > 1 && row.iter().all(|c| c.is_header) {
            let named = row.iter().enumerate().filter(|(_, c)| personal(c));
            self.columns = named.map(|(i, _)| i).collect();
            return;
        }
        let mut mask = |cell: &Cell<'_>| {
            if is_filled(html.get(cell.from..cell.to).unwrap_or_default()) {
                spans.push((cell.from, cell.to));
            }
        };
        for pair in row.windows(2) {
            if let [label, value] = pair
                && !value.is_header
                && personal(label)
            {
                mask(value);
            }
        }
        if !row.iter().any(|c| c.is_header) {
            for cell in self.columns.iter().filter_map(|i| row.get(*i)) {
                mask(cell);
            }
        }
    }
}

/// There is something to mask: text, or a field with a value.
fn is_filled(content: &str) -> bool {
    let text = content.trim();
    text != CELL_MASK && (!folded_text(text).is_empty() || text.contains("value"))
}

fn folded_text(content: &str) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(tag) = next_tag(content, at) {
        text.push_str(content.get(at..tag.start).unwrap_or_default());
        at = tag.end;
    }
    text.push_str(content.get(at..).unwrap_or_default());
    // `&nbsp;` and `&#39;` are no letters of a label.
    let mut folded = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('&') {
        folded.push_str(&fold_label(before));
        let name = after.find(';').filter(|n| *n <= 8).and_then(|n| after.get(..n));
        rest = match name.filter(|n| n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')) {
            Some(name) => after.get(name.len() + 1..).unwrap_or_default(),
            None => after,
        };
    }
    folded.push_str(&fold_label(rest));
    folded
}

struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
    closes: bool,
    start: usize,
    end: usize,
}

/// The next tag at or behind `from`; comments are passed over as text is.
fn next_tag(html: &str, from: usize) -> Option<Tag<'_>> {
    let mut at = from;
    loop {
        let start = at + html.get(at..)?.find('<')?;
        let inner = html.get(start + 1..)?;
        let (closes, inner) = match inner.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, inner),
        };
        let length =
            inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(inner.len());
        let (name, rest) = inner.split_at_checked(length)?;
        if name.bytes().next().is_none_or(|b| !b.is_ascii_alphabetic()) {
            at = start + 1;
            continue;
        }
        let close = end_of_tag(rest)?;
        let attributes = rest.get(..close).unwrap_or_default();
        let end = html.len() - rest.len() + close + 1;
        return Some(Tag { name, attributes, closes, start, end });
    }
}

/// Position of the `>` that ends a tag; quotes may hold one.
fn end_of_tag(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(q), b) if q == b => quote = None,
            _ => {}
        }
    }
    // A quote that never ends must not hide the rest of the page.
    rest.find('>')
}

fn end_of_raw_text(html: &str, from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(offset) = html.get(at..).and_then(|rest| rest.find("</")) {
        at += offset;
        let tail = html.get(at + 2..).and_then(|rest| rest.get(..name.len()));
        if tail.is_some_and(|tail| tail.eq_ignore_ascii_case(name)) {
            return at;
        }
        at += 2;
    }
    from
}

fn replace(html: &str, mut spans: Vec<(usize, usize)>) -> Cow<'_, str> {
    if spans.is_empty() {
        return Cow::Borrowed(html);
    }
    // A masked cell may lie in a masked cell: the outer one counts.
    spans.sort_by_key(|(from, to)| (*from, std::cmp::Reverse(*to)));
    let mut out = String::with_capacity(html.len());
    let mut done = 0;
    for (from, to) in spans {
        if from < done {
            continue;
        }
        out.push_str(html.get(done..from).unwrap_or_default());
        out.push_str(CELL_MASK);
        done = to;
    }
    out.push_str(html.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mask(html: &str) -> Cow<'_, str> {
        mask_cells(html, |cell| {
            ["姓名", "主要研究者", "applicant"].contains(&cell.folded)
                && (cell.is_header || cell.attributes.contains("left_title"))
        })
    }

    #[test]
    fn the_cell_beside_a_label_is_masked_and_nothing_else() {
        let page = "<table><tr><th rowspan=\"2\">1</th><th>姓名：</th><td class=\"a\">\n<b>张三</b></td>\
            <th>学位</th><td>博士</td></tr><tr><td class='left_title'>Applicant&nbsp;:</td><td>X &gt; Y</td>\
            <td>姓名</td><td>plain</td></tr></table>";
        let masked = page.replace("\n<b>张三</b>", "[masked]").replace("X &gt; Y", "[masked]");
        assert_eq!(mask(page), masked);
        assert!(matches!(mask(&masked), Cow::Borrowed(_)));
    }

    #[test]
    fn the_column_under_a_header_is_masked() {
        let page = "<TABLE><TR><TH>机构<TH>主要研究者<TH>国家<TR><TD>医院<TD>张三<TD>中国</TABLE>\
            <table><tr><td>a</td><td>b</td></tr></table>";
        assert_eq!(mask(page), page.replace("张三", "[masked]"));
    }

    #[test]
    fn nested_cut_off_and_empty_cells_are_taken_as_they_are() {
        let nested =
            "<tr><th>姓名</th><td><table><tr><th>姓名</th><td>李四</td></tr></table></td></tr>";
        assert_eq!(mask(nested), "<tr><th>姓名</th><td>[masked]</td></tr>");
        assert_eq!(mask("<th>姓名<td>王五"), "<th>姓名<td>[masked]");
        assert_eq!(mask("<th>姓名</th><td> &nbsp; </td>"), "<th>姓名</th><td> &nbsp; </td>");
        let field = "<th>姓名</th><td><input value=\"a>b\"></td>";
        assert_eq!(mask(field), "<th>姓名</th><td>[masked]</td>");
        let script = "<script>'<td>'</script><th>姓名</th><td>x</td>";
        assert!(mask(script).ends_with("<td>[masked]</td>"));
    }

    proptest! {
        #[test]
        fn any_page_is_masked_once_and_for_all(
            page in "(<td>|</td>|<th>|</th>|<tr>|</tr>|<table>|</table>|<td class=left_title>|姓名|主要研究者|applicant|x|<|>|\"|<script>|&nbsp;|<!--){0,40}"
        ) {
            let once = mask(&page).into_owned();
            prop_assert_eq!(mask(&once), once.as_str());
        }

        #[test]
        fn any_text_is_masked_without_a_panic(page in ".{0,200}") {
            let _ = mask(&page);
        }
    }
}
