//! R5: names in any language to one INN-based generic.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;
use crate::text::clean;

/// Language of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English (and Latin).
    En,
    /// Chinese.
    Zh,
    /// Japanese.
    Ja,
}

#[derive(Deserialize)]
struct NameRow {
    name: String,
    lang: Language,
    generic: String,
    salt: String,
}

#[derive(Deserialize)]
struct SaltRow {
    term: String,
    lang: Language,
    salt: String,
    kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    generic: String,
    salt: String,
}

#[derive(Debug)]
struct SaltTerm {
    term: String,
    salt: String,
    prefix: bool,
}

/// What was found for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenericMatch {
    /// The standard generic: single generics, sorted, joined with ` / `.
    pub generic: String,
    /// Salts of the ingredients in the order of the name.
    pub salt: Option<String>,
    /// `exact`, `salt_stripped`, `combination`, `partial` or `unmatched`.
    pub how: &'static str,
    /// Ingredients that no dictionary knows, as normalised.
    pub unknown: Vec<String>,
}

/// The generic names.
#[derive(Debug)]
pub struct Generics {
    names: HashMap<(Language, String), Name>,
    salts: HashMap<Language, Vec<SaltTerm>>,
    by_generic: BTreeMap<String, BTreeMap<Language, BTreeSet<String>>>,
}

impl Generics {
    pub(crate) fn new(names: &CsvFile, salts: &CsvFile) -> Result<Self, DictionaryError> {
        let mut this =
            Self { names: HashMap::new(), salts: HashMap::new(), by_generic: BTreeMap::new() };
        names.each(|row: NameRow| {
            if row.generic.trim().is_empty() {
                return Err(format!("{} has no generic", row.name));
            }
            let name = fold(&row.name);
            this.by_generic
                .entry(row.generic.clone())
                .or_default()
                .entry(row.lang)
                .or_default()
                .insert(row.name.clone());
            let value = Name { generic: row.generic, salt: row.salt };
            match this.names.insert((row.lang, name), value) {
                Some(before) => {
                    Err(format!("{} stands twice (also as {})", row.name, before.generic))
                }
                None => Ok(()),
            }
        })?;
        salts.each(|row: SaltRow| {
            let term =
                SaltTerm { term: fold(&row.term), salt: row.salt, prefix: row.kind == "prefix" };
            this.salts.entry(row.lang).or_default().push(term);
            Ok(())
        })?;
        #[expect(clippy::iter_over_hash_type, reason = "each list is sorted by itself")]
        for terms in this.salts.values_mut() {
            // The longest term first: `sodium hydrate` before `hydrate`.
            terms.sort_by(|a, b| b.term.len().cmp(&a.term.len()).then_with(|| a.term.cmp(&b.term)));
        }
        Ok(this)
    }

    /// The generic of a text that names one or more ingredients, `separators`
    /// between them.
    #[must_use]
    pub fn find(&self, raw: &str, language: Language, separators: &[char]) -> GenericMatch {
        let name = fold(&clean(raw));
        if let Some((found, how)) = self.single(&name, language) {
            return GenericMatch {
                generic: found.generic,
                salt: Some(found.salt).filter(|s| !s.is_empty()),
                how,
                unknown: vec![],
            };
        }
        let parts = split_outside_brackets(&name, separators);
        let mut generics = BTreeSet::new();
        let mut salts = Vec::new();
        let mut unknown = Vec::new();
        for part in &parts {
            if let Some((found, _)) = self.single(part, language) {
                generics.extend(found.generic.split(" / ").map(str::to_owned));
                if !found.salt.is_empty() && !salts.contains(&found.salt) {
                    salts.push(found.salt);
                }
            } else {
                generics.insert((*part).to_owned());
                unknown.push((*part).to_owned());
            }
        }
        let how = match (parts.len(), unknown.len()) {
            (_, 0) if !parts.is_empty() => "combination",
            (n, m) if n > m => "partial",
            _ => "unmatched",
        };
        GenericMatch {
            generic: generics.into_iter().collect::<Vec<_>>().join(" / "),
            salt: Some(salts.join("; ")).filter(|s| !s.is_empty()),
            how,
            unknown,
        }
    }

