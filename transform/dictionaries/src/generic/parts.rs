//! Cutting a text into the names of its ingredients.

use std::collections::BTreeSet;

use crate::Language;
use crate::generic::fold;

/// The parts of a cell between separators that stand outside brackets. A line
/// break separates where it is among the separators, a circled number (①)
/// always, ` / ` always: it is how this crate writes combinations.
pub(crate) fn cut(raw: &str, separators: &[char]) -> Vec<String> {
    let mut parts = Vec::new();
    for piece in items(raw, separators.contains(&'\n')) {
        let piece = fold(&piece);
        for part in split_outside_brackets(&piece, separators) {
            if !parts.iter().any(|p| p == part) {
                parts.push(part.to_owned());
            }
        }
    }
    parts
}

/// The items of a list: its lines where `lines` says so, and what stands behind
/// its numbers, be they circled (①) or, where the text begins with one, in
/// brackets (`(1) A (2) B`, `1: A 2: B`).
pub(crate) fn items(raw: &str, lines: bool) -> Vec<String> {
    // Lines and circled numbers go before NFKC makes spaces and digits of them.
    let breaks = |c: char| matches!(c, '①'..='⑳') || (lines && matches!(c, '\n' | '\r'));
    let numbered = marker(raw.trim_start()).is_some();
    let mut items = Vec::new();
    for piece in raw.split(breaks) {
        if !numbered {
            items.push(piece.to_owned());
            continue;
        }
        let mut item = String::new();
        let mut rest = piece;
        while let Some(c) = rest.chars().next() {
            let boundary = item.is_empty() || item.ends_with(char::is_whitespace);
            if boundary && let Some(length) = marker(rest) {
                items.push(std::mem::take(&mut item));
                rest = &rest[length..];
            } else {
                item.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        items.push(item);
    }
    items.retain(|i| i.contains(char::is_alphabetic));
    items
}

/// Fluids in which an infusion is dissolved.
const CARRIERS: [&str; 2] = ["glucose", "sodium chloride"];

/// What is given for its salts, sugar or volume: the fluid is a part of it.
const REPLACEMENT: [&str; 16] = [
    "amino acids",
    "calcium chloride",
    "calcium gluconate",
    "dextran",
    "electrolytes",
    "fructose",
    "glycerol",
    "invert sugar",
    "magnesium sulfate",
    "mannitol",
    "potassium chloride",
    "sodium acetate",
    "sodium bicarbonate",
    "sodium lactate",
    "sorbitol",
    "xylitol",
];

/// Leaves out the fluid beside a single active substance: the names of Chinese
/// infusions say it (氟康唑氯化钠注射液), the lists of other regions name the
/// substance alone (`FLUCONAZOLE IN SODIUM CHLORIDE 0.9%` has the ingredient
/// `FLUCONAZOLE`).
pub(crate) fn without_carrier(generics: &mut BTreeSet<String>) {
    let is = |of: &[&str], generic: &String| of.contains(&generic.as_str());
    let others = || generics.iter().filter(|g| !is(&CARRIERS, g));
    if generics.len() == 2 && others().count() == 1 && !others().any(|g| is(&REPLACEMENT, g)) {
        generics.retain(|g| !is(&CARRIERS, g));
    }
}

/// Whether a line is a note on the one before it: it begins with a bracket that
/// holds no number of a list.
pub(crate) fn is_note(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with(['(', '[', '（', '［']) && marker(line).is_none()
}

/// The length of the number of a list item that a text begins with: `(1)`,
/// `[1]`, `1:`, full-width brackets too.
fn marker(text: &str) -> Option<usize> {
    let open = text.chars().next().filter(|c| matches!(c, '(' | '[' | '（' | '［'));
    let rest = &text[open.map_or(0, char::len_utf8)..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let close = rest.get(digits..)?.chars().next()?;
    let closes = match open {
        Some(_) => matches!(close, ')' | ']' | '）' | '］'),
        None => matches!(close, ':' | '：'),
    };
    ((1..=2).contains(&digits) && closes)
        .then(|| text.len() - rest.len() + digits + close.len_utf8())
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

/// A trailing note in brackets and what stands before it; the closing bracket
/// may be cut off (`infliximab (genetical recom`).
pub(crate) fn bracket_note(name: &str) -> Option<(&str, &str)> {
    let (open, inner) = match name.chars().next_back()? {
        ')' => ('(', name.strip_suffix(')')?),
        ']' => ('[', name.strip_suffix(']')?),
        '〕' => ('〔', name.strip_suffix('〕')?),
        _ => ('(', name),
    };
    let at = inner.rfind(open).filter(|at| !inner[*at..].contains([')', ']', '〕']))?;
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
        assert_eq!(
            cut("(1) Clopidogrel sulfate (2) Aspirin", &[]),
            ["clopidogrel sulfate", "aspirin"]
        );
        assert_eq!(cut("[1][2] A1 (3) drug [3] B: c", &[]), ["a1", "drug", "b: c"]);
        assert_eq!(cut("iron (3) x", &[]), ["iron (3) x"]);
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
