//! R29: which records must, or must not, be one drug.

use std::collections::HashMap;

use regatta_domain::{Decisions, PairDecision, ReasonId, RecordId};
use serde::{Deserialize, Serialize};

use crate::DictionaryError;
use crate::csv_file::CsvFile;

/// What was decided about two records (R29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeDecision {
    /// They are one drug.
    MustLink,
    /// They are two drugs.
    MustNotLink,
}

/// A row of `merge_decisions.csv`; every column is required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeDecisionRow {
    /// What was decided.
    pub decision: MergeDecision,
    /// One record, by its id (R1).
    pub record_a: String,
    /// The other; the order does not matter.
    pub record_b: String,
    /// Who decided.
    pub author: String,
    /// The day of the decision, ISO 8601.
    pub decided_at: String,
    /// Why.
    pub reason: String,
}

/// The decisions about merges, each numbered by its line in
/// `merge_decisions.csv`. Two rows about one pair are an error; a contradiction
/// over several pairs is found by the merge itself.
#[derive(Debug, Default)]
pub struct MergeDecisions {
    rows: Vec<(u64, MergeDecisionRow)>,
}

/// The decisions about records that are there, and those that are left over.
#[derive(Debug)]
pub struct ResolvedMerges<'a> {
    /// For the merge; each reason is the number of its row.
    pub decisions: Decisions,
    /// Numbers and rows of the decisions of which a record is unknown: it has
    /// vanished, or its id is misspelt.
    pub stale: Vec<(u64, &'a MergeDecisionRow)>,
}

impl MergeDecisions {
    /// The rows of both files. The compiled-in one is empty: records belong to
    /// a lake. So a line tells the row.
    pub(crate) fn new(builtin: &CsvFile, own: Option<&CsvFile>) -> Result<Self, DictionaryError> {
        let mut rows = Vec::new();
        let mut pairs: HashMap<(String, String), u64> = HashMap::new();
        for file in std::iter::once(builtin).chain(own) {
            file.each_line(|line, row: MergeDecisionRow| {
                check(&row)?;
                if let Some(before) = pairs.insert(pair(&row.record_a, &row.record_b), line) {
                    return Err(format!(
                        "{} and {} are already decided on line {before}",
                        row.record_a, row.record_b
                    ));
                }
                rows.push((line, row));
                Ok(())
            })?;
        }
        Ok(Self { rows })
    }

    /// Numbers and rows, in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = (u64, &MergeDecisionRow)> {
        self.rows.iter().map(|(line, row)| (*line, row))
    }

    /// The row behind a reason of the merge, for the explanation (R29).
    #[must_use]
    pub fn row(&self, reason: ReasonId) -> Option<&MergeDecisionRow> {
        self.rows().find(|(line, _)| *line == u64::from(reason.0)).map(|(_, row)| row)
    }

    /// The decisions by the caller's numbers of the records; `number` answers
    /// none for a record id it does not know.
    #[must_use]
    pub fn resolve(&self, number: impl Fn(&str) -> Option<RecordId>) -> ResolvedMerges<'_> {
        let (mut together, mut apart, mut stale) = (Vec::new(), Vec::new(), Vec::new());
        for (line, row) in self.rows() {
            let ids =
                number(&row.record_a).zip(number(&row.record_b)).zip(u32::try_from(line).ok());
            let Some(((first, second), line)) = ids else {
                stale.push((line, row));
                continue;
            };
            let decision = PairDecision { first, second, reason: ReasonId(line) };
            match row.decision {
                MergeDecision::MustLink => together.push(decision),
                MergeDecision::MustNotLink => apart.push(decision),
            }
        }
        ResolvedMerges { decisions: Decisions::new(together, apart), stale }
    }
}

/// Whether a row says all it must.
pub(super) fn check(row: &MergeDecisionRow) -> Result<(), String> {
    if row.record_a.trim().is_empty() || row.record_b.trim().is_empty() {
        return Err("record_a and record_b are both needed".into());
    }
    if row.record_a == row.record_b {
        return Err("record_a and record_b are one record".into());
    }
    super::check_author(&row.author, &row.decided_at)?;
    if row.reason.trim().is_empty() { Err("the reason is missing".into()) } else { Ok(()) }
}

/// Two record ids without an order.
pub(super) fn pair(one: &str, other: &str) -> (String, String) {
    let (a, b) = if one <= other { (one, other) } else { (other, one) };
    (a.to_owned(), b.to_owned())
}
