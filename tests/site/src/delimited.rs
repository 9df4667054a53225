//! Damages delimited text (`~`, tab, `|` or comma) as bytes, whatever its
//! encoding: fewer rows, another column name.

/// Keeps the lines up to the header and that share of the lines after it.
pub(crate) fn drop_rows(text: &[u8], fraction: f64) -> Vec<u8> {
    let lines = lines(text);
    let header = header_index(&lines, delimiter(&lines));
    let rows = lines.len().saturating_sub(header + 1);
    let keep = header + 1 + share(rows, fraction);
    let mut kept: Vec<u8> = lines.iter().take(keep).flat_map(|line| line.iter().copied()).collect();
    if keep < lines.len() && !text.ends_with(b"\n") {
        // The file ends without a line end, and so must the shorter one.
        kept.truncate(trim_line_end(&kept).len());
    }
    kept
}

/// Gives a column another name wherever the header stands: some files repeat it.
/// Text without that column is left alone.
pub(crate) fn rename_column(text: &[u8], column: &str, to: &str) -> Vec<u8> {
    let lines = lines(text);
    let delimiter = delimiter(&lines);
    let Some(header) = lines.get(header_index(&lines, delimiter)) else { return text.to_vec() };
    let names: Vec<&[u8]> = cells(header, delimiter).collect();
    if !names.contains(&column.as_bytes()) {
        return text.to_vec();
    }
    let mut renamed = Vec::with_capacity(text.len() + to.len());
    for line in &lines {
        let known = cells(line, delimiter).filter(|cell| names.contains(cell)).count();
        if known * 10 < names.len() * 8 {
            renamed.extend_from_slice(line);
            continue;
        }
        let row: Vec<&[u8]> = cells(line, delimiter)
            .map(|cell| if cell == column.as_bytes() { to.as_bytes() } else { cell })
            .collect();
        renamed.extend(row.join(&delimiter));
        renamed.extend_from_slice(&line[trim_line_end(line).len()..]);
    }
    renamed
}

/// Bytes that are no UTF-8 at three places, each inside a word.
pub(crate) fn spoil_encoding(text: &[u8]) -> Vec<u8> {
    const BAD: &[u8] = b"\xff\xfe\xc3\x28\x80";
    let mut spoilt = text.to_vec();
    for quarter in [3, 2, 1] {
        let start = text.len() * quarter / 4;
        let inside = |pair: &[u8]| pair.iter().all(u8::is_ascii_alphanumeric);
        if let Some(offset) = text[start..].windows(2).position(inside) {
            let at = start + offset + 1;
            spoilt.splice(at..at, BAD.iter().copied());
        }
    }
    spoilt
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn cells(line: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    trim_line_end(line).split(move |byte| *byte == delimiter)
}

fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn delimiter(lines: &[&[u8]]) -> u8 {
    let count = |delimiter: &u8| {
        lines.iter().take(5).flat_map(|line| line.iter()).filter(|byte| *byte == delimiter).count()
    };
    b",|\t~".iter().copied().max_by_key(count).unwrap_or(b',')
}

/// Above the header there may be titles: it is the fullest of the first lines.
fn header_index(lines: &[&[u8]], delimiter: u8) -> usize {
    let filled =
        |line: &&[u8]| cells(line, delimiter).filter(|cell| !cell.trim_ascii().is_empty()).count();
    let counts: Vec<usize> = lines.iter().take(10).map(filled).collect();
    let most = counts.iter().max().copied().unwrap_or_default();
    counts.iter().position(|count| *count == most).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share of a row count; a fraction outside 0 to 1 saturates"
)]
fn share(rows: usize, fraction: f64) -> usize {
    ((rows as f64 * fraction) as usize).min(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_and_the_line_ends_stay_as_they_were() {
        let open: &[u8] = b"a~b\r\n1~2\r\n3~4\r\n5~6\r\n7~8";
        assert_eq!(drop_rows(open, 0.5), b"a~b\r\n1~2\r\n3~4");
        assert_eq!(drop_rows(open, 0.0), b"a~b");
        assert_eq!(drop_rows(open, 1.0), open);
        let closed: &[u8] = b"a\tb\r\n1\t2\r\n3\t4\r\n";
        assert_eq!(drop_rows(closed, 0.5), b"a\tb\r\n1\t2\r\n");
        assert_eq!(drop_rows(b"", 0.5), b"");
    }

    #[test]
    fn a_column_is_renamed_in_every_header_and_only_there() {
        let text = b"Title,,\r\na,b,c\r\n1,b,3\r\na,b,c\r\n";
        assert_eq!(rename_column(text, "b", "x"), b"Title,,\r\na,x,c\r\n1,b,3\r\na,x,c\r\n");
        assert_eq!(rename_column(text, "z", "x"), text);
    }

    #[test]
    fn spoilt_text_is_not_utf_8() {
        let text = "word ".repeat(20);
        let spoilt = spoil_encoding(text.as_bytes());
        assert!(str::from_utf8(&spoilt).is_err());
        assert_eq!(spoilt.len(), text.len() + 15);
    }
}
