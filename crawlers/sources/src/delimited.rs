//! Lines and values of delimited text.

use std::borrow::Cow;

use crate::encodings::without_padding;

/// How rows are laid out in lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One row a line.
    Lines,
    /// A line that does not begin with a number and a tab continues the row
    /// before it (the first line, the header, excepted): `1) the first use` in
    /// a note begins none. Where the number is known to have so many digits,
    /// it has to have them, unless the line has all the tabs of a row.
    NumberStarts(Option<Numbered>),
}

/// How a row begins, and how many tabs it has at the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Digits of the number.
    pub digits: usize,
    /// Tabs of the header.
    pub tabs: usize,
}

/// A row's bytes and the number of its first line, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Number of the first line.
    pub number: u32,
    /// Bytes without the line end; a row of several lines keeps the ends inside.
    pub bytes: &'a [u8],
    /// Lines that the row takes.
    pub lines: u32,
}

/// Calls `row` for every row. Lines end with CRLF or LF, the last one possibly
/// with nothing; empty lines are passed over.
pub fn for_each_line<'a>(data: &'a [u8], framing: Framing, mut row: impl FnMut(Line<'a>)) {
    let data = without_padding(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data));
    let mut number = 0;
    let mut pending: Option<(u32, usize, usize, u32)> = None;
    let mut start = 0;
    while start < data.len() {
        let end = data[start..].iter().position(|b| *b == b'\n').map_or(data.len(), |i| start + i);
        number += 1;
        let text_end = if end > start && data[end - 1] == b'\r' { end - 1 } else { end };
        let line = &data[start..text_end];
        let begins = match framing {
            Framing::Lines => true,
            Framing::NumberStarts(None) => begins_with_number(line, None),
            Framing::NumberStarts(Some(Numbered { digits, tabs })) => {
                begins_with_number(line, Some(digits))
                    || (begins_with_number(line, None) && count_tabs(line) >= tabs)
            }
        };
        let continues = !begins && number > 2 && pending.is_some();
        match (&mut pending, continues) {
            (Some((_, _, to, lines)), true) => {
                // Blank lines at the end of a file belong to nothing; they are
                // taken in only when more of the row follows.
                if !line.is_empty() {
                    *to = text_end;
                }
                *lines += 1;
            }
            (_, _) if line.is_empty() => {}
            (slot, _) => {
                if let Some((number, from, to, lines)) = slot.take() {
                    row(Line { number, bytes: &data[from..to], lines });
                }
                *slot = Some((number, start, text_end, 1));
            }
        }
        start = end + 1;
    }
    if let Some((number, from, to, lines)) = pending {
        row(Line { number, bytes: &data[from..to], lines });
    }
}

/// Tabs in a line.
pub fn count_tabs(line: &[u8]) -> usize {
    line.split(|b| *b == b'\t').skip(1).count()
}

/// The line begins with a number, of `digits` digits where that is known, and a tab.
#[must_use]
pub fn begins_with_number(line: &[u8], digits: Option<usize>) -> bool {
    let found = line.iter().take_while(|b| b.is_ascii_digit()).count();
    digits.map_or(found > 0, |digits| found == digits) && line.get(found) == Some(&b'\t')
}

/// Splits one line at `delimiter`, with CSV quoting: a value that begins with a
/// quote ends at the next single quote, and `""` inside it is a quote. A quote
/// that never ends is text: it must not swallow the rest of the line.
#[must_use]
pub fn split_quoted(line: &str, delimiter: char) -> Vec<Cow<'_, str>> {
    if !line.contains('"') {
        return line.split(delimiter).map(Cow::Borrowed).collect();
    }
    let mut values = Vec::new();
    let mut rest = line;
    loop {
        let (value, after) = match rest.strip_prefix('"').and_then(|r| quoted(r, delimiter)) {
            Some((value, after)) => (Cow::Owned(value), after),
            None => match rest.split_once(delimiter) {
                Some((value, after)) => (Cow::Borrowed(value), Some(after)),
                None => (Cow::Borrowed(rest), None),
            },
        };
        values.push(value);
        match after {
            Some(after) => rest = after,
            None => return values,
        }
    }
}

/// The value after an opening quote and what follows its delimiter; none when
/// the closing quote is missing or is not followed by a delimiter.
fn quoted(text: &str, delimiter: char) -> Option<(String, Option<&str>)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        value.push_str(before);
        if let Some(more) = after.strip_prefix('"') {
            value.push('"');
            rest = more;
        } else if after.is_empty() {
            return Some((value, None));
        } else {
            return after.strip_prefix(delimiter).map(|next| (value, Some(next)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(data: &[u8], framing: Framing) -> Vec<(u32, String)> {
        let mut rows = vec![];
        for_each_line(data, framing, |l| {
            rows.push((l.number, String::from_utf8_lossy(l.bytes).into_owned()));
        });
        rows
    }

    #[test]
    fn lines_end_in_any_way() {
        let expected = [(1, "h".into()), (2, "1a".into()), (4, "2b".into())];
        assert_eq!(rows(b"h\r\n1a\r\n\r\n2b", Framing::Lines), expected);
        assert_eq!(rows(b"h\n1a\n\n2b\n", Framing::Lines), expected);
        assert_eq!(rows(b"h\n1a\n\n2b\n\x1a\0\0", Framing::Lines), expected);
    }

    #[test]
    fn a_line_without_a_number_belongs_to_the_row_before() {
        let data = b"ApplNo\r\n1\tnote\r\nmore\r\n1) first\r\n2\tx\r\n";
        let note = "1\tnote\r\nmore\r\n1) first".to_owned();
        assert_eq!(
            rows(data, Framing::NumberStarts(None)),
            [(1, "ApplNo".into()), (2, note), (5, "2\tx".into())]
        );
        let data = b"ApplNo\n000001\tnote\n20\tmg\n000002\tx\n";
        let numbered = |tabs| Framing::NumberStarts(Some(Numbered { digits: 6, tabs }));
        assert_eq!(rows(data, numbered(1)).len(), 4);
        assert_eq!(
            rows(data, numbered(2)),
            [(1, "ApplNo".into()), (2, "000001\tnote\n20\tmg".into()), (4, "000002\tx".into())]
        );
    }

    #[test]
    fn quotes_as_the_orange_book_writes_them() {
        for (line, expected) in [
            ("a~b", vec!["a", "b"]),
            ("\"HY-PAM \"\"25\"\"\"~x", vec!["HY-PAM \"25\"", "x"]),
            ("a~\"b~c\"~d", vec!["a", "b~c", "d"]),
            ("a~\"b~c", vec!["a", "\"b", "c"]),
            ("a~\"b\"c~d", vec!["a", "\"b\"c", "d"]),
            ("5\" tube~x", vec!["5\" tube", "x"]),
            ("~~", vec!["", "", ""]),
        ] {
            assert_eq!(split_quoted(line, '~'), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn written_values_come_back(values in proptest::collection::vec("[a-z~\" ]{0,6}", 1..6)) {
            let line = values
                .iter()
                .map(|v| format!("\"{}\"", v.replace('"', "\"\"")))
                .collect::<Vec<_>>()
                .join("~");
            prop_assert_eq!(split_quoted(&line, '~'), values);
        }

        #[test]
        fn any_bytes_give_rows_that_lie_in_them(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut last = 0;
            for_each_line(&data, Framing::NumberStarts(None), |l| {
                assert!(l.number > last);
                last = l.number;
            });
        }
    }
}
