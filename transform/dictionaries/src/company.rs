//! R7, R8: companies by exact name, key, alias; corporate groups with dates.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;
use crate::text::clean;

#[derive(Deserialize)]
struct AliasRow {
    alias: String,
    company: String,
}

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

#[derive(Deserialize)]
struct GroupRow {
    company: String,
    group: String,
    valid_from: String,
    valid_to: String,
}

#[derive(Deserialize)]
struct GroupNameRow {
    group: String,
    label_zh: String,
    label_ja: String,
}

/// What was found for a company name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyMatch {
    /// The standard company.
    pub company: String,
    /// `exact`, `key`, `alias` or `own_name` (no dictionary knows it).
    pub how: &'static str,
}

/// A membership in a corporate group; dates are ISO, possibly only a year, and
/// empty where open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The group; `none` is a decision that there is none.
    pub group: String,
    /// First day.
    pub valid_from: String,
    /// Day after the last one.
    pub valid_to: String,
}

/// The companies.
#[derive(Debug)]
pub struct Companies {
    aliases: HashMap<String, String>,
    by_key: HashMap<String, String>,
    groups: BTreeMap<String, Vec<Membership>>,
    group_labels: BTreeMap<String, (String, String)>,
    names: BTreeMap<String, BTreeSet<String>>,
    keys: Keys,
}

/// The tables from which a key is made.
#[derive(Debug, Default)]
struct Keys {
    suffixes: Vec<Vec<String>>,
    prefixes: Vec<Vec<String>>,
    cjk_suffixes: Vec<String>,
    anywhere: Vec<String>,
    abbreviations: HashMap<String, String>,
}

impl Companies {
    pub(crate) fn new(
        aliases: &CsvFile,
        legal_forms: &CsvFile,
        abbreviations: &CsvFile,
        groups: &CsvFile,
        group_names: &CsvFile,
    ) -> Result<Self, DictionaryError> {
        let mut this = Self {
            aliases: HashMap::new(),
            by_key: HashMap::new(),
            groups: BTreeMap::new(),
            group_labels: BTreeMap::new(),
            names: BTreeMap::new(),
            keys: Keys::load(legal_forms, abbreviations)?,
        };
        aliases.each(|row: AliasRow| {
            this.names.entry(row.company.clone()).or_default().insert(row.alias.clone());
            match this.aliases.insert(clean(&row.alias).into_owned(), row.company) {
                Some(before) => Err(format!("{} stands twice (also as {before})", row.alias)),
                None => Ok(()),
            }
        })?;
        groups.each(|row: GroupRow| {
            this.groups.entry(row.company).or_default().push(Membership {
                group: row.group,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
            });
            Ok(())
        })?;
        group_names.each(|row: GroupNameRow| {
            this.group_labels.insert(row.group, (row.label_zh, row.label_ja));
            Ok(())
        })?;
        this.index_keys();
        Ok(this)
    }

