//! R7: the normalised key, which all spellings of one firm share.

use std::collections::HashMap;

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;

#[derive(Deserialize)]
struct LegalFormRow {
    term: String,
    lang: String,
    position: String,
}

#[derive(Deserialize)]
struct AbbreviationRow {
    term: String,
    full: String,
}

/// The tables from which a key is made.
#[derive(Debug, Default)]
pub(super) struct Keys {
    suffixes: Vec<Vec<String>>,
    prefixes: Vec<Vec<String>>,
    cjk_suffixes: Vec<String>,
    anywhere: Vec<String>,
    abbreviations: HashMap<String, String>,
}

impl Keys {
    pub(super) fn load(
        legal_forms: &CsvFile,
        abbreviations: &CsvFile,
    ) -> Result<Self, DictionaryError> {
        let mut this = Self::default();
        legal_forms.each(|row: LegalFormRow| {
            let words = || row.term.split(' ').map(str::to_owned).collect();
            match (row.position.as_str(), row.lang.as_str()) {
                // Without spaces between words a term can stand anywhere; in
                // Latin script `ab` is a legal form, and a part of `labs`.
                ("any", "zh" | "ja" | "ko") => this.anywhere.push(row.term),
                ("any", _) => {
                    this.suffixes.push(words());
                    this.prefixes.push(words());
                }
                ("suffix", "zh") => this.cjk_suffixes.push(row.term),
                ("suffix", _) => this.suffixes.push(words()),
                ("prefix", _) => this.prefixes.push(words()),
                (other, _) => {
                    return Err(format!("position {other:?}: expected suffix, prefix or any"));
                }
            }
            Ok(())
        })?;
        abbreviations.each(|row: AbbreviationRow| {
            this.abbreviations.insert(row.term, row.full);
            Ok(())
        })?;
        // The longest first: `gmbh and co kg` before `kg`.
        this.suffixes.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        this.prefixes.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        this.cjk_suffixes.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        this.anywhere.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        Ok(this)
    }

    pub(super) fn key(&self, clean_name: &str) -> String {
        let mut name = clean_name.to_lowercase();
        for term in &self.anywhere {
            name = name.replace(term.as_str(), " ");
        }
        let name = plain_words(&name);
        if name.chars().any(is_cjk) {
            return self.cjk_key(&name);
        }
        let mut words: Vec<&str> = name.split(' ').filter(|w| !w.is_empty()).collect();
        while let Some(end) = self.suffixes.iter().find(|s| ends_with(&words, s)) {
            words.truncate(words.len() - end.len());
        }
        while let Some(start) = self.prefixes.iter().find(|p| starts_with(&words, p)) {
            words.drain(..start.len());
        }
        let full = |w: &&str| self.abbreviations.get(*w).map_or((*w).to_owned(), Clone::clone);
        words.iter().map(full).collect::<Vec<_>>().join(" ")
    }

    /// Whether a Latin name ends in a legal form.
    pub(super) fn has_legal_form(&self, clean_name: &str) -> bool {
        let name = plain_words(&clean_name.to_lowercase());
        let words: Vec<&str> = name.split(' ').filter(|w| !w.is_empty()).collect();
        self.suffixes.iter().any(|s| ends_with(&words, s))
    }

    fn cjk_key(&self, name: &str) -> String {
        let mut key: String = name.chars().filter(|c| *c != ' ').collect();
        while let Some(rest) = self
            .cjk_suffixes
            .iter()
            .find_map(|s| key.strip_suffix(s.as_str()))
            .filter(|rest| !rest.is_empty())
        {
            key = rest.to_owned();
        }
        key
    }
}

/// A legal form alone is a name, not a form: something must remain.
fn ends_with(words: &[&str], end: &[String]) -> bool {
    words.len() > end.len() && words[words.len() - end.len()..].iter().zip(end).all(|(a, b)| a == b)
}

fn starts_with(words: &[&str], start: &[String]) -> bool {
    words.len() > start.len() && words.iter().zip(start).all(|(a, b)| a == b)
}

/// Words of letters, digits and marks: `&` is a word, an apostrophe joins, the
/// letters of a dotted abbreviation (`S.p.A.`) are one word, other punctuation
/// separates.
fn plain_words(name: &str) -> String {
    let name = name.replace('&', " and ");
    let mut out = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        let bare: String = word.chars().filter(|c| !is_apostrophe(*c)).collect();
        let trimmed = bare.trim_matches(|c: char| !c.is_alphanumeric() && c != '.');
        if is_dotted(trimmed) {
            out.extend(trimmed.chars().filter(|c| c.is_alphanumeric()));
        } else {
            out.extend(
                bare.chars().map(|c| if c.is_alphanumeric() || is_mark(c) { c } else { ' ' }),
            );
        }
        out.push(' ');
    }
    out.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Single letters with a dot behind each (the last dot may be missing).
fn is_dotted(word: &str) -> bool {
    let mut letters = 0;
    for part in word.trim_end_matches('.').split('.') {
        let mut chars = part.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_alphabetic() => letters += 1,
            _ => return false,
        }
    }
    letters >= 2
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '′')
}

/// Combining marks belong to their letter (Japanese voicing marks that NFKC
/// could not join).
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

pub(super) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ac00}'..='\u{d7af}' | '々')
}
