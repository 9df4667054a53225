//! What is due when. Pure: the time is handed in.
//!
//! The scheduler's jobs ring at their times; the agenda knows whether a ring
//! stands for a time that has not run yet, and finds the times that nobody rang
//! for: those of a process that was down, of a machine that slept, of a clock
//! that jumped.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use regatta_lake::RunStatus;

use super::past::{LastRun, Past};
use super::retry::{Jitter, retry_at};
use super::schedule::Schedule;
use super::settings::RetrySettings;
use super::timetable::Bell;

/// A run this late was missed, not just begun late.
const LATE: SignedDuration = SignedDuration::from_secs(60);

/// Why a source is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Its time has come.
    Schedule,
    /// Its time came while nobody was there.
    CatchUp,
    /// The last run failed.
    Retry,
    /// Files lie in its inbox.
    Inbox,
    /// Its feed of changes is to be asked.
    Feed,
}

impl Reason {
    /// As logged and counted.
    pub fn code(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::CatchUp => "catch_up",
            Self::Retry => "retry",
            Self::Inbox => "inbox",
            Self::Feed => "feed",
        }
    }
}

/// When a source runs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Regular crawls.
    pub crawl: Schedule,
    /// Polls of its feed of changes.
    pub feed: Option<Schedule>,
}

/// The schedules of all sources, and what was already given out.
pub struct Agenda {
    entries: BTreeMap<String, Entry>,
    retry: RetrySettings,
    jitter: Arc<dyn Jitter>,
    /// Jobs ring for times after this one only.
    begun: Timestamp,
}

struct Entry {
    plan: Plan,
    past: Past,
    /// The last regular time that was given out, or the last start.
    floor: Option<Timestamp>,
    next: Option<Timestamp>,
    retry: Option<Timestamp>,
    next_feed: Option<Timestamp>,
}

impl Agenda {
    /// Begins at `now`. A source whose regular time came since its last run
    /// began is due at once, and once only, however often it came; one that
    /// never ran begins with its schedule. Feeds are asked at once.
    pub fn new(
        plans: BTreeMap<String, (Plan, Past)>,
        retry: RetrySettings,
        jitter: Arc<dyn Jitter>,
        now: Timestamp,
    ) -> Self {
        let mut agenda = Self { entries: BTreeMap::new(), retry, jitter, begun: now };
        for (source, (plan, past)) in plans {
            let started = past.last.as_ref().map(|r| r.started_at);
            let mut entry =
                Entry { plan, past, floor: started, next: None, retry: None, next_feed: None };
            // The first time after the last start: if that is past, it was missed.
            let missed = started.filter(|s| *s <= now).and_then(|s| entry.plan.crawl.after(s));
            entry.next = match missed {
                Some(missed) if missed <= now => Some(missed),
                _ => entry.regular_after(now),
            };
            entry.next_feed = entry.plan.feed.is_some().then_some(now);
            agenda.entries.insert(source.clone(), entry);
            agenda.plan_retry(&source);
        }
        agenda
    }

    /// A job of `source` rang at `now`: why it is due, if that is so. A second
    /// ring for one time gives nothing, nor does one before its time.
    pub fn rang(&mut self, source: &str, bell: Bell, now: Timestamp) -> Option<Reason> {
        let entry = self.entries.get_mut(source)?;
        match bell {
            Bell::Crawl => entry.next.filter(|t| *t <= now).map(|time| entry.begin(time, now)),
            Bell::Feed => entry.next_feed.filter(|t| *t <= now).map(|_| entry.begin_feed(now)),
        }
    }

    /// What is due at `now` though no job rings for it: retries, and times that
    /// went by without a ring. Each source at most once for a crawl and once
    /// for its feed; calling it again gives nothing again.
    pub fn due(&mut self, now: Timestamp) -> Vec<(String, Reason)> {
        let begun = self.begun;
        let missed =
            |time: &Timestamp| *time <= now && (*time <= begun || now.duration_since(*time) > LATE);
        let mut due = Vec::new();
        for (source, entry) in &mut self.entries {
            if let Some(time) = entry.next.filter(missed) {
                due.push((source.clone(), entry.begin(time, now)));
            } else if entry.retry.is_some_and(|t| t <= now) {
                due.push((source.clone(), Reason::Retry));
                entry.retry = None;
            }
            if entry.next_feed.as_ref().is_some_and(missed) {
                due.push((source.clone(), entry.begin_feed(now)));
            }
        }
        due
    }

