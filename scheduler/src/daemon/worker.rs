//! The tasks that do what is due: each source on its own, so that a crawl of
//! hours holds up no other source and no feed.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use regatta_crawlers::{CrawlError, FeedState, Poll};
use regatta_lake::RunStatus;
use regatta_sources::Source;
use tokio::task::JoinSet;
use tracing::{debug, error, info, warn};

use super::agenda::Reason;
use super::numbers;
use super::shared::{InForce, Shared, locked};
use crate::jobs::{self, Crawled};

/// Takes what is due and begins it, until the daemon is told to stop; then
/// waits for what is under way, which is told to stop as well.
pub async fn run(shared: &Arc<Shared>) {
    let mut tasks: JoinSet<()> = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = shared.cancel.cancelled() => break,
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => broken(ended),
            due = shared.queue.take() => {
                for (source_id, reason) in due {
                    tasks.spawn(one(Arc::clone(shared), source_id, reason));
                }
            }
        }
    }
    while let Some(ended) = tasks.join_next().await {
        broken(ended);
    }
}

/// A task that broke down must not take the daemon with it.
fn broken(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        error!(%error, "a run broke down: a defect of regatta");
    }
}

async fn one(shared: Arc<Shared>, source_id: String, reason: Reason) {
    let _done = Done { shared: &shared, source_id: &source_id };
    let in_force = shared.in_force();
    // A reload may have switched it off since it became due.
    let Some(source) = in_force.source(&source_id) else { return };
    let _step = shared.step(&format!("{} {source_id}", reason.code()));
    if reason == Reason::Feed {
        poll(&shared, &in_force, source).await;
        return;
    }
    if reason == Reason::Inbox && jobs::inbox::settled(&shared.lake, &source.spec().id).is_empty() {
        return;
    }
    numbers::began(&source_id, reason);
    let started_at = Timestamp::now();
    match jobs::crawl_one(&in_force.crawler, &shared.lake, source).await {
        Ok(crawled) => {
            numbers::ended(&crawled, reason);
            hand_over(&shared, crawled, started_at);
        }
        Err(CrawlError::Cancelled) => return,
        Err(error) => {
            error!(source_id, error = format!("{error:#}"), "the crawl came to no end");
            // It left no manifest to plan a retry by. An inbox rests by itself.
            if reason != Reason::Inbox {
                shared.agenda().broke_down(&source_id, Timestamp::now());
            }
            return;
        }
    }
    remember(&shared, source);
}

async fn poll(shared: &Shared, in_force: &InForce, source: &'static dyn Source) {
    let source_id = source.spec().id.as_str();
    if let Some(until) = closed_until(shared, in_force, source)
        && Timestamp::now() < until
    {
        debug!(source_id, %until, "the site refused us; its feed is left alone");
        numbers::polled(source_id, "left_alone", None);
        return;
    }
    let started_at = Timestamp::now();
    match in_force.crawler.poll(source).await {
        Ok(Poll::NotYet) => numbers::polled(source_id, "not_yet", None),
        Ok(Poll::Unchanged) => {
            debug!(source_id, "the feed names nothing new");
            numbers::polled(source_id, "unchanged", Some(0));
        }
        Ok(Poll::Changed { manifest, records }) => {
            let run_id = manifest.run_id.as_str();
            info!(source_id, run_id, records, "the feed named changes");
            numbers::polled(source_id, "changed", Some(records));
            numbers::transferred(&manifest);
            hand_over(shared, (*manifest).into(), started_at);
            remember(shared, source);
        }
        Ok(Poll::Failed(status, failure)) => {
            let (what, reason) = (&failure.what, &failure.reason);
            warn!(source_id, status = status.code(), what, reason, "the feed cannot be read");
            numbers::polled(source_id, status.code(), None);
        }
        Err(CrawlError::Cancelled) => {}
        Err(error) => {
            numbers::polled(source_id, "error", None);
            error!(source_id, error = format!("{error:#}"), "the poll of the feed failed");
        }
    }
}

/// A site that refused a crawl or a poll is not asked every few minutes.
fn closed_until(
    shared: &Shared,
    in_force: &InForce,
    source: &'static dyn Source,
) -> Option<Timestamp> {
    let retry = &in_force.config.serve.retry;
    let after = |at: Timestamp, failures: u32| {
        let wait = retry.blocked_first_s.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let wait = wait.min(retry.blocked_max_s);
        at.checked_add(SignedDuration::from_secs(i64::try_from(wait).unwrap_or(i64::MAX))).ok()
    };
    let past = shared.past(source.spec().id.as_str());
    let crawl = past.and_then(|p| {
        let last = p.last.filter(|r| r.status == RunStatus::Blocked)?;
        after(last.finished_at, p.failures_in_a_row)
    });
    let state = FeedState::load(&shared.lake, &source.spec().id).ok();
    let feed = state.filter(|s| s.status == Some(RunStatus::Blocked)).and_then(|s| {
        // With a clock that was set back the poll lies ahead: it does not count.
        let polled_at = s.polled_at.filter(|at| *at <= Timestamp::now())?;
        after(polled_at, s.failures_in_a_row)
    });
    crawl.max(feed)
}

/// The publisher takes it from here.
fn hand_over(shared: &Shared, run: Crawled, started_at: Timestamp) {
    let publishing = shared.publishing();
    let mut unpublished = locked(&shared.unpublished);
    if publishing {
        unpublished.waiting.push(Instant::now());
    }
    unpublished.runs.push(run);
    unpublished.since.get_or_insert(started_at);
    drop(unpublished);
    shared.publish.notify_one();
}

/// Retries and ages follow from what the manifests say now.
fn remember(shared: &Shared, source: &'static dyn Source) {
    let source_id = source.spec().id.as_str();
    match shared.read_past(source) {
        Ok(past) => shared.agenda().finished(source_id, past),
        Err(error) => error!(source_id, error = format!("{error:#}"), "the history is damaged"),
    }
}

/// Gives the source free however the work on it ends.
struct Done<'a> {
    shared: &'a Shared,
    source_id: &'a str,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.shared.queue.done(self.source_id);
    }
}
