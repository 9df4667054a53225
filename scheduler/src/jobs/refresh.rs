//! All steps.

use regatta_crawlers::CancellationToken;
use regatta_dictionaries::Dictionaries;
use regatta_lake::{Lake, WriterLock};
use regatta_sources::Source;

use super::report::RefreshReport;
use super::{conclude, crawl};
use crate::config::Config;

/// What to refresh.
pub struct RefreshRequest<'a> {
    pub config: &'a Config,
    pub dictionaries: &'a Dictionaries,
    pub sources: Vec<&'static dyn Source>,
    pub accept_shrink: bool,
    /// Snapshots to keep: older ones are swept after the publish. None: all are
    /// kept.
    pub keep: Option<usize>,
    pub cancel: CancellationToken,
}

/// Crawls, transforms, checks and publishes. A source that fails does not stop
/// the others: its last good data goes into the snapshot. An error in a later
/// step leaves the last snapshot in place (R42); the record says so either way.
pub async fn refresh(
    request: &RefreshRequest<'_>,
    lake: &Lake,
    lock: &WriterLock,
) -> anyhow::Result<RefreshReport> {
    let started_at = request.config.clock().now();
    let crawls =
        crawl(request.config, lake, lock, &request.sources, request.accept_shrink, &request.cancel)
            .await?;
    conclude(request, lake, lock, (&crawls.runs, &crawls.broken), started_at).await
}