    /// `source` is being crawled already: what its manifests do not say yet.
    pub fn under_way(&mut self, source: &str, now: Timestamp) {
        if let Some(entry) = self.entries.get_mut(source) {
            entry.floor = Some(now);
            entry.next = entry.plan.crawl.after(now);
            entry.retry = None;
        }
    }

    /// A run of `source` has ended, and this is its past now.
    pub fn finished(&mut self, source: &str, past: Past) {
        if let Some(entry) = self.entries.get_mut(source) {
            entry.past = past;
            self.plan_retry(source);
        }
    }

    /// A crawl of `source` came to no end at `now` and left no manifest, as where the
    /// disk is full: it is tried again like one that failed.
    pub fn broke_down(&mut self, source: &str, now: Timestamp) {
        if let Some(entry) = self.entries.get_mut(source) {
            entry.past.failures_in_a_row = entry.past.failures_in_a_row.saturating_add(1);
            entry.past.last = Some(LastRun {
                run_id: String::new(),
                status: RunStatus::Failed,
                started_at: now,
                finished_at: now,
            });
            self.plan_retry(source);
        }
    }

    /// The wall clock was set back to `now`: nothing that ran runs again, and
    /// nothing waits for a time that the clock has only reached by mistake.
    pub fn set_back(&mut self, now: Timestamp) {
        self.begun = now;
        for entry in self.entries.values_mut() {
            entry.next = entry.regular_after(now);
            entry.next_feed = entry.plan.feed.as_ref().and_then(|feed| feed.after(now));
        }
        let sources: Vec<String> = self.entries.keys().cloned().collect();
        for source in sources {
            self.plan_retry(&source);
            // Its wait counts from a moment that has not come yet.
            if let Some(entry) = self.entries.get_mut(&source)
                && let Some(last) = &entry.past.last
                && let Some(retry) = entry.retry
                && last.finished_at > now
            {
                entry.retry = Some(now + retry.duration_since(last.finished_at));
            }
        }
    }

    /// The next regular run, and the next retry before it.
    pub fn next(&self, source: &str) -> Option<Timestamp> {
        let entry = self.entries.get(source)?;
        entry.retry.into_iter().chain(entry.next).min()
    }

    fn plan_retry(&mut self, source: &str) {
        if let Some(entry) = self.entries.get_mut(source) {
            entry.retry = retry_at(&entry.past, entry.next, &self.retry, &*self.jitter);
        }
    }
}

impl Entry {
    /// The regular `time` is given out. However many times went by: one run
    /// stands for all of them.
    fn begin(&mut self, time: Timestamp, now: Timestamp) -> Reason {
        self.floor = Some(now);
        self.next = self.plan.crawl.after(now);
        self.retry = None;
        if now.duration_since(time) > LATE { Reason::CatchUp } else { Reason::Schedule }
    }

    fn begin_feed(&mut self, now: Timestamp) -> Reason {
        self.next_feed = self.plan.feed.as_ref().and_then(|feed| feed.after(now));
        Reason::Feed
    }

    /// The next regular time after `now` that has not run yet. The floor may
    /// lie ahead of a clock that was set back; times up to it ran already. If
    /// it lies further ahead than one step of the schedule, the clock was wrong
    /// for so long that waiting for it would leave regular runs out.
    fn regular_after(&self, now: Timestamp) -> Option<Timestamp> {
        let crawl = &self.plan.crawl;
        let next = crawl.after(now)?;
        let Some(floor) = self.floor.filter(|floor| *floor >= next) else { return Some(next) };
        let step = crawl.after(next).map(|t| t.duration_since(next));
        if step.is_some_and(|step| floor.duration_since(now) <= step) {
            crawl.after(floor)
        } else {
            Some(next)
        }
    }
}

#[cfg(test)]
#[path = "agenda_tests.rs"]
mod tests;
