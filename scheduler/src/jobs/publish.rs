//! Step three: check what is staged, publish it by one rename, and bring the
//! DuckDB file up to date.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use regatta_lake::{
    CatalogueEntry, Lake, SnapshotManifest, SourceId, WriterLock, add_data_package,
    check_duckdb_file, current_snapshot, history, publish_snapshot, published_snapshots,
    snapshot_ref,
};
use regatta_transform::CheckRow;
use regatta_warehouse::{
    Before, BuildReport, CheckInput, CheckResult, Draft, RawRows, WarehouseError,
};
use tracing::{info, warn};

/// What a publish came to.
#[derive(Debug)]
pub struct Published {
    /// The snapshot that is served now.
    pub snapshot: SnapshotManifest,
    /// The checks it passed.
    pub checks: Vec<CheckResult>,
    /// The DuckDB file.
    pub file: BuildReport,
}

/// Checks failed: nothing was published, the last snapshot is still served.
#[derive(Debug)]
pub struct ChecksFailed {
    /// Those that failed.
    pub failed: Vec<CheckResult>,
    /// How many there were.
    pub checks: usize,
}

impl std::error::Error for ChecksFailed {}

impl fmt::Display for ChecksFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not published, {} of {} checks failed; the last snapshot is still served",
            self.failed.len(),
            self.checks
        )?;
        for check in &self.failed {
            let shown = check.examples.len() as u64;
            let first =
                if shown < check.rows { format!(", the first {shown}") } else { String::new() };
            let s = if check.rows == 1 { "" } else { "s" };
            write!(f, "\n  {}: {} row{s}{first}", check.name, check.rows)?;
            for example in &check.examples {
                write!(f, "\n    {example}")?;
            }
        }
        Ok(())
    }
}

/// Publishes what is staged. None when nothing is. `catalogue` is what its
/// `datapackage.json` says of the sources. With `keep`, old snapshots are swept
/// when there are some more than so many.
///
/// # Errors
/// [`ChecksFailed`] where a check finds something wrong.
pub fn publish(
    lake: &Lake,
    catalogue: &[CatalogueEntry],
    keep: Option<usize>,
    lock: &WriterLock,
) -> anyhow::Result<Option<Published>> {
    lock.check(lake)?;
    let staged = lake.staged_dir();
    let Some(mut manifest) = staged_manifest(lake)? else { return Ok(None) };
    let current = current_snapshot(lake)?;
    if !follows(lake, current.as_ref(), &manifest)? {
        // Another snapshot was published since: what is staged compares itself
        // with one that is no longer served.
        fs::remove_dir_all(&staged)?;
        bail!("what was staged is out of date and was removed; run `regatta transform` again");
    }
    let before = current.as_ref().map(|c| (c, lake.snapshot_dir(&c.snapshot_id)));
    let ledger = lake.ledger_dir();
    let changed = current.as_ref().map(|c| changed_sources(c, &manifest)).unwrap_or_default();
    let raw_rows = current.as_ref().map(|c| raw_rows(lake, c, &manifest, &changed));
    let raw_rows = raw_rows.transpose()?.unwrap_or_default();
    let input = CheckInput {
        staged: &staged,
        ledger: ledger.exists().then_some(ledger.as_path()),
        before: before.as_ref().filter(|(_, folder)| folder.exists()).map(|(current, folder)| {
            Before {
                folder,
                changed_sources: changed.iter().map(ToString::to_string).collect(),
                raw_rows,
                dictionaries_changed: current.dictionaries_sha256 != manifest.dictionaries_sha256,
                rules_changed: current.rules_version != manifest.rules_version
                    || current.schema_version != manifest.schema_version,
            }
        }),
    };
    // What is checked is the file that will be served, before anybody sees it.
    let (checks, draft) = Draft::checked(lake, &input, &manifest.snapshot_id)?;
    let total = checks.len();
    let (checks, failed): (Vec<CheckResult>, _) = checks.into_iter().partition(CheckResult::passed);
    if !failed.is_empty() {
        return Err(ChecksFailed { failed, checks: total }.into());
    }
    let draft = draft.context("the tables passed their checks and could not be loaded")?;
    let rows: Vec<CheckRow<'_>> = checks
        .iter()
        .map(|c| CheckRow {
            name: &c.name,
            rows: c.rows,
            examples: &c.examples,
            remarks: &c.remarks,
        })
        .collect();
    regatta_transform::add_quality_checks(lake, &mut manifest, &rows, lock)?;
    add_data_package(lake, &staged, &mut manifest, catalogue, env!("CARGO_PKG_VERSION"))?;
    publish_snapshot(lake, &staged, &manifest)?;
    let file = draft
        .finish(lake, &manifest, keep.unwrap_or(usize::MAX))
        .context("the snapshot is published, but its DuckDB file could not be built")?;
    if let Some(keep) = keep {
        sweep(lake, keep, lock);
    }
    Ok(Some(Published { snapshot: manifest, checks, file }))
}

