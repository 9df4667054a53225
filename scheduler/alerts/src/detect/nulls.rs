//! Columns that are filled much more, or much less, than before.

use std::collections::BTreeMap;

use super::Detected;
use super::group::DETAILS;
use super::values::{comparable, named};
use crate::facts::FieldProfile;
use crate::robust::{Range, median, share};
use crate::rules::NullsRule;
use crate::{Certainty, Facts, Finding, Lasting, Rule, Severity};

/// How the keys of raw columns begin: `raw products/us_orange_book/strength`.
const RAW: &str = "raw ";

/// One alert per table and source, with all columns that moved.
pub(super) fn detect(rule: &Rule, set: &NullsRule, facts: &Facts, out: &mut Detected) {
    let Some(last) = facts.profiles.last() else { return };
    let alike = comparable(&facts.profiles, last, true);
    // What a regulator leaves empty in its own columns no dictionary can change.
    let every = comparable(&facts.profiles, last, false);
    let mut moved: BTreeMap<&str, Vec<Moved>> = BTreeMap::new();
    for (key, now) in last.fields.iter().filter(|(_, f)| f.rows >= set.min_rows) {
        let past = if key.starts_with(RAW) { &every } else { &alike };
        let before: Vec<f64> = past
            .iter()
            .filter_map(|p| p.fields.get(key))
            .filter(|f| f.rows >= set.min_rows)
            .map(empty)
            .collect();
        if let Some((table, column)) = key.rsplit_once('/')
            && let Some(found) = judge(set, column, now, &before)
        {
            moved.entry(table).or_default().push(found);
        }
    }
    for (table, columns) in moved {
        let texts: Vec<&str> = columns.iter().map(|m| m.text.as_str()).collect();
        let because: Vec<&str> = columns.iter().map(|m| m.because.as_str()).take(5).collect();
        let state: Vec<&str> = columns.iter().map(|m| m.column.as_str()).collect();
        let all_gone = columns.iter().any(|m| m.all_gone);
        out.findings.push(Finding {
            rule: rule.name.clone(),
            subject: table.to_owned(),
            what: format!("{}: {}", named(facts, table), some(&texts)),
            details: texts.iter().take(DETAILS).map(|t| (*t).to_owned()).collect(),
            certainty: columns.iter().map(|m| m.certainty).max().unwrap_or(Certainty::Possible),
            because: because.join("; "),
            severity: if all_gone { Severity::Critical.max(rule.severity) } else { rule.severity },
            evidence: vec![format!("snapshot:{}", last.snapshot_id)],
            cases: columns.len() as u64,
            observation: last.snapshot_id.clone(),
            state: state.join(","),
            lasting: Lasting::WhileFound,
            entities: Vec::new(),
        });
    }
}

struct Moved {
    column: String,
    certainty: Certainty,
    text: String,
    because: String,
    all_gone: bool,
}

fn judge(set: &NullsRule, column: &str, now: &FieldProfile, before: &[f64]) -> Option<Moved> {
    let value = empty(now);
    let usual = median(before)?;
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let all_gone = now.nulls == now.rows && usual < 0.9;
    let (certainty, because) = if before.len() >= set.min_history {
        let range = Range::of(before, set.width, set.min_points)?;
        if range.holds(value) {
            return None;
        }
        let text = format!(
            "{column}: {} empty, expected {} to {} from {} snapshots",
            percent(value),
            percent(range.low().max(0.0)),
            percent(range.high().min(1.0)),
            before.len()
        );
        (Certainty::Likely, text)
    } else {
        if (value - usual).abs() < set.cold_points {
            return None;
        }
        let text = format!(
            "{column}: {} empty, {} before; only {} of the {} snapshots that the statistics need",
            percent(value),
            percent(usual),
            before.len(),
            set.min_history
        );
        (Certainty::Possible, text)
    };
    let text = if all_gone {
        format!("{column} is empty in all {} rows, usually in {}", now.rows, percent(usual))
    } else {
        format!(
            "{column} is empty in {} of the rows, usually in {}",
            percent(value),
            percent(usual)
        )
    };
    Some(Moved {
        column: column.to_owned(),
        certainty: if all_gone { Certainty::Certain } else { certainty },
        text,
        because,
        all_gone,
    })
}

fn empty(field: impl std::borrow::Borrow<FieldProfile>) -> f64 {
    let field = field.borrow();
    share(field.nulls, field.rows)
}

/// The first few of many columns.
fn some(texts: &[&str]) -> String {
    const SHOWN: usize = 4;
    let shown = texts.iter().take(SHOWN).copied().collect::<Vec<_>>().join("; ");
    match texts.len() {
        n if n > SHOWN => format!("{shown}; and {} more columns", n - SHOWN),
        _ => shown,
    }
}