    /// Keys of standard names win over keys of aliases; a key that two
    /// companies share through aliases finds neither.
    fn index_keys(&mut self) {
        let mut by_alias: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "collected into a sorted map")]
        for (alias, company) in &self.aliases {
            by_alias.entry(self.keys.key(alias)).or_default().insert(company);
        }
        for (key, companies) in by_alias {
            if let (1, Some(company)) = (companies.len(), companies.first()) {
                self.by_key.insert(key, (*company).clone());
            }
        }
        for company in self.names.keys().chain(self.groups.keys()) {
            self.by_key.insert(self.keys.key(company), company.clone());
        }
    }

    /// The company of a name (R7).
    #[must_use]
    pub fn find(&self, raw: &str) -> CompanyMatch {
        let name = clean(raw);
        if let Some(company) = self.aliases.get(name.as_ref()) {
            let how = if company == name.as_ref() { "exact" } else { "alias" };
            return CompanyMatch { company: company.clone(), how };
        }
        match self.by_key.get(&self.keys.key(&name)) {
            Some(company) => CompanyMatch { company: company.clone(), how: "key" },
            None => CompanyMatch { company: name.into_owned(), how: "own_name" },
        }
    }

    /// The normalised key of a name: spellings of one firm share it.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        self.keys.key(&clean(name))
    }

    /// The corporate group of a company on a day (ISO 8601), where known and
    /// not decided to be none (R8).
    #[must_use]
    pub fn group_on(&self, company: &str, day: &str) -> Option<&str> {
        self.groups
            .get(company)?
            .iter()
            .filter(|m| {
                m.valid_from.as_str() <= day && (m.valid_to.is_empty() || day < m.valid_to.as_str())
            })
            .max_by(|a, b| a.valid_from.cmp(&b.valid_from))
            .map(|m| m.group.as_str())
            .filter(|g| *g != "none")
    }

    /// All memberships, by company.
    #[must_use]
    pub fn groups(&self) -> &BTreeMap<String, Vec<Membership>> {
        &self.groups
    }

    /// Chinese and Japanese name of a group.
    #[must_use]
    pub fn group_labels(&self, group: &str) -> Option<(&str, &str)> {
        self.group_labels.get(group).map(|(zh, ja)| (zh.as_str(), ja.as_str()))
    }

    /// Standard companies.
    pub fn companies(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }
}

impl Keys {
    fn load(legal_forms: &CsvFile, abbreviations: &CsvFile) -> Result<Self, DictionaryError> {
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

    fn key(&self, clean_name: &str) -> String {
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

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ac00}'..='\u{d7af}' | '々')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::Dictionaries;

    #[test]
    fn r7_spellings_of_one_firm_share_a_key() {
        let companies = Dictionaries::load(None).unwrap().companies;
        let key = |n: &str| companies.key(n);
        for (name, expected) in [
            ("Dr. Reddy's Laboratories Ltd.", "dr reddys laboratories"),
            ("DR REDDYS LABS LTD", "dr reddys laboratories"),
            ("Merck & Co., Inc.", "merck"),
            ("Merck KGaA", "merck kgaa"),
            ("Sanofi-Aventis U.S. LLC", "sanofi aventis us"),
            ("SUN PHARM INDS LTD", "sun pharmaceuticals industries"),
            ("N.V. Organon", "organon"),
            ("Teva Pharmaceuticals Polska Sp. z o.o.", "teva pharmaceuticals polska"),
            ("Fresenius SE & Co. KGaA", "fresenius"),
            ("Bausch + Lomb", "bausch lomb"),
            ("Meiji Seika ファルマ㈱", "meijiseikaファルマ"),
            ("辉瑞制药（无锡）有限公司", "辉瑞制药无锡"),
            ("MYLAN LABS", "mylan laboratories"),
        ] {
            assert_eq!(key(name), expected, "{name}");
        }
        assert_eq!(key("㈱ツムラ"), key("株式会社ツムラ"));
    }

    #[test]
    fn r8_a_group_is_known_by_its_dates() {
        let companies = Dictionaries::load(None).unwrap().companies;
        let sandoz = companies.find("SANDOZ INC").company;
        assert_eq!(companies.group_on(&sandoz, "2020-01-01"), Some("Novartis"));
        assert_eq!(companies.group_on(&sandoz, "2024-01-01"), Some("Sandoz"));
        let az = companies.find("ASTRAZENECA PHARMACEUTICALS LP").company;
        assert_eq!(companies.group_on(&az, "2024-01-01"), Some("AstraZeneca"));
    }

    proptest! {
        #[test]
        fn r7_keys_are_total(name in any::<String>()) {
            let companies = shared();
            let _ = companies.find(&name);
        }
    }

    fn shared() -> &'static super::Companies {
        static SHARED: std::sync::LazyLock<super::Companies> =
            std::sync::LazyLock::new(|| Dictionaries::load(None).unwrap().companies);
        &SHARED
    }
}
