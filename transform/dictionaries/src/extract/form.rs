//! R6a: the form that a text says beside a drug it names.

use super::DrugMention;
use crate::form::FormMatch;
use crate::{Dictionaries, Language};

/// What makes a powder of the name behind it.
const FOR_INJECTION: &str = "注射用";
/// A form has at most so many English words: `Paclitaxel concentrate for solution
/// for infusion`.
const WORDS: usize = 5;

impl Dictionaries {
    /// The form of a mention, from the words around it (R6a): `Tazarotene cream`,
    /// HBW-012336胶囊, 注射用AST2169. `text` is the text as [`crate::clean`] gives it,
    /// in which the mention was found. None where no form stands right there.
    #[must_use]
    pub fn form_beside(
        &self,
        text: &str,
        mention: &DrugMention,
        language: Language,
    ) -> Option<FormMatch> {
        let before = text.get(..mention.start)?;
        let behind = text.get(mention.end..)?;
        if language == Language::Zh {
            if before.ends_with(FOR_INJECTION) {
                let name = format!("{FOR_INJECTION}{}", mention.matched);
                return self.forms.in_name_zh(&name).map(|name| name.form);
            }
            if let Some(form) = self.forms.at_start_zh(behind.trim_start()) {
                return Some(form);
            }
        }
        let clause = behind.strip_prefix(' ')?;
        let end = clause.find([',', ';', ':', '.', '(']).unwrap_or(clause.len());
        let mut words: Vec<&str> = clause[..end].split(' ').take(WORDS).collect();
        // The next drug may have a form of its own: `A gel and B cream`.
        let others = words.iter().position(|word| JOINING.contains(&word.to_lowercase().as_str()));
        words.truncate(others.unwrap_or(words.len()));
        // A gel may be for the mouth or the eye, but the name alone says no such thing.
        if words.first().is_some_and(|word| word.eq_ignore_ascii_case("gel")) {
            return Some(self.forms.find_edqm("gel"));
        }
        // The fewest words that say one, then those that make it another.
        let said = |count: usize| self.forms.in_name_en(&format!("x {}", words[..count].join(" ")));
        let first = (1..=words.len()).find(|count| said(*count).is_some())?;
        // Between the name and the form there is at most a salt: `HCl tablets`.
        if first > 3 {
            return None;
        }
        (first..=words.len()).rev().find_map(said)
    }
}

/// What ends the words about one drug.
const JOINING: &[&str] = &["and", "or", "plus", "with", "versus", "vs", "in", "on", "to"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6a_a_form_beside_a_name_in_a_text_is_its_form() {
        let dictionaries = Dictionaries::load(None).unwrap();
        for (text, language, expected) in [
            ("Effect of Tazarotene cream when used", Language::En, vec![Some("cream")]),
            (
                "Benzoyl peroxide/Clindamycin gel and Tazarotene cream",
                Language::En,
                vec![Some("gel"), Some("cream")],
            ),
            ("V0147 GEL EFFECT AND TOLERANCE", Language::En, vec![Some("gel")]),
            (
                "Salmeterol/Fluticasone propionate Inhalation Powder (50",
                Language::En,
                vec![Some("inhalation_powder")],
            ),
            ("Migalastat HCl capsules in Fabry subjects", Language::En, vec![Some("capsule")]),
            ("Pazopanib in patients with tablets", Language::En, vec![None]),
            ("Pazopanib and tablets", Language::En, vec![None]),
            ("HBW-012336胶囊在中国患者中", Language::Zh, vec![Some("capsule")]),
            ("评价SY-5933片联合CT-707片", Language::Zh, vec![Some("tablet"), Some("tablet")]),
            ("注射用SHR-A1811联合治疗", Language::Zh, vec![Some("powder_for_injection")]),
            ("奥希替尼血清浓度", Language::Zh, vec![None]),
            ("奥希替尼治疗非小细胞肺癌", Language::Zh, vec![None]),
        ] {
            let mentions = dictionaries.extractor.extract(text, language);
            let forms: Vec<Option<String>> = mentions
                .iter()
                .map(|m| dictionaries.form_beside(text, m, language).map(|f| f.form))
                .collect();
            let forms: Vec<Option<&str>> = forms.iter().map(Option::as_deref).collect();
            assert_eq!(forms, expected, "{text}: {mentions:?}");
        }
    }
}
