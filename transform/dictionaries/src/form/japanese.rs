//! Japanese product names, and the price code that goes with them.

use std::collections::HashMap;

use aho_corasick::BuildError;

use super::japanese_english::EnglishForms;
use super::terms::{Term, Use, fold};
use super::words::{Found, Words, longest};
use super::{FormMatch, UNSPECIFIED};
use crate::text::clean;

/// Brackets that hold no form: the company of a generic (「サワイ」), a
/// container (〔…〕).
const BRACKETS: [(char, char); 3] = [('「', '」'), ('〔', '〕'), ('『', '』')];

#[derive(Debug)]
struct Entry {
    form: String,
    weak: bool,
}

impl Entry {
    fn of(term: &Term) -> Self {
        Self { form: term.form.clone(), weak: term.usage == Use::Weak }
    }
}

/// Words of Japanese names, and the letters of the price code.
#[derive(Debug)]
pub(super) struct JapaneseForms {
    words: Words,
    entries: Vec<Entry>,
    /// By `class:letter`, in lower case.
    codes: HashMap<String, Entry>,
    english: EnglishForms,
}

impl JapaneseForms {
    pub(super) fn new<'a>(
        words: impl Iterator<Item = &'a Term> + Clone,
        codes: impl Iterator<Item = &'a Term>,
        english: impl Iterator<Item = &'a Term> + Clone,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            words: Words::new(words.clone().map(|t| t.text.as_str()))?,
            entries: words.map(Entry::of).collect(),
            codes: codes.map(|t| (t.text.clone(), Entry::of(t))).collect(),
            english: EnglishForms::new(english)?,
        })
    }

    /// In this order: a word that is sure, a code that is sure, a word, a code.
    pub(super) fn find(&self, name: &str, code: Option<(&str, &str)>) -> FormMatch {
        let text = fold(&without_brackets(&clean(name)));
        let found: Vec<Found> = self.words.find(&text, |c| c.is_ascii_alphabetic()).collect();
        let word = |weak: bool| {
            let told = found.iter().filter(|f| {
                let entry = self.entries.get(f.word);
                entry.is_some_and(|e| e.weak == weak && e.form != UNSPECIFIED)
            });
            let entry = self.entries.get(longest(told.copied())?.word)?;
            Some(FormMatch::known(&entry.form, "name"))
        };
        let code = code.and_then(|(class, code)| self.code(&text, class, code));
        let by_code = |weak: bool| {
            let entry = code.filter(|e| e.weak == weak && e.form != UNSPECIFIED)?;
            Some(FormMatch::known(&entry.form, "exact"))
        };
        word(false)
            .or_else(|| by_code(false))
            .or_else(|| word(true))
            .or_else(|| by_code(true))
            .unwrap_or_else(FormMatch::unspecified)
    }

    /// The form of an English name.
    pub(super) fn find_english(&self, name: &str) -> FormMatch {
        self.english.find(name)
    }

    /// The form of all words of several English names.
    pub(super) fn sole_english(&self, names: &str) -> FormMatch {
        self.english.sole(names)
    }

    /// What the eighth character of a price code says within its class. Of a
    /// letter for things of many kinds the end of the name (`内用薬:X:水`) or the
    /// class of effect, which the code begins with (`内用薬:X:51`), tells more.
    fn code(&self, name: &str, class: &str, code: &str) -> Option<&Entry> {
        let code = code.trim();
        let letter = code.chars().nth(7)?;
        let key = fold(&format!("{}:{letter}", clean(class)));
        let more = |what: &str| self.codes.get(&format!("{key}:{what}"));
        let substance = name.split([' ', '(', '〈']).next().unwrap_or_default();
        let ends = substance
            .char_indices()
            .rev()
            .take(LONGEST_END)
            .filter_map(|(at, _)| substance.get(at..).and_then(more));
        ends.last().or_else(|| more(code.get(..2)?)).or_else(|| self.codes.get(&key))
    }
}

/// Characters of the longest end of a name that tells a form.
const LONGEST_END: usize = 3;

/// The name without what stands in the brackets; one that is never closed
/// encloses the rest.
fn without_brackets(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut closing = None;
    for c in name.chars() {
        match closing {
            Some(close) if c == close => closing = None,
            Some(_) => {}
            None => match BRACKETS.iter().find(|(open, _)| *open == c) {
                // Words on the two sides stay apart.
                Some((_, close)) => {
                    closing = Some(*close);
                    out.push(' ');
                }
                None => out.push(c),
            },
        }
    }
    out
}