/// Removes what only snapshots beyond `keep` need; the DuckDB file does not know
/// of them any more. A sweep reads all run manifests, so it waits until some
/// have come together. What it could not do the next one does.
fn sweep(lake: &Lake, keep: usize, lock: &WriterLock) {
    let swept = published_snapshots(lake).and_then(|chain| {
        let due = chain.len() > keep.max(1) + keep / 10;
        if due { regatta_lake::collect_garbage(lake, keep, lock).map(Some) } else { Ok(None) }
    });
    match swept {
        Ok(None) => {}
        Ok(Some(swept)) => info!(
            snapshots = swept.snapshots,
            raw_runs = swept.raw_runs,
            bodies = swept.bodies,
            bytes = swept.bytes,
            "old snapshots swept"
        ),
        Err(error) => warn!(%error, "old snapshots could not be swept"),
    }
}

/// Sources whose data is of another run than in the snapshot before.
fn changed_sources(before: &SnapshotManifest, now: &SnapshotManifest) -> Vec<SourceId> {
    let run = |m: &SnapshotManifest, s| m.inputs.get(s).map(|i| i.data_run_id.clone());
    let all: BTreeSet<_> = before.inputs.keys().chain(now.inputs.keys()).collect();
    all.into_iter().filter(|s| run(before, s) != run(now, s)).cloned().collect()
}

/// How many rows their raw tables had then and have now.
fn raw_rows(
    lake: &Lake,
    before: &SnapshotManifest,
    now: &SnapshotManifest,
    changed: &[SourceId],
) -> anyhow::Result<Vec<RawRows>> {
    let mut found = Vec::new();
    for source in changed {
        let runs = history(lake, source)?.runs;
        let of = |m: &SnapshotManifest| {
            let id = &m.inputs.get(source)?.data_run_id;
            runs.iter().find(|r| r.run_id == *id)
        };
        let (Some(old), Some(new)) = (of(before), of(now)) else { continue };
        found.extend(old.tables.iter().map(|table| RawRows {
            source_id: source.to_string(),
            table: table.name.clone(),
            before: table.rows,
            now: new.tables.iter().find(|t| t.name == table.name).map_or(0, |t| t.rows),
        }));
    }
    Ok(found)
}

/// The DuckDB file when nothing new was published: built where it is missing
/// or of another snapshot (a crash between the two), else only its tables of
/// runs are renewed.
pub fn bring_up_to_date(
    lake: &Lake,
    ledger_changed: bool,
    lock: &WriterLock,
) -> anyhow::Result<()> {
    lock.check(lake)?;
    let Some(current) = current_snapshot(lake)? else { return Ok(()) };
    match regatta_warehouse::file_snapshot(lake) {
        Ok(id)
            if id == current.snapshot_id.as_str()
                && matches!(regatta_warehouse::file_names_lake(lake), Ok(false)) =>
        {
            info!("the lake was moved; the DuckDB file is built again, for its views name files");
            regatta_warehouse::build(lake, &current)?;
        }
        Ok(id) if id == current.snapshot_id.as_str() => {
            if ledger_changed {
                // A copy would carry damage on, under a digest of its own.
                if let Err(error) = check_duckdb_file(lake) {
                    warn!(%error, "the DuckDB file is built again");
                    regatta_warehouse::build(lake, &current)?;
                } else {
                    regatta_warehouse::refresh_ledger(lake)?;
                }
            }
        }
        Ok(_) | Err(WarehouseError::NotBuilt { .. }) => {
            regatta_warehouse::build(lake, &current)?;
        }
        Err(error) => {
            warn!(%error, "the DuckDB file cannot be read; it is built again");
            regatta_warehouse::build(lake, &current)?;
        }
    }
    Ok(())
}

fn staged_manifest(lake: &Lake) -> anyhow::Result<Option<SnapshotManifest>> {
    let path: PathBuf = lake.staged_dir().join("manifest.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest = serde_json::from_slice(&text)
        .with_context(|| format!("{} is not a manifest", path.display()))?;
    Ok(Some(manifest))
}

fn follows(
    lake: &Lake,
    current: Option<&SnapshotManifest>,
    manifest: &SnapshotManifest,
) -> anyhow::Result<bool> {
    let link = current.map(|c| snapshot_ref(lake, c)).transpose()?;
    Ok(manifest.previous == link)
}
