//! Bringing the current snapshot to the store.

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use regatta_lake::SnapshotId;
use serde::Serialize;

use crate::bundle::Role;
use crate::lineage::{Verdict, judge};
use crate::read::{State, state};
use crate::store::Found;
use crate::sweep::{Swept, UNDER_WAY, sweep};
use crate::switch::{Switched, switch};
use crate::upload::{is_ours, upload};
use crate::{Bundle, BundleFile, RemoteError, Served, Store};

/// Files on their way at once.
const AT_ONCE: usize = 4;

/// Tries to switch when another publisher does so at the same time.
const TRIES: u32 = 5;

/// How to push.
pub struct PushOptions<'a> {
    /// Snapshots that stay readable, the served one included; two at least.
    pub keep: usize,
    /// Replace a snapshot of another lake.
    pub take_over: bool,
    /// The time of day.
    pub now: Timestamp,
    /// Told what happens.
    pub progress: &'a (dyn Fn(Event<'_>) + Sync),
}

/// What happens during a push.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// So many objects and bytes make up the state.
    Begins {
        /// Objects.
        objects: u64,
        /// Bytes.
        bytes: u64,
    },
    /// An object is there: it was before, or its upload is complete.
    There {
        /// Its key below the prefix.
        path: &'a str,
        /// Its size.
        bytes: u64,
        /// It had to be uploaded.
        uploaded: bool,
    },
    /// So many bytes more are sent.
    Sent {
        /// Bytes.
        bytes: u64,
    },
}

/// What a push came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The snapshot is served now.
    Switched,
    /// The snapshot was served already; its ledger tables or files are newer now.
    Renewed,
    /// It was served already, and nothing is different.
    Unchanged,
}

/// What a push did.
#[derive(Clone, Debug, Serialize)]
pub struct PushReport {
    /// Where.
    pub url: String,
    /// What it came to.
    pub outcome: Outcome,
    /// The snapshot being served now.
    pub snapshot_id: SnapshotId,
    /// The one that was served before.
    pub served_before: Option<SnapshotId>,
    /// Objects uploaded.
    pub uploaded: u64,
    /// Their bytes.
    pub uploaded_bytes: u64,
    /// Objects that were there already.
    pub present: u64,
    /// What was removed after the switch.
    pub removed: Swept,
}

/// Uploads what is missing, checks it, and switches (R42). Failing at any
/// moment leaves the earlier state served; the next push takes up what is
/// there. Objects of earlier snapshots are removed only after the switch.
///
/// # Errors
/// [`RemoteError::Refused`] when the store serves a later snapshot, or one of
/// another lake; else what failed after all retries.
pub async fn push(
    store: &Store,
    bundle: &Bundle,
    options: &PushOptions<'_>,
) -> Result<PushReport, RemoteError> {
    let mut report = PushReport {
        url: store.url(""),
        outcome: Outcome::Unchanged,
        snapshot_id: bundle.manifest.snapshot_id.clone(),
        served_before: None,
        uploaded: 0,
        uploaded_bytes: 0,
        present: 0,
        removed: Swept::default(),
    };
    for _ in 0..TRIES {
        let before = state(store).await?;
        let served = before.as_ref().map(|b| &b.served);
        report.served_before = served.map(|s| s.snapshot_id.clone());
        let (files, mut next) = plan(bundle, served);
        let verdict = judge(served, &next, bundle, options.take_over)?;
        if verdict == Verdict::Leave && served.is_some_and(|s| s.as_of > next.as_of) {
            // A later state of the same snapshot: its files are not ours to repair.
            return Ok(report);
        }
        bring(store, &files, before.as_ref(), options, &mut report).await?;
        if verdict == Verdict::Leave {
            return Ok(report);
        }
        match switch(store, before.as_ref(), &mut next, options.keep).await? {
            Switched::Done => {
                let same = report.served_before.as_ref() == Some(&report.snapshot_id);
                report.outcome = if same { Outcome::Renewed } else { Outcome::Switched };
                report.removed = sweep(store, &next, options.now).await;
                return Ok(report);
            }
            Switched::SomebodyElse => {
                tracing::info!(url = store.url(""), "another publisher switched; looking again");
            }
        }
    }
    Err(RemoteError::Refused {
        reason: format!("other publishers switched {TRIES} times meanwhile; try again"),
    })
}

/// The files of the next state. The `DuckDB` file is uploaded once a snapshot:
/// another one of the same snapshot differs in its ledger tables only.
fn plan(bundle: &Bundle, served: Option<&Served>) -> (Vec<BundleFile>, Served) {
    let mut next = bundle.served();
    let mut files: Vec<BundleFile> = bundle.files.clone();
    let there = served
        .filter(|s| s.manifest_sha256 == next.manifest_sha256)
        .and_then(|s| s.file("regatta.duckdb"));
    let ours = files.iter().position(|f| f.role == Role::DuckDb);
    if let (Some(there), Some(ours)) = (there, ours) {
        for file in &mut next.files {
            if file.name == there.name {
                *file = there.clone();
            }
        }
        if files[ours].entry.sha256 != there.sha256 {
            files.remove(ours);
        }
    }
    (files, next)
}

async fn bring(
    store: &Store,
    files: &[BundleFile],
    before: Option<&State>,
    options: &PushOptions<'_>,
    report: &mut PushReport,
) -> Result<(), RemoteError> {
    let progress = options.progress;
    progress(Event::Begins {
        objects: files.len() as u64,
        bytes: files.iter().map(|f| f.entry.bytes).sum(),
    });
    let done: Vec<(u64, bool)> = futures::stream::iter(files)
        .map(|file| async move {
            let found = store.head(&file.entry.path).await?;
            let there =
                is_ours(file, found.as_ref()) && lasting(file, found.as_ref(), before, options.now);
            if !there {
                upload(store, file, progress).await?;
            }
            let (path, bytes) = (file.entry.path.as_str(), file.entry.bytes);
            progress(Event::There { path, bytes, uploaded: !there });
            Ok::<_, RemoteError>((bytes, !there))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    for (bytes, uploaded) in done {
        if uploaded {
            report.uploaded += 1;
            report.uploaded_bytes += bytes;
        } else {
            report.present += 1;
        }
    }
    Ok(())
}

/// The sweep of another publisher will not take the object away before the
/// switch: it is a file that each state of the snapshot has, the state being
/// served has it, or it is young.
fn lasting(
    file: &BundleFile,
    found: Option<&Found>,
    before: Option<&State>,
    now: Timestamp,
) -> bool {
    let of_all_states = matches!(file.role, Role::Table | Role::Other);
    let young = found.is_some_and(|f| {
        now.as_second() - f.meta.last_modified.timestamp() < UNDER_WAY.as_secs() / 2
    });
    of_all_states || young || before.is_some_and(|b| b.served.at(&file.entry.path).is_some())
}
