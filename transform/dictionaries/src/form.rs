//! R6: dosage forms of four vocabularies to one standard form.
//!
//! Each vocabulary has its own way of naming a form, and its own look-up:
//! FDA's `FORM;ROUTE` ([`Forms::find_fda`]), EDQM terms ([`Forms::find_edqm`],
//! [`Forms::in_name_en`]), Chinese ([`Forms::find_zh`], [`Forms::in_name_zh`])
//! and Japanese ([`Forms::find_ja`], [`Forms::find_ja_en`]). All of them are
//! total: what is not known comes back as it is, `unmatched`.

mod chinese;
mod edqm;
mod fda;
mod japanese;
mod japanese_english;
mod terms;
mod words;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;

pub use chinese::ChineseName;
pub use terms::Vocabulary;
use terms::{Term, TermRow};

/// The standard form of a record that names none.
pub const UNSPECIFIED: &str = "unspecified";

#[derive(Deserialize)]
struct FormRow {
    form: String,
    label_en: String,
    label_zh: String,
    label_ja: String,
    route: String,
    release: String,
}

/// A standard form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandardForm {
    /// English label.
    pub label_en: String,
    /// Chinese label.
    pub label_zh: String,
    /// Japanese label.
    pub label_ja: String,
    /// Route that the form implies; empty if none.
    pub route: String,
    /// immediate, extended, delayed or none.
    pub release: String,
}

/// What was found for a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormMatch {
    /// The standard form, or the source's own words where none is known.
    pub form: String,
    /// How it was found:
    /// - `exact`: the value is a term of the dictionary (or a price code is);
    /// - `any_route`: FDA's form is known, its route with it is not;
    /// - `name`: a form word within a product name or a longer text (R6a);
    /// - `unspecified`: the source says no form, or one that says nothing;
    /// - `unmatched`: the value is not known (R10).
    pub how: &'static str,
}

impl FormMatch {
    /// No form is told.
    #[must_use]
    pub fn unspecified() -> Self {
        Self { form: UNSPECIFIED.into(), how: "unspecified" }
    }

    /// The form of a term, told in the way `how`.
    fn known(form: &str, how: &'static str) -> Self {
        if form == UNSPECIFIED { Self::unspecified() } else { Self { form: form.into(), how } }
    }

    /// A value that no look-up knows.
    fn unmatched(text: &str) -> Self {
        Self { form: text.into(), how: "unmatched" }
    }
}

/// The dosage forms.
#[derive(Debug)]
pub struct Forms {
    standard: BTreeMap<String, StandardForm>,
    terms: terms::Terms,
    edqm: edqm::EdqmForms,
    chinese: chinese::ChineseForms,
    japanese: japanese::JapaneseForms,
}

impl Forms {
    pub(crate) fn new(forms: &CsvFile, terms: &CsvFile) -> Result<Self, DictionaryError> {
        let mut standard = BTreeMap::new();
        forms.each(|row: FormRow| {
            let form = StandardForm {
                label_en: row.label_en,
                label_zh: row.label_zh,
                label_ja: row.label_ja,
                route: row.route,
                release: row.release,
            };
            match standard.insert(row.form.clone(), form) {
                Some(_) => Err(format!("the form {} stands twice", row.form)),
                None => Ok(()),
            }
        })?;
        let mut all: Vec<Term> = Vec::new();
        let mut index = terms::Terms::default();
        terms.each(|row: TermRow| {
            if !standard.contains_key(&row.form) {
                return Err(format!("{} is no form of dosage_forms.csv", row.form));
            }
            let term = Term::of(row)?;
            index.add(&term)?;
            all.push(term);
            Ok(())
        })?;
        let of = |vocabulary: Vocabulary| all.iter().filter(move |t| t.vocabulary == vocabulary);
        let broken = |e: aho_corasick::BuildError| terms.error(1, &e);
        Ok(Self {
            edqm: edqm::EdqmForms::new(of(Vocabulary::Edqm)).map_err(broken)?,
            chinese: chinese::ChineseForms::new(of(Vocabulary::Zh)),
            japanese: japanese::JapaneseForms::new(
                of(Vocabulary::Ja),
                of(Vocabulary::JaYj),
                of(Vocabulary::JaEn),
            )
            .map_err(broken)?,
            standard,
            terms: index,
        })
    }

