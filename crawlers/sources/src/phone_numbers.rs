//! Telling a telephone number from the many other numbers of a trial record.

/// Digits of a number stand in groups; no telephone number has more.
const MAX_GROUPS: usize = 8;

/// Words that make any number of at least seven digits behind them one that is
/// to be called.
const LABELS: &[&str] = &[
    "tel",
    "telephone",
    "phone",
    "fax",
    "mobile",
    "电话",
    "手机",
    "手机号",
    "手机号码",
    "座机",
    "总机",
    "热线",
    "传真",
    "联系方式",
    "電話",
    "電話番号",
    "携帯",
];

/// Units that make a row of groups a dose or a count.
const UNITS: &[&str] =
    &["mg", "g", "kg", "ug", "μg", "ml", "l", "iu", "mmhg", "例", "人", "岁", "天"];

/// Groups of digits with what separates them.
#[derive(Debug, Default)]
struct Digits {
    /// Digits, in ASCII.
    groups: Vec<String>,
    /// Where each group ends.
    ends: Vec<usize>,
    /// What stands before each group: nothing, `-`, space, `(`, `)`, `.`.
    separators: Vec<char>,
    plus: bool,
}

/// Where the telephone number that begins at `start` ends, if there is one.
/// `previous` is the character before.
pub(crate) fn phone_at(text: &str, start: usize, previous: Option<char>) -> Option<usize> {
    let tail = text.get(start..)?;
    let first = tail.chars().next()?;
    if digit(first).is_none() && !matches!(first, '+' | '＋' | '(' | '（') {
        return None;
    }
    // A number inside a word, a path, a decimal or a longer number is none.
    if previous.is_some_and(|c| {
        c.is_ascii_alphanumeric()
            || digit(c).is_some()
            || matches!(c, '.' | '-' | '_' | '/' | '=' | '%' | '#' | '&' | '+')
    }) {
        return None;
    }
    let digits = Digits::read(tail);
    // A bracket around the whole number is no part of it.
    if matches!(first, '(' | '（') && digits.separators.get(1) != Some(&')') {
        return None;
    }
    let labelled = is_labelled(text.get(..start)?);
    // The longest reading that is a number.
    (1..=digits.groups.len()).rev().find_map(|count| {
        let end = *digits.ends.get(count - 1)?;
        let rest = tail.get(end..)?;
        (digits.is_phone(count, labelled) && !goes_on(rest) && !is_measured(rest))
            .then_some(start + end)
    })
}

impl Digits {
    fn read(tail: &str) -> Self {
        let mut digits = Self::default();
        let mut separator: Option<char> = None;
        let mut in_group = false;
        for (at, c) in tail.char_indices() {
            if let Some(d) = digit(c) {
                if !in_group {
                    if digits.groups.len() == MAX_GROUPS {
                        return digits;
                    }
                    digits.groups.push(String::new());
                    digits.ends.push(at);
                    digits.separators.push(separator.take().unwrap_or('\0'));
                    in_group = true;
                }
                if let (Some(group), Some(end)) = (digits.groups.last_mut(), digits.ends.last_mut())
                {
                    group.push(d);
                    *end = at + c.len_utf8();
                    if group.len() > 15 {
                        return Self::default();
                    }
                }
                continue;
            }
            in_group = false;
            let kind = match c {
                '+' | '＋' if at == 0 => {
                    digits.plus = true;
                    continue;
                }
                '(' | '（' => '(',
                ')' | '）' => ')',
                '-' | '－' | '–' | '‐' | '‑' | '—' => '-',
                ' ' | '\u{a0}' => ' ',
                '.' => '.',
                _ => return digits,
            };
            separator = match (separator, kind) {
                (None, kind) => Some(kind),
                // A bracket with a space or a dash beside it is one separator.
                (Some(' ' | '-' | ')'), '(') => Some('('),
                (Some(')'), ' ' | '-') => Some(')'),
                _ => return digits,
            };
        }
        digits
    }

    /// The first `count` groups are a telephone number.
    fn is_phone(&self, count: usize, labelled: bool) -> bool {
        let groups: Vec<&str> = self.groups.iter().take(count).map(String::as_str).collect();
        let total: usize = groups.iter().map(|g| g.len()).sum();
        if self.plus {
            return (9..=15).contains(&total)
                && groups.first().is_some_and(|g| !g.starts_with('0'));
        }
        if labelled && (7..=15).contains(&total) && !is_date(&groups) {
            return true;
        }
        if self.separators.iter().take(count).skip(1).any(|s| *s == '.') {
            return false;
        }
        if groups.first().is_some_and(|g| g.len() == 4 && g.starts_with("00") && *g > "0010") {
            return groups.len() > 2 && (11..=17).contains(&total);
        }
        match groups.as_slice() {
            ["86", rest @ ..] if !rest.is_empty() => is_chinese(rest, true),
            // The country code may stand before the area code without a space.
            [first, rest @ ..]
                if first.starts_with("86") && first.len() > 3 && !rest.is_empty() =>
            {
                let area = first.get(2..).unwrap_or_default();
                is_chinese(&[&[area], rest].concat(), true)
            }
            groups => is_chinese(groups, false) || self.is_grouped(groups, total),
        }
    }

