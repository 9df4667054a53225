//! Elements and their words, as a reader of the page sees them.

use scraper::node::Element;
use scraper::{ElementRef, Node};

use crate::html_grid::selector;

/// The elements below `root` that fit `css`, in the order of the page.
pub(crate) fn select<'a>(root: ElementRef<'a>, css: &str) -> Vec<ElementRef<'a>> {
    root.select(&selector(css)).collect()
}

/// The first of them.
pub(crate) fn first<'a>(root: ElementRef<'a>, css: &str) -> Option<ElementRef<'a>> {
    select(root, css).into_iter().next()
}

/// The text of an element on one line: white space, also the kind that does
/// not break, becomes single spaces.
pub(crate) fn words(element: ElementRef<'_>) -> String {
    squeeze(&element.text().collect::<String>())
}

/// White space to single spaces, none at the ends.
pub(crate) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of an element line by line, where blocks, rows, list items and `br`
/// begin a line. Empty lines, scripts and styles are left out.
pub(crate) fn lines(element: ElementRef<'_>) -> Vec<String> {
    const BREAKS: [&str; 21] = [
        "br", "p", "div", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4",
        "h5", "h6", "dt", "dd", "section", "article", "main",
    ];
    let mut text = String::new();
    for node in element.descendants() {
        match node.value() {
            Node::Element(e) if BREAKS.contains(&e.name()) => text.push('\n'),
            Node::Text(t) => {
                let parent = node.parent().and_then(|p| p.value().as_element().map(Element::name));
                if !matches!(parent, Some("script" | "style")) {
                    // Line breaks of the source are no line breaks of the page.
                    text.extend(t.chars().map(|c| if c.is_whitespace() { ' ' } else { c }));
                }
            }
            _ => {}
        }
    }
    text.lines().map(squeeze).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html_limits::read_html;

    #[test]
    fn words_and_lines_are_what_a_reader_sees() {
        let page = read_html(
            "page",
            "<body><p><strong>STN:</strong>&nbsp;125736<br>Proper\n Name: x</p><ul><li>a</ul>\
             <script>var x</script>",
        );
        let page = page.unwrap();
        let root = page.root_element();
        assert_eq!(lines(root), ["STN: 125736", "Proper Name: x", "a"]);
        assert_eq!(first(root, "p").map(words).unwrap(), "STN: 125736Proper Name: x");
        assert_eq!(select(root, "p, li").len(), 2);
    }
}
