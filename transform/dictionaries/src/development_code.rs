//! R5, R11: development codes (`HS-10529`, `BGB-A317`, `BAY 41-6551`), which
//! name a drug before it has an INN.

use std::collections::BTreeSet;
use std::ops::Range;

/// Most letters before the digits, and most digits: nine digits are the number
/// of a trial or of a patent.
const MAX_LETTERS: usize = 6;
const MAX_DIGITS: usize = 7;

/// What a development code looks like, and what only looks like one.
#[derive(Debug, Clone, Default)]
pub(crate) struct CodeGrammar {
    /// Letters that begin no development code: genes, antigens, excipients.
    prefixes: BTreeSet<String>,
    /// Whole words that are none (`H5N1`).
    words: BTreeSet<String>,
}

impl CodeGrammar {
    pub(crate) fn stop_prefix(&mut self, letters: &str) {
        self.prefixes.insert(letters.to_ascii_uppercase());
    }

    pub(crate) fn stop_word(&mut self, word: &str) {
        self.words.insert(word.to_ascii_uppercase());
    }

    /// The canonical spelling of a text that is one code and nothing else:
    /// upper case, one hyphen where the digits begin. `JAB21822`, `JAB-21822`
    /// and `jab 21822` meet in `JAB-21822`.
    pub(crate) fn canonical(&self, text: &str) -> Option<String> {
        let text = text.trim();
        if text.len() > 20 || !text.is_ascii() || self.words.contains(&text.to_ascii_uppercase()) {
            return None;
        }
        let (end, code) = read(text.as_bytes(), 0)?;
        (end == text.len() && self.is_allowed(&code)).then(|| code.spelling())
    }

    /// All codes of a text with their places, for free text: capitals only,
    /// and at least three digits unless a hyphen and a letter stand before them.
    pub(crate) fn scan(&self, text: &str) -> Vec<(Range<usize>, String)> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let starts =
                bytes[at].is_ascii_uppercase() && (at == 0 || !is_code_byte(bytes[at - 1]));
            let hit = starts.then(|| read(bytes, at)).flatten().filter(|(end, code)| {
                let capitals =
                    !bytes[at..at + code.letters.len()].iter().any(u8::is_ascii_lowercase);
                let enough = code.digits.len() >= 3 || !code.inner.is_empty();
                let whole = !bytes.get(*end).copied().is_some_and(is_code_byte)
                    // `NCT0123-4567`, `2015-001-12`: part of a longer number.
                    && !bytes[..at].ends_with(b"/");
                let word = text[at..*end].to_ascii_uppercase();
                capitals && enough && whole && !self.words.contains(&word) && self.is_allowed(code)
            });
            if let Some((end, code)) = hit {
                found.push((at..end, code.spelling()));
                at = end;
            } else {
                at += 1;
            }
        }
        found
    }

    fn is_allowed(&self, code: &Code) -> bool {
        let letters = code.letters.as_str();
        // `V600E` is a mutation, `E102` an additive, `B12` a vitamin.
        if letters.len() == 1 && (code.digits.len() < 3 || !code.suffix.is_empty()) {
            return false;
        }
        let isotope = code.inner.is_empty()
            && code.digits.len() <= 3
            && code.digits.parse::<u16>().is_ok_and(|mass| mass <= 240)
            && ISOTOPES.contains(&letters);
        !isotope && !self.prefixes.contains(letters)
    }
}

/// Elements that occur as radionuclides: `I-131` is no development code.
const ISOTOPES: &[&str] = &[
    "AC", "AT", "BI", "C", "CO", "CR", "CU", "F", "FE", "GA", "GE", "I", "IN", "KR", "LU", "N",
    "O", "P", "PB", "RA", "RB", "RE", "SM", "SR", "TC", "TH", "TL", "XE", "Y", "ZR",
];

#[derive(Debug)]
struct Code {
    letters: String,
    /// What stands between letters and digits: `A` of `BGB-A317`, `41` of
    /// `BAY 41-6551`.
    inner: String,
    digits: String,
    suffix: String,
}

impl Code {
    fn spelling(&self) -> String {
        let Self { letters, inner, digits, suffix } = self;
        if inner.is_empty() {
            format!("{letters}-{digits}{suffix}")
        } else if inner.ends_with(|c: char| c.is_ascii_digit()) {
            format!("{letters}-{inner}-{digits}{suffix}")
        } else {
            format!("{letters}-{inner}{digits}{suffix}")
        }
    }
}

