//! Tables that shrink or grow out of their usual range.

use std::collections::BTreeMap;

use regatta_lake::RunStatus;

use super::Detected;
use crate::facts::SourceFacts;
use crate::robust::figure;
use crate::rules::RowsRule;
use crate::series::{Judge, Judgement, Series};
use crate::{Certainty, Facts, Finding, Lasting, Rule, Severity};

/// Raw tables by the runs of their source; where none of them stands out,
/// published tables by the snapshots made with the same dictionaries.
pub(super) fn detect(rule: &Rule, set: &RowsRule, facts: &Facts, out: &mut Detected) {
    let before = out.findings.len();
    for source in &facts.sources {
        for (table, series) in raw_series(source) {
            let named = format!("{}, table {table}", source.title);
            let subject = format!("{}/{table}", source.source_id);
            let run = source.runs.iter().rev().find(|r| r.status.is_good());
            let run = run.map_or_else(String::new, |r| r.run_id.clone());
            out.findings.extend(judge(rule, set, &series, subject, &named, "run", &run));
        }
    }
    if out.findings.len() > before {
        return;
    }
    let Some(last) = facts.profiles.last() else { return };
    for table in &set.tables {
        let alike = facts.profiles.iter().filter(|p| p.rules == last.rules);
        let rows = alike.filter_map(|p| Some((p.created_at, figure(*p.rows.get(table)?))));
        let (subject, named) = (format!("published/{table}"), format!("published table {table}"));
        let id = &last.snapshot_id;
        let series = Series::of(rows);
        out.findings.extend(judge(rule, set, &series, subject, &named, "snapshot", id));
    }
}

/// Rows of each raw table by day; a run that brought nothing new repeats them.
fn raw_series(source: &SourceFacts) -> BTreeMap<&str, Series> {
    let mut rows: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    let mut current: BTreeMap<&str, f64> = BTreeMap::new();
    for run in source.runs.iter().filter(|r| r.status.is_good()) {
        if run.status == RunStatus::Ok {
            current = run.tables.iter().map(|t| (t.name.as_str(), figure(t.rows))).collect();
        }
        for (table, count) in &current {
            rows.entry(table).or_default().push((run.finished_at, *count));
        }
    }
    rows.into_iter().map(|(table, values)| (table, Series::of(values))).collect()
}

fn judge(
    rule: &Rule,
    set: &RowsRule,
    series: &Series,
    subject: String,
    named: &str,
    kind: &str,
    observed_in: &str,
) -> Option<Finding> {
    let judged = series.judge(Judge {
        min_history: set.min_history,
        max_history: set.max_history,
        weekday_history: set.weekday_history,
        width: set.width,
        floor: set.min_share,
    })?;
    if (judged.value - judged.level).abs() < figure(set.min_rows) {
        return None;
    }
    let (certainty, because) = match judged.range {
        Some(range) if range.holds(judged.change) => return None,
        Some(range) => (Certainty::Likely, explain(&judged, range.low(), range.high())),
        None if judged.change.abs() >= set.cold_share => {
            let because = format!(
                "{:.0} rows, {:.0} before; only {} of the {} days of history that the \
                 statistics need, so only so large a jump is told (from {:.0} %)",
                judged.value,
                judged.level,
                judged.days,
                set.min_history,
                set.cold_share * 100.0
            );
            (Certainty::Possible, because)
        }
        None => return None,
    };
    let lost = judged.change < 0.0;
    let severity = if lost && -judged.change >= set.critical_loss {
        rule.severity.max(Severity::Critical)
    } else {
        rule.severity
    };
    Some(Finding {
        rule: rule.name.clone(),
        subject,
        what: format!(
            "{named}: {:.0} rows, {:.1} % {} than usual ({:.0})",
            judged.value,
            judged.change.abs() * 100.0,
            if lost { "fewer" } else { "more" },
            judged.level
        ),
        details: Vec::new(),
        certainty,
        because,
        severity,
        evidence: vec![format!("{kind}:{observed_in}")],
        cases: 1,
        observation: observed_in.to_owned(),
        state: format!("{} {}", if lost { "fewer" } else { "more" }, severity.code()),
        lasting: Lasting::WhileFound,
        entities: Vec::new(),
    })
}

fn explain(judged: &Judgement, low: f64, high: f64) -> String {
    let rows = |change: f64| judged.level * (1.0 + change);
    format!(
        "{:.0} rows ({:+.1} % to the median of the last days, {:.0}); expected {:.0} to {:.0} \
         ({:+.1} % to {:+.1} %), from {}",
        judged.value,
        judged.change * 100.0,
        judged.level,
        rows(low),
        rows(high),
        low * 100.0,
        high * 100.0,
        judged.basis
    )
}
