//! R10: decisions come before the dictionaries.

use std::collections::BTreeSet;

use super::{DecisionKind, Scope, Verdict, fold};
use crate::generic::cut;
use crate::text::clean;
use crate::{
    Companies, CompanyMatch, Dictionaries, FormMatch, Forms, GenericMatch, Generics, Language,
    Vocabulary,
};

/// How a value was found that a decision accepted or mapped.
pub const DECIDED: &str = "decision";
/// How a value was found that a decision left under its own name.
pub const REJECTED: &str = "rejected";
/// How a value was found that names no drug: its record takes no part in drugs.
pub const NOT_A_DRUG: &str = "not_a_drug";

impl Dictionaries {
    /// The target of a decision as the dictionaries write it: a suggestion may
    /// be a name in any language (`维生素b6`), the target is its generic. A
    /// generic or a company may be new, a dosage form may not: it needs labels
    /// and a route.
    ///
    /// # Errors
    /// Why it cannot be a target.
    pub fn standard_target(&self, kind: DecisionKind, target: &str) -> Result<String, String> {
        match kind {
            DecisionKind::Generic => {
                if let Some(generic) = self.known_generic(target) {
                    return Ok(generic);
                }
                let parts: BTreeSet<String> = target
                    .split(" / ")
                    .map(|part| self.known_generic(part).unwrap_or_else(|| fold(part)))
                    .collect();
                Ok(parts.into_iter().collect::<Vec<_>>().join(" / "))
            }
            DecisionKind::DosageForm => {
                let form = clean(target).into_owned();
                if self.forms.forms().contains_key(&form) {
                    Ok(form)
                } else {
                    Err(format!("the target {form} is no form of dosage_forms.csv"))
                }
            }
            DecisionKind::Company => Ok(self.companies.find(target).company),
        }
    }

    /// The generic of a name in whichever language knows it.
    fn known_generic(&self, name: &str) -> Option<String> {
        [Language::En, Language::Zh, Language::Ja]
            .map(|language| self.generics.find(name, language, &[]))
            .into_iter()
            .find(|found| found.unknown.is_empty())
            .map(|found| found.generic)
    }

    /// The generic of a text (R5), decisions first (R10).
    #[must_use]
    pub fn generic(&self, raw: &str, language: Language, separators: &[char]) -> GenericMatch {
        self.generic_with(raw, language, separators, |generics, text| {
            generics.find(text, language, separators)
        })
    }

    /// As [`Dictionaries::generic`], with another finder for what is not
    /// decided. The finder is given the whole text, or one ingredient of it
    /// where another ingredient is decided.
    ///
    /// `how` is [`DECIDED`] if all is known and a decision had a part in it,
    /// [`REJECTED`] if the text stands under its own name, [`NOT_A_DRUG`] if
    /// nothing of it is a drug. An ingredient that is no drug is left out of a
    /// combination: it does not tell one drug from another.
    #[must_use]
    pub fn generic_with(
        &self,
        raw: &str,
        language: Language,
        separators: &[char],
        find: impl Fn(&Generics, &str) -> GenericMatch,
    ) -> GenericMatch {
        let verdict = |value: &str| {
            self.decisions.verdict(DecisionKind::Generic, Scope::Language(language), value)
        };
        if let Some(verdict) = verdict(raw) {
            return decided(&fold(raw), verdict);
        }
        let name = fold(raw);
        let parts = cut(raw, separators);
        if parts.iter().any(|part| verdict(part).is_some()) {
            let found = parts.iter().map(|part| match verdict(part) {
                Some(verdict) => decided(part, verdict),
                None => replace_unknown(find(&self.generics, part), verdict),
            });
            return combined(&name, found);
        }
        replace_unknown(find(&self.generics, raw), verdict)
    }

    /// The form of a source's words (R6), decisions about the whole of `raw`
    /// first (R10); `find` is asked where there is none:
    /// `dictionaries.form(Vocabulary::Fda, raw, |forms| forms.find_fda(raw, None))`.
    #[must_use]
    pub fn form(
        &self,
        vocabulary: Vocabulary,
        raw: &str,
        find: impl FnOnce(&Forms) -> FormMatch,
    ) -> FormMatch {
        let verdict = |value: &str| {
            self.decisions.verdict(DecisionKind::DosageForm, Scope::Vocabulary(vocabulary), value)
        };
        let decided = |value: &str| {
            let (verdict, target) = verdict(value)?;
            let (form, how) = outcome(verdict, target, || fold(value));
            Some(FormMatch { form, how })
        };
        decided(raw).unwrap_or_else(|| {
            let found = find(&self.forms);
            // The review queue shows an unknown form as the finder cut it out.
            if found.how == "unmatched" { decided(&found.form).unwrap_or(found) } else { found }
        })
    }