/// Reads the longest code that begins at `at`; its end and its parts.
fn read(bytes: &[u8], at: usize) -> Option<(usize, Code)> {
    let mut end = at;
    let letters = letters_at(bytes, &mut end, MAX_LETTERS);
    if letters.is_empty() {
        return None;
    }
    let mut letters = letters;
    // `D3S-001`: a digit inside the letters.
    if letters.len() == 1
        && let [d, l, b'-', ..] = bytes.get(end..).unwrap_or_default()
        && d.is_ascii_digit()
        && l.is_ascii_alphabetic()
    {
        letters.push(char::from(*d));
        letters.push(char::from(l.to_ascii_uppercase()));
        end += 2;
    }
    let separated = matches!(bytes.get(end), Some(b'-' | b' '));
    let hyphen = bytes.get(end) == Some(&b'-');
    if separated {
        end += 1;
    }
    let mut inner = String::new();
    if hyphen && letters.len() >= 2 {
        inner = letters_at(bytes, &mut end, 3);
        if !inner.is_empty() && bytes.get(end) == Some(&b'-') {
            end += 1;
        }
    }
    let mut digits = digits_at(bytes, &mut end);
    if separated
        && inner.is_empty()
        && (2..=3).contains(&digits.len())
        && bytes.get(end) == Some(&b'-')
        && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
    {
        end += 1;
        inner = std::mem::replace(&mut digits, digits_at(bytes, &mut end));
    }
    let least = if letters.len() == 1 { 3 } else { 2 };
    if !(least..=MAX_DIGITS).contains(&digits.len()) {
        return None;
    }
    let suffix = letters_at(bytes, &mut end, 2);
    if bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    Some((end, Code { letters, inner, digits, suffix }))
}

/// At most `max` letters; none where there are more.
fn letters_at(bytes: &[u8], end: &mut usize, max: usize) -> String {
    let run = bytes[*end..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if run > max {
        return String::new();
    }
    let text = bytes[*end..*end + run].iter().map(|b| char::from(b.to_ascii_uppercase())).collect();
    *end += run;
    text
}

fn digits_at(bytes: &[u8], end: &mut usize) -> String {
    let run = bytes[*end..].iter().take_while(|b| b.is_ascii_digit()).count();
    let text = bytes[*end..*end + run].iter().map(|b| char::from(*b)).collect();
    *end += run;
    text
}

fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grammar() -> CodeGrammar {
        let mut grammar = CodeGrammar::default();
        grammar.stop_prefix("CD");
        grammar.stop_word("CA19-9");
        grammar
    }

    #[test]
    fn r5_spellings_of_one_code_meet() {
        for (raw, code) in [
            ("HS-10529", "HS-10529"),
            ("JAB21822", "JAB-21822"),
            ("jab 21822", "JAB-21822"),
            ("LNP023", "LNP-023"),
            ("MK-5592", "MK-5592"),
            ("BGB-A317", "BGB-A317"),
            ("CT-P13", "CT-P13"),
            ("BAY 41-6551", "BAY-41-6551"),
            ("D3S-001", "D3S-001"),
            ("DS-8201a", "DS-8201A"),
            ("INCB018424", "INCB-018424"),
        ] {
            assert_eq!(grammar().canonical(raw).as_deref(), Some(code), "{raw}");
        }
    }

    #[test]
    fn r5_what_only_looks_like_a_code_is_none() {
        for raw in [
            "I-131",
            "Tc-99m",
            "B12",
            "E1",
            "V600E",
            "CD20",
            "NCT01234567",
            "aspirin",
            "10",
            "",
            "COVID-19 vaccine",
            "CA19-9",
        ] {
            assert_eq!(grammar().canonical(raw), None, "{raw}");
        }
    }

    #[test]
    fn r11_codes_are_found_in_text() {
        let found =
            |text: &str| grammar().scan(text).into_iter().map(|(_, code)| code).collect::<Vec<_>>();
        assert_eq!(found("评价JAB-21822联合JAB-3312用于KRAS p.G12C"), ["JAB-21822", "JAB-3312"]);
        assert_eq!(found("of BI 655066 / ABBV-066 in HIV-1"), ["BI-655066", "ABBV-066"]);
        assert_eq!(found("H1N1v and V600E, EudraCT 2015-001234-12"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn r5_canonical_codes_are_fixed_points(raw in "[A-Za-z]{1,6}[- ]?[A-Z]{0,2}[0-9]{2,6}[a-z]?") {
            if let Some(code) = grammar().canonical(&raw) {
                prop_assert_eq!(grammar().canonical(&code), Some(code.clone()));
            }
        }

        #[test]
        fn r11_scanning_is_total(raw in any::<String>()) {
            for (range, _) in grammar().scan(&raw) {
                prop_assert!(raw.get(range).is_some());
            }
        }
    }
}
