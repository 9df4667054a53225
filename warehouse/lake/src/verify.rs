//! Proving that the lake still holds what its manifests say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::gc::{needed_runs, remembered_bodies};
use crate::noted::{check_noted, noted_files};
use crate::run_files::{DIGEST_FILE, SUMMARY_FILE, as_text, manifest_files, read_text};
use crate::runs::sources_with_runs;
use crate::snapshots::snapshot_folders;
use crate::{
    Lake, LakeError, RunId, RunManifest, Sha256, SnapshotManifest, SourceHistory, SourceId,
    check_duckdb_file, hash_file, published_snapshots, read_snapshot,
};

/// What [`verify`] does not look at, from the lake's root: it is fetched or made
/// anew at need, by readers that take a damaged file for none, or is not part of
/// the lake's data yet. The bodies that `feeds` and `journals` name are checked.
pub const NOT_VERIFIED: &[&str] =
    &["robots", "feeds", "journals", "alerts/feed.xml", "staged", "inbox", "tmp"];

/// One thing that is not as the manifests say.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The file, from the lake's root.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

/// What was checked and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct VerifyReport {
    /// Run manifests read and linked to their predecessors.
    pub runs: u64,
    /// Raw files re-hashed.
    pub raw_tables: u64,
    /// Bodies re-hashed.
    pub bodies: u64,
    /// Snapshots whose manifests were linked.
    pub snapshots: u64,
    /// Table files re-hashed.
    pub tables: u64,
    /// Files of the ledger, of records of refreshes and of alerts re-hashed.
    pub noted_files: u64,
    /// [`NOT_VERIFIED`].
    pub not_verified: &'static [&'static str],
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Re-hashes every raw file and table that a kept manifest names, and every body
/// that one of them, the journal of a crawl that did not finish or the poll of a
/// feed names, and follows the chains of run and snapshot manifests. `step` is called with the
/// path of each file before it is read, for a progress bar.
///
/// # Errors
/// When the lake itself cannot be listed; damage is a finding, not an error.
pub fn verify(lake: &Lake, mut step: impl FnMut(&str)) -> Result<VerifyReport, LakeError> {
    let mut report = VerifyReport { not_verified: NOT_VERIFIED, ..VerifyReport::default() };
    let mut bodies = remembered_bodies(lake)?;
    // What is wrong with the chain is told below.
    let chain = published_snapshots(lake).unwrap_or_default();
    let mut sources = sources_with_runs(lake)?;
    sources.extend(chain.iter().flat_map(|s| s.inputs.keys().cloned()));
    sources.sort();
    sources.dedup();
    for source in sources {
        let mut history = SourceHistory::default();
        let mut digest: Option<Sha256> = None;
        let mut lost = BTreeSet::new();
        let mut digests = BTreeMap::new();
        let mut has_digests = false;
        for path in manifest_files(lake, &source)? {
            step(&lake.relative(&path));
            report.runs += 1;
            let text = match read_text(&path) {
                Ok(text) => text,
                Err(e) => {
                    report.found(lake.relative(&path), e);
                    continue;
                }
            };
            has_digests = check_digest(lake, &mut report, &path, &text, has_digests);
            let manifest: RunManifest = match serde_json::from_slice(&text) {
                Ok(manifest) => manifest,
                Err(e) => {
                    report.found(lake.relative(&path), format!("not a run manifest: {e}"));
                    continue;
                }
            };
            let previous = digest.zip(history.last());
            check_link(&mut report, lake.relative(&path), previous, &manifest);
            if !check_raw(lake, &mut report, &manifest, &mut bodies, &mut step) {
                lost.insert(manifest.run_id.clone());
            }
            digest = Some(Sha256::of(&text));
            digests.extend(digest.map(|sha| (manifest.run_id.clone(), sha)));
            let summary = manifest.into_summary();
            check_summary(lake, &mut report, &path, &summary)?;
            history.runs.push(summary);
        }
        bodies_of_feeds(lake, &history, &mut bodies);
        for run in needed_runs(&source, &chain, &history.runs).intersection(&lost) {
            let folder = lake.relative(&lake.raw_dir(&source, run));
            report.found(folder, "the raw tables are gone, and they are still needed");
        }
        check_inputs(lake, &mut report, &source, &chain, &digests);
    }
    for sha in bodies {
        let path = lake.relative(&lake.archive().path(sha));
        step(&path);
        report.bodies += 1;
        if let Err(e) = lake.archive().check(sha) {
            report.found(path, e.to_string());
        }
    }
    check_snapshots(lake, &mut report, &mut step);
    for path in noted_files(lake)? {
        step(&lake.relative(&path));
        report.noted_files += 1;
        if let Err(e) = check_noted(&path) {
            report.found(lake.relative(&path), e);
        }
    }
    step(&lake.relative(&lake.duckdb_file()));
    if let Err(e) = check_duckdb_file(lake) {
        report.found(lake.relative(&lake.duckdb_file()), e);
    }
    Ok(report)
}

