//! Sweeping what no kept snapshot needs.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::listing::{children, file_name, folders};
use crate::run_files::{pack, write_summaries};
use crate::runs::sources_with_runs;
use crate::{Lake, LakeError, RunId, RunManifest, Sha256, SourceId, WriterLock, history};
use crate::{current_snapshot, published_snapshots};

/// What a sweep removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct GcReport {
    /// Snapshots removed, and folders that were never published.
    pub snapshots: u64,
    /// Raw folders removed.
    pub raw_runs: u64,
    /// Bodies removed.
    pub bodies: u64,
    /// Bytes given back.
    pub bytes: u64,
}

/// Keeps the newest `keep` published snapshots and, of each source, the raw
/// tables of the runs they were made from, of the last good run, and of every
/// run newer than that one. Run manifests are all kept, they are the history;
/// those of all other runs are packed. A body stays as long as any run with raw
/// tables, or the journal of a crawl that did not finish, refers to it. What runs
/// under way in this process have written so far is left alone
/// ([`Lake::run_begins`]).
///
/// # Errors
/// When the lake cannot be read or a file cannot be removed.
pub fn collect_garbage(lake: &Lake, keep: usize, lock: &WriterLock) -> Result<GcReport, LakeError> {
    lock.check(lake)?;
    let _sweep = lake.under_way().sweep();
    let mut report = GcReport::default();
    // Before the manifests: a run that ends meanwhile is in the one or the other.
    let mut bodies = remembered_bodies(lake)?;
    let chain = published_snapshots(lake)?;
    let kept = &chain[..chain.len().min(keep.max(1))];
    let kept_ids: BTreeSet<_> = kept.iter().map(|s| s.snapshot_id.as_str()).collect();
    for path in folders(&lake.snapshots_dir())? {
        if !kept_ids.contains(file_name(&path).as_str()) {
            report.bytes += remove_dir(&path)?;
            report.snapshots += 1;
        }
    }
    for source in sources_with_runs(lake)? {
        write_summaries(lake, &source)?;
        let runs = history(lake, &source)?;
        let needed = needed_runs(&source, kept, &runs.runs);
        let mut open = needed.clone();
        open.extend(runs.rested_on().into_iter().map(|at| runs.runs[at].run_id.clone()));
        for run in runs.runs.iter().filter(|r| needed.contains(&r.run_id)) {
            // A poll of a feed keeps rows of the runs before it, and so their bytes.
            let behind = runs.whole_with_bases(lake, run)?;
            open.extend(behind.iter().map(|r| r.run_id.clone()));
            bodies.extend(behind.iter().flat_map(|r| &r.fetches).filter_map(|f| f.body_sha256));
        }
        let all = runs.runs.iter().map(|r| r.run_id.clone());
        let closed = all.filter(|run| !open.contains(run)).collect();
        report.bytes += pack(lake, &source, &closed)?;
        let raw = lake.root().join("raw").join(source.as_str());
        for path in folders(&raw)? {
            let run = file_name(&path);
            let is_needed = needed.iter().any(|r| r.as_str() == run);
            if !is_needed && !lake.under_way().has_run(&source, &run) {
                report.bytes += remove_dir(&path)?;
                report.raw_runs += 1;
            }
        }
    }
    sweep_bodies(lake, &bodies, &mut report)?;
    debug_assert!(current_snapshot(lake).is_ok());
    Ok(report)
}

/// The runs of a source whose raw tables are kept.
pub(crate) fn needed_runs(
    source: &SourceId,
    kept: &[crate::SnapshotManifest],
    runs: &[RunManifest],
) -> BTreeSet<RunId> {
    let mut needed: BTreeSet<RunId> =
        kept.iter().filter_map(|s| s.inputs.get(source)).map(|i| i.data_run_id.clone()).collect();
    if let Some(good) = runs.iter().rposition(|r| r.status.is_good()) {
        needed.extend(runs[good..].iter().map(|r| r.run_id.clone()));
        needed.extend(runs[good].data_run_id.clone());
    } else {
        needed.extend(runs.iter().map(|r| r.run_id.clone()));
    }
    needed
}

