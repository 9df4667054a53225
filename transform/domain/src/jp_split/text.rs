//! Markers and brackets.

/// A part of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text outside of brackets.
    Text(String),
    /// What brackets enclose.
    Group(String),
}

/// The number of a marker that a text begins with (`①`, `(1)`, `（１）`, `1)`),
/// and what follows it.
pub(super) fn marker(text: &str) -> Option<(u32, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if let Some(number) = circled(first) {
        return Some((number, chars.as_str()));
    }
    let digits = if is_open(first) { chars.as_str() } else { text };
    let end = digits.find(|c| narrow(c).to_digit(10).is_none())?;
    let (digits, rest) = digits.split_at_checked(end)?;
    let after = rest.strip_prefix(is_close)?;
    let number: String = digits.chars().map(narrow).collect();
    let number = number.parse().ok().filter(|_| (1..=2).contains(&number.len()))?;
    Some((number, after))
}

/// All markers that a text begins with, and what follows them.
pub(super) fn markers(text: &str) -> (Vec<u32>, &str) {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while let Some((number, after)) = marker(rest) {
        found.push(number);
        rest = after.trim_start_matches(is_separator);
    }
    (found, rest)
}

/// What may stand between markers and between companies.
pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '、' | ',' | '，' | '､' | ';' | '；' | ':' | '：')
}

/// `①` to `⑳`.
fn circled(c: char) -> Option<u32> {
    ('①'..='⑳').contains(&c).then(|| u32::from(c) - u32::from('①') + 1)
}

pub(super) fn is_open(c: char) -> bool {
    matches!(c, '(' | '（')
}

pub(super) fn is_close(c: char) -> bool {
    matches!(c, ')' | '）')
}

/// ASCII for digits and letters of full width.
pub(super) fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Takes a cell apart at its outermost brackets. A bracket that is never closed
/// encloses the rest.
pub(super) fn pieces(cell: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = cell;
    while let Some(open) = rest.find(is_open) {
        let (before, bracket) = rest.split_at(open);
        let mut inside = bracket.chars();
        inside.next();
        let inside = inside.as_str();
        let (group, after) = closing(inside).unwrap_or((inside, ""));
        text.push_str(before);
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Group(group.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// What stands before the bracket that closes the group, and after it. The
/// bracket of a marker `2)` in a list of companies closes nothing, as long as a
/// bracket is left that does.
fn closing(inside: &str) -> Option<(&str, &str)> {
    let mut depth = 1_u32;
    for (at, c) in inside.char_indices() {
        if is_open(c) {
            depth += 1;
        } else if is_close(c) {
            let (before, bracket) = inside.split_at(at);
            let mut after = bracket.chars();
            after.next();
            let after = after.as_str();
            if depth == 1 && ends_with_number(before) && closes_later(after) {
                continue;
            }
            depth -= 1;
            if depth == 0 {
                return Some((before, after));
            }
        }
    }
    None
}

/// One or two digits after a separator or nothing.
fn ends_with_number(before: &str) -> bool {
    let text = before.trim_end_matches(|c| narrow(c).is_ascii_digit());
    let digits = before.chars().count() - text.chars().count();
    (1..=2).contains(&digits) && text.chars().last().is_none_or(is_separator)
}

/// More brackets are closed than opened.
fn closes_later(text: &str) -> bool {
    let mut depth = 0_i64;
    text.chars().any(|c| {
        depth += i64::from(is_open(c)) - i64::from(is_close(c));
        depth < 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_of_every_kind_are_read() {
        for (text, numbers, rest) in [
            ("①ネスプ", vec![1], "ネスプ"),
            ("(1) 2) 3) ViiV", vec![1, 2, 3], "ViiV"),
            ("（１２）、⑳A", vec![12, 20], "A"),
            ("(H5N1)", vec![], "(H5N1)"),
            ("5-FU", vec![], "5-FU"),
            ("123) A", vec![], "123) A"),
        ] {
            assert_eq!(markers(text), (numbers, rest));
        }
    }

    #[test]
    fn brackets_are_matched() {
        let text = |t: &str| Piece::Text(t.to_owned());
        let group = |t: &str| Piece::Group(t.to_owned());
        assert_eq!(pieces("A(B(同)、1)C"), [text("A"), group("B(同)、1"), text("C")]);
        assert_eq!(
            pieces("A (1) 2) ViiV\n3) Janssen)"),
            [text("A "), group("1) 2) ViiV\n3) Janssen")]
        );
        assert_eq!(
            pieces("(1)\nA (2)\nB (Co)"),
            [group("1"), text("\nA "), group("2"), text("\nB "), group("Co")]
        );
        assert_eq!(pieces("A (Co., LTD."), [text("A "), group("Co., LTD.")]);
    }
}
