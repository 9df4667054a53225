//! R5: names in any language to one INN-based generic.

mod ingredient;
mod parts;
#[cfg(test)]
mod tests;

pub(crate) use parts::cut;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;
use crate::development_code::CodeGrammar;
use crate::stop_words::StopWords;
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

impl Language {
    /// All languages, in the order in which tables per language hold them.
    pub const ALL: [Self; 3] = [Self::En, Self::Zh, Self::Ja];
}

/// What was found for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenericMatch {
    /// The standard generic: single generics, sorted, joined with ` / `. A
    /// development code without an INN is its own generic, in upper case.
    pub generic: String,
    /// Salts of the ingredients in the order of the name.
    pub salt: Option<String>,
    /// `exact`, `salt_stripped`, `combination`, `development_code`, `partial` or
    /// `unmatched`; `decision`, `rejected` or `not_a_drug` where people decided.
    pub how: &'static str,
    /// Ingredients that no dictionary knows, as normalised.
    pub unknown: Vec<String>,
}

impl GenericMatch {
    /// The source names no ingredient.
    #[must_use]
    pub fn unspecified() -> Self {
        Self { generic: crate::UNSPECIFIED.into(), salt: None, how: "unmatched", unknown: vec![] }
    }

    /// Whether every ingredient is known.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        !matches!(self.how, "partial" | "unmatched" | "rejected" | "not_a_drug")
    }
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
pub(crate) struct Name {
    pub(crate) generic: String,
    pub(crate) salt: String,
}

#[derive(Clone, Debug)]
pub(crate) struct SaltTerm {
    pub(crate) term: String,
    pub(crate) salt: String,
    pub(crate) prefix: bool,
    /// A word of a form, no salt.
    form: bool,
}

/// One ingredient as found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) generic: String,
    pub(crate) salt: String,
    pub(crate) how: &'static str,
}

/// The generic names.
#[derive(Debug, Default)]
pub struct Generics {
    /// By language, by folded name.
    names: [HashMap<String, Name>; 3],
    /// Names that are development codes, by canonical spelling.
    codes: HashMap<String, Name>,
    /// Names without spaces and hyphens; none where two generics meet.
    squeezed: [HashMap<String, Option<Name>>; 3],
    salts: [Vec<SaltTerm>; 3],
    by_generic: BTreeMap<String, BTreeMap<Language, BTreeSet<String>>>,
    grammar: CodeGrammar,
    never_segment: BTreeSet<String>,
}

impl Generics {
    pub(crate) fn new(
        names: &CsvFile,
        salts: &CsvFile,
        stops: &StopWords,
    ) -> Result<Self, DictionaryError> {
        let mut this = Self {
            grammar: stops.grammar.clone(),
            never_segment: stops.segments.clone(),
            ..Self::default()
        };
        names.each(|row: NameRow| {
            if row.generic.trim().is_empty() {
                return Err(format!("{} has no generic", row.name));
            }
            let (name, generic) = (row.name.clone(), row.generic.clone());
            match this.insert(row.lang, &row.name, &row.generic, &row.salt) {
                Some(before) => Err(format!("{name} is {generic} and also {}", before.generic)),
                None => Ok(()),
            }
        })?;
        salts.each(|row: SaltRow| {
            let term = SaltTerm {
                term: fold(&row.term),
                salt: row.salt,
                prefix: row.kind.ends_with("prefix"),
                form: row.kind.starts_with("form"),
            };
            this.salts[row.lang as usize].push(term);
            Ok(())
        })?;
        for terms in &mut this.salts {
            // Forms first: a salt stands within them. Of both the longest first:
            // `sodium hydrate` before `hydrate`.
            terms.sort_by(|a, b| {
                let key = |t: &SaltTerm| (!t.form, std::cmp::Reverse(t.term.len()));
                key(a).cmp(&key(b)).then_with(|| a.term.cmp(&b.term))
            });
        }
        Ok(this)
    }

    /// The generic of a text that names one or more ingredients, `separators`
    /// between them. A line break separates only if it is among the
    /// separators; circled numbers and ` / ` always do. The whole text is asked
    /// first, so that a name may hold its source's separators.
    ///
    /// Total and idempotent: the generic that is returned is its own generic.
    #[must_use]
    pub fn find(&self, raw: &str, language: Language, separators: &[char]) -> GenericMatch {
        let name = fold(raw);
        if let Some(found) = self.one(&name, language) {
            return GenericMatch {
                generic: found.generic,
                salt: Some(found.salt).filter(|s| !s.is_empty()),
                how: found.how,
                unknown: vec![],
            };
        }
        let mut generics = BTreeSet::new();
        let mut salts: Vec<String> = Vec::new();
        let mut unknown = Vec::new();
        let mut hows = Vec::new();
        let lines = separators.contains(&'\n');
        let raw = if lines { self.rejoined(raw, language) } else { Cow::Borrowed(raw) };
        for part in parts::cut(&raw, separators) {
            let Some(several) = self.several(&part, language, 0) else {
                generics.insert(part.clone());
                unknown.push(part);
                continue;
            };
            for found in several {
                generics.extend(found.generic.split(" / ").map(str::to_owned));
                hows.push(found.how);
                if !found.salt.is_empty() && !salts.contains(&found.salt) {
                    salts.push(found.salt);
                }
            }
        }
        if language == Language::Zh && unknown.is_empty() {
            parts::without_carrier(&mut generics);
        }
        let how = match (hows.as_slice(), unknown.is_empty()) {
            ([], _) => "unmatched",
            (_, false) => "partial",
            ([first, ..], true) if generics.len() == 1 => first,
            _ => "combination",
        };
        GenericMatch {
            generic: generics.into_iter().collect::<Vec<_>>().join(" / "),
            salt: Some(salts.join("; ")).filter(|s| !s.is_empty()),
            how,
            unknown,
        }
    }