/// Bodies that no manifest names and that a later crawl or poll will read.
pub(crate) fn remembered_bodies(lake: &Lake) -> Result<BTreeSet<Sha256>, LakeError> {
    let mut bodies = journal_bodies(lake)?;
    bodies.extend(feed_bodies(lake)?);
    Ok(bodies)
}

/// Bodies that unfinished crawls will take up again. A torn last line names
/// nothing that a later crawl would use.
fn journal_bodies(lake: &Lake) -> Result<BTreeSet<Sha256>, LakeError> {
    #[derive(serde::Deserialize)]
    struct Line {
        body_sha256: Option<Sha256>,
    }
    let mut bodies = BTreeSet::new();
    for text in texts(&lake.journals_dir())? {
        let lines = text.split(|b| *b == b'\n');
        bodies.extend(
            lines
                .filter_map(|l| serde_json::from_slice::<Line>(l).ok())
                .filter_map(|l| l.body_sha256),
        );
    }
    Ok(bodies)
}

/// Bodies that the next poll of a feed compares its answers with. A file that
/// cannot be read is not used by the poll either.
fn feed_bodies(lake: &Lake) -> Result<BTreeSet<Sha256>, LakeError> {
    #[derive(serde::Deserialize)]
    struct State {
        fetches: Vec<crate::Fetch>,
    }
    let mut bodies = BTreeSet::new();
    for text in texts(&lake.feeds_dir())? {
        let state = serde_json::from_slice::<State>(&text).ok();
        let fetches = state.into_iter().flat_map(|s| s.fetches);
        bodies.extend(fetches.filter_map(|f| f.body_sha256));
    }
    Ok(bodies)
}

/// The files in `folder`. One that goes away meanwhile belongs to a crawl that
/// ended, whose manifest is there by then, or was renamed when it was whole.
fn texts(folder: &Path) -> Result<Vec<Vec<u8>>, LakeError> {
    let mut texts = Vec::new();
    for path in children(folder)? {
        match fs::read(&path) {
            Ok(text) => texts.push(text),
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(LakeError::io("cannot read", &path)(e)),
        }
    }
    Ok(texts)
}

fn sweep_bodies(
    lake: &Lake,
    keep: &BTreeSet<Sha256>,
    report: &mut GcReport,
) -> Result<(), LakeError> {
    for folder in folders(lake.archive().root())? {
        for path in children(&folder)? {
            let sha: Option<Sha256> =
                file_name(&path).strip_suffix(".zst").and_then(|n| n.parse().ok());
            if sha.is_some_and(|s| keep.contains(&s)) {
                continue;
            }
            let bytes = path.metadata().map_or(0, |m| m.len());
            let removed = lake.under_way().remove_body(&path, sha);
            if removed.map_err(LakeError::io("cannot remove", &path))? {
                report.bytes += bytes;
                report.bodies += 1;
            }
        }
    }
    Ok(())
}

