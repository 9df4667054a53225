//! Sources that fail, change their format, or grow old.

use jiff::{SignedDuration, Timestamp};
use regatta_lake::RunStatus;

use super::Detected;
use super::group::EVIDENCE;
use crate::facts::{RunFacts, SourceFacts};
use crate::robust::figure;
use crate::rules::{OverdueRule, SourceRunRule};
use crate::{Certainty, Facts, Finding, Lasting, Rule, Severity};

/// The last runs of a source were not good.
pub(super) fn failing(rule: &Rule, set: &SourceRunRule, facts: &Facts, out: &mut Detected) {
    for source in &facts.sources {
        // Polls of its feed may go on while all crawls fail.
        let bad: Vec<&RunFacts> = crawls(source).take_while(|r| !r.status.is_good()).collect();
        let Some(last) = bad.first() else { continue };
        let code = last.status.code();
        if set.after.get(code).is_none_or(|after| bad.len() < *after) {
            continue;
        }
        let served = match last_good(source) {
            Some(run) => format!("what was read {} is still served", day(run.seen_whole)),
            None => "it never delivered data here".to_owned(),
        };
        let problem = last.problem.as_deref().unwrap_or("no reason was kept");
        let runs = match bad.len() {
            1 => "the last run".to_owned(),
            n => format!("{n} runs in a row, the first {}", day(bad[n - 1].finished_at)),
        };
        out.findings.push(Finding {
            rule: rule.name.clone(),
            subject: source.source_id.clone(),
            what: format!("{} {}; {served}", source.title, happened(last.status)),
            details: Vec::new(),
            certainty: Certainty::Certain,
            because: format!("{runs}: {problem}"),
            severity: rule.severity,
            // The newest; a source may fail every day of a year.
            evidence: bad[..bad.len().min(EVIDENCE)]
                .iter()
                .rev()
                .map(|r| format!("run:{}", r.run_id))
                .collect(),
            cases: bad.len() as u64,
            observation: last.run_id.clone(),
            state: code.to_owned(),
            lasting: Lasting::WhileFound,
            entities: Vec::new(),
        });
    }
}

fn happened(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Blocked => "does not let the crawler in",
        RunStatus::NotFound => "is not found at its address any more",
        RunStatus::Failed => "cannot be reached",
        RunStatus::Malformed => "does not have the format it had",
        RunStatus::Rejected => "gave data that the gates refused",
        RunStatus::Ok | RunStatus::Unchanged => "is well",
    }
}

/// Columns that the catalogue does not know, and columns that are gone.
pub(super) fn columns(rule: &Rule, facts: &Facts, out: &mut Detected) {
    for source in &facts.sources {
        let mut data = source.runs.iter().rev().filter(|r| r.status == RunStatus::Ok);
        let Some(now) = data.next() else { continue };
        let before = data.next();
        let mut new = Vec::new();
        let mut lost = Vec::new();
        for table in &now.tables {
            let named = |column: &String| format!("{}.{column}", table.name);
            new.extend(table.new_columns.iter().map(named));
            let was = before.and_then(|run| run.tables.iter().find(|t| t.name == table.name));
            let gone = was.into_iter().flat_map(|t| &t.columns);
            lost.extend(gone.filter(|c| !table.columns.contains(c)).map(named));
        }
        if new.is_empty() && lost.is_empty() {
            continue;
        }
        let mut parts = Vec::new();
        if !lost.is_empty() {
            parts.push(format!("no longer serves {}", lost.join(", ")));
        }
        if !new.is_empty() {
            parts.push(format!(
                "serves columns that the catalogue does not know: {}",
                new.join(", ")
            ));
        }
        let before = before.map(|run| format!("run:{}", run.run_id));
        out.findings.push(Finding {
            rule: rule.name.clone(),
            subject: source.source_id.clone(),
            what: format!("{} {}", source.title, parts.join(" and ")),
            details: Vec::new(),
            certainty: Certainty::Certain,
            because: "the headers of the last two readings; new columns are kept in the raw \
                      tables, nothing reads them yet"
                .to_owned(),
            severity: if lost.is_empty() {
                Severity::Info.min(rule.severity)
            } else {
                rule.severity
            },
            evidence: before.into_iter().chain([format!("run:{}", now.run_id)]).collect(),
            cases: (new.len() + lost.len()) as u64,
            observation: now.run_id.clone(),
            state: format!("lost {} new {}", lost.join(","), new.join(",")),
            lasting: Lasting::WhileFound,
            entities: Vec::new(),
        });
    }
}

/// Data older than its objective. A source that never gave any is as old as
/// its first run.
pub(super) fn overdue(rule: &Rule, set: &OverdueRule, facts: &Facts, out: &mut Detected) {
    for source in &facts.sources {
        let good = last_good(source);
        let first = || source.runs.first().map(|r| r.finished_at);
        let Some(since) = good.map(|r| r.seen_whole).or_else(first) else { continue };
        let age = facts.now.duration_since(since);
        if age <= SignedDuration::from_hours(source.max_age_hours.into()) {
            continue;
        }
        let hours = u64::try_from(age.as_hours()).unwrap_or(0);
        let times = figure(hours) / figure(u64::from(source.max_age_hours).max(1));
        let severity =
            if times >= set.critical_factor { Severity::Critical } else { rule.severity };
        let last = crawls(source).next();
        let why = match last.filter(|r| !r.status.is_good()) {
            Some(run) => format!("; the last run ended as {}", run.status.code()),
            None if good.is_some_and(|r| r.seen_whole < r.finished_at) => {
                "; what came since was a part of the data".to_owned()
            }
            None => "; no run was made since".to_owned(),
        };
        let read = if good.is_some() { "last read" } else { "never read, first tried" };
        out.findings.push(Finding {
            rule: rule.name.clone(),
            subject: source.source_id.clone(),
            what: format!(
                "{} is overdue: {read} {}, objective {} hours",
                source.title,
                day(since),
                source.max_age_hours
            ),
            details: Vec::new(),
            certainty: Certainty::Certain,
            because: format!("{hours} hours old{why}"),
            severity,
            evidence: good.or(last).iter().map(|r| format!("run:{}", r.run_id)).collect(),
            cases: 1,
            observation: last.map(|r| r.run_id.clone()).unwrap_or_default(),
            state: severity.code().to_owned(),
            lasting: Lasting::WhileFound,
            entities: Vec::new(),
        });
    }
}

fn last_good(source: &SourceFacts) -> Option<&RunFacts> {
    crawls(source).find(|r| r.status.is_good())
}

/// Crawls and imports, the newest first.
fn crawls(source: &SourceFacts) -> impl Iterator<Item = &RunFacts> {
    source.runs.iter().rev().filter(|run| !run.feed)
}

/// `on 2024-08-16`.
pub(super) fn day(at: Timestamp) -> String {
    format!("on {}", at.strftime("%Y-%m-%d"))
}
