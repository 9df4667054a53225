//! The lines of `dosage_form_terms.csv`.

use std::collections::HashMap;

use serde::Deserialize;

use crate::text::clean;

/// In whose words a form is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vocabulary {
    /// FDA: `FORM;ROUTE`.
    Fda,
    /// EDQM standard terms, as EMA and HMA use them.
    Edqm,
    /// Chinese.
    Zh,
    /// Japanese.
    Ja,
    /// Japanese products in English words.
    JaEn,
    /// Class and eighth character of the Japanese price code.
    JaYj,
}

/// How a term may be used; the first word of the column `note`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// As a value, or as a word of a longer text.
    Word,
    /// Chinese: at the beginning of a name.
    Prefix,
    /// Chinese: at the end of a name, where nothing else fits.
    Fallback,
    /// Chinese: a form word with the substance before it (利培酮微球), which
    /// says the form and is no part to cut off.
    Product,
    /// Japanese: only where nothing else fits.
    Weak,
    /// English names of Japanese products: a brand whose form the words do not
    /// tell for sure.
    Brand,
}

#[derive(Deserialize)]
pub(super) struct TermRow {
    vocabulary: Vocabulary,
    term: String,
    route: String,
    pub(super) form: String,
    note: String,
}

/// A term, in the spelling that is looked up.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) vocabulary: Vocabulary,
    pub(super) text: String,
    pub(super) route: String,
    pub(super) form: String,
    pub(super) usage: Use,
}

impl Term {
    /// Reads a line. An error says what cannot be used.
    pub(super) fn of(row: TermRow) -> Result<Self, String> {
        let text = fold(&clean(&row.term));
        if text.is_empty() {
            return Err("a term is empty".to_owned());
        }
        let first_word = row.note.split([':', ';', ',', ' ']).next().unwrap_or_default();
        let usage = match (row.vocabulary, first_word) {
            (Vocabulary::Zh, "prefix") => Use::Prefix,
            (Vocabulary::Zh, "fallback") => Use::Fallback,
            (Vocabulary::Zh, "product") => Use::Product,
            (Vocabulary::Ja | Vocabulary::JaYj, "weak") => Use::Weak,
            (Vocabulary::JaEn, "brand") => Use::Brand,
            _ => Use::Word,
        };
        let route = fold(&row.route);
        Ok(Self { vocabulary: row.vocabulary, text, route, form: row.form, usage })
    }
}

/// Terms by vocabulary, text and route.
#[derive(Debug, Default)]
pub(super) struct Terms {
    by_text: HashMap<Vocabulary, HashMap<String, Vec<(String, String)>>>,
}

impl Terms {
    /// Adds a term; an error where it stands there already.
    pub(super) fn add(&mut self, term: &Term) -> Result<(), String> {
        let of_vocabulary = self.by_text.entry(term.vocabulary).or_default();
        let routes = of_vocabulary.entry(term.text.clone()).or_default();
        if routes.iter().any(|(route, _)| *route == term.route) {
            return Err(format!("{} ({}) stands twice", term.text, term.route));
        }
        routes.push((term.route.clone(), term.form.clone()));
        Ok(())
    }

    /// The form of a term under a route.
    pub(super) fn get(&self, vocabulary: Vocabulary, term: &str, route: &str) -> Option<&str> {
        let routes = self.by_text.get(&vocabulary)?.get(term)?;
        routes.iter().find(|(known, _)| known == route).map(|(_, form)| form.as_str())
    }
}

/// The spelling in which terms are compared.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}
