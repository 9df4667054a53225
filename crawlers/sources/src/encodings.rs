//! Bytes as text, where a file is not in the encoding that its kind has.

use std::borrow::Cow;

/// The text of a file that begins with the mark of UTF-16; none for others.
pub(crate) fn utf16(body: &[u8]) -> Option<String> {
    let (encoding, mark) = encoding_rs::Encoding::for_bom(body)?;
    (encoding != encoding_rs::UTF_8).then(|| {
        encoding.decode_without_bom_handling(body.get(mark..).unwrap_or_default()).0.into()
    })
}

/// UTF-8, or what is none as Windows-1252; and whether it was none. Text in
/// Windows-1252 with letters beyond ASCII is hardly ever valid UTF-8.
pub(crate) fn utf8_or_1252(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0, true),
    }
}

/// A file without what fills up its last block: NULs, and the mark with which
/// old systems end a text.
pub(crate) fn without_padding(body: &[u8]) -> &[u8] {
    let end = body.iter().rposition(|b| !matches!(b, 0 | 0x1a)).map_or(0, |at| at + 1);
    body.get(..end).unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_the_encoding_that_it_has() {
        assert_eq!(utf16(b"\xff\xfea\0\xe9\0").as_deref(), Some("aé"));
        assert_eq!(utf16(b"\xfe\xff\0a").as_deref(), Some("a"));
        assert_eq!(utf16(b"\xef\xbb\xbfa"), None);
        assert_eq!(utf16(b"a"), None);
        assert_eq!(utf8_or_1252(b"caf\xe9"), ("café".into(), true));
        assert_eq!(utf8_or_1252("café".as_bytes()), ("café".into(), false));
        assert_eq!(without_padding(b"a\x1a\0\0"), b"a");
        assert_eq!(without_padding(b"\0\0"), b"");
    }
}