fn remove_dir(path: &Path) -> Result<u64, LakeError> {
    let bytes = children(path)?.iter().filter_map(|p| p.metadata().ok()).map(|m| m.len()).sum();
    fs::remove_dir_all(path).map_err(LakeError::io("cannot remove", path))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_under_way_has_written_stays_until_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        let lock = WriterLock::acquire(&lake).unwrap();
        let (source, run): (SourceId, RunId) = ("us_test".parse().unwrap(), "1".parse().unwrap());
        fs::create_dir_all(lake.runs_dir(&source)).unwrap();
        let old = lake.archive().put(b"there from a run that is no more").unwrap();
        let orphan = lake.archive().put(b"nobody's").unwrap();

        let under_way = lake.clone().run_begins(&source, &run);
        let body = lake.archive().put(b"new").unwrap();
        assert_eq!(lake.archive().put(b"there from a run that is no more").unwrap(), old);
        let unfinished = lake.archive().path(body).with_file_name(".new-1");
        fs::write(&unfinished, b"half of").unwrap();
        let raw = lake.raw_dir(&source, &run);
        fs::create_dir_all(&raw).unwrap();
        let report = collect_garbage(&lake, 1, &lock).unwrap();
        assert_eq!((report.bodies, report.raw_runs), (1, 0));
        let here = |sha| lake.archive().path(sha).exists();
        assert!(here(old) && here(body) && unfinished.exists() && raw.exists());
        assert!(!here(orphan));

        // One that ended without a manifest never happened.
        drop(under_way);
        let report = collect_garbage(&lake, 1, &lock).unwrap();
        assert_eq!((report.bodies, report.raw_runs), (3, 1));
        assert!(!here(old) && !here(body) && !unfinished.exists() && !raw.exists());
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_taken_for_gone() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        let lock = WriterLock::acquire(&lake).unwrap();
        let body = lake.archive().put(b"of a run").unwrap();
        // A link to itself exists, and every look at what it leads to fails.
        for unreadable in [lake.root().join("runs"), lake.journals_dir(), lake.feeds_dir()] {
            std::os::unix::fs::symlink(&unreadable, &unreadable).unwrap();
            let error = collect_garbage(&lake, 1, &lock).unwrap_err().to_string();
            assert!(error.contains(&unreadable.display().to_string()), "{error}");
            assert!(lake.archive().path(body).exists());
            fs::remove_file(&unreadable).unwrap();
        }
    }

    #[test]
    fn what_goes_away_during_a_sweep_stops_none() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        let lock = WriterLock::acquire(&lake).unwrap();
        // Listed, and not there when it is read.
        for folder in [lake.journals_dir(), lake.feeds_dir()] {
            fs::create_dir(&folder).unwrap();
            std::os::unix::fs::symlink("gone", folder.join(".new-1")).unwrap();
        }
        collect_garbage(&lake, 1, &lock).unwrap();
        let unfinished = lake.archive().path(Sha256::of(b"new")).with_file_name(".new-1");
        assert!(!lake.under_way().remove_body(&unfinished, None).unwrap());
    }

    #[test]
    fn files_that_lie_among_the_folders_of_a_lake_stop_no_sweep() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        let lock = WriterLock::acquire(&lake).unwrap();
        let orphan = lake.archive().put(b"nobody's").unwrap();
        let source: SourceId = "us_test".parse().unwrap();
        let strays = [
            lake.archive().root().join("README"),
            lake.snapshots_dir().join(".DS_Store"),
            lake.root().join("raw/us_test/notes"),
            lake.runs_dir(&source).join("notes"),
            lake.root().join("runs/notes"),
        ];
        for stray in &strays {
            fs::create_dir_all(stray.parent().unwrap()).unwrap();
            fs::write(stray, b"").unwrap();
        }
        assert_eq!(collect_garbage(&lake, 1, &lock).unwrap().bodies, 1);
        assert!(!lake.archive().path(orphan).exists());
        assert!(strays.iter().all(|stray| stray.exists()));
        assert_eq!(crate::verify(&lake, |_| ()).unwrap().findings, []);
    }

    #[test]
    fn a_run_that_ends_during_a_sweep_is_remembered_until_the_sweep_ends() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        let (source, run): (SourceId, RunId) = ("us_test".parse().unwrap(), "1".parse().unwrap());
        let under_way = lake.run_begins(&source, &run);
        let sweep = lake.under_way().sweep();
        let body = lake.archive().put(b"new").unwrap();
        drop(under_way);
        assert!(lake.under_way().has_run(&source, run.as_str()));
        let path = lake.archive().path(body);
        assert!(!lake.under_way().remove_body(&path, Some(body)).unwrap());
        drop(sweep);
        assert!(!lake.under_way().has_run(&source, run.as_str()));
        assert!(lake.under_way().remove_body(&path, Some(body)).unwrap());
        assert!(!path.exists());
    }
}
