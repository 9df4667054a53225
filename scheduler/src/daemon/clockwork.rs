//! The task that gives out what is due.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use regatta_lake::SourceId;
use tracing::{info, warn};

use super::agenda::Reason;
use super::clock::{Jump, JumpDetector};
use super::shared::Shared;
use crate::jobs;
use crate::metrics::METRICS;

/// How often the clocks are looked at.
const TICK: Duration = Duration::from_millis(200);
/// How often the drop folders are looked into.
const INBOX: Duration = Duration::from_secs(5);

/// Gives out what is due, until it is dropped.
pub async fn run(shared: &Shared) {
    let mut detector = JumpDetector::new(Timestamp::now(), Instant::now());
    let mut looked: Option<Instant> = None;
    let supervisor = shared.in_force().config.supervisor.clone();
    let mut told = Instant::now();
    loop {
        let (now, monotonic) = (Timestamp::now(), Instant::now());
        match detector.look(now, monotonic) {
            Some(Jump::Forward(by)) => {
                METRICS.add("regatta_clock_jumps_total", &[("direction", "forward")], 1.0);
                info!(
                    seconds = by.as_secs(),
                    "the clock went forward; what was missed is caught up"
                );
            }
            Some(Jump::Back(by)) => {
                METRICS.add("regatta_clock_jumps_total", &[("direction", "back")], 1.0);
                warn!(
                    seconds = by.as_secs(),
                    "the clock was set back; nothing that ran runs again"
                );
                shared.agenda().set_back(now);
            }
            None => {}
        }
        let due = shared.agenda().due(now);
        for (source_id, reason) in due {
            if reason == Reason::CatchUp {
                info!(source_id, "its time passed while nobody was there; it is caught up once");
            }
            shared.queue.add(&source_id, reason);
        }
        if looked.is_none_or(|at| at.elapsed() >= INBOX) {
            looked = Some(monotonic);
            inboxes(shared);
        }
        shared.ticked();
        if let Some(supervisor) = &supervisor
            && supervisor.interval().is_some_and(|interval| told.elapsed() >= interval)
        {
            told = monotonic;
            if super::stuck_steps(shared).is_empty() {
                supervisor.tell("WATCHDOG=1");
            }
        }
        tokio::time::sleep(TICK).await;
    }
}

/// A source with new files is due at once.
fn inboxes(shared: &Shared) {
    let in_force = shared.in_force();
    for id in in_force.sources.iter().map(|s| &s.spec().id) {
        let files = waiting(shared, id);
        METRICS.set("regatta_inbox_files", &[("source", id.as_str())], files);
        if files > 0.0 {
            shared.queue.add(id.as_str(), Reason::Inbox);
        }
    }
}

fn waiting(shared: &Shared, id: &SourceId) -> f64 {
    crate::metrics::float(jobs::inbox::waiting(&shared.lake, id).len() as u64)
}
