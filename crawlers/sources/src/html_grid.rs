//! HTML tables as rows of text.

use std::borrow::Cow;

use scraper::{ElementRef, Html, Node, Selector};

use crate::labelled_page::decode_text;

/// A cell that spans more columns or rows than this is a mistake of the page.
const MAX_SPAN: usize = 100;
/// Bytes of text that cells over several rows may repeat on one page.
const MAX_REPEATED: usize = 16 << 20;

/// The text of a page: UTF-8; GB 18030 where the page says gb2312 or gbk and
/// is no UTF-8, or says nothing and is that; else UTF-8 with U+FFFD for what is
/// none.
pub(crate) fn decode_html(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match std::str::from_utf8(body) {
        Ok(text) => return Cow::Borrowed(text),
        // The head of a file may end within a character and is UTF-8 still.
        Err(e) if e.error_len().is_none() => return String::from_utf8_lossy(body),
        Err(_) => {}
    }
    let head = String::from_utf8_lossy(body.get(..4096).unwrap_or(body)).to_ascii_lowercase();
    if ["charset=gb", "charset=\"gb"].iter().any(|mark| head.contains(mark)) {
        return encoding_rs::GB18030.decode_without_bom_handling(body).0;
    }
    // A saved page may have lost what it says of itself, or say something else.
    decode_text(body)
}

/// A selector that is part of this program.
///
/// # Panics
/// When it is not valid CSS: a defect of the build.
pub(crate) fn selector(css: &str) -> Selector {
    match Selector::parse(css) {
        Ok(selector) => selector,
        Err(e) => panic!("the selector {css:?} of this build is invalid: {e}"),
    }
}

/// The rows of every table of a page; rows of a table inside a cell are of
/// that inner table only. A cell that spans columns is followed by empty ones,
/// one that spans rows stands in each of them.
pub(crate) fn html_tables(html: &Html) -> Vec<Vec<Vec<String>>> {
    let (table, row) = (selector("table"), selector("tr"));
    html.select(&table)
        .map(|table| {
            let own = |row: &ElementRef<'_>| {
                let outer = row.ancestors().find(|a| is_element(a.value(), "table"));
                outer.is_some_and(|outer| outer.id() == table.id())
            };
            let mut spans = Spans { open: Vec::new(), left: MAX_REPEATED };
            table.select(&row).filter(own).map(|row| cells(row, &mut spans)).collect()
        })
        .collect()
}

/// Cells of rows above that reach into the next ones.
struct Spans {
    /// By column: how many rows, and the text.
    open: Vec<(usize, String)>,
    /// Bytes that may still be repeated.
    left: usize,
}

impl Spans {
    /// Fills the columns behind `cells` that rows above reach into.
    fn fill(&mut self, cells: &mut Vec<String>) {
        while let Some((rows, text)) = self.open.get_mut(cells.len()).filter(|(rows, _)| *rows > 0)
        {
            *rows -= 1;
            let repeated = if text.len() <= self.left { text.as_str() } else { "" };
            self.left -= repeated.len();
            cells.push(repeated.to_owned());
        }
    }

    fn begin(&mut self, column: usize, rows: usize, text: &str) {
        if self.open.len() <= column {
            self.open.resize(column + 1, (0, String::new()));
        }
        if let Some(span) = self.open.get_mut(column) {
            *span = (rows, text.to_owned());
        }
    }
}

fn cells(row: ElementRef<'_>, spans: &mut Spans) -> Vec<String> {
    let mut cells = Vec::new();
    for cell in row.child_elements().filter(|c| matches!(c.value().name(), "td" | "th")) {
        spans.fill(&mut cells);
        let text = element_text(cell);
        let more = |name: &str| {
            let span = cell.attr(name).and_then(|s| s.trim().parse().ok()).unwrap_or(1);
            usize::min(span, MAX_SPAN).saturating_sub(1)
        };
        let (columns, rows) = (more("colspan"), more("rowspan"));
        if rows > 0 {
            spans.begin(cells.len(), rows, &text);
            (1..=columns).for_each(|next| spans.begin(cells.len() + next, rows, ""));
        }
        cells.push(text);
        cells.resize(cells.len() + columns, String::new());
    }
    spans.fill(&mut cells);
    cells
}

