//! EDQM terms: `Powder and solvent for solution for injection`.

use std::collections::HashMap;

use aho_corasick::BuildError;

use super::FormMatch;
use super::terms::Term;
use super::words::{Found, Words, longest};
use crate::text::{clean, is_null};

/// One-word terms that say the form even in the name of a product.
const CLEAR: [&str; 18] = [
    "tablet",
    "capsule",
    "caplet",
    "cream",
    "ointment",
    "granule",
    "syrup",
    "suppository",
    "pessary",
    "lozenge",
    "pastille",
    "shampoo",
    "enema",
    "elixir",
    "filmtablette",
    "schmelztablette",
    "retardtablette",
    "hartkapsel",
];
/// Plurals that no rule gives, by their endings, with that of the singular.
const PLURALS: [(&str, &str); 3] =
    [("tabletten", "tablette"), ("kapseln", "kapsel"), ("suppositoria", "suppository")];

/// EDQM terms by their key.
#[derive(Debug)]
pub(super) struct EdqmForms {
    by_key: HashMap<String, String>,
    /// Keys that may stand in the name of a product, and their forms.
    in_names: Words,
    forms: Vec<String>,
}

impl EdqmForms {
    pub(super) fn new<'a>(terms: impl Iterator<Item = &'a Term>) -> Result<Self, BuildError> {
        let mut by_key: HashMap<String, Option<String>> = HashMap::new();
        for term in terms {
            let known = by_key.entry(key(&term.text)).or_insert_with(|| Some(term.form.clone()));
            // Two forms that differ only in what the key leaves out.
            if known.as_ref().is_some_and(|form| *form != term.form) {
                *known = None;
            }
        }
        let by_key: HashMap<String, String> =
            by_key.into_iter().filter_map(|(key, form)| Some((key, form?))).collect();
        let mut named: Vec<(&String, &String)> = by_key
            .iter()
            .filter(|(key, _)| key.contains(' ') || CLEAR.contains(&key.as_str()))
            .collect();
        named.sort_unstable();
        let in_names = Words::new(named.iter().map(|(key, _)| key.as_str()))?;
        let forms = named.iter().map(|(_, form)| (*form).clone()).collect();
        Ok(Self { by_key, in_names, forms })
    }

    pub(super) fn find(&self, raw: &str) -> FormMatch {
        let text = clean(raw);
        let text = text.trim_end_matches(['.', ',', ';', ' ']);
        if is_null(text) {
            return FormMatch::unspecified();
        }
        let term = self.term(text).or_else(|| {
            let mut parts = text.split(['|', ';', '\n']).map(|part| self.term(part));
            let first = parts.next()??;
            parts.all(|part| part == Some(first)).then_some(first)
        });
        match term {
            Some(form) => FormMatch::known(form, "exact"),
            None => FormMatch::unmatched(&text.to_lowercase()),
        }
    }

    /// The form of one term: as it stands, then without its bracket, then
    /// without its container, then without the solvent that is packed with it.
    fn term(&self, text: &str) -> Option<&str> {
        let whole = key(text);
        let bare = text.split_once('(').map(|(before, _)| key(before));
        let ways = [Some(whole.as_str()), bare.as_deref()];
        ways.into_iter()
            .flatten()
            .find_map(|key| {
                let without_container =
                    std::iter::successors(Some(key), |key| Some(key.rsplit_once(" in ")?.0));
                without_container.into_iter().find_map(|key| {
                    self.by_key
                        .get(key)
                        .or_else(|| self.by_key.get(&key.replacen(" and solvent", "", 1)))
                })
            })
            .map(String::as_str)
    }

    pub(super) fn in_name(&self, name: &str) -> Option<FormMatch> {
        let text = key(&clean(name));
        let form = |found: &Found| self.forms.get(found.word);
        let found: Vec<Found> = self.in_names.find(&text, |c| c != ' ').collect();
        let best = longest(found.iter().copied())?;
        let told = form(&best)?;
        // A second form elsewhere in the name: neither is told.
        let elsewhere = |f: &&Found| f.end <= best.start || f.start >= best.end;
        let agrees = found.iter().filter(elsewhere).all(|f| form(f) == Some(told));
        agrees.then(|| FormMatch::known(told, "name"))
    }
}