    /// Numbers of other countries, by their groups.
    fn is_grouped(&self, groups: &[&str], total: usize) -> bool {
        let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
        let dashed =
            |skip: usize| self.separators.iter().take(lengths.len()).skip(skip).all(|s| *s == '-');
        let bracketed =
            self.separators.first() == Some(&'(') && self.separators.get(1) == Some(&')');
        let area = groups.first().is_some_and(|g| g.starts_with('0') && !g.starts_with("00"));
        match lengths.as_slice() {
            // United States, and Chinese service numbers.
            [3, 3, 4] => bracketed || dashed(1) || area,
            [1, 3, 3, 4] => groups.first() == Some(&"1") && dashed(1),
            // Japan, Britain: area code with a zero, ten or eleven digits.
            [2..=4, 2..=4, 4] => area && (10..=11).contains(&total),
            _ => false,
        }
    }
}

/// Mobile numbers, numbers with an area code, service numbers. Behind the
/// country code the area code has no zero.
fn is_chinese(groups: &[&str], abroad: bool) -> bool {
    let mobile = |g: &str| matches!(g.as_bytes(), [b'1', b'3'..=b'9', ..]);
    let area = |g: &str| match g.as_bytes() {
        [b'0', b'1', b'0'] | [b'0', b'2', _] | [b'0', b'3'..=b'9', _, _] => true,
        [b'1', b'0'] | [b'2', _] | [b'3'..=b'9', _, _] => abroad,
        _ => false,
    };
    match groups {
        [one] => {
            let bare = one.strip_prefix("86").filter(|r| r.len() == 11 && mobile(r));
            let whole = match one.len() {
                11 => {
                    mobile(one)
                        || one.starts_with("010")
                        || one.starts_with("02")
                        || is_long_area(one)
                }
                12 => is_long_area(one),
                _ => false,
            };
            whole || bare.is_some()
        }
        [a, b, c] if (a.len(), b.len(), c.len()) == (3, 4, 4) && mobile(a) => true,
        ["400" | "800", b, c] => b.len() + c.len() == 7 && b.len() > 2 && c.len() > 2,
        [a, b, rest @ ..] if area(a) => {
            let local = |len: usize| (7..=8).contains(&len);
            let extension = |rest: &[&str]| match rest {
                [] => true,
                [e] => e.len() < 7,
                _ => false,
            };
            match rest {
                rest if local(b.len()) => extension(rest),
                [c, rest @ ..] if local(b.len() + c.len()) && c.len() == 4 => extension(rest),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Eleven or twelve digits that begin with an area code of four.
fn is_long_area(number: &str) -> bool {
    matches!(number.as_bytes(), [b'0', b'3'..=b'9', b'1'..=b'9', ..])
}

fn is_date(groups: &[&str]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    matches!(lengths.as_slice(), [4, 1 | 2, 1 | 2, ..] | [1 | 2, 1 | 2, 4, ..])
        || matches!(groups, [one] if one.len() == 8 && (one.starts_with("19") || one.starts_with("20")))
}

/// A word for a telephone stands right before the number.
fn is_labelled(before: &str) -> bool {
    let head = before.trim_end_matches([' ', '\u{a0}', ':', '：', '.', '№']);
    LABELS.iter().any(|label| {
        let Some(cut) = head.len().checked_sub(label.len()) else { return false };
        let Some(word) = head.get(cut..) else { return false };
        let inside = head.get(..cut).and_then(|h| h.chars().next_back());
        word.eq_ignore_ascii_case(label) && !inside.is_some_and(|c| c.is_ascii_alphabetic())
    })
}

/// The number does not end here: a letter, a digit, a decimal, a percentage.
fn goes_on(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some(c) if c.is_ascii_alphanumeric() || digit(c).is_some() => true,
        Some('%' | '_') => true,
        Some('.' | '/' | ':') => chars.next().is_some_and(|c| digit(c).is_some()),
        _ => false,
    }
}

/// A unit follows: a dose or a count.
fn is_measured(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', '\u{a0}']);
    UNITS.iter().any(|unit| {
        rest.get(..unit.len()).is_some_and(|head| head.eq_ignore_ascii_case(unit))
            && !rest
                .get(unit.len()..)
                .and_then(|r| r.chars().next())
                .is_some_and(|c| c.is_ascii_alphanumeric())
    })
}

/// The digit, in ASCII: full-width digits count.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}
