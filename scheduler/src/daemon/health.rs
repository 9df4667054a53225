//! Whether the daemon lives, and whether what it serves is fit for use. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// Longest silence of the clock that gives out what is due.
const SILENCE: Duration = Duration::from_mins(1);

/// Something under way.
#[derive(Clone, Debug)]
pub struct Step {
    /// e.g. `crawl eu_ctis`, `publish`.
    pub name: String,
    /// For how long.
    pub since: Duration,
}

/// How old a source is.
#[derive(Clone, Debug)]
pub struct SourceAge {
    /// Source.
    pub source_id: String,
    /// End of its last good crawl.
    pub last_success: Option<Timestamp>,
    /// Its freshness objective.
    pub max_age_hours: u32,
}

impl SourceAge {
    /// Older than its objective, or never read.
    pub fn overdue(&self, now: Timestamp) -> bool {
        self.older_than(1, now).unwrap_or(true)
    }

    fn older_than(&self, factor: u32, now: Timestamp) -> Option<bool> {
        let hours = i64::from(self.max_age_hours) * i64::from(factor);
        Some(now.duration_since(self.last_success?) > SignedDuration::from_hours(hours))
    }
}

/// The answer of `/healthz`: nothing where all is well.
pub fn stuck(silence: Duration, steps: &[Step], stuck_after: Duration) -> Vec<String> {
    let mut problems = Vec::new();
    if silence > SILENCE {
        problems.push(format!("nothing was given out for {} s", silence.as_secs()));
    }
    for step in steps.iter().filter(|s| s.since > stuck_after) {
        problems.push(format!("{} has not ended for {} s", step.name, step.since.as_secs()));
    }
    problems
}

/// The answer of `/readyz`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Something is published, and nothing that was ever read is too old.
    pub ready: bool,
    /// Why not.
    pub reasons: Vec<String>,
    /// What is served.
    pub snapshot_id: Option<String>,
    /// When it was made.
    pub published_at: Option<String>,
    /// Sources that are older than their objective.
    pub overdue: Vec<String>,
    /// Sources that were never read: a site that lets no program in waits for
    /// files of an operator.
    pub never: Vec<String>,
}

/// Judges what is served. `factor`: a source may be so many times as old as its
/// objective; 0: however old.
pub fn readiness(
    snapshot: Option<(String, Timestamp)>,
    sources: &[SourceAge],
    factor: u32,
    now: Timestamp,
) -> Readiness {
    let mut reasons = Vec::new();
    if snapshot.is_none() {
        reasons.push("nothing is published yet".to_owned());
    }
    for source in sources.iter().filter(|_| factor > 0) {
        if source.older_than(factor, now) == Some(true) {
            let age = source.last_success.map_or(0, |at| now.duration_since(at).as_hours());
            reasons.push(format!(
                "{} is {age} hours old, its objective is {} hours",
                source.source_id, source.max_age_hours
            ));
        }
    }
    let ids = |which: &dyn Fn(&SourceAge) -> bool| {
        sources.iter().filter(|s| which(s)).map(|s| s.source_id.clone()).collect()
    };
    Readiness {
        ready: reasons.is_empty(),
        reasons,
        overdue: ids(&|s| s.last_success.is_some() && s.overdue(now)),
        never: ids(&|s| s.last_success.is_none()),
        published_at: snapshot.as_ref().map(|(_, at)| at.to_string()),
        snapshot_id: snapshot.map(|(id, _)| id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn source(id: &str, last: Option<&str>) -> SourceAge {
        SourceAge { source_id: id.into(), last_success: last.map(at), max_age_hours: 24 }
    }

    #[test]
    fn ready_means_published_and_not_too_old() {
        let now = at("2026-11-26T12:00:00Z");
        let snapshot = || Some(("S1".to_owned(), at("2026-11-26T06:00:00Z")));
        let sources = [
            source("fresh", Some("2026-11-26T06:00:00Z")),
            source("late", Some("2026-11-25T06:00:00Z")),
            source("never", None),
        ];
        let state = readiness(snapshot(), &sources, 2, now);
        assert!(state.ready, "{state:?}");
        assert_eq!((state.overdue, state.never), (vec!["late".into()], vec!["never".into()]));
        let state = readiness(snapshot(), &sources, 1, now);
        assert!(!state.ready);
        assert_eq!(state.reasons, ["late is 30 hours old, its objective is 24 hours"]);
        assert!(
            readiness(snapshot(), &[source("old", Some("2020-01-01T00:00:00Z"))], 0, now).ready
        );
        let state = readiness(None, &[], 2, now);
        assert_eq!((state.ready, &*state.reasons[0]), (false, "nothing is published yet"));
    }

    #[test]
    fn silence_and_endless_steps_are_told() {
        let second = Duration::from_secs;
        let steps = [
            Step { name: "crawl a".into(), since: second(10) },
            Step { name: "publish".into(), since: second(101) },
        ];
        assert!(stuck(second(1), &steps[..1], second(100)).is_empty());
        assert_eq!(stuck(second(1), &steps, second(100)), ["publish has not ended for 101 s"]);
        assert_eq!(stuck(second(61), &[], second(100)), ["nothing was given out for 61 s"]);
    }
}