    /// The items of a list that may be products of their own: its lines or what
    /// stands behind its numbers (①, `(1)`), where every one of them is known by
    /// itself; else the whole text. The separators apply within an item. The
    /// Japanese lists write `Omeprazole⏎Amoxicillin` for a combination as well as
    /// for two products of two firms: the caller knows the products.
    #[must_use]
    pub fn items(&self, raw: &str, language: Language, separators: &[char]) -> Vec<String> {
        let raw = self.rejoined(raw, language);
        if self.one(&fold(&raw), language).is_none() {
            let items = parts::items(&raw, true);
            // A line that begins or ends with a separator belongs to the next.
            let open = |c: char| c == '/' || separators.contains(&c);
            let whole_lines =
                items.iter().all(|i| !i.trim().starts_with(open) && !i.trim().ends_with(open));
            let known = |item: &String| self.find(item, language, separators).is_standard();
            if whole_lines && items.len() > 1 && items.iter().all(known) {
                return items;
            }
        }
        vec![raw.into_owned()]
    }

    /// The text with the lines joined that are one name: of `Alogliptin⏎benzoate`
    /// the second line is a salt, of `Vedolizumab⏎(genetical recombination)` a note.
    fn rejoined<'a>(&self, raw: &'a str, language: Language) -> Cow<'a, str> {
        if !raw.trim().contains(['\n', '\r']) {
            return Cow::Borrowed(raw);
        }
        let is_salt = |line: &str| {
            let word = line.split(['/', ',', ';', '(']).next().unwrap_or_default();
            let word = fold(word);
            self.salts[language as usize].iter().any(|salt| !salt.prefix && salt.term == word)
        };
        let mut text = String::with_capacity(raw.len());
        for line in raw.lines() {
            let goes_on = parts::is_note(line) || is_salt(line);
            if !text.is_empty() {
                text.push(if goes_on { ' ' } else { '\n' });
            }
            text.push_str(line);
        }
        Cow::Owned(text)
    }

    /// The first of several names of one product that is standard: the name
    /// without its form word, the whole name, the name in another language.
    /// Where none is, the first one goes on (R10).
    #[must_use]
    pub fn find_first(&self, names: &[(&str, Language)], separators: &[char]) -> GenericMatch {
        let mut first = None;
        for (name, language) in names {
            let found = self.find(name, *language, separators);
            if found.is_standard() {
                return found;
            }
            first.get_or_insert(found);
        }
        first.unwrap_or_else(|| self.find("", Language::En, separators))
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

    /// Adds a name; what it stood for before.
    fn insert(&mut self, language: Language, raw: &str, generic: &str, salt: &str) -> Option<Name> {
        let name = fold(raw);
        let value = Name { generic: generic.to_owned(), salt: salt.to_owned() };
        self.by_generic
            .entry(value.generic.clone())
            .or_default()
            .entry(language)
            .or_default()
            .insert(raw.to_owned());
        if let Some(code) = self.grammar.canonical(&name) {
            self.codes.insert(code, value.clone());
        }
        let squeezed = self.squeezed[language as usize].entry(ingredient::squeeze(&name));
        squeezed
            .and_modify(|known| {
                if known.as_ref().is_none_or(|k| k.generic != value.generic) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(value.clone()));
        self.names[language as usize].insert(name, value)
    }

    pub(crate) fn table(&self, language: Language) -> &HashMap<String, Name> {
        &self.names[language as usize]
    }

    pub(crate) fn salt_terms(&self, language: Language) -> &[SaltTerm] {
        &self.salts[language as usize]
    }

    /// The generic of a development code in canonical spelling, where a name
    /// of the dictionary is that code.
    pub(crate) fn of_code(&self, code: &str) -> Option<&Name> {
        self.codes.get(code)
    }
}

/// The form in which names are compared.
pub(crate) fn fold(name: &str) -> String {
    let lower = clean(name).to_lowercase();
    // Lower case can take a character out of NFKC.
    clean(&lower).into_owned()
}
