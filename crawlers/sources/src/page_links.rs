//! Links of an HTML page.

use scraper::Selector;
use url::Url;

use crate::html_limits::read_html;
use crate::{Page, ParseError};

/// A link and what is written on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads, made absolute, without a fragment.
    pub url: Url,
    /// Its text, white space collapsed.
    pub text: String,
}

impl Link {
    /// The last part of the path, e.g. `000276012.xlsx`.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.url.path().rsplit('/').next().unwrap_or_default()
    }

    /// The file has one of these extensions (in lower case, without the dot).
    #[must_use]
    pub fn is_file(&self, extensions: &[&str]) -> bool {
        let extension = self.file_name().rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
        extension.is_some_and(|e| extensions.contains(&e.as_str()))
    }
}

/// The links of a page, in its order; links that are no web address are left
/// out.
///
/// # Errors
/// [`ParseError::Shape`] for a selector that is none: a defect of this file.
pub fn page_links(page: &Page<'_>) -> Result<Vec<Link>, ParseError> {
    let selector = Selector::parse("a[href]")
        .map_err(|e| ParseError::shape("selector", "a selector", e.to_string()))?;
    let document = read_html("page", &page_text(page))?;
    let mut links = Vec::new();
    for element in document.select(&selector) {
        let href = element.value().attr("href").unwrap_or_default().trim();
        let Ok(mut url) = page.request.url.join(href) else { continue };
        if !matches!(url.scheme(), "http" | "https") {
            continue;
        }
        url.set_fragment(None);
        let text: String = element.text().collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        links.push(Link { url, text });
    }
    Ok(links)
}

/// The page as text, in the encoding that its header or its own `<meta>`
/// names; UTF-8 if neither does.
#[must_use]
pub fn page_text(page: &Page<'_>) -> String {
    let head = page.body.get(..1024).unwrap_or(page.body);
    let label = page
        .content_type
        .and_then(|t| charset(t.as_bytes()))
        .or_else(|| charset(head))
        .and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
        // A page that came in UTF-16 is in UTF-8 by now, whatever it says.
        .filter(|encoding| encoding.is_ascii_compatible());
    let (text, _, _) = label.unwrap_or(encoding_rs::UTF_8).decode(page.body);
    text.into_owned()
}

/// `Shift_JIS` in `<meta charset="Shift_JIS">` or `text/html; charset=Shift_JIS`.
fn charset(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let (_, after) = text.split_once("charset=")?;
    let after = after.trim_start_matches(['"', '\'', ' ']);
    let is_label = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    Some(after.chars().take_while(is_label).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BodyKind, Request};

    fn links(body: &[u8], content_type: Option<&str>) -> Vec<(String, String)> {
        let url = Url::parse("https://a.example/x/index.html").unwrap();
        let request = Request::get(url, "index", BodyKind::Html);
        let page = Page { request: &request, content_type, last_modified: None, body };
        let links = page_links(&page).unwrap();
        links.into_iter().map(|l| (l.url.to_string(), l.text)).collect()
    }

    #[test]
    fn links_are_absolute_and_their_text_is_one_line() {
        let body = b"<a href='b.html#top'> b\n <b>c</b></a><a href='/d.xlsx'>d</a>\
            <a href='mailto:x'>no</a><a href='https://[bad'>no</a><a name=n>no</a>";
        assert_eq!(
            links(body, None),
            [
                ("https://a.example/x/b.html".into(), "b c".into()),
                ("https://a.example/d.xlsx".into(), "d".into())
            ]
        );
    }

    #[test]
    fn japanese_pages_are_read_in_their_own_encoding() {
        let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode("<a href=y>年度</a>");
        assert_eq!(links(&sjis, Some("text/html; charset=Shift_JIS"))[0].1, "年度");
        let mut page = b"<meta charset=\"shift_jis\">".to_vec();
        page.extend_from_slice(&sjis);
        assert_eq!(links(&page, None)[0].1, "年度");
        assert_eq!(links("<a href=y>年度</a>".as_bytes(), Some("text/html"))[0].1, "年度");
        let wide = "<meta charset=utf-16><a href=y>年度</a>";
        assert_eq!(links(wide.as_bytes(), None)[0].1, "年度");
    }
}