/// Words in lower case and singular, separated by one space each.
fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let lower = text.to_lowercase().replace("prefilled", "pre-filled");
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        if !key.is_empty() {
            key.push(' ');
        }
        let irregular =
            PLURALS.iter().find_map(|(plural, one)| Some((word.strip_suffix(plural)?, one)));
        match (irregular, word.strip_suffix('s')) {
            (Some((stem, singular)), _) => {
                key.push_str(stem);
                key.push_str(singular);
            }
            (None, Some(singular)) if word.len() > 3 && !singular.ends_with(['s', 'u', 'i']) => {
                if let Some(stem) = singular.strip_suffix("ie") {
                    key.push_str(stem);
                    key.push('y');
                } else if singular.ends_with("che") || singular.ends_with("xe") {
                    key.push_str(singular.strip_suffix('e').unwrap_or(singular));
                } else {
                    key.push_str(singular);
                }
            }
            _ => key.push_str(word),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::Dictionaries;

    #[test]
    fn r6_edqm_terms_are_found_in_every_spelling() {
        let forms = Dictionaries::load(None).unwrap().forms;
        for (raw, form) in [
            ("Film-coated tablet", "tablet"),
            ("FILM-COATED TABLETS.", "tablet"),
            ("Orodispersible tablet", "orodispersible_tablet"),
            ("Powder and solvent for solution for injection", "powder_for_injection"),
            (
                "Powder and solvent for concentrate for solution for infusion",
                "powder_for_injection",
            ),
            ("Powder for concentrate for solution for infusion.", "powder_for_injection"),
            ("SOLUTION FOR INFUSION", "injection"),
            ("Solution for injection in prefilled syringe", "injection"),
            ("Solution for injection in pre-filled pen (SensoReady)", "injection"),
            ("Hard capsules", "capsule"),
            ("Capsule, hard", "capsule"),
            ("Transdermal patches", "patch"),
            ("Suppositories", "suppository"),
            ("Film-coated tablet | Coated tablet", "tablet"),
        ] {
            let found = forms.find_edqm(raw);
            assert_eq!((found.form.as_str(), found.how), (form, "exact"), "{raw}");
        }
        assert_eq!(forms.find_edqm("N/A").how, "unspecified");
        for unknown in ["Flying carpet", "Tablet | Oral solution"] {
            assert_eq!(forms.find_edqm(unknown).how, "unmatched", "{unknown}");
        }
    }

    #[test]
    fn r6a_an_english_name_says_its_form_only_where_it_is_clear() {
        let forms = Dictionaries::load(None).unwrap().forms;
        for (name, form) in [
            ("Mirtazapin 15 mg film-coated tablets", Some("tablet")),
            ("Mirtazapin-neuraxpharm 30 mg Filmtabletten", Some("tablet")),
            (
                "ALIMTA 500 mg powder for concentrate for solution for infusion",
                Some("powder_for_injection"),
            ),
            ("Dectova 10 mg/mL solution for infusion", Some("injection")),
            ("Ibuprofen 400 mg prolonged-release tablets", Some("extended_release_tablet")),
            ("Posaconazole", None),
            ("Insulin injection", None),
            ("Amoxicillin tablets and oral suspension", None),
            ("Tabletex 10 mg", None),
            ("", None),
        ] {
            let found = forms.in_name_en(name);
            assert_eq!(found.as_ref().map(|f| f.form.as_str()), form, "{name}");
            assert!(found.is_none_or(|f| f.how == "name"), "{name}");
        }
    }

    proptest! {
        #[test]
        fn r6_edqm_look_ups_are_total(raw in "[a-z ,.|;()]{0,40}|.{0,30}") {
            let forms = crate::form::tests::forms();
            let found = forms.find_edqm(&raw);
            prop_assert!(!found.form.is_empty());
            let known = forms.forms().contains_key(&found.form);
            prop_assert!(known || found.how == "unmatched");
            if let Some(found) = forms.in_name_en(&raw) {
                prop_assert!(forms.forms().contains_key(&found.form));
            }
        }
    }
}
