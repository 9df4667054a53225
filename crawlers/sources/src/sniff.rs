//! What a body really is, whatever its Content-Type says.

use crate::BodyKind;
use crate::encodings::as_utf8;

/// What the first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// Nothing at all.
    Empty,
    /// A zip or a workbook.
    Zip,
    /// A workbook of Excel 97-2003, which nothing here reads.
    Xls,
    /// A PDF.
    Pdf,
    /// HTML.
    Html,
    /// Looks like JSON.
    Json,
    /// Anything else.
    Other,
}

impl Sniffed {
    /// A body of this kind may be parsed where `expected` is due.
    #[must_use]
    pub fn fits(self, expected: BodyKind) -> bool {
        match expected {
            BodyKind::Zip | BodyKind::Xlsx => self == Self::Zip,
            BodyKind::Pdf => self == Self::Pdf,
            BodyKind::Json => self == Self::Json,
            BodyKind::Html => self == Self::Html,
            BodyKind::Text => matches!(self, Self::Other | Self::Json | Self::Empty),
        }
    }
}

/// Looks at the first bytes of a body.
#[must_use]
pub fn sniff(body: &[u8]) -> Sniffed {
    if body.is_empty() {
        return Sniffed::Empty;
    }
    if body.starts_with(b"PK\x03\x04") || body.starts_with(b"PK\x05\x06") {
        return Sniffed::Zip;
    }
    // Other files of the Office of that time begin so, too.
    if body.starts_with(b"\xd0\xcf\x11\xe0") {
        return Sniffed::Xls;
    }
    if body.starts_with(b"%PDF-") {
        return Sniffed::Pdf;
    }
    let head = as_utf8(&body[..body.len().min(4096)]);
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    if matches!(head.first(), Some(b'{' | b'[')) {
        return Sniffed::Json;
    }
    if head.first() == Some(&b'<') {
        let lower = head.to_ascii_lowercase();
        let has = |needle: &[u8]| lower.windows(needle.len()).any(|w| w == needle);
        // Entries of a feed may quote any piece of HTML.
        if has(b"<rss") && !has(b"<!doctype html") && !has(b"<html") {
            return Sniffed::Other;
        }
        if has(b"<html")
            || has(b"<!doctype html")
            || has(b"<head")
            || has(b"<body")
            || has(b"<table")
        {
            return Sniffed::Html;
        }
    }
    Sniffed::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_told_by_their_first_bytes() {
        assert_eq!(sniff(b""), Sniffed::Empty);
        assert_eq!(sniff(b"PK\x03\x04rest"), Sniffed::Zip);
        assert_eq!(sniff(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Sniffed::Xls);
        assert_eq!(sniff(b"%PDF-1.7"), Sniffed::Pdf);
        assert_eq!(sniff(b"\xef\xbb\xbf  {\"a\":1}"), Sniffed::Json);
        assert_eq!(sniff(b"\n<!DOCTYPE html>\n<title>Apology</title>"), Sniffed::Html);
        assert_eq!(sniff(b"<trials><Triall/></trials>"), Sniffed::Other);
        assert_eq!(sniff(b"Ingredient~DF;Route"), Sniffed::Other);
        let feed = b"<?xml version=\"1.0\"?><rss><channel><title>a <table></title></channel></rss>";
        assert_eq!(sniff(feed), Sniffed::Other);
        assert_eq!(sniff(b"\xff\xfe<\0h\0t\0m\0l\0>\0"), Sniffed::Html);
        assert_eq!(sniff(b"{\0\"\0c\0o\0d\0e\0\"\0:\0"), Sniffed::Json);
        assert!(!sniff(b"<html>").fits(BodyKind::Zip));
        assert!(!sniff(b"\xd0\xcf\x11\xe0").fits(BodyKind::Xlsx));
        assert!(!sniff(b"<html>").fits(BodyKind::Text));
    }
}
