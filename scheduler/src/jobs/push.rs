//! Step four, where object storage is configured: bring the snapshot there.

use std::fs::File;
use std::os::unix::fs::MetadataExt;

use anyhow::{Context, bail};
use regatta_lake::{Lake, SnapshotId};
use regatta_remote::{Bundle, PushOptions, PushReport, RemoteError, Store};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use crate::config::Config;
use crate::output::bars;

/// What became of a push after a refresh or a publish.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushLine {
    /// Where to.
    pub url: String,
    /// `switched`, `renewed`, `unchanged` or `failed`.
    pub outcome: String,
    /// Objects uploaded.
    pub uploaded: u64,
    /// Their bytes.
    pub uploaded_bytes: u64,
    /// Why it failed, where it did; the next refresh tries again.
    pub problem: Option<String>,
}

impl PushLine {
    /// The store could not be brought up to date.
    pub fn failed(&self) -> bool {
        self.outcome == "failed"
    }
}

/// Pushes the current snapshot.
pub async fn push(
    config: &Config,
    lake: &Lake,
    store: &Store,
    take_over: bool,
) -> anyhow::Result<Option<PushReport>> {
    let now = config.clock().now();
    let settings = &config.object_storage;
    let Some(bundle) = tokio::task::block_in_place(|| {
        Bundle::open(lake, now, |snapshot| {
            if settings.duckdb { duckdb_file(lake, snapshot).map(Some) } else { Ok(None) }
        })
    })
    .map_err(|OpenError(error)| error)?
    else {
        return Ok(None);
    };
    let bar = bars::upload();
    let options =
        PushOptions { keep: settings.keep, take_over, now, progress: &|event| bar.on(event) };
    let report = regatta_remote::push(store, &bundle, &options).await?;
    drop(bar);
    if let Some(problem) = &report.removed.problem {
        warn!(url = report.url, problem, "not all earlier snapshots could be removed");
    }
    Ok(Some(report))
}

/// Pushes after a refresh, where that is configured. A failure does not undo
/// the local publish: it is logged here and told in the line.
pub async fn push_after(config: &Config, lake: &Lake) -> Option<PushLine> {
    let settings = &config.object_storage;
    let url = settings.url.clone().filter(|_| settings.after_publish)?;
    let pushed = match settings.open() {
        Ok(Some(store)) => push(config, lake, &store, false).await,
        Ok(None) => return None,
        Err(error) => Err(error.into()),
    };
    match pushed {
        Ok(None) => None,
        Ok(Some(report)) => {
            let outcome = outcome_code(&report);
            info!(
                url = report.url,
                outcome,
                snapshot_id = %report.snapshot_id,
                uploaded = report.uploaded,
                bytes = report.uploaded_bytes,
                "object storage"
            );
            Some(PushLine {
                url: report.url,
                outcome: outcome.to_owned(),
                uploaded: report.uploaded,
                uploaded_bytes: report.uploaded_bytes,
                problem: None,
            })
        }
        Err(error) => {
            let problem = format!("{error:#}");
            warn!(
                %url,
                problem,
                "the snapshot is published here, but not in object storage; the next refresh tries again"
            );
            Some(PushLine {
                url: url.to_string(),
                outcome: "failed".to_owned(),
                uploaded: 0,
                uploaded_bytes: 0,
                problem: Some(problem),
            })
        }
    }
}

/// What the outcome is called in records.
pub fn outcome_code(report: &PushReport) -> &'static str {
    match report.outcome {
        regatta_remote::Outcome::Switched => "switched",
        regatta_remote::Outcome::Renewed => "renewed",
        regatta_remote::Outcome::Unchanged => "unchanged",
    }
}

struct OpenError(anyhow::Error);

impl From<RemoteError> for OpenError {
    fn from(error: RemoteError) -> Self {
        Self(error.into())
    }
}

/// Tries to open the DuckDB file while another process swaps it.
const TRIES: u32 = 5;

/// The DuckDB file, open, and of this snapshot. The file that was asked for its
/// snapshot is the one that is open if both have one inode.
fn duckdb_file(lake: &Lake, snapshot: &SnapshotId) -> Result<File, OpenError> {
    let open = || -> anyhow::Result<File> {
        let path = lake.duckdb_file();
        for _ in 0..TRIES {
            let file =
                File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
            let of = regatta_warehouse::file_snapshot(lake)?;
            let (opened, named) = (file.metadata()?, path.metadata()?);
            if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
                continue;
            }
            if of != snapshot.as_str() {
                bail!(
                    "{} is of snapshot {of}, not of {snapshot}: a refresh is under way or was \
                     interrupted; `regatta publish` brings it up to date",
                    path.display()
                );
            }
            return Ok(file);
        }
        bail!("{} was replaced again and again; try again", path.display())
    };
    open().map_err(OpenError)
}
