//! Quotes of a CSV file that are out of place. The reader takes every quoted
//! value as it comes: one whose quote never ends swallows the rest of the file,
//! and what was a hundred rows is a single cell.

use crate::{Issue, Severity, TextTable};

/// The line on which a quote opens that nothing closes.
fn unclosed(text: &[u8]) -> Option<u32> {
    let (mut line, mut opened) = (1_u32, None);
    let mut begins = true;
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        line = line.saturating_add(u32::from(byte == b'\n'));
        match (byte, opened) {
            (b'"', Some(_)) if bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            (b'"', Some(_)) => opened = None,
            (b'"', None) if begins => opened = Some(line),
            _ => {}
        }
        begins = opened.is_none() && matches!(byte, b',' | b'\n' | b'\r');
    }
    opened
}

/// An error where a quote opens that never ends: rows are lost in it.
pub(crate) fn open_quote(text: &[u8], table: &TextTable) -> Option<Issue> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let line = unclosed(text)?;
    let message = "a quote opens here and never ends: what follows is one value, and no rows";
    Some(Issue::row(Severity::Error, "open_quote", table, line, message))
}

/// `written`, which has the values of `text` in quotes of its own, with the quote
/// open again that is open in `text`: closed, what it swallowed would look whole.
pub(crate) fn still_open(text: &[u8], mut written: Vec<u8>) -> Vec<u8> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if unclosed(text).is_none() {
        return written;
    }
    written.pop_if(|end| *end == b'\n');
    // Only a value in quotes ends in one.
    if written.pop_if(|end| *end == b'"').is_none() {
        let before = written.iter().rposition(|byte| matches!(byte, b',' | b'\n'));
        written.insert(before.map_or(0, |at| at + 1), b'"');
    }
    written
}

/// A value has swallowed rows: below its first line is one with nearly as many
/// commas as a row of `width` values has.
pub(crate) fn holds_rows(cell: &str, width: usize) -> bool {
    let due = width.saturating_sub(width / 5).max(6);
    cell.lines().skip(1).any(|line| line.matches(',').count() + 1 >= due)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_that_never_ends_is_found() {
        for (text, line) in [
            ("a,b\n1,\"x\"\"y\"\n", None),
            ("a,b\n1,\"x\ny\"\n2,5\" tube\n", None),
            ("a,b\n1,\"x\n2,y\n", Some(2)),
            ("a\n\"x\"\n\"\"\"y", Some(3)),
            ("\"\"", None),
            ("", None),
        ] {
            assert_eq!(unclosed(text.as_bytes()), line, "{text}");
        }
    }

    #[test]
    fn an_open_quote_stays_open_in_what_is_written_anew() {
        let anew = |text: &str| {
            let mut reader = csv::ReaderBuilder::new();
            let reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(vec![]);
            reader.into_byte_records().for_each(|r| writer.write_byte_record(&r.unwrap()).unwrap());
            String::from_utf8(still_open(text.as_bytes(), writer.into_inner().unwrap())).unwrap()
        };
        for (text, expected) in [
            ("a,b\n\"1\",2\n", "a,b\n1,2\n"),
            ("a,b\n1,\"x\n2,y\n", "a,b\n1,\"x\n2,y\n"),
            ("a,b\n1,\"x", "a,b\n1,\"x"),
            ("a,b\n1,\"", "a,b\n1,\""),
            ("\"a\"\"", "\"a\"\""),
        ] {
            assert_eq!(anew(text), expected, "{text}");
        }
        assert_eq!(still_open(b"\"", vec![]), b"\"");
    }

    #[test]
    fn a_value_with_rows_in_it_is_told_from_a_long_text() {
        assert!(holds_rows("x\n1,2,3,4,5,6,7,8,9,10", 10));
        assert!(!holds_rows("1,2,3,4,5,6,7,8,9,10", 10));
        assert!(!holds_rows("\n40MG/0.8ML, 80MG/0.8ML", 25));
    }
}
