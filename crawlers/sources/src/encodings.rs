//! Bytes as text, where a file is not in the encoding that its kind has.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes by which UTF-16 without a mark is told: eight letters of a header, a
/// tag or a key.
const TELLING: usize = 16;

/// The bytes, in UTF-8 where they are text in UTF-16.
pub(crate) fn as_utf8(body: &[u8]) -> Cow<'_, [u8]> {
    let Some((encoding, mark)) = utf16(body) else { return Cow::Borrowed(body) };
    let (text, _) = encoding.decode_without_bom_handling(body.get(mark..).unwrap_or_default());
    Cow::Owned(text.into_owned().into_bytes())
}

/// UTF-16 in the order of its bytes, and the length of its mark. Without a mark
/// it has to be plain: every second byte is zero, and no other.
fn utf16(body: &[u8]) -> Option<(&'static Encoding, usize)> {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return (encoding != UTF_8).then_some((encoding, mark));
    }
    let begin = body.get(..TELLING)?;
    let zeros_from =
        |first: usize| begin.iter().enumerate().all(|(at, byte)| (*byte == 0) == (at % 2 == first));
    let found = [(1, UTF_16LE), (0, UTF_16BE)].into_iter().find(|(first, _)| zeros_from(*first));
    found.map(|(_, encoding)| (encoding, 0))
}

/// UTF-8, or what is none as Windows-1252; and whether it was none. Text in
/// Windows-1252 with letters beyond ASCII is hardly ever valid UTF-8.
pub(crate) fn utf8_or_1252(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (WINDOWS_1252.decode_without_bom_handling(bytes).0, true),
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
        assert_eq!(*as_utf8(b"\xff\xfea\0\xe9\0"), *"aé".as_bytes());
        assert_eq!(*as_utf8(b"\xfe\xff\0a"), *b"a");
        assert_eq!(*as_utf8(b"B\0L\0A\0 \0N\0o\0.\0,\0-N"), *"BLA No.,中".as_bytes());
        assert_eq!(*as_utf8(b"\0B\0L\0A\0 \0N\0o\0.\0,N-"), *"BLA No.,中".as_bytes());
        for other in [
            &b"\xef\xbb\xbfa"[..],
            b"a",
            b"a\0b\0",
            b"BLA No.,Applicant",
            b"BLA No.\0\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            b"B\0L\0A\0 \0N\0o\0.,\0\0",
        ] {
            assert!(matches!(as_utf8(other), Cow::Borrowed(_)), "{other:?}");
        }
        assert_eq!(utf8_or_1252(b"caf\xe9"), ("café".into(), true));
        assert_eq!(utf8_or_1252("café".as_bytes()), ("café".into(), false));
        assert_eq!(without_padding(b"a\x1a\0\0"), b"a");
        assert_eq!(without_padding(b"\0\0"), b"");
    }
}
