//! What the run manifests say of a source, as far as the daemon needs it. The
//! lake is the only state: after a restart everything is known again.

use jiff::Timestamp;
use regatta_lake::{RunManifest, RunStatus, SourceHistory};

/// The past of one source. Polls of its feed do not count: they are no
/// substitute for a crawl.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The last crawl or import.
    pub last: Option<LastRun>,
    /// Crawls since the last good one.
    pub failures_in_a_row: u32,
    /// When all of its data was last seen.
    pub last_success: Option<Timestamp>,
    /// Rows that are served.
    pub rows: u64,
    /// Row problems behind them: notes, warnings, errors.
    pub issues: [u64; 3],
}

/// One crawl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// Its id.
    pub run_id: String,
    /// How it ended.
    pub status: RunStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
}

impl Past {
    /// Reads it off the manifests.
    pub fn of(history: &SourceHistory) -> Self {
        let crawls = || history.runs.iter().rev().filter(|r| !r.is_feed());
        let failures = crawls().take_while(|r| !r.status.is_good()).count();
        let data = history.data_run();
        let issues = |severity: &str| {
            data.and_then(|r| r.issues_by_severity().get(severity).copied()).unwrap_or(0)
        };
        Self {
            last: crawls().next().map(LastRun::from),
            failures_in_a_row: u32::try_from(failures).unwrap_or(u32::MAX),
            last_success: history.seen_whole(),
            rows: data.map_or(0, RunManifest::rows),
            issues: [issues("note"), issues("warning"), issues("error")],
        }
    }
}

impl From<&RunManifest> for LastRun {
    fn from(run: &RunManifest) -> Self {
        Self {
            run_id: run.run_id.to_string(),
            status: run.status,
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}