impl VerifyReport {
    fn found(&mut self, path: String, problem: impl ToString) {
        self.findings.push(Finding { path, problem: problem.to_string() });
    }
}

/// Holds a run's manifest against the digest beside it; whether there is one.
/// Runs of earlier versions have none, those after one that `had` it do.
fn check_digest(
    lake: &Lake,
    report: &mut VerifyReport,
    manifest: &Path,
    text: &[u8],
    had: bool,
) -> bool {
    let path = manifest.with_file_name(DIGEST_FILE);
    let found = Sha256::of(text).to_string();
    let said = match fs::read_to_string(&path) {
        Ok(said) => said,
        Err(e) => {
            if had || e.kind() != ErrorKind::NotFound {
                report.found(lake.relative(&path), format!("it cannot be read: {e}"));
            }
            return had;
        }
    };
    if said.trim_end() != format!("{found}  manifest.json") {
        let problem = format!("{DIGEST_FILE} says {:?}, found sha256 {found}", said.trim_end());
        report.found(lake.relative(manifest), problem);
    }
    true
}

/// Holds the summary beside a run's manifest against it; runs of earlier
/// versions have none.
fn check_summary(
    lake: &Lake,
    report: &mut VerifyReport,
    manifest: &Path,
    summary: &RunManifest,
) -> Result<(), LakeError> {
    let path = manifest.with_file_name(SUMMARY_FILE);
    let Ok(found) = fs::read(&path) else { return Ok(()) };
    if found != as_text(summary, &path)? {
        report.found(lake.relative(&path), "it is not the manifest beside it without its fetches");
    }
    Ok(())
}

fn check_link(
    report: &mut VerifyReport,
    path: String,
    previous: Option<(Sha256, &RunManifest)>,
    manifest: &RunManifest,
) {
    match (&manifest.previous, previous) {
        (None, None) => {}
        (Some(link), Some((sha, run))) if link.sha256 == sha && link.run_id == run.run_id => {}
        (link, before) => report.found(
            path,
            format!(
                "the chain is broken: it names {}, before it lies {}",
                link.as_ref().map_or("no run".into(), |l| format!("{} {}", l.run_id, l.sha256)),
                before.map_or("no run".into(), |(sha, r)| format!("{} {sha}", r.run_id)),
            ),
        ),
    }
}

/// The raw tables of a run; false where they are gone. A sweep takes them, and
/// the manifest stays as history.
fn check_raw(
    lake: &Lake,
    report: &mut VerifyReport,
    manifest: &RunManifest,
    bodies: &mut BTreeSet<Sha256>,
    step: &mut impl FnMut(&str),
) -> bool {
    if manifest.tables.is_empty() {
        return true;
    }
    let folder = lake.raw_dir(&manifest.source_id, &manifest.run_id);
    match fs::metadata(&folder) {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::NotFound => return false,
        Err(e) => {
            report.found(lake.relative(&folder), format!("it cannot be looked at: {e}"));
            return true;
        }
    }
    for table in &manifest.tables {
        step(&table.path);
        report.raw_tables += 1;
        check_file(lake, report, &table.path, table.sha256);
    }
    bodies.extend(manifest.fetches.iter().filter_map(|f| f.body_sha256));
    true
}

/// The runs that kept snapshots are made of, and the digests of their manifests.
fn check_inputs(
    lake: &Lake,
    report: &mut VerifyReport,
    source: &SourceId,
    chain: &[SnapshotManifest],
    digests: &BTreeMap<RunId, Sha256>,
) {
    let mut told = BTreeSet::new();
    for input in chain.iter().filter_map(|snapshot| snapshot.inputs.get(source)) {
        let run = &input.data_run_id;
        let problem = match digests.get(run) {
            Some(sha) if *sha == input.manifest_sha256 => continue,
            Some(sha) => format!(
                "a snapshot names the sha256 {} of its manifest, found {sha}",
                input.manifest_sha256
            ),
            None => "a snapshot is made of this run, and there is none".to_owned(),
        };
        if told.insert(run) {
            report.found(lake.relative(&lake.run_dir(source, run)), problem);
        }
    }
}

