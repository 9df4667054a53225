//! Feeds of changes that cannot be read.

use jiff::{SignedDuration, Timestamp};

use super::Detected;
use crate::facts::FeedFacts;
use crate::rules::FeedRule;
use crate::{Certainty, Facts, Finding, Lasting, Rule};

/// So long after the last poll nobody polls any more: a site that refused us is
/// left alone for a day at most.
const ABANDONED: SignedDuration = SignedDuration::from_hours(48);

/// Polls that failed for longer than the schedule of the feed allows.
pub(super) fn detect(rule: &Rule, set: &FeedRule, facts: &Facts, out: &mut Detected) {
    for source in &facts.sources {
        let Some(feed) = &source.feed else { continue };
        let Some(polled_at) = feed.polled_at.filter(|_| too_long(feed, set, facts.now)) else {
            continue;
        };
        let read = match feed.good_at {
            Some(at) => format!("last read {}", at.strftime("%Y-%m-%d %H:%M UTC")),
            None => "it was never read here".to_owned(),
        };
        let problem = feed.problem.as_deref().unwrap_or("no reason was kept");
        let s = if feed.failures_in_a_row == 1 { "" } else { "s" };
        out.findings.push(Finding {
            rule: rule.name.clone(),
            subject: source.source_id.clone(),
            what: format!(
                "The feed of changes of {} cannot be read; {read}; changes wait for the next crawl",
                source.title
            ),
            details: Vec::new(),
            certainty: Certainty::Certain,
            because: format!("{} failed poll{s} in a row: {problem}", feed.failures_in_a_row),
            severity: rule.severity,
            evidence: Vec::new(),
            cases: feed.failures_in_a_row.into(),
            observation: polled_at.to_string(),
            state: "not read".to_owned(),
            lasting: Lasting::WhileFound,
            entities: Vec::new(),
        });
    }
}

fn too_long(feed: &FeedFacts, set: &FeedRule, now: Timestamp) -> bool {
    let every = SignedDuration::from_secs(i64::try_from(feed.every_s).unwrap_or(0));
    let three = every.checked_mul(3).unwrap_or(SignedDuration::MAX);
    let abandoned = ABANDONED.checked_add(three).unwrap_or(SignedDuration::MAX);
    if feed.failures_in_a_row == 0
        || feed.polled_at.is_none_or(|at| now.duration_since(at) > abandoned)
    {
        return false;
    }
    let limit = SignedDuration::from_hours(set.max_hours.into()).max(three);
    feed.failures_in_a_row >= set.after
        || feed.good_at.map_or(feed.blocked, |at| now.duration_since(at) > limit)
}
