//! How old the data of a source is that an operator's files are a part of: they
//! tell nothing of what they do not hold.

use std::collections::BTreeMap;

use jiff::Timestamp;
use regatta_lake::{RawTable, RunManifest};
use regatta_sources::SourceSpec;

use crate::accumulate::Gathered;
use crate::baseline::Baseline;
use crate::merge::Merged;

/// The tables that an import left as they were or only added to, and when each
/// was last seen whole.
pub(crate) struct Parts(BTreeMap<String, Timestamp>);

impl Parts {
    /// Of the tables of `kept`, which is served, those that `gathered` did not
    /// bring whole; `added` are those that it was added to.
    pub(crate) fn of(
        kept: &RunManifest,
        baseline: &Baseline,
        spec: &SourceSpec,
        gathered: &Gathered,
        added: Option<&Merged>,
    ) -> Self {
        let is_whole = |name: &str| match added.filter(|a| a.rows.contains_key(name)) {
            Some(added) => added.whole.contains(name),
            None => gathered.rows_of(name).is_some(),
        };
        let grows_old = |name: &str| spec.tables.get(name).is_some_and(|table| !table.dated);
        let parts = kept
            .tables
            .iter()
            .filter(|table| grows_old(&table.name) && !is_whole(&table.name))
            .filter_map(|table| Some((table.name.clone(), baseline.seen_whole(table)?)));
        Self(parts.collect())
    }

    /// When all of the data was last seen; none where the files bring all of it.
    pub(crate) fn seen_whole_at(&self) -> Option<Timestamp> {
        self.0.values().min().copied()
    }

    /// Enters it for each table.
    pub(crate) fn date(&self, tables: &mut [RawTable]) {
        for table in tables {
            table.seen_whole_at = self.0.get(&table.name).copied();
        }
    }
}
