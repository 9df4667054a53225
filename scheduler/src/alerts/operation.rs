//! Reading how refreshes and polls of feeds went.

use std::collections::BTreeMap;

use jiff::Timestamp;
use regatta_alerts::{FeedFacts, RefreshFacts};
use regatta_crawlers::FeedState;
use regatta_lake::{Lake, RunStatus, SourceId};

use crate::config::Config;
use crate::daemon::plans;
use crate::jobs::{self, RefreshReport};

/// Refreshes that are read, the newest ones.
const REFRESHES: usize = 30;

/// The last refreshes, oldest first. One that was told to stop did not fail.
pub fn refreshes(lake: &Lake) -> Vec<RefreshFacts> {
    let reports = jobs::last_reports(lake, REFRESHES);
    reports.into_iter().filter(|report| !report.stopped()).map(of).collect()
}

fn of(report: RefreshReport) -> RefreshFacts {
    let failed = report.outcome == "failed";
    let reason = || report.problem.unwrap_or_else(|| "no reason was kept".to_owned());
    RefreshFacts { finished_at: report.finished_at, problem: failed.then(reason) }
}

/// The feeds that are polled where a daemon runs, by source.
pub fn feeds(
    config: &Config,
    lake: &Lake,
    now: Timestamp,
) -> anyhow::Result<BTreeMap<String, FeedFacts>> {
    let mut feeds = BTreeMap::new();
    for (id, plan) in plans(config)? {
        let Some(schedule) = plan.feed else { continue };
        let source: SourceId = id.parse().map_err(anyhow::Error::msg)?;
        let state = FeedState::load(lake, &source)?;
        let next = schedule.after(now);
        let every = next.and_then(|next| Some(schedule.after(next)?.duration_since(next)));
        let facts = FeedFacts {
            every_s: every.and_then(|gap| u64::try_from(gap.as_secs()).ok()).unwrap_or(0),
            polled_at: state.polled_at,
            good_at: state.good_at,
            failures_in_a_row: state.failures_in_a_row,
            blocked: state.status == Some(RunStatus::Blocked),
            problem: state.failure.map(|f| format!("{}: {}", f.what, f.reason)),
        };
        feeds.insert(id, facts);
    }
    Ok(feeds)
}
