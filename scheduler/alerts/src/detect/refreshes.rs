//! Refreshes that do not come to a snapshot.

use jiff::{SignedDuration, Timestamp};
use regatta_lake::RunStatus;

use super::Detected;
use super::runs::day;
use crate::facts::{RefreshFacts, RunFacts, SourceFacts};
use crate::rules::RefreshRule;
use crate::{Certainty, Facts, Finding, Lasting, Rule};

/// Failures in a row, and new data that waits. One alert for both: a snapshot
/// is what is missing.
pub(super) fn detect(rule: &Rule, set: &RefreshRule, facts: &Facts, out: &mut Detected) {
    let failed: Vec<(&RefreshFacts, &str)> = facts
        .refreshes
        .iter()
        .rev()
        .map_while(|refresh| Some((refresh, refresh.problem.as_deref()?)))
        .collect();
    let limit = SignedDuration::from_hours(set.unpublished_hours.into());
    let waiting: Vec<(&SourceFacts, &RunFacts)> = facts
        .sources
        .iter()
        .filter_map(|source| Some((source, unpublished(source, facts)?)))
        .filter(|(_, run)| facts.now.duration_since(run.finished_at) > limit)
        .collect();
    let again = failed.len() >= usize::try_from(set.after).unwrap_or(usize::MAX);
    if !again && waiting.is_empty() {
        return;
    }
    let served = match facts.published_at {
        Some(at) => format!("what was published {} is still served", day(at)),
        None => "nothing was ever published here".to_owned(),
    };
    let what = match failed.len() {
        0 | 1 => "New data is not published",
        _ => "Nothing new is published: refreshes fail again and again",
    };
    let mut because = Vec::new();
    if let Some((last, problem)) = failed.first() {
        because.push(format!(
            "{} failed in a row, the last {}: {problem}",
            failed.len(),
            last.finished_at.strftime("%Y-%m-%d %H:%M UTC")
        ));
    }
    if !waiting.is_empty() {
        because.push(format!(
            "new data of {} sources waits for more than {} hours",
            waiting.len(),
            set.unpublished_hours
        ));
    }
    let details = waiting
        .iter()
        .map(|(source, run)| format!("{}: read {}, not published", source.title, minute(run)));
    let newest = failed.first().map_or(facts.now, |(refresh, _)| refresh.finished_at);
    out.findings.push(Finding {
        rule: rule.name.clone(),
        subject: "refresh".to_owned(),
        what: format!("{what}; {served}"),
        details: details.collect(),
        certainty: Certainty::Certain,
        because: because.join("; "),
        severity: rule.severity,
        evidence: waiting.iter().map(|(_, run)| format!("run:{}", run.run_id)).collect(),
        cases: failed.len().max(waiting.len()) as u64,
        observation: newest.to_string(),
        state: "not published".to_owned(),
        lasting: Lasting::WhileFound,
        entities: Vec::new(),
    });
}

/// The first run with new data after the one that is served. None where that
/// one is too long past to be known.
fn unpublished<'a>(source: &'a SourceFacts, facts: &Facts) -> Option<&'a RunFacts> {
    let served = match &source.served_run {
        Some(id) => source.runs.iter().position(|run| run.run_id == *id)? + 1,
        None if facts.published_at.is_none() => 0,
        None => return None,
    };
    source.runs[served..].iter().find(|run| run.status == RunStatus::Ok)
}

fn minute(run: &RunFacts) -> String {
    let at: Timestamp = run.finished_at;
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
