//! R10, R29: what people decided, one decision a row, in files kept in git.

mod apply;
mod edit;
mod merges;

use std::collections::HashMap;

use regatta_domain::PartialDate;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::{Deserialize, Serialize};

use crate::csv_file::CsvFile;
use crate::text::{clean, is_null};
use crate::{DictionaryError, Language, Vocabulary};

pub use apply::{DECIDED, NOT_A_DRUG, REJECTED};
pub use edit::{append_decisions, append_merge_decisions, remove_decision, remove_merge_decision};
pub use merges::{MergeDecision, MergeDecisionRow, MergeDecisions, ResolvedMerges};

/// What a decided value is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// A generic name or an ingredient (R5).
    Generic,
    /// A dosage form (R6).
    DosageForm,
    /// A company (R7).
    Company,
}

/// What was decided about a value (R10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The suggestion of the review queue is right: the value means `target`.
    Accept,
    /// No suggestion is right: the value stands under its own name and leaves
    /// the queue.
    Reject,
    /// The value names no drug: its records stay in their tables and take no
    /// part in drugs.
    NotADrug,
    /// The value means `target`, which was not the suggestion.
    MapTo,
}

/// A row of `decisions.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// What the value is the name of.
    pub kind: DecisionKind,
    /// Where the decision holds: a language (`en`) of a generic, a vocabulary
    /// (`fda`) of a dosage form; empty: everywhere. It does not narrow the
    /// decision about a company.
    #[serde(default)]
    pub language: String,
    /// The value as the review queue shows it.
    pub value: String,
    /// What was decided.
    pub decision: Verdict,
    /// The standard name; empty for `reject` and `not_a_drug`.
    #[serde(default)]
    pub target: String,
    /// The sources in which the value occurred when it was decided.
    #[serde(default)]
    pub sources: String,
    /// In how many records it occurred then.
    #[serde(default)]
    pub records: Option<u64>,
    /// Who decided.
    pub author: String,
    /// The day of the decision, ISO 8601.
    pub decided_at: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Where a decision holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Everywhere,
    Language(Language),
    Vocabulary(Vocabulary),
}

impl Scope {
    /// Two decisions about one value contradict each other where both hold.
    fn overlaps(self, other: Self) -> bool {
        self == other || self == Self::Everywhere || other == Self::Everywhere
    }
}

#[derive(Debug)]
struct Entry {
    row: DecisionRow,
    scope: Scope,
    /// The target as the dictionaries write it.
    target: String,
}

impl Entry {
    /// The verdict, its target, and the value as the row writes it.
    fn judged(&self) -> (Verdict, &str, &str) {
        (self.row.decision, &self.target, &self.row.value)
    }
}

/// The decisions about values (R10), by kind and folded value.
#[derive(Debug, Default)]
pub struct ValueDecisions {
    entries: Vec<Entry>,
    by_value: HashMap<(DecisionKind, String), Vec<usize>>,
    /// The decisions about companies, by the normalised key of their value (R7).
    by_company_key: HashMap<String, usize>,
}

impl ValueDecisions {
    /// The decisions of the compiled-in file and of the user's, whose rows win.
    /// `standard` gives the target as the dictionaries write it, or says why it
    /// cannot be one.
    pub(crate) fn new(
        builtin: &CsvFile,
        own: Option<&CsvFile>,
        standard: impl Fn(DecisionKind, &str) -> Result<String, String>,
    ) -> Result<Self, DictionaryError> {
        let mut this = Self::default();
        for file in std::iter::once(builtin).chain(own) {
            this.add(file, &standard)?;
        }
        Ok(this)
    }

    fn add(
        &mut self,
        file: &CsvFile,
        standard: impl Fn(DecisionKind, &str) -> Result<String, String>,
    ) -> Result<(), DictionaryError> {
        let earlier_files = self.entries.len();
        let mut lines = Vec::new();
        file.each_line(|line, row: DecisionRow| {
            let scope = check(&row)?;
            let target = if row.target.is_empty() {
                String::new()
            } else {
                standard(row.kind, &row.target)?
            };
            let same = self.by_value.entry((row.kind, fold(&row.value))).or_default();
            let overlap = |at: &usize| self.entries[*at].scope.overlaps(scope);
            if let Some(at) = same.iter().find(|at| **at >= earlier_files && overlap(at)) {
                return Err(twice(&row, &self.entries[*at].row, lines[at - earlier_files]));
            }
            same.retain(|at| !overlap(at));
            same.push(self.entries.len());
            self.entries.push(Entry { row, scope, target });
            lines.push(line);
            Ok(())
        })?;
        for (entry, line) in self.entries[earlier_files..].iter().zip(lines) {
            self.check_chain(entry).map_err(|reason| file.error(line, &reason))?;
        }
        Ok(())
    }

    /// A target that is itself decided to be something else has two meanings.
    fn check_chain(&self, entry: &Entry) -> Result<(), String> {
        if entry.target.is_empty() || fold(&entry.target) == fold(&entry.row.value) {
            return Ok(());
        }
        match self.entry(entry.row.kind, entry.scope, &entry.target) {
            Some(next) if next.target != entry.target => Err(format!(
                "the target {:?} is itself a decided value; name what it was decided to be",
                entry.row.target
            )),
            _ => Ok(()),
        }
    }

    /// The decision about a value, in whichever language or vocabulary: what
    /// the review queue need not ask again (R10). One hash look-up.
    #[must_use]
    pub fn decided(&self, kind: DecisionKind, value: &str) -> Option<&DecisionRow> {
        self.at(kind, value)?.first().map(|at| &self.entries[*at].row)
    }

