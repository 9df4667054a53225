//! Cutting a text into the names of its ingredients.

use crate::Language;
use crate::generic::fold;

/// The parts of a cell between separators that stand outside brackets. A line
/// break separates where it is among the separators, a circled number (①)
/// always, ` / ` always: it is how this crate writes combinations.
pub(crate) fn cut(raw: &str, separators: &[char]) -> Vec<String> {
    // Lines and circled numbers go before NFKC makes spaces and digits of them.
    let breaks = |c: char| {
        matches!(c, '①'..='⑳') || (matches!(c, '\n' | '\r') && separators.contains(&'\n'))
    };
    let mut parts = Vec::new();
    for piece in raw.split(breaks) {
        let piece = fold(piece);
        for part in split_outside_brackets(&piece, separators) {
            if !parts.iter().any(|p| p == part) {
                parts.push(part.to_owned());
            }
        }
    }
    parts
}

/// Splits at the separators that stand outside brackets: in `LIOTRIX (T4;T3)`
/// and `TRIPLE SULFA (…;…;…)` they belong to the name.
fn split_outside_brackets<'a>(name: &'a str, separators: &[char]) -> Vec<&'a str> {
    let separates = |at: usize, c: char| {
        separators.contains(&c)
            || (c == '/' && name[..at].ends_with(' ') && name[at + 1..].starts_with(' '))
    };
    let balanced = split_where(name, true, &separates);
    // A bracket that never closes must not hide the separators behind it.
    let parts =
        balanced.unwrap_or_else(|| split_where(name, false, &separates).unwrap_or_default());
    parts.into_iter().map(str::trim).filter(|p| !p.is_empty()).collect()
}

fn split_where<'a>(
    name: &'a str,
    brackets: bool,
    separates: &impl Fn(usize, char) -> bool,
) -> Option<Vec<&'a str>> {
    let mut depth = 0_u32;
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in name.char_indices() {
        match c {
            '(' | '[' | '〔' if brackets => depth += 1,
            ')' | ']' | '〕' if brackets => depth = depth.saturating_sub(1),
            c if depth == 0 && separates(at, c) => {
                parts.push(&name[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&name[start..]);
    (depth == 0).then_some(parts)
}

/// Words that can stand between two ingredients and can as well belong to one
/// name, the strongest first: a split there counts only if every part is known.
pub(crate) fn soft_separators(language: Language) -> &'static [&'static str] {
    match language {
        Language::En => &[" and ", " with ", " plus ", " + ", " & ", ", ", "/ ", "/", ",", "+"],
        Language::Zh => &["、", "/", "+", ",", ";", "·", "与", "和", "及"],
        Language::Ja => &["・", "、", "/", "及び", "+", ",", "·"],
    }
}

/// A trailing note in brackets and what stands before it.
pub(crate) fn bracket_note(name: &str) -> Option<(&str, &str)> {
    let (open, close) = match name.chars().next_back()? {
        ')' => ('(', ')'),
        ']' => ('[', ']'),
        '〕' => ('〔', '〕'),
        _ => return None,
    };
    let inner = name.strip_suffix(close)?;
    let at = inner.rfind(open)?;
    let (base, note) = (inner[..at].trim_end(), inner[at + open.len_utf8()..].trim());
    (!base.is_empty()).then_some((base, note))
}

/// A name without the strength behind it (`jdq443 100mg`).
pub(crate) fn without_strength(name: &str) -> Option<&str> {
    let unit_less = ["mg", "μg", "mcg", "iu", "ml", "g", "%"]
        .iter()
        .find_map(|unit| name.strip_suffix(unit))?
        .trim_end();
    let rest = unit_less.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    (rest.len() < unit_less.len() && rest.ends_with(' ')).then(|| rest.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r5_separators_inside_brackets_belong_to_the_name() {
        for (name, parts) in [
            ("lamivudine; zidovudine", vec!["lamivudine", "zidovudine"]),
            ("liotrix (t4;t3)", vec!["liotrix (t4;t3)"]),
            ("a (b;c); d", vec!["a (b;c)", "d"]),
            ("a (b;c", vec!["a (b", "c"]),
            ("abacavir (as sulfate) / lamivudine", vec!["abacavir (as sulfate)", "lamivudine"]),
            ("a/b", vec!["a/b"]),
            (";;", vec![]),
        ] {
            assert_eq!(split_outside_brackets(name, &[';']), parts);
        }
    }

    #[test]
    fn r5_lines_and_circled_numbers_separate() {
        assert_eq!(cut("Omeprazole\nAmoxicillin\n", &['\n']), ["omeprazole", "amoxicillin"]);
        assert_eq!(cut("Omeprazole\nsodium", &[';']), ["omeprazole sodium"]);
        assert_eq!(cut("①ニボルマブ②イピリムマブ", &[]), ["ニボルマブ", "イピリムマブ"]);
    }

    #[test]
    fn r5_a_note_in_brackets_is_told_from_its_name() {
        assert_eq!(
            bracket_note("ruxolitinib (as phosphate)"),
            Some(("ruxolitinib", "as phosphate"))
        );
        assert_eq!(bracket_note("(x)"), None);
        assert_eq!(without_strength("jdq443 100mg"), Some("jdq443"));
        assert_eq!(without_strength("jdq443"), None);
        assert_eq!(without_strength("hydroxyethyl starch 6%"), Some("hydroxyethyl starch"));
    }
}
