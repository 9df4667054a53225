//! What is due when. Pure: the time is handed in.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::past::Past;
use super::retry::{Jitter, retry_at};
use super::schedule::Schedule;
use super::settings::RetrySettings;

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
        let mut agenda = Self { entries: BTreeMap::new(), retry, jitter };
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

    /// What is due at `now`, each source at most once for a crawl and once for
    /// its feed. Calling it again gives nothing again.
    pub fn due(&mut self, now: Timestamp) -> Vec<(String, Reason)> {
        let mut due = Vec::new();
        for (source, entry) in &mut self.entries {
            if let Some(time) = entry.next.filter(|t| *t <= now) {
                let late = now.duration_since(time) > LATE;
                due.push((source.clone(), if late { Reason::CatchUp } else { Reason::Schedule }));
                // However many times went by: one run stands for all of them.
                entry.floor = Some(now);
                entry.next = entry.plan.crawl.after(now);
                entry.retry = None;
            } else if entry.retry.is_some_and(|t| t <= now) {
                due.push((source.clone(), Reason::Retry));
                entry.retry = None;
            }
            if entry.next_feed.is_some_and(|t| t <= now) {
                due.push((source.clone(), Reason::Feed));
                entry.next_feed = entry.plan.feed.as_ref().and_then(|feed| feed.after(now));
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

    /// The wall clock was set back to `now`: nothing that ran runs again, and
    /// nothing waits for a time that the clock has only reached by mistake.
    pub fn set_back(&mut self, now: Timestamp) {
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