/// The raw tables of the runs that a poll of a feed builds on may be swept;
/// their bytes are still behind its rows.
fn bodies_of_feeds(lake: &Lake, history: &SourceHistory, bodies: &mut BTreeSet<Sha256>) {
    let kept =
        |run: &&RunManifest| run.is_feed() && lake.raw_dir(&run.source_id, &run.run_id).exists();
    for run in history.runs.iter().filter(kept) {
        // A manifest that cannot be read is a finding already.
        let behind = history.whole_with_bases(lake, run).unwrap_or_default();
        bodies.extend(behind.iter().flat_map(|r| &r.fetches).filter_map(|f| f.body_sha256));
    }
}

fn check_snapshots(lake: &Lake, report: &mut VerifyReport, step: &mut impl FnMut(&str)) {
    let chain = match published_snapshots(lake) {
        Ok(chain) => chain,
        Err(e) => {
            // The file that it names; where it names none, it is the first.
            let path = match &e {
                LakeError::Io { path, .. } | LakeError::Damaged { path, .. } => lake.relative(path),
                _ => "current.json".to_owned(),
            };
            return report.found(path, e);
        }
    };
    if let Some(current) = chain.first() {
        check_current(lake, report, current);
    }
    // A sweep takes the oldest; what is older than all that are kept was cut off.
    let oldest = chain.last().map(|s| s.snapshot_id.clone());
    for id in snapshot_folders(lake).unwrap_or_default() {
        if oldest.as_ref().is_some_and(|oldest| id < *oldest) {
            let path = lake.relative(&lake.snapshot_dir(&id));
            report.found(path, "no kept snapshot leads here: one between them is gone");
        }
    }
    for snapshot in chain {
        report.snapshots += 1;
        for table in &snapshot.tables {
            step(&table.path);
            report.tables += 1;
            check_file(lake, report, &table.path, table.sha256);
        }
        for file in &snapshot.files {
            step(&file.path);
            check_file(lake, report, &file.path, file.sha256);
        }
    }
}

/// That `current.json` is the manifest of its snapshot. Where it is not, the
/// tables tell which of the two was altered: its digests are not theirs.
fn check_current(lake: &Lake, report: &mut VerifyReport, current: &SnapshotManifest) {
    let own = lake.snapshot_dir(&current.snapshot_id).join("manifest.json");
    match (fs::read(&own), fs::read(lake.current_file())) {
        (Ok(own), Ok(served)) if own == served => return,
        (Err(e), Ok(_)) => {
            let problem = format!("it cannot be read: {e}");
            return report.found(lake.relative(&own), problem);
        }
        _ => {}
    }
    let manifest = read_snapshot(lake, &current.snapshot_id);
    let fits = |manifest: &SnapshotManifest| names_its_tables(lake, manifest);
    let (path, problem) = match manifest {
        Err(e) => (lake.relative(&own), e.to_string()),
        Ok(manifest) if fits(current) && !fits(&manifest) => {
            (lake.relative(&own), "current.json says otherwise, and its tables agree".to_owned())
        }
        Ok(manifest) if fits(&manifest) && !fits(current) => (
            "current.json".to_owned(),
            format!("{} says otherwise, and its tables agree", lake.relative(&own)),
        ),
        Ok(_) => (
            "current.json".to_owned(),
            format!("it is not {}, and nothing tells which was altered", lake.relative(&own)),
        ),
    };
    report.found(path, problem);
}

/// Whether all tables and files of a snapshot are those that the manifest names.
fn names_its_tables(lake: &Lake, manifest: &SnapshotManifest) -> bool {
    let tables = manifest.tables.iter().map(|t| (&t.path, t.sha256, t.bytes));
    let files = manifest.files.iter().map(|f| (&f.path, f.sha256, f.bytes));
    tables.chain(files).all(|(path, sha256, bytes)| {
        hash_file(&lake.root().join(path)).is_ok_and(|found| found == (sha256, bytes))
    })
}

fn check_file(lake: &Lake, report: &mut VerifyReport, path: &str, expected: Sha256) {
    match hash_file(&lake.root().join(path)) {
        Ok((found, _)) if found == expected => {}
        Ok((found, _)) => report
            .found(path.to_owned(), format!("its manifest says sha256 {expected}, found {found}")),
        Err(e) => report.found(path.to_owned(), e),
    }
}

#[cfg(test)]
mod tests;
