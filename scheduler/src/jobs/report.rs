//! The record of one refresh: what each step did and took.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use regatta_lake::{
    ChangeCount, Lake, LakeError, RunManifest, RunStatus, SnapshotId, Step, history, remove_noted,
    write_noted,
};
use regatta_warehouse::CheckResult;
use serde::{Deserialize, Serialize};

use super::{Broken, Crawled, PushLine};

/// How many of these records are kept.
const KEPT: usize = 200;

/// How the problem of a refresh begins that was told to stop.
pub const STOPPED: &str = "stopped before";

/// The record of one refresh, kept in `LAKE/refreshes/`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefreshReport {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What became of it: `published`, `unchanged`, `no_data` or `failed`.
    pub outcome: String,
    /// Why it failed, where it did.
    pub problem: Option<String>,
    /// The snapshot that is served at its end.
    pub snapshot_id: Option<SnapshotId>,
    /// Each source crawled.
    pub sources: Vec<SourceLine>,
    /// The steps after crawling.
    pub steps: Vec<Step>,
    /// What changed since the snapshot before.
    pub changes: Vec<ChangeCount>,
    /// What became of object storage, where it is configured.
    #[serde(default)]
    pub object_storage: Option<PushLine>,
    /// Rows of the main tables.
    pub rows: Vec<(String, u64)>,
    /// The checks that kept it from being published.
    #[serde(default)]
    pub failed_checks: Vec<CheckResult>,
    /// Highest resident memory of the process so far, bytes.
    pub peak_memory_bytes: Option<u64>,
}

/// What a refresh did with one source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceLine {
    /// Source.
    pub source_id: String,
    /// Run; empty where the crawl came to no end.
    pub run_id: String,
    /// How it ended.
    pub status: RunStatus,
    /// Why it is not good.
    pub problem: Option<String>,
    /// When the source last gave good data; none where it never did.
    #[serde(default)]
    pub last_success: Option<Timestamp>,
    /// Requests sent.
    pub requests: u64,
    /// Bytes on the wire.
    pub wire_bytes: u64,
    /// Raw rows written.
    pub rows: u64,
    /// Row problems by severity: notes, warnings, errors.
    pub issues: [u64; 3],
    /// Things served that no parser reads.
    pub unread: Vec<String>,
    /// Columns that the catalogue does not know yet, as `table.column`.
    pub new_columns: Vec<String>,
    /// Gates that warned.
    pub warnings: Vec<String>,
    /// Files of its inbox that were refused, with the reason.
    #[serde(default)]
    pub refused_files: Vec<String>,
    /// Time and volume of its steps.
    pub steps: Vec<Step>,
}

impl SourceLine {
    /// What is told of a crawl, and of its inbox.
    pub fn of_crawl(lake: &Lake, crawled: &Crawled) -> Self {
        let refused = crawled.refused.iter().map(|file| {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            format!("{name}: {}", file.reason)
        });
        Self { refused_files: refused.collect(), ..Self::of(lake, &crawled.run) }
    }

    /// What is told of a crawl that came to no end: it has no run.
    pub fn of_broken(lake: &Lake, broken: &Broken) -> Self {
        let history = history(lake, &broken.source_id).unwrap_or_default();
        Self {
            source_id: broken.source_id.to_string(),
            run_id: String::new(),
            status: RunStatus::Failed,
            problem: Some(broken.error.to_string()),
            last_success: history.seen_whole(),
            requests: 0,
            wire_bytes: 0,
            rows: 0,
            issues: [0; 3],
            unread: Vec::new(),
            new_columns: Vec::new(),
            warnings: Vec::new(),
            refused_files: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// What is told of a run that is in the lake.
    pub fn of(lake: &Lake, run: &RunManifest) -> Self {
        let last_success = if run.status.is_good() {
            Some(run.seen_whole())
        } else {
            // Manifests that cannot be read end the transform, which says why.
            let history = history(lake, &run.source_id).unwrap_or_default();
            history.seen_whole()
        };
        let severity = run.issues_by_severity();
        let of = |s: &str| severity.get(s).copied().unwrap_or(0);
        Self {
            source_id: run.source_id.to_string(),
            run_id: run.run_id.to_string(),
            status: run.status,
            problem: run.failure.as_ref().map(|f| format!("{}: {}", f.what, f.reason)),
            last_success,
            requests: run.requests(),
            wire_bytes: run.wire_bytes(),
            rows: run.rows(),
            issues: [of("note"), of("warning"), of("error")],
            unread: run.unread.clone(),
            new_columns: run
                .tables
                .iter()
                .flat_map(|t| t.new_columns.iter().map(|c| format!("{}.{c}", t.name)))
                .collect(),
            warnings: run
                .gates
                .iter()
                .filter(|g| g.verdict == "warned")
                .map(|g| format!("{}: {}", g.table, g.detail))
                .chain(run.seen_whole_at.map(|at| {
                    format!(
                        "the files are a part of the data; all of it was last seen {at:.0}, and its age counts from then"
                    )
                }))
                .collect(),
            refused_files: Vec::new(),
            steps: run.steps.clone(),
        }
    }
}

impl RefreshReport {
    /// A source failed.
    pub fn source_failed(&self) -> bool {
        self.sources.iter().any(|s| !s.status.is_good())
    }

    /// It was told to stop before its end.
    pub fn stopped(&self) -> bool {
        self.problem.as_deref().is_some_and(|problem| problem.starts_with(STOPPED))
    }

    /// Files of an inbox were refused.
    pub fn refused_files(&self) -> bool {
        self.sources.iter().any(|s| !s.refused_files.is_empty())
    }

    /// Object storage could not be brought up to date.
    pub fn push_failed(&self) -> bool {
        self.object_storage.as_ref().is_some_and(PushLine::failed)
    }

    /// Keeps the record, and forgets the oldest ones.
    pub fn keep(&self, lake: &Lake) -> Result<(), LakeError> {
        let folder = lake.refreshes_dir();
        lake.make_dir(&folder)?;
        let name = SnapshotId::at(self.started_at);
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        write_noted(&folder.join(format!("{name}.json")), &text)?;
        let files = files(lake);
        for old in &files[..files.len().saturating_sub(KEPT)] {
            // A record that cannot be removed is only clutter.
            let _ = remove_noted(old);
        }
        Ok(())
    }
}

/// The record of the last refresh.
pub fn last_report(lake: &Lake) -> anyhow::Result<Option<RefreshReport>> {
    let Some(path) = files(lake).pop() else { return Ok(None) };
    Ok(Some(serde_json::from_slice(&fs::read(path)?)?))
}

/// The records of the last `count` refreshes, oldest first. One that cannot be
/// read is left out.
pub fn last_reports(lake: &Lake, count: usize) -> Vec<RefreshReport> {
    let files = files(lake);
    let last = files[files.len().saturating_sub(count)..].iter();
    last.filter_map(|path| serde_json::from_slice(&fs::read(path).ok()?).ok()).collect()
}

/// Highest resident memory of this process, as Linux counts it.
pub fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

fn files(lake: &Lake) -> Vec<PathBuf> {
    let entries = fs::read_dir(lake.refreshes_dir()).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
}
