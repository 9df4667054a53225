//! R9: generic to molecular targets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;
use crate::decisions::fold;

#[derive(Deserialize)]
struct TargetRow {
    generic: String,
    target: String,
    source: String,
}

#[derive(Deserialize)]
struct AliasRow {
    alias: String,
    target: String,
    #[serde(default)]
    label_zh: String,
}

/// Targets of single generics.
#[derive(Debug, Default)]
pub struct Targets {
    by_generic: BTreeMap<String, BTreeMap<String, String>>,
    names: BTreeMap<String, BTreeSet<String>>,
    /// The target of a folded alias; none where several share it.
    by_alias: HashMap<String, Option<String>>,
}

impl Targets {
    pub(crate) fn new(targets: &CsvFile, aliases: &CsvFile) -> Result<Self, DictionaryError> {
        let mut this = Self::default();
        targets.each(|row: TargetRow| {
            this.by_generic.entry(row.generic).or_default().insert(row.target, row.source);
            Ok(())
        })?;
        aliases.each(|row: AliasRow| {
            this.by_alias
                .entry(fold(&row.alias))
                .and_modify(|target| {
                    if target.as_ref() != Some(&row.target) {
                        *target = None;
                    }
                })
                .or_insert_with(|| Some(row.target.clone()));
            let names = this.names.entry(row.target).or_default();
            names.extend([row.alias, row.label_zh].into_iter().filter(|name| !name.is_empty()));
            Ok(())
        })?;
        Ok(this)
    }

    /// Targets of a generic, combinations included, sorted.
    #[must_use]
    pub fn of(&self, generic: &str) -> Vec<&str> {
        let found: BTreeSet<&str> = generic
            .split(" / ")
            .filter_map(|g| self.by_generic.get(g))
            .flat_map(|t| t.keys().map(String::as_str))
            .collect();
        found.into_iter().collect()
    }

    /// The target that a name means; none where no line knows it, and where it
    /// stands for several.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<&str> {
        self.by_alias.get(&fold(name))?.as_deref()
    }

    /// All facts: generic, target, who says so.
    pub fn facts(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.by_generic
            .iter()
            .flat_map(|(g, t)| t.iter().map(move |(t, s)| (g.as_str(), t.as_str(), s.as_str())))
    }

    /// All names of a target, sorted: aliases and Chinese labels.
    pub fn names_of(&self, target: &str) -> impl Iterator<Item = &str> {
        self.names.get(target).into_iter().flatten().map(String::as_str)
    }
}
