//! The task that transforms and publishes what was crawled, one at a time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use regatta_dictionaries::Dictionaries;
use regatta_lake::current_snapshot;
use tokio::runtime::Handle;
use tracing::{error, info, warn};

use super::numbers;
use super::shared::{PUBLISH, Shared, Unpublished, locked};
use crate::jobs::{self, RefreshRequest};

/// Sources that end at almost the same time are published together.
const GATHER: Duration = Duration::from_millis(300);
/// First and longest wait before a publish that failed is tried again.
const AGAIN: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(15));

/// Publishes whatever is handed over. At the start it looks whether the process
/// before was stopped between a crawl and its publish.
pub async fn run(shared: &Arc<Shared>, mut dictionaries: Dictionaries) {
    let mut again: Option<Duration> = None;
    let mut first = true;
    loop {
        if !std::mem::take(&mut first) {
            tokio::select! {
                biased;
                () = shared.cancel.cancelled() => return,
                () = shared.publish.notified() => {}
                () = pause(again) => {}
            }
            tokio::time::sleep(GATHER).await;
        }
        if shared.cancel.is_cancelled() {
            return;
        }
        // Decisions made since the last refresh count from this one. A file
        // that cannot be used must not stop the data from being published.
        match shared.dictionaries() {
            Ok(read) => dictionaries = read,
            Err(e) => error!(error = format!("{e:#}"), "dictionaries unusable; the last ones hold"),
        }
        let wait = again.map_or(AGAIN.0, |wait| (wait * 2).min(AGAIN.1));
        again = match publish(shared, &dictionaries) {
            Ok(true) => None,
            // It said so itself: the local publish stands, the store lags behind.
            Ok(false) => Some(wait),
            Err(_) if shared.cancel.is_cancelled() => return,
            Err(error) => {
                numbers::publish_failed();
                let seconds = wait.as_secs();
                // The daemon goes on: the next time may be better.
                error!(error = format!("{error:#}"), again_in_s = seconds, "the refresh failed");
                Some(wait)
            }
        };
    }
}

async fn pause(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// One refresh without its crawls; false where only object storage could not be
/// brought up to date.
fn publish(shared: &Shared, dictionaries: &Dictionaries) -> anyhow::Result<bool> {
    let _step = shared.step(PUBLISH);
    let in_force = shared.in_force();
    let taken = std::mem::take(&mut *locked(&shared.unpublished));
    let Unpublished { runs, since, waiting } = taken;
    numbers::waited("publish", &waiting);
    let request = RefreshRequest {
        config: &in_force.config,
        dictionaries,
        sources: Vec::new(),
        accept_shrink: false,
        keep: in_force.config.serve.sweep.then_some(in_force.config.snapshots.keep),
        cancel: shared.cancel.clone(),
    };
    let started_at = since.unwrap_or_else(Timestamp::now);
    // On this thread to its end: its steps block it anyway.
    let report = tokio::task::block_in_place(|| {
        let runs = (&runs[..], &[][..]);
        let concluded = jobs::conclude(&request, &shared.lake, &shared.lock, runs, started_at);
        Handle::current().block_on(concluded)
    });
    let report = report.inspect_err(|_| {
        // The next try publishes them, and says so.
        let mut unpublished = locked(&shared.unpublished);
        unpublished.runs.splice(0..0, runs);
        unpublished.since = Some(started_at);
    })?;
    for source in report.sources.iter().filter(|s| !s.status.is_good()) {
        warn!(
            source_id = source.source_id,
            run_id = source.run_id,
            status = source.status.code(),
            problem = source.problem,
            last_success = source.last_success.map(tracing::field::display),
            "a source failed; what is served of it stays as it was"
        );
    }
    numbers::concluded(&report);
    if report.outcome == "published" || shared.snapshot().is_none() {
        shared.published(current_snapshot(&shared.lake)?);
    }
    let sources: Vec<&str> = report.sources.iter().map(|s| s.source_id.as_str()).collect();
    let snapshot_id = report.snapshot_id.as_ref().map(regatta_lake::SnapshotId::as_str);
    if !sources.is_empty() || report.outcome == "published" {
        info!(outcome = report.outcome, sources = sources.join(","), snapshot_id, "refreshed");
    }
    Ok(!report.push_failed())
}