    /// All names of one single generic in a language.
    pub fn names_of(&self, generic: &str, language: Language) -> impl Iterator<Item = &str> {
        self.by_generic
            .get(generic)
            .and_then(|languages| languages.get(&language))
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// All single generics.
    pub fn generics(&self) -> impl Iterator<Item = &str> {
        self.by_generic.keys().map(String::as_str)
    }

    /// All names in a language.
    pub fn names(&self, language: Language) -> impl Iterator<Item = &str> {
        self.by_generic.values().filter_map(move |l| l.get(&language)).flatten().map(String::as_str)
    }

    fn single(&self, name: &str, language: Language) -> Option<(Name, &'static str)> {
        if let Some(found) = self.names.get(&(language, name.to_owned())) {
            return Some((found.clone(), "exact"));
        }
        if let Some(found) =
            biologic_base(name).and_then(|n| self.names.get(&(language, n.to_owned())))
        {
            return Some((found.clone(), "exact"));
        }
        self.stripped(name, language, 0).map(|found| (found, "salt_stripped"))
    }

    /// Takes salt words away as long as what remains is a known name. Depth
    /// bounds names that are nothing but salt words.
    fn stripped(&self, name: &str, language: Language, depth: u8) -> Option<Name> {
        if depth > 4 {
            return None;
        }
        for term in self.salts.get(&language)? {
            let rest = if term.prefix {
                name.strip_prefix(term.term.as_str())
            } else if language == Language::En {
                name.strip_suffix(term.term.as_str()).and_then(|r| r.strip_suffix(' '))
            } else {
                name.strip_suffix(term.term.as_str())
            };
            let Some(rest) = rest.map(|r| r.trim_matches([' ', '・'])).filter(|r| !r.is_empty())
            else {
                continue;
            };
            let inner = self
                .names
                .get(&(language, rest.to_owned()))
                .cloned()
                .or_else(|| self.stripped(rest, language, depth + 1));
            if let Some(mut found) = inner {
                found.salt = match (found.salt.is_empty(), term.prefix) {
                    (true, _) => term.salt.clone(),
                    (false, true) => format!("{} {}", term.salt, found.salt),
                    (false, false) => format!("{} {}", found.salt, term.salt),
                };
                return Some(found);
            }
        }
        None
    }
}

/// Splits at the separators that stand outside brackets: in `LIOTRIX (T4;T3)`
/// and `TRIPLE SULFA (…;…;…)` they belong to the name.
pub(crate) fn split_outside_brackets<'a>(name: &'a str, separators: &[char]) -> Vec<&'a str> {
    let mut depth = 0_u32;
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in name.char_indices() {
        match c {
            '(' | '[' | '（' => depth += 1,
            ')' | ']' | '）' => depth = depth.saturating_sub(1),
            c if depth == 0 && separators.contains(&c) => {
                parts.push(&name[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&name[start..]);
    // A bracket that never closes must not hide the separators behind it.
    if depth > 0 {
        parts = name.split(separators).collect();
    }
    parts.into_iter().map(str::trim).filter(|p| !p.is_empty()).collect()
}

/// `adalimumab-adaz` without its four-letter suffix (R5).
fn biologic_base(name: &str) -> Option<&str> {
    let (base, suffix) = name.rsplit_once('-')?;
    (suffix.len() == 4 && base.len() >= 4 && suffix.bytes().all(|b| b.is_ascii_lowercase()))
        .then_some(base)
}

fn fold(name: &str) -> String {
    clean(&name.to_lowercase()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionaries;

    #[test]
    fn r5_names_come_to_one_generic() {
        let dictionaries = Dictionaries::load(None).unwrap();
        for (raw, generic, salt) in [
            ("NEVIRAPINE", "nevirapine", None),
            ("OSIMERTINIB MESYLATE", "osimertinib", Some("mesilate")),
            ("LAMIVUDINE; ZIDOVUDINE", "lamivudine / zidovudine", None),
            ("ZIDOVUDINE;LAMIVUDINE", "lamivudine / zidovudine", None),
            ("SILDENAFIL CITRATE", "sildenafil", Some("citrate")),
            ("SODIUM CHLORIDE", "sodium chloride", None),
            ("ACETAMINOPHEN", "paracetamol", None),
            ("adalimumab-adaz", "adalimumab", None),
        ] {
            let found = dictionaries.generics.find(raw, Language::En, &[';']);
            assert_eq!((found.generic.as_str(), found.salt.as_deref()), (generic, salt), "{raw}");
        }
    }

    #[test]
    fn r5_separators_inside_brackets_belong_to_the_name() {
        for (name, parts) in [
            ("lamivudine; zidovudine", vec!["lamivudine", "zidovudine"]),
            ("liotrix (t4;t3)", vec!["liotrix (t4;t3)"]),
            ("a (b;c); d", vec!["a (b;c)", "d"]),
            ("a (b;c", vec!["a (b", "c"]),
            (";;", vec![]),
        ] {
            assert_eq!(split_outside_brackets(name, &[';']), parts);
        }
    }

    #[test]
    fn r10_an_unknown_ingredient_goes_on_under_its_own_name() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let found = dictionaries.generics.find("NEVIRAPINE; Zzyzxine", Language::En, &[';']);
        assert_eq!(found.generic, "nevirapine / zzyzxine");
        assert_eq!((found.how, found.unknown), ("partial", vec!["zzyzxine".to_owned()]));
        assert_eq!(dictionaries.generics.find("Zzyzxine", Language::En, &[';']).how, "unmatched");
    }

    #[test]
    fn r5_a_standard_generic_is_its_own_standard() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let mut wrong = vec![];
        for generic in dictionaries.generics.generics() {
            if let Some((found, _)) = dictionaries.generics.single(&fold(generic), Language::En)
                && found.generic != generic
            {
                wrong.push(format!("{generic} -> {}", found.generic));
            }
        }
        assert!(wrong.is_empty(), "standard names that are aliases of others: {wrong:#?}");
    }
}
