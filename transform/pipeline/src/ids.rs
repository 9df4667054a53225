//! Ids of snapshots, records and drugs from one snapshot to the next, and since
//! when there are these drugs.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use polars::prelude::*;
use regatta_lake::{SnapshotId, SnapshotManifest};

use crate::TransformError;
use crate::blocks::Drugs;
use crate::columns::Columns;
use crate::distinct::text;
use crate::drugs::drug_id_history;
use crate::error::InTable;
use crate::parquet_file::Stored;
use crate::previous::{Gone, Previous, Standing, numbers_with};
use crate::records::Frames;
use crate::touched::{Ids, below};

/// The id of a snapshot made now, later than the one before even when the
/// clock steps back.
pub(crate) fn next_id(now: Timestamp, current: Option<&SnapshotManifest>) -> SnapshotId {
    let floor = current.map(|c| c.created_at + jiff::SignedDuration::from_millis(1));
    SnapshotId::at(floor.map_or(now, |f| now.max(f)))
}

/// All record ids of `tables` and of `earlier` drugs, sorted: their positions
/// are the kernel's numbers. It only compares them: that those of some blocks
/// are numbered without the others changes nothing.
pub(crate) fn record_ids<'a>(
    tables: Frames<'a>,
    earlier: Option<&'a DataFrame>,
) -> Result<Vec<&'a str>, TransformError> {
    let mut ids: Vec<&str> = Vec::new();
    for frame in
        [tables.listing, tables.registration, tables.trial_product].into_iter().chain(earlier)
    {
        ids.extend(text(frame, "record_id").in_table("record_id")?.iter().flatten());
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The drugs `drug` with `first_seen` and `last_changed`, milliseconds since
/// 1970. `gone` are those of the snapshot before that they stand for, `touched`
/// those that changed.
pub(crate) fn with_times(
    drug: &DataFrame,
    gone: Option<&Gone>,
    touched: &BTreeSet<String>,
    seen_at: i64,
) -> Result<DataFrame, TransformError> {
    let ids: Vec<&str> = text(drug, "drug_id").in_table("drug")?.iter().flatten().collect();
    let earlier = gone.map(Gone::seen).transpose().in_table("drug")?.unwrap_or_default();
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

/// Drugs of the table `drugs` that stand and are `touched` by the change of a
/// record that made no other drug have changed all the same: they join `new`.
pub(crate) fn with_new_times(
    drugs: &Arc<Stored>,
    standing: &mut Standing,
    new: DataFrame,
    touched: &BTreeSet<String>,
    seen_at: i64,
) -> Result<DataFrame, TransformError> {
    let ids: Ids<'_> = touched.iter().map(String::as_str).collect();
    let rows = numbers_with(&drugs.columns(&["drug_id"])?, "drug_id", &ids).in_table("drug")?;
    let rows = standing.standing("drug", &rows);
    let mut changed = drugs.rows(&rows)?;
    let last = (0..changed.height()).map(|_| Some(seen_at));
    Columns::default()
        .instant("last_changed", last)
        .and_then(Columns::frame)
        .and_then(|made| {
            changed.with_column(made.column("last_changed")?.clone())?;
            standing.without_more(drugs, &rows);
            below(&changed, &new)
        })
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
        Some(previous) => previous.all("drug_id_history")?.vstack(&new).in_table("drug_id_history"),
    }
}
