//! R6: dosage forms of four vocabularies to one standard form.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;
use crate::text::clean;

/// The standard form of a record that names none.
pub const UNSPECIFIED: &str = "unspecified";

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

#[derive(Deserialize)]
struct FormRow {
    form: String,
    label_en: String,
    label_zh: String,
    label_ja: String,
    route: String,
    release: String,
}

#[derive(Deserialize)]
struct TermRow {
    vocabulary: Vocabulary,
    term: String,
    route: String,
    form: String,
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
    /// `exact`, `any_route`, `unspecified` or `unmatched`.
    pub how: &'static str,
}

/// The dosage forms.
#[derive(Debug)]
pub struct Forms {
    forms: BTreeMap<String, StandardForm>,
    terms: HashMap<(Vocabulary, String, String), String>,
}

impl Forms {
    pub(crate) fn new(forms: &CsvFile, terms: &CsvFile) -> Result<Self, DictionaryError> {
        let mut this = Self { forms: BTreeMap::new(), terms: HashMap::new() };
        forms.each(|row: FormRow| {
            let form = StandardForm {
                label_en: row.label_en,
                label_zh: row.label_zh,
                label_ja: row.label_ja,
                route: row.route,
                release: row.release,
            };
            match this.forms.insert(row.form.clone(), form) {
                Some(_) => Err(format!("the form {} stands twice", row.form)),
                None => Ok(()),
            }
        })?;
        terms.each(|row: TermRow| {
            if !this.forms.contains_key(&row.form) {
                return Err(format!("{} is no form of dosage_forms.csv", row.form));
            }
            let key = (row.vocabulary, fold(&row.term), fold(&row.route));
            match this.terms.insert(key, row.form) {
                Some(_) => Err(format!("{} ({}) stands twice", row.term, row.route)),
                None => Ok(()),
            }
        })?;
        Ok(this)
    }

    /// The form of FDA's `FORM;ROUTE`. The route may itself hold several,
    /// separated by commas; a form without a route is looked up as it is.
    #[must_use]
    pub fn find_fda(&self, raw: &str) -> FormMatch {
        let text = fold(&clean(raw));
        let (term, route) = match text.rsplit_once(';') {
            Some((term, route)) => (term.trim(), route.trim()),
            None => (text.as_str(), ""),
        };
        self.find(Vocabulary::Fda, term, route)
    }

    /// The form of a term, exactly under its route or under any.
    #[must_use]
    pub fn find(&self, vocabulary: Vocabulary, term: &str, route: &str) -> FormMatch {
        if crate::text::is_null(term) {
            return FormMatch { form: UNSPECIFIED.into(), how: "unspecified" };
        }
        let known =
            |route: &str| self.terms.get(&(vocabulary, term.to_owned(), route.to_owned())).cloned();
        let (form, how) = match (known(route), known("*")) {
            (Some(form), _) => (form, "exact"),
            (None, Some(form)) => (form, "any_route"),
            (None, None) if route.is_empty() => (term.to_owned(), "unmatched"),
            (None, None) => (format!("{term}; {route}"), "unmatched"),
        };
        if form == UNSPECIFIED {
            FormMatch { form, how: "unspecified" }
        } else {
            FormMatch { form, how }
        }
    }

    /// The standard forms, by name.
    #[must_use]
    pub fn forms(&self) -> &BTreeMap<String, StandardForm> {
        &self.forms
    }
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use crate::Dictionaries;

    #[test]
    fn r6_release_and_route_make_different_forms_and_a_film_coat_does_not() {
        let forms = Dictionaries::load(None).unwrap().forms;
        let form = |raw: &str| forms.find_fda(raw).form;
        assert_eq!(form("TABLET;ORAL"), "tablet");
        assert_eq!(form("TABLET, FILM COATED;ORAL"), "tablet");
        assert_eq!(form("TABLET, EXTENDED RELEASE;ORAL"), "extended_release_tablet");
        assert_ne!(form("TABLET, ORALLY DISINTEGRATING;ORAL"), "tablet");
        assert_ne!(form("TABLET;VAGINAL"), "tablet");
        assert_eq!(form("SOLUTION/DROPS;OPHTHALMIC"), "eye_drops");
        assert_eq!(forms.find_fda("").how, "unspecified");
        assert_eq!(forms.find_fda("FLYING CARPET;ORAL").how, "unmatched");
    }
}
