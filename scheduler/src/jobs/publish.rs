//! Step three: check what is staged, publish it by one rename, and bring the
//! DuckDB file up to date.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use regatta_lake::{
    Lake, SnapshotManifest, WriterLock, current_snapshot, publish_snapshot, snapshot_ref,
};
use regatta_warehouse::{BuildReport, CheckResult, WarehouseError};
use tracing::warn;

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

/// Publishes what is staged. None when nothing is.
pub fn publish(lake: &Lake, lock: &WriterLock) -> anyhow::Result<Option<Published>> {
    let staged = lake.staged_dir();
    let Some(mut manifest) = staged_manifest(lake)? else { return Ok(None) };
    if !follows_current(lake, &manifest)? {
        // Another snapshot was published since: what is staged compares itself
        // with one that is no longer served.
        fs::remove_dir_all(&staged)?;
        bail!("what was staged is out of date and was removed; run `regatta transform` again");
    }
    let previous = manifest.previous.as_ref().map(|p| lake.snapshot_dir(&p.snapshot_id));
    let checks =
        regatta_warehouse::run_checks(&staged, previous.filter(|p| p.exists()).as_deref())?;
    let failed: Vec<&CheckResult> = checks.iter().filter(|c| !c.passed()).collect();
    if !failed.is_empty() {
        let list: Vec<String> = failed.iter().map(|c| in_words(c)).collect();
        bail!(
            "not published, {} of {} checks failed; the last snapshot is still served\n{}",
            failed.len(),
            checks.len(),
            list.join("\n")
        );
    }
    let results: Vec<_> =
        checks.iter().map(|c| (c.name.as_str(), c.rows, c.example.as_deref())).collect();
    regatta_transform::add_quality_checks(lake, &mut manifest, &results, lock)?;
    publish_snapshot(lake, &staged, &manifest)?;
    let file = regatta_warehouse::build(lake, &manifest)
        .context("the snapshot is published, but its DuckDB file could not be built")?;
    Ok(Some(Published { snapshot: manifest, checks, file }))
}

/// The DuckDB file when nothing new was published: built where it is missing
/// or of another snapshot (a crash between the two), else only its tables of
/// runs are renewed.
pub fn bring_up_to_date(
    lake: &Lake,
    ledger_changed: bool,
    _lock: &WriterLock,
) -> anyhow::Result<()> {
    let Some(current) = current_snapshot(lake)? else { return Ok(()) };
    match regatta_warehouse::file_snapshot(lake) {
        Ok(id) if id == current.snapshot_id.as_str() => {
            if ledger_changed {
                regatta_warehouse::refresh_ledger(lake)?;
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

fn follows_current(lake: &Lake, manifest: &SnapshotManifest) -> anyhow::Result<bool> {
    let current = current_snapshot(lake)?;
    let link = current.as_ref().map(|c| snapshot_ref(lake, c)).transpose()?;
    Ok(manifest.previous == link)
}

fn in_words(check: &CheckResult) -> String {
    let example = check.example.as_deref().unwrap_or("no example");
    format!("  {}: {} rows, e.g. {example}", check.name, check.rows)
}
