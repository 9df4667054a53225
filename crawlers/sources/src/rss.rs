//! Entries of an RSS feed: which record each of them is about.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::ParseError;

/// Entries that are read; a feed of changes has a few dozen.
const MOST_ENTRIES: usize = 10_000;

/// One entry, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Address of the page that it is about.
    pub(crate) link: String,
    /// The text of everything in it, link included: its state.
    pub(crate) text: String,
}

/// The entries of a feed, in its order.
///
/// # Errors
/// When it is no RSS.
pub(crate) fn entries(what: &str, body: &[u8]) -> Result<Vec<Entry>, ParseError> {
    let broken = |found: String| ParseError::shape(what, "an RSS feed", found);
    let mut reader = Reader::from_reader(body);
    let mut entries = Vec::new();
    let mut open: Vec<Vec<u8>> = Vec::new();
    let mut is_rss = false;
    loop {
        let event = reader.read_event().map_err(|e| broken(e.to_string()))?;
        match &event {
            Event::Start(tag) => {
                let name = tag.local_name().as_ref().to_ascii_lowercase();
                is_rss |= open.is_empty() && name == b"rss";
                if name == b"item" && entries.len() < MOST_ENTRIES {
                    entries.push(Entry::default());
                }
                open.push(name);
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Eof => break,
            _ => {
                let Some(entry) = entries.last_mut().filter(|_| open.iter().any(|n| n == b"item"))
                else {
                    continue;
                };
                let text = text_of(&event).map_err(broken)?;
                if open.last().is_some_and(|name| name == b"link") {
                    entry.link.push_str(text.trim());
                }
                entry.text.push_str(&text);
            }
        }
    }
    if is_rss && open.is_empty() {
        Ok(entries)
    } else if is_rss {
        Err(broken("one that is cut off".to_owned()))
    } else {
        let head: String = String::from_utf8_lossy(body).chars().take(60).collect();
        Err(broken(format!("{head:?}")))
    }
}

fn text_of(event: &Event<'_>) -> Result<String, String> {
    match event {
        Event::Text(text) => Ok(text.xml10_content().map_err(|e| e.to_string())?.into_owned()),
        Event::CData(text) => Ok(text.xml10_content().map_err(|e| e.to_string())?.into_owned()),
        Event::GeneralRef(entity) => {
            if let Some(c) = entity.resolve_char_ref().map_err(|e| e.to_string())? {
                return Ok(c.to_string());
            }
            let name = entity.decode().map_err(|e| e.to_string())?;
            // Texts of people may hold entities of HTML: as written.
            let known = quick_xml::escape::resolve_predefined_entity(&name);
            Ok(known.map_or_else(|| format!("&{name};"), str::to_owned))
        }
        _ => Ok(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn entries_come_with_link_and_state() {
        let body = b"<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>T</title>\
            <link>https://a/</link><item><title><![CDATA[One & all]]></title>\
            <link>https://a/?x=1&amp;EUCT=2</link><description>&lt;b&gt; &nbsp;</description></item>\
            <item><link>https://a/3</link></item></channel></rss>";
        let found = entries("feed", body).unwrap();
        let links: Vec<&str> = found.iter().map(|e| e.link.as_str()).collect();
        assert_eq!(links, ["https://a/?x=1&EUCT=2", "https://a/3"]);
        assert_eq!(found[0].text, "One & allhttps://a/?x=1&EUCT=2<b> &nbsp;");
    }

    #[test]
    fn what_is_no_feed_or_is_cut_off_is_an_error() {
        for (body, found) in [
            (&b"{\"a\":1}"[..], "{"),
            (b"<html><body></body></html>", "html"),
            (b"<rss><channel><item>", "cut off"),
            (b"", ""),
        ] {
            let error = entries("feed", body).unwrap_err().to_string();
            assert!(error.contains("an RSS feed") && error.contains(found), "{error}");
        }
        assert!(entries("feed", b"<rss><channel/></rss>").unwrap().is_empty());
    }

    #[test]
    fn entities_that_a_document_defines_are_not_expanded() {
        let mut bomb = String::from("<!DOCTYPE rss [<!ENTITY a0 \"ha\">");
        for level in 1..30 {
            let inner = format!("&a{};", level - 1).repeat(10);
            write!(bomb, "<!ENTITY a{level} \"{inner}\">").unwrap();
        }
        bomb.push_str("<!ENTITY file SYSTEM \"file:///etc/passwd\">]>");
        bomb.push_str("<rss><channel><item><link>https://a/&a29;&file;</link></item>");
        bomb.push_str("</channel></rss>");
        // Kept as written, or refused: nothing grows and nothing is read.
        if let Ok(entries) = entries("feed", bomb.as_bytes()) {
            let text: String =
                entries.iter().flat_map(|e| [e.link.as_str(), e.text.as_str()]).collect();
            assert!(text.len() < 200 && !text.contains("root"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_entries_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = entries("feed", &body);
        }

        #[test]
        fn any_markup_gives_entries_or_an_error(
            parts in proptest::collection::vec("<rss>|<item>|</item>|<link>|</link>|&amp;|&x;|a|<|</rss>", 0..30)
        ) {
            let _ = entries("feed", parts.concat().as_bytes());
        }
    }
}
