//! The runs of sources that a change can have come with (R41).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use regatta_lake::{RunManifest, SnapshotManifest};

use crate::inputs::{Inputs, fetched_at};

/// By source.
pub(crate) type NewRuns = BTreeMap<String, NewRun>;

/// A run whose data the snapshot before did not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewRun {
    pub(crate) source_id: String,
    pub(crate) run_id: String,
    /// Time of its newest fetch, milliseconds since 1970.
    pub(crate) seen_at: i64,
    /// Raw tables that are known not to hold all that the regulator has.
    partial: BTreeSet<String>,
}

/// Gates that tell how much has to be there.
const ENOUGH: [&str; 3] = ["minimum", "present", "declared_total"];

impl NewRun {
    /// `now` stands for the time of a run without fetches.
    pub(crate) fn of(run: &RunManifest, now: Timestamp) -> Self {
        let warned =
            run.gates.iter().filter(|g| g.verdict == "warned" && ENOUGH.contains(&g.gate.as_str()));
        Self {
            source_id: run.source_id.to_string(),
            run_id: run.run_id.to_string(),
            seen_at: fetched_at(run).unwrap_or(now).as_millisecond(),
            partial: warned.map(|g| g.table.clone()).collect(),
        }
    }

    /// The runs of `inputs` that `before` was not made of.
    pub(crate) fn all(inputs: &Inputs, before: &SnapshotManifest, now: Timestamp) -> NewRuns {
        let new = inputs.runs.iter().filter(|(source, run)| {
            before.inputs.get(*source).is_none_or(|i| i.data_run_id != run.run_id)
        });
        new.map(|(source, run)| (source.to_string(), Self::of(run, now))).collect()
    }

    /// Whether the table is known not to hold all; any of them where a record is
    /// made of rows of several.
    pub(crate) fn is_partial(&self, table: Option<&str>) -> bool {
        table.map_or(!self.partial.is_empty(), |table| self.partial.contains(table))
    }
}
