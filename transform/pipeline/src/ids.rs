//! Ids of snapshots, records and drugs from one snapshot to the next, and since
//! when there are these drugs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use polars::prelude::*;
use regatta_lake::{SnapshotId, SnapshotManifest};

use crate::TransformError;
use crate::blocks::Drugs;
use crate::changes::Changes;
use crate::columns::Columns;
use crate::distinct::text;
use crate::drugs::drug_id_history;
use crate::error::InTable;
use crate::previous::Previous;
use crate::standard::Standard;

/// The id of a snapshot made now, later than the one before even when the
/// clock steps back.
pub(crate) fn next_id(now: Timestamp, current: Option<&SnapshotManifest>) -> SnapshotId {
    let floor = current.map(|c| c.created_at + jiff::SignedDuration::from_millis(1));
    SnapshotId::at(floor.map_or(now, |f| now.max(f)))
}

/// All record ids of this snapshot and of the one before, sorted: their
/// positions are the kernel's numbers.
pub(crate) fn record_ids<'a>(
    tables: &'a Standard,
    previous: Option<&'a Previous>,
) -> Result<Vec<&'a str>, TransformError> {
    let mut ids: Vec<&str> = Vec::new();
    for frame in [&tables.listing, &tables.registration, &tables.trial_product] {
        ids.extend(text(frame, "record_id").in_table("record_id")?.iter().flatten());
    }
    if let Some(previous) = previous {
        ids.extend(previous.record_ids()?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// `drug` with `first_seen` and `last_changed`, milliseconds since 1970.
pub(crate) fn with_times(
    drug: &DataFrame,
    previous: Option<&Previous>,
    changes: &Changes,
    drug_record: &DataFrame,
    seen_at: i64,
) -> Result<DataFrame, TransformError> {
    let earlier = previous.map_or_else(|| Ok(BTreeMap::new()), Previous::seen)?;
    let touched = changes.touched_drugs(drug_record).in_table("drug")?;
    let ids: Vec<&str> = text(drug, "drug_id").in_table("drug")?.iter().flatten().collect();
    let first = |id: &&str| Some(earlier.get(*id).map_or(seen_at, |e| e.0));
    let last = |id: &&str| match earlier.get(*id) {
        Some(e) if !touched.contains(*id) => Some(e.1),
        _ => Some(seen_at),
    };
    Columns::default()
        .instant("first_seen", ids.iter().map(first))
        .and_then(|c| c.instant("last_changed", ids.iter().map(last)))
        .and_then(Columns::frame)
        .and_then(|times| drug.hstack(times.columns()))
        .in_table("drug")
}

/// The table `drug_id_history`: what it was, and what became of ids now.
pub(crate) fn id_history(
    drugs: &Drugs,
    previous: Option<&Previous>,
    seen_at: i64,
) -> Result<DataFrame, TransformError> {
    let new = drug_id_history(drugs, seen_at).in_table("drug_id_history")?;
    match previous {
        None => Ok(new),
        Some(previous) => previous.history.vstack(&new).in_table("drug_id_history"),
    }
}