    /// The form of a term of a vocabulary as it stands in the dictionary,
    /// under its route or under any. The term is in lower case.
    #[must_use]
    pub fn find(&self, vocabulary: Vocabulary, term: &str, route: &str) -> FormMatch {
        if crate::text::is_null(term) {
            return FormMatch::unspecified();
        }
        match (self.terms.get(vocabulary, term, route), self.terms.get(vocabulary, term, "*")) {
            (Some(form), _) => FormMatch::known(form, "exact"),
            (None, Some(form)) => FormMatch::known(form, "any_route"),
            (None, None) if route.is_empty() => FormMatch::unmatched(term),
            (None, None) => FormMatch::unmatched(&format!("{term}; {route}")),
        }
    }

    /// The form of FDA's `FORM;ROUTE`. The route may itself hold several,
    /// separated by commas; a form without a route is looked up as it is.
    ///
    /// FDA's `INJECTABLE` is a solution or a powder. A strength per vial that
    /// names no volume (`500MG/VIAL`) says a powder, which is a form of its own
    /// (R6); without a strength it counts as a solution.
    #[must_use]
    pub fn find_fda(&self, raw: &str, strength: Option<&str>) -> FormMatch {
        fda::find(self, raw, strength)
    }

    /// The form of an EDQM term as EMA, HMA and CTIS write it: in any case,
    /// singular or plural, with or without the container (`in pre-filled
    /// syringe`), a full stop at the end. Several terms in one value count only
    /// if they are of one form.
    #[must_use]
    pub fn find_edqm(&self, raw: &str) -> FormMatch {
        self.edqm.find(raw)
    }

    /// The form that an English product name says (R6a): `Mirtazapin 15 mg
    /// film-coated tablets`. Nothing where the name says none, where the word
    /// could mean several (`injection`, `solution`), or where it says two.
    #[must_use]
    pub fn in_name_en(&self, name: &str) -> Option<FormMatch> {
        self.edqm.in_name(name)
    }

    /// The form of a Chinese 剂型: the value as a whole, then without the
    /// brackets at its end, then the form word that it ends or begins with.
    #[must_use]
    pub fn find_zh(&self, raw: &str) -> FormMatch {
        self.chinese.find(raw)
    }

    /// As [`Forms::find_zh`], beside the name of the product: a field that names but
    /// the family of a form (片剂) is made more exact by a name that says which
    /// (缓释片). R6: release characteristics and route make a different form.
    #[must_use]
    pub fn find_zh_named(&self, raw: &str, name: &str) -> FormMatch {
        self.chinese.find_named(raw, name)
    }

    /// The form that a Chinese product name says, and the rest of the name
    /// (R6a): 甲磺酸奥希替尼片 is `tablet` of 甲磺酸奥希替尼. Nothing where the
    /// name has no form word, as substances and excipients have none.
    #[must_use]
    pub fn in_name_zh(&self, name: &str) -> Option<ChineseName> {
        self.chinese.in_name(name)
    }

    /// The form word with which a Chinese text goes on behind the name of a drug (R6a).
    pub(crate) fn at_start_zh(&self, text: &str) -> Option<FormMatch> {
        self.chinese.at_start(text)
    }

    /// The form of a Japanese product name (R6a), with the class (区分) and
    /// code of the price list where it is there. A price code tells a solution
    /// from a powder where the words do not, and the words tell orally
    /// disintegrating tablets, which the code does not.
    #[must_use]
    pub fn find_ja(&self, name: &str, class_and_price_code: Option<(&str, &str)>) -> FormMatch {
        self.japanese.find(name, class_and_price_code)
    }

    /// The form of a Japanese product with an English name, as the English list
    /// of approvals has it.
    #[must_use]
    pub fn find_ja_en(&self, name: &str) -> FormMatch {
        self.japanese.find_english(name)
    }

    /// The form of a text of several English names that are not told apart:
    /// only where all form words in it are of one form.
    pub(crate) fn sole_form_ja_en(&self, names: &str) -> FormMatch {
        self.japanese.sole_english(names)
    }

    /// The standard forms, by name.
    #[must_use]
    pub fn forms(&self) -> &BTreeMap<String, StandardForm> {
        &self.standard
    }
}

#[cfg(test)]
pub(crate) mod tests;
