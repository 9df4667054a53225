//! HTML within limits: the bytes are not to be trusted.
//!
//! The HTML reader takes time in the square of the elements that are open at
//! once, so a page of a few megabytes could hold a refresh for hours. Lints
//! refuse any other way to it (`clippy.toml`).

use scraper::Html;

use crate::ParseError;

/// Bytes of a page. The largest page of a regulator that was seen has 0.4 MB.
const MAX_PAGE_BYTES: u64 = 32 << 20;

/// More elements open at once than any real page has.
const MAX_OPEN_ELEMENTS: usize = 20_000;

/// More tables inside tables than any real page has: what a cell says is what
/// all cells inside it say, so each of them costs the square of what it holds.
const MAX_OPEN_TABLES: usize = 50;

/// Elements without an end, and those whose end is mostly left out: they do not
/// stay open when the next one of their kind begins.
const NOT_LEFT_OPEN: &[&str] = &[
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "source", "td", "th", "tr", "wbr",
];

/// Reads a page.
///
/// # Errors
/// [`ParseError::TooLarge`]; [`ParseError::Shape`] when elements are nested
/// beyond all reason.
pub(crate) fn read_html(what: &str, text: &str) -> Result<Html, ParseError> {
    check(what, text, MAX_PAGE_BYTES)?;
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    Ok(Html::parse_document(text))
}

/// Reads a part of a page.
///
/// # Errors
/// As [`read_html`].
pub(crate) fn read_fragment(what: &str, text: &str) -> Result<Html, ParseError> {
    check(what, text, MAX_PAGE_BYTES)?;
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    Ok(Html::parse_fragment(text))
}

fn check(what: &str, text: &str, limit: u64) -> Result<(), ParseError> {
    if text.len() as u64 > limit {
        return Err(ParseError::TooLarge { what: what.to_owned(), limit });
    }
    let bytes = text.as_bytes();
    let (mut open, mut tables) = (0_usize, 0_usize);
    for (at, _) in text.match_indices('<') {
        let closes = bytes.get(at + 1) == Some(&b'/');
        let name = name_at(bytes, at + 1 + usize::from(closes));
        let ends_itself = NOT_LEFT_OPEN.iter().any(|n| name.eq_ignore_ascii_case(n.as_bytes()));
        if name.is_empty() || ends_itself {
            continue;
        }
        open = if closes { open.saturating_sub(1) } else { open + 1 };
        if name.eq_ignore_ascii_case(b"table") {
            tables = if closes { tables.saturating_sub(1) } else { tables + 1 };
        }
        for (found, limit, kind) in
            [(open, MAX_OPEN_ELEMENTS, "elements"), (tables, MAX_OPEN_TABLES, "tables")]
        {
            if found > limit {
                let expected = format!("at most {limit} {kind} open at once");
                return Err(ParseError::shape(what, expected, "more"));
            }
        }
    }
    Ok(())
}

fn name_at(bytes: &[u8], from: usize) -> &[u8] {
    let rest = bytes.get(from..).unwrap_or_default();
    let end = rest.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let name = rest.get(..end).unwrap_or_default();
    if name.first().is_some_and(u8::is_ascii_alphabetic) { name } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_beyond_reason_is_refused() {
        for element in ["<div>", "<TABLE>", "<b>", "<span class='<'>"] {
            let error = read_html("page", &element.repeat(30_000)).unwrap_err().to_string();
            assert!(error.contains("open at once"), "{element}: {error}");
            assert!(read_fragment("part", &element.repeat(30_000)).is_err());
        }
    }

    #[test]
    fn tables_in_tables_beyond_reason_are_refused() {
        let nested = |n: usize| "<table><tr><td>a".repeat(n) + &"</td></tr></table>".repeat(n);
        assert!(read_html("page", &nested(40)).is_ok());
        let error = read_html("page", &nested(60)).unwrap_err().to_string();
        assert!(error.contains("at most 50 tables open at once"), "{error}");
        assert!(read_html("page", &"<table><tr><td>a</table>".repeat(5_000)).is_ok());
    }

    #[test]
    fn long_pages_with_elements_that_nobody_ends_are_read() {
        let rows = "<tr><td>a<br><td><p>b<img src=x><li>c".repeat(30_000);
        let page = format!("<table>{rows}</table>");
        assert!(read_html("page", &page).is_ok());
        let closed = "<div><b>a</b></div>".repeat(30_000);
        assert!(read_html("page", &closed).is_ok());
    }

    #[test]
    fn a_page_beyond_the_limit_is_refused() {
        assert!(matches!(check("page", "<p>long", 6), Err(ParseError::TooLarge { limit: 6, .. })));
    }
}