    /// The decision that has to be taken again (R10): a record's value was `old`,
    /// about which there is one, and is now `new`, about which there is none.
    #[must_use]
    pub fn reopened(&self, kind: DecisionKind, old: &str, new: &str) -> Option<&DecisionRow> {
        let decided = self.decided(kind, old)?;
        (fold(old) != fold(new) && self.decided(kind, new).is_none()).then_some(decided)
    }

    /// All decisions, in the order of the files.
    pub fn rows(&self) -> impl Iterator<Item = &DecisionRow> {
        self.entries
            .iter()
            .enumerate()
            // A row of the compiled-in file may have given way to the user's.
            .filter(|(at, e)| self.at(e.row.kind, &e.row.value).is_some_and(|s| s.contains(at)))
            .map(|(_, e)| &e.row)
    }

    /// The verdict about a value in a language or vocabulary, with its target.
    pub(crate) fn verdict(
        &self,
        kind: DecisionKind,
        scope: Scope,
        value: &str,
    ) -> Option<(Verdict, &str)> {
        self.entry(kind, scope, value).map(|e| (e.row.decision, e.target.as_str()))
    }

    /// Makes the decisions about companies findable by the key of their value.
    pub(crate) fn with_company_keys(mut self, key: impl Fn(&str) -> String) -> Self {
        let companies = self.entries.iter().enumerate().filter(|(at, e)| {
            e.row.kind == DecisionKind::Company
                && self.at(e.row.kind, &e.row.value).is_some_and(|same| same.contains(at))
        });
        // Of two decisions about spellings with one key the later line holds.
        self.by_company_key = companies.map(|(at, e)| (key(&e.row.value), at)).collect();
        self
    }

    /// Any decision about a company.
    pub(crate) fn has_companies(&self) -> bool {
        !self.by_company_key.is_empty()
    }

    /// The verdict about a company's name, with its target and the value.
    pub(crate) fn company(&self, name: &str) -> Option<(Verdict, &str, &str)> {
        self.entry(DecisionKind::Company, Scope::Everywhere, name).map(Entry::judged)
    }

    /// The same for a normalised key.
    pub(crate) fn company_of_key(&self, key: &str) -> Option<(Verdict, &str, &str)> {
        self.by_company_key.get(key).map(|at| self.entries[*at].judged())
    }

    fn entry(&self, kind: DecisionKind, scope: Scope, value: &str) -> Option<&Entry> {
        let same = self.at(kind, value)?;
        same.iter().map(|at| &self.entries[*at]).find(|e| e.scope.overlaps(scope))
    }

    fn at(&self, kind: DecisionKind, value: &str) -> Option<&[usize]> {
        // Without decisions, which is usual, nothing is folded.
        if self.by_value.is_empty() {
            return None;
        }
        self.by_value.get(&(kind, fold(value))).map(Vec::as_slice)
    }
}

/// Whether a row says enough and no more than its verdict allows.
fn check(row: &DecisionRow) -> Result<Scope, String> {
    if is_null(&clean(&row.value)) {
        return Err("there is no value to decide about".into());
    }
    match (row.decision, clean(&row.target).is_empty()) {
        (Verdict::Accept | Verdict::MapTo, true) => {
            return Err("accept and map_to need a target".into());
        }
        (Verdict::Reject | Verdict::NotADrug, false) => {
            return Err("reject and not_a_drug have no target".into());
        }
        _ => {}
    }
    check_author(&row.author, &row.decided_at)?;
    known_scope(row.kind, &row.language)
}

fn known_scope(kind: DecisionKind, code: &str) -> Result<Scope, String> {
    match (kind, code) {
        (_, "") => Ok(Scope::Everywhere),
        (DecisionKind::Generic, code) => known(code).map(Scope::Language),
        (DecisionKind::DosageForm, code) => known(code).map(Scope::Vocabulary),
        (DecisionKind::Company, code) => known::<Language>(code).map(|_| Scope::Everywhere),
    }
}

/// Who and when belongs to every decision (R29).
fn check_author(author: &str, decided_at: &str) -> Result<(), String> {
    if author.trim().is_empty() {
        return Err("the author is missing".into());
    }
    if !is_day(decided_at) {
        return Err(format!("decided_at {decided_at:?}: expected a day such as 2026-01-31"));
    }
    Ok(())
}

/// A day of the calendar, `YYYY-MM-DD`.
fn is_day(text: &str) -> bool {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    let number = |range: std::ops::Range<usize>| text[range].parse().unwrap_or(0);
    shape && PartialDate::day_of(number(0..4), number(5..7), number(8..10)).is_ok()
}

/// A code of a language or a vocabulary.
fn known<'a, T: Deserialize<'a>>(code: &'a str) -> Result<T, String> {
    let code: StrDeserializer<'a, ValueError> = code.into_deserializer();
    T::deserialize(code).map_err(|e| format!("language: {e}"))
}

fn twice(row: &DecisionRow, before: &DecisionRow, line: u64) -> String {
    let same = row.decision == before.decision && row.target == before.target;
    let how = if same { "is already decided" } else { "is decided otherwise" };
    format!("{:?} {how} on line {line}", row.value)
}

/// Normalising can bring capitals forth (`ℋ`), lower case can need normalising.
pub(crate) fn fold(value: &str) -> String {
    clean(&clean(value).to_lowercase()).into_owned()
}

#[cfg(test)]
mod tests;
