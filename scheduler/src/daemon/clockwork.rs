//! The task that gives out what is due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::MissedTickBehavior;
use tracing::{debug, info, warn};

use super::agenda::Reason;
use super::clock::{Jump, JumpDetector};
use super::shared::Shared;
use super::timetable::{Bell, Ring, Timetable};
use crate::jobs;
use crate::metrics::{METRICS, float};

/// How often the clocks are looked at.
const TICK: Duration = Duration::from_millis(200);
/// How often the drop folders are looked into.
const INBOX: Duration = Duration::from_secs(5);

/// Gives out what is due, until it is dropped: what the jobs of the timetable
/// ring for, and what nobody rings for.
pub async fn run(
    shared: &Shared,
    mut timetable: Timetable,
    mut rings: UnboundedReceiver<Ring>,
) -> anyhow::Result<()> {
    let mut detector = JumpDetector::new(Timestamp::now(), Instant::now());
    let mut looked: Option<Instant> = None;
    let mut armed = shared.in_force();
    let supervisor = armed.config.supervisor.clone();
    let mut told = Instant::now();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some((source_id, bell)) = rings.recv() => {
                rang(shared, &source_id, bell);
                continue;
            }
            _ = tick.tick() => {}
        }
        let (now, monotonic) = (Timestamp::now(), Instant::now());
        let back = jumped(shared, detector.look(now, monotonic), now);
        let in_force = shared.in_force();
        let reloaded = !Arc::ptr_eq(&armed, &in_force);
        if reloaded || back || timetable.outdated(now) {
            timetable.arm(&in_force.plans, now).await?;
            debug!(sources = in_force.plans.len(), "the jobs of all sources were made anew");
            armed = in_force;
        }
        let due = shared.agenda().due(now);
        for (source_id, reason) in due {
            give_out(shared, &source_id, reason);
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
    }
}

/// A job's time has come.
fn rang(shared: &Shared, source_id: &str, bell: Bell) {
    let reason = shared.agenda().rang(source_id, bell, Timestamp::now());
    if let Some(reason) = reason {
        give_out(shared, source_id, reason);
    } else {
        debug!(source_id, ?bell, "a job rang for a time that has run or is yet to come");
    }
}

fn give_out(shared: &Shared, source_id: &str, reason: Reason) {
    if reason == Reason::CatchUp {
        info!(source_id, "its time passed while nobody was there; it is caught up once");
    }
    shared.queue.add(source_id, reason);
}

/// Tells of a jump of the wall clock; true where it was set back.
fn jumped(shared: &Shared, jump: Option<Jump>, now: Timestamp) -> bool {
    match jump {
        Some(Jump::Forward(by)) => {
            METRICS.add("regatta_clock_jumps_total", &[("direction", "forward")], 1.0);
            let seconds = by.as_secs();
            info!(seconds, "the clock went forward; what was missed is caught up");
            false
        }
        Some(Jump::Back(by)) => {
            METRICS.add("regatta_clock_jumps_total", &[("direction", "back")], 1.0);
            let seconds = by.as_secs();
            warn!(seconds, "the clock was set back; nothing that ran runs again");
            shared.agenda().set_back(now);
            true
        }
        None => false,
    }
}

/// A source with new files is due at once.
fn inboxes(shared: &Shared) {
    let in_force = shared.in_force();
    for id in in_force.sources.iter().map(|s| &s.spec().id) {
        let files = jobs::inbox::waiting(&shared.lake, id).len();
        METRICS.set("regatta_inbox_files", &[("source", id.as_str())], float(files as u64));
        if !jobs::inbox::settled(&shared.lake, id).is_empty() && !jobs::inbox::rests(id) {
            shared.queue.add(id.as_str(), Reason::Inbox);
        }
    }
    METRICS.clear("regatta_inbox_stray_files");
    for stray in jobs::inbox::tell_strays(&shared.lake, &in_force.config) {
        let labels = [("folder", stray.folder.as_str())];
        METRICS.set("regatta_inbox_stray_files", &labels, float(stray.files as u64));
    }
}