    /// The company of a name (R7), decisions first (R10).
    #[must_use]
    pub fn company(&self, raw: &str) -> CompanyMatch {
        self.company_with(raw, |companies| companies.find(raw))
    }

    /// As [`Dictionaries::company`], with another finder for what is not
    /// decided. The review queue asks once for all spellings of a name that
    /// share a key (R7), without their addresses; so the decision about one of
    /// them holds for all that are not decided themselves.
    #[must_use]
    pub fn company_with(
        &self,
        raw: &str,
        find: impl FnOnce(&Companies) -> CompanyMatch,
    ) -> CompanyMatch {
        let decided = |(verdict, target, value): (Verdict, &str, &str)| {
            let (company, how) = outcome(verdict, target, || clean(value).into_owned());
            CompanyMatch { company, how }
        };
        if let Some(verdict) = self.decisions.company(raw) {
            return decided(verdict);
        }
        let found = find(&self.companies);
        if found.how != "own_name" || !self.decisions.has_companies() {
            return found;
        }
        let same = self.decisions.company(&found.company);
        let same =
            same.or_else(|| self.decisions.company_of_key(&self.companies.key(&found.company)));
        same.map_or(found, decided)
    }
}

fn outcome(
    verdict: Verdict,
    target: &str,
    own_name: impl FnOnce() -> String,
) -> (String, &'static str) {
    match verdict {
        Verdict::Accept | Verdict::MapTo => (target.to_owned(), DECIDED),
        Verdict::Reject => (own_name(), REJECTED),
        Verdict::NotADrug => (own_name(), NOT_A_DRUG),
    }
}

fn decided(name: &str, (verdict, target): (Verdict, &str)) -> GenericMatch {
    let (generic, how) = outcome(verdict, target, || name.to_owned());
    GenericMatch { generic, salt: None, how, unknown: vec![] }
}

/// A finder may split finer than the separators do: what it did not know may
/// still be decided.
fn replace_unknown<'a>(
    mut found: GenericMatch,
    verdict: impl Fn(&str) -> Option<(Verdict, &'a str)>,
) -> GenericMatch {
    if found.unknown.iter().all(|part| verdict(part).is_none()) {
        return found;
    }
    let name = std::mem::take(&mut found.generic);
    let unknown = std::mem::take(&mut found.unknown);
    let rest = name.split(" / ").filter(|g| !g.is_empty() && !unknown.iter().any(|u| u == g));
    let known = rest.map(|generic| GenericMatch {
        generic: generic.to_owned(),
        salt: None,
        how: "exact",
        unknown: vec![],
    });
    let judged = unknown.iter().map(|part| match verdict(part) {
        Some(verdict) => decided(part, verdict),
        None => unmatched(part),
    });
    let salt = found.salt.take();
    let mut all = combined(&name, known.chain(judged));
    all.salt = salt;
    all
}

fn unmatched(part: &str) -> GenericMatch {
    GenericMatch {
        generic: part.to_owned(),
        salt: None,
        how: "unmatched",
        unknown: vec![part.to_owned()],
    }
}

/// The combination of what was found for the ingredients of `name`.
fn combined(name: &str, parts: impl Iterator<Item = GenericMatch>) -> GenericMatch {
    let mut generics = BTreeSet::new();
    let (mut salts, mut unknown): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let (mut known, mut rejected) = (false, false);
    for part in parts.filter(|part| part.how != NOT_A_DRUG) {
        known |= !matches!(part.how, "unmatched" | REJECTED);
        rejected |= part.how == REJECTED;
        generics.extend(part.generic.split(" / ").map(str::to_owned));
        unknown.extend(part.unknown);
        if let Some(salt) = part.salt.filter(|salt| !salts.contains(salt)) {
            salts.push(salt);
        }
    }
    if generics.is_empty() {
        return decided(name, (Verdict::NotADrug, ""));
    }
    let how = match (unknown.is_empty(), known, rejected) {
        (false, false, false) => "unmatched",
        (false, ..) => "partial",
        (true, false, _) => REJECTED,
        (true, true, _) => DECIDED,
    };
    GenericMatch {
        generic: generics.into_iter().collect::<Vec<_>>().join(" / "),
        salt: Some(salts.join("; ")).filter(|s| !s.is_empty()),
        how,
        unknown,
    }
}