/// The text of an element as a reader sees it: ASCII white space is one space,
/// a paragraph or a line break is `\n`, other spaces stay. Where there is no
/// text, an image stands for its file name without extension.
pub(crate) fn element_text(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    let mut gap = None;
    let mut block = None;
    for node in element.descendants() {
        if is_element(node.value(), "br") {
            gap = Some('\n');
        }
        let Node::Text(part) = node.value() else { continue };
        let within = node.ancestors().find(|a| is_block(a.value())).map(|a| a.id());
        if block != within {
            block = within;
            gap = Some('\n');
        }
        for c in part.chars() {
            if c.is_ascii_whitespace() {
                gap = gap.or(Some(' '));
                continue;
            }
            if let Some(gap) = gap.take().filter(|_| !text.is_empty()) {
                text.push(gap);
            }
            text.push(c);
        }
    }
    if !text.is_empty() {
        return text;
    }
    let images = element.descendants().filter_map(ElementRef::wrap);
    let source = images.filter(|e| e.value().name() == "img").find_map(|e| e.attr("src"));
    let file = source.and_then(|s| s.rsplit('/').next()).unwrap_or_default();
    file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned()
}

fn is_block(node: &Node) -> bool {
    ["p", "div", "li", "td", "th", "tr", "table"].iter().any(|name| is_element(node, name))
}

fn is_element(node: &Node, name: &str) -> bool {
    node.as_element().is_some_and(|e| e.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html_limits::read_html;

    #[test]
    fn cells_read_as_a_reader_sees_them() {
        let page = "<table><tr><th>\n a </th><th colspan=2>b</th></tr><tr><td><p><span>X</span>\
            <span>Y</span></p><p>A&nbsp; B</p></td><td><img src='/i/lamp_y.jpg'></td><td>\
            <table><tr><td>inner</td></tr></table></td></tr></table>";
        let tables = html_tables(&read_html("page", page).unwrap());
        assert_eq!(tables.len(), 2);
        assert_eq!(tables[0][0], ["a", "b", ""]);
        assert_eq!(tables[0][1], ["XY\nA\u{a0} B", "lamp_y", "inner"]);
        assert_eq!(tables[1], [["inner"]]);
    }

    #[test]
    fn a_cell_over_several_rows_stands_in_each_of_them() {
        let page = "<table><tr><td rowspan=3>a</td><td>b</td><td rowspan=2 colspan=2>c</td></tr>\
            <tr><td>d</td></tr><tr><td>e</td><td>f</td><td>g</td></tr><tr><td>h</td></tr></table>";
        let tables = html_tables(&read_html("page", page).unwrap());
        let expected: [&[&str]; 4] =
            [&["a", "b", "c", ""], &["a", "d", "c", ""], &["a", "e", "f", "g"], &["h"]];
        assert_eq!(tables[0], expected);
        let wide = format!("<td rowspan=100>{}</td>", "x".repeat(1 << 20));
        let page = format!("<table><tr>{wide}</tr>{}</table>", "<tr><td>y</td></tr>".repeat(40));
        let tables = html_tables(&read_html("page", &page).unwrap());
        let repeated = tables[0].iter().filter(|row| row.len() == 2 && !row[0].is_empty()).count();
        assert_eq!(repeated, 16);
    }

    #[test]
    fn pages_in_gbk_say_so() {
        let (page, _, _) = encoding_rs::GBK.encode("<meta charset=\"gbk\">国家药品监督管理局");
        assert!(decode_html(&page).ends_with("国家药品监督管理局"));
        let (page, _, _) = encoding_rs::GBK.encode("<table>受理号");
        assert!(decode_html(&page).ends_with("受理号"));
        assert_eq!(decode_html(b"a\xff"), "a\u{fffd}");
        // UTF-8 that is cut off, whatever the page says.
        let cut = "<meta charset=\"gbk\">受理号".as_bytes();
        assert!(decode_html(&cut[..cut.len() - 1]).ends_with("受理\u{fffd}"));
    }
}
