//! Computed tables to a staged snapshot: files, digests, manifest.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use regatta_lake::{Lake, SnapshotId, SnapshotManifest, SnapshotTable, WriterLock, install_dir};

use crate::columns::Columns;
use crate::error::InTable;
use crate::tables::Rows;
use crate::watch::Watch;
use crate::{TransformError, tables};

/// Where tables go as soon as they are made.
pub(crate) type Out = Sender<(&'static str, Rows)>;

/// Runs `compute`, writes the tables that it hands out to a scratch folder
/// while it goes on, and moves the folder to `LAKE/staged/`. Nothing is staged
/// when either fails. `compute` may add to the manifest.
pub(crate) fn staged(
    lake: &Lake,
    manifest: &mut SnapshotManifest,
    watch: &mut Watch,
    compute: impl FnOnce(&Out, &mut SnapshotManifest, &mut Watch) -> Result<(), TransformError>,
) -> Result<(), TransformError> {
    let scratch = lake.scratch()?;
    let folder = scratch.path().join("staged");
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| TransformError::Io { path, source }
    };
    fs::create_dir(&folder).map_err(io(&folder))?;
    let snapshot = manifest.snapshot_id.clone();
    let (out, waiting) = channel();
    let waiting = Mutex::new(waiting);
    let write = || write_tables(lake, &snapshot, &waiting, &folder);
    let (computed, beside) = std::thread::scope(|scope| {
        let beside = scope.spawn(write);
        let computed = compute(&out, manifest, watch);
        // No more will come: both threads stop when all is written.
        drop(out);
        let computed = computed.and_then(|()| write());
        (computed, beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    manifest.tables.extend(computed?);
    manifest.tables.extend(beside?);
    manifest.tables.sort_by(|a, b| a.name.cmp(&b.name));
    let text =
        serde_json::to_vec_pretty(manifest).map_err(|e| io(&folder)(std::io::Error::other(e)))?;
    let file = folder.join("manifest.json");
    fs::write(&file, text).map_err(io(&file))?;
    let staged = lake.staged_dir();
    if staged.exists() {
        fs::remove_dir_all(&staged).map_err(io(&staged))?;
    }
    install_dir(&folder, &staged)?;
    watch.step("write", manifest.tables.iter().map(|t| t.rows).sum::<u64>());
    if let Some(step) = watch.steps.last_mut() {
        step.bytes = manifest.tables.iter().map(|t| t.bytes).sum();
    }
    Ok(())
}

/// A row of the table `quality_check`.
#[derive(Clone, Copy, Debug)]
pub struct CheckRow<'a> {
    /// Name of the check.
    pub name: &'a str,
    /// Rows that are wrong.
    pub rows: u64,
    /// Some of them.
    pub examples: &'a [String],
    /// What it found and accepts.
    pub remarks: &'a [String],
}

/// Adds the table `quality_check` to the staged snapshot: the checks it passed.
///
/// # Errors
/// When the file cannot be written.
pub fn add_quality_checks(
    lake: &Lake,
    manifest: &mut SnapshotManifest,
    checks: &[CheckRow<'_>],
    _lock: &WriterLock,
) -> Result<(), TransformError> {
    let frame = Columns::default()
        .text("check_name", checks.iter().map(|c| Some(c.name)))
        .flag("passed", checks.iter().map(|c| c.rows == 0))
        .int("rows", checks.iter().map(|c| i64::try_from(c.rows).unwrap_or(i64::MAX)))
        .texts("examples", checks.iter().map(|c| c.examples))
        .texts("remarks", checks.iter().map(|c| c.remarks))
        .frame()
        .in_table("quality_check")?;
    let entry =
        write_table(lake, &manifest.snapshot_id, frame, "quality_check", &lake.staged_dir())?;
    manifest.tables.retain(|t| t.name != entry.name);
    manifest.tables.push(entry);
    manifest.tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// Writes the tables that wait, until no more can come.
fn write_tables(
    lake: &Lake,
    snapshot: &SnapshotId,
    waiting: &Mutex<Receiver<(&'static str, Rows)>>,
    folder: &Path,
) -> Result<Vec<SnapshotTable>, TransformError> {
    let mut written = Vec::new();
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((name, rows)) = next else { return Ok(written) };
        written.push(write_table(lake, snapshot, rows, name, folder)?);
    }
}

/// Writes one table to `folder` and describes it by its path after publishing.
fn write_table(
    lake: &Lake,
    snapshot: &SnapshotId,
    table: impl Into<Rows>,
    name: &str,
    folder: &Path,
) -> Result<SnapshotTable, TransformError> {
    let rows = tables::write(table, name, Some(snapshot), folder)?;
    let file = format!("{name}.parquet");
    let (sha256, bytes) = regatta_lake::hash_file(&folder.join(&file))?;
    let path = lake.relative(&lake.snapshot_dir(snapshot).join(&file));
    Ok(SnapshotTable { name: name.to_owned(), path, rows, bytes, sha256 })
}
