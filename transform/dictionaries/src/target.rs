//! R9: generic to molecular targets.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;

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
}

/// Targets of single generics.
#[derive(Debug, Default)]
pub struct Targets {
    by_generic: BTreeMap<String, BTreeMap<String, String>>,
    aliases: BTreeMap<String, BTreeSet<String>>,
}

impl Targets {
    pub(crate) fn new(targets: &CsvFile, aliases: &CsvFile) -> Result<Self, DictionaryError> {
        let mut this = Self::default();
        targets.each(|row: TargetRow| {
            this.by_generic.entry(row.generic).or_default().insert(row.target, row.source);
            Ok(())
        })?;
        aliases.each(|row: AliasRow| {
            this.aliases.entry(row.target).or_default().insert(row.alias);
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

    /// All facts: generic, target, who says so.
    pub fn facts(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.by_generic
            .iter()
            .flat_map(|(g, t)| t.iter().map(move |(t, s)| (g.as_str(), t.as_str(), s.as_str())))
    }

    /// Other names of a target.
    pub fn aliases_of(&self, target: &str) -> impl Iterator<Item = &str> {
        self.aliases.get(target).into_iter().flatten().map(String::as_str)
    }
}
