//! R7, R8: companies by exact name, key, alias; corporate groups with dates.

mod cell;
mod key;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;
use crate::text::{clean, is_null};

use key::Keys;

#[derive(Deserialize)]
struct AliasRow {
    alias: String,
    company: String,
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

#[derive(Deserialize)]
struct GroupAliasRow {
    group: String,
    alias: String,
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
    /// Keys without the word `and`: EMA's feed loses its ampersands.
    by_bare_key: HashMap<String, String>,
    groups: BTreeMap<String, Vec<Membership>>,
    group_labels: BTreeMap<String, (String, String)>,
    group_aliases: BTreeMap<String, BTreeSet<String>>,
    names: BTreeMap<String, BTreeSet<String>>,
    keys: Keys,
}

impl Companies {
    pub(crate) fn new(
        aliases: &CsvFile,
        legal_forms: &CsvFile,
        abbreviations: &CsvFile,
        groups: &CsvFile,
        group_names: &CsvFile,
        group_aliases: &CsvFile,
    ) -> Result<Self, DictionaryError> {
        let mut this = Self {
            aliases: HashMap::new(),
            by_key: HashMap::new(),
            by_bare_key: HashMap::new(),
            groups: BTreeMap::new(),
            group_labels: BTreeMap::new(),
            group_aliases: BTreeMap::new(),
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
        // Those of a group to which no company belongs are not asked for: who brings
        // groups of their own need not bring aliases, too.
        group_aliases.each(|row: GroupAliasRow| {
            let aliases = this.group_aliases.entry(row.group).or_default();
            match aliases.replace(row.alias) {
                Some(alias) => Err(format!("{alias} stands twice for its group")),
                None => Ok(()),
            }
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
        let mut by_bare: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "collected into a sorted map")]
        for (key, company) in &self.by_key {
            by_bare.entry(without_and(key)).or_default().insert(company);
        }
        for (key, companies) in by_bare {
            if let (1, Some(company)) = (companies.len(), companies.first()) {
                self.by_bare_key.insert(key, (*company).clone());
            }
        }
    }

    /// The company of a cell that names one (R7): the name as it stands, then
    /// its key, then an alias. Where the whole cell is not known, the name in
    /// it is looked for: before a postal address, in one of two scripts. None
    /// is ever guessed from likeness.
    #[must_use]
    pub fn find(&self, raw: &str) -> CompanyMatch {
        let name = clean(raw);
        if let Some(found) = self.known(&name) {
            return found;
        }
        let names = cell::names(raw, |latin| self.keys.has_legal_form(latin));
        if let Some(found) = names.iter().find_map(|n| self.known(n)) {
            return found;
        }
        let own = names.into_iter().next().unwrap_or_else(|| name.into_owned());
        CompanyMatch { company: own, how: "own_name" }
    }

    /// The companies of a cell that names several, `separators` between them,
    /// each once, in the order of the cell. A cell that is known as a whole is
    /// one company; what stands for nothing (R4) is none.
    #[must_use]
    pub fn find_all(&self, raw: &str, separators: &[char]) -> Vec<CompanyMatch> {
        if let Some(found) = self.known(&clean(raw)) {
            return vec![found];
        }
        let mut all: Vec<CompanyMatch> = Vec::new();
        for part in raw.split(separators) {
            if is_null(&clean(part)) {
                continue;
            }
            let found = self.find(part);
            if !all.iter().any(|m| m.company == found.company) {
                all.push(found);
            }
        }
        all
    }

    /// The names of a cell in which `and` stands between two companies that are
    /// both known (`Alfresa Pharma Corporation and Sanofi KK`); else the cell, for
    /// `and` is a part of many names (`Eli Lilly and Company`).
    #[must_use]
    pub fn joint<'a>(&self, raw: &'a str) -> Vec<&'a str> {
        let known = |name: &str| self.known(&clean(name)).is_some();
        let both = |(one, other): &(&str, &str)| known(one) && known(other);
        let mut cuts =
            raw.match_indices(" and ").map(|(at, and)| (&raw[..at], &raw[at + and.len()..]));
        match cuts.find(both).filter(|_| !known(raw)) {
            Some((one, other)) => vec![one, other],
            None => vec![raw],
        }
    }

    fn known(&self, name: &str) -> Option<CompanyMatch> {
        if let Some(company) = self.aliases.get(name) {
            let how = if company == name { "exact" } else { "alias" };
            return Some(CompanyMatch { company: company.clone(), how });
        }
        let key = self.keys.key(name);
        let company = self.by_key.get(&key).or_else(|| self.by_bare_key.get(&without_and(&key)))?;
        Some(CompanyMatch { company: company.clone(), how: "key" })
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

    /// All names of a group as a whole, sorted: its own, the Chinese and the
    /// Japanese one, and those by which it is known beside (`BMS`).
    #[must_use]
    pub fn group_names<'a>(&'a self, group: &'a str) -> BTreeSet<&'a str> {
        let labels = self.group_labels(group).map(|(zh, ja)| [zh, ja]);
        let aliases = self.group_aliases.get(group).into_iter().flatten().map(String::as_str);
        let names = labels.into_iter().flatten().filter(|label| !label.is_empty());
        names.chain(aliases).chain([group]).collect()
    }

    /// Standard companies.
    pub fn companies(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }
}

fn without_and(key: &str) -> String {
    key.split(' ').filter(|w| *w != "and").collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
