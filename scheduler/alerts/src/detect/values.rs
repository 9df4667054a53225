//! Fields whose values are spread differently than before.

use std::collections::{BTreeMap, BTreeSet};

use super::Detected;
use crate::facts::{FieldProfile, Profile};
use crate::robust::{Range, share};
use crate::rules::ValuesRule;
use crate::{Certainty, Facts, Finding, Lasting, Rule};

/// One alert per table and source, with all fields that moved.
pub(super) fn detect(rule: &Rule, set: &ValuesRule, facts: &Facts, out: &mut Detected) {
    let Some(last) = facts.profiles.last() else { return };
    let past: Vec<&Profile> = comparable(&facts.profiles, last, true);
    let mut moved: BTreeMap<&str, Vec<Shift>> = BTreeMap::new();
    for (key, now) in &last.fields {
        let fields: Vec<&FieldProfile> = past.iter().filter_map(|p| p.fields.get(key)).collect();
        if now.values.is_empty() || now.rows < set.min_rows {
            continue;
        }
        if let Some((table, field)) = key.rsplit_once('/')
            && let Some(shift) = shifted(set, field, now, &fields)
        {
            moved.entry(table).or_default().push(shift);
        }
    }
    for (table, shifts) in moved {
        out.findings.push(finding(rule, facts, last, table, &shifts));
    }
}

/// Earlier profiles, one per day; `alike`: only those made with the same
/// dictionaries and rules.
pub(super) fn comparable<'a>(
    profiles: &'a [Profile],
    last: &Profile,
    alike: bool,
) -> Vec<&'a Profile> {
    let day = |p: &Profile| p.created_at.strftime("%Y-%m-%d").to_string();
    let mut by_day: BTreeMap<String, &Profile> = BTreeMap::new();
    for profile in profiles.iter().filter(|p| !alike || p.rules == last.rules) {
        if profile.snapshot_id != last.snapshot_id && profile.created_at <= last.created_at {
            by_day.insert(day(profile), profile);
        }
    }
    by_day.into_values().collect()
}

struct Shift {
    field: String,
    certainty: Certainty,
    distance: f64,
    text: String,
    because: String,
}

fn shifted(
    set: &ValuesRule,
    field: &str,
    now: &FieldProfile,
    past: &[&FieldProfile],
) -> Option<Shift> {
    let reference = |end: usize| pooled(&past[end.saturating_sub(set.reference)..end]);
    let base = reference(past.len());
    if past.is_empty() {
        return None;
    }
    let distance = total_variation(&base, &shares(now));
    let history: Vec<f64> =
        (1..past.len()).map(|i| total_variation(&reference(i), &shares(past[i]))).collect();
    let usual = Range::of(&history, set.width, set.min_distance);
    let usual = usual.filter(|_| past.len() >= set.min_history);
    let (certainty, limit, basis) = if let Some(range) = usual {
        let basis = format!("from {} snapshots", past.len());
        (Certainty::Likely, range.high().max(set.min_distance), basis)
    } else {
        let basis = format!(
            "a fixed limit: only {} of the {} snapshots that the statistics need",
            past.len(),
            set.min_history
        );
        (Certainty::Possible, set.cold_distance, basis)
    };
    if distance < limit {
        return None;
    }
    let stability = population_stability(&base, &shares(now));
    Some(Shift {
        field: field.to_owned(),
        certainty,
        distance,
        text: movers(&base, &shares(now)),
        because: format!(
            "{field}: distance {distance:.3} to the last {} snapshots, usual up to {limit:.3} \
             ({basis}); population stability index {stability:.2}",
            past.len().min(set.reference)
        ),
    })
}

fn finding(rule: &Rule, facts: &Facts, last: &Profile, table: &str, shifts: &[Shift]) -> Finding {
    let named = named(facts, table);
    let texts: Vec<String> = shifts.iter().map(|s| format!("{} ({})", s.field, s.text)).collect();
    let because: Vec<&str> = shifts.iter().map(|s| s.because.as_str()).collect();
    let fields: Vec<&str> = shifts.iter().map(|s| s.field.as_str()).collect();
    debug_assert!(shifts.iter().all(|s| s.distance > 0.0));
    Finding {
        rule: rule.name.clone(),
        subject: table.to_owned(),
        what: format!("{named}: values are spread differently in {}", texts.join(", ")),
        details: Vec::new(),
        certainty: shifts.iter().map(|s| s.certainty).max().unwrap_or(Certainty::Possible),
        because: because.join("; "),
        severity: rule.severity,
        evidence: vec![format!("snapshot:{}", last.snapshot_id)],
        cases: shifts.len() as u64,
        observation: last.snapshot_id.clone(),
        state: fields.join(","),
        lasting: Lasting::WhileFound,
        entities: Vec::new(),
    }
}

/// `EMA medicines (listing)`, from `listing/eu_ema`.
pub(super) fn named(facts: &Facts, table: &str) -> String {
    match table.split_once('/') {
        Some((table, source)) => format!("{} ({table})", facts.title(source)),
        None => table.to_owned(),
    }
}

type Shares<'a> = BTreeMap<&'a str, f64>;

/// Shares of the values; `(empty)` for null.
fn shares(field: &FieldProfile) -> Shares<'_> {
    let mut shares: Shares<'_> =
        field.values.iter().map(|(v, n)| (v.as_str(), share(*n, field.rows))).collect();
    if field.nulls > 0 {
        shares.insert("(empty)", share(field.nulls, field.rows));
    }
    shares
}

/// Mean shares over several profiles.
fn pooled<'a>(fields: &[&'a FieldProfile]) -> Shares<'a> {
    let mut pooled = Shares::new();
    for field in fields {
        for (value, part) in shares(field) {
            *pooled.entry(value).or_default() += part / crate::robust::figure(fields.len() as u64);
        }
    }
    pooled
}

fn both<'a>(a: &Shares<'a>, b: &Shares<'a>) -> Vec<(&'a str, f64, f64)> {
    let values: BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
    let of = |s: &Shares<'a>, v: &str| s.get(v).copied().unwrap_or(0.0);
    values.into_iter().map(|v| (v, of(a, v), of(b, v))).collect()
}

/// Half of the summed differences: the part of the rows that hold another value.
fn total_variation(a: &Shares<'_>, b: &Shares<'_>) -> f64 {
    both(a, b).iter().map(|(_, x, y)| (x - y).abs()).sum::<f64>() / 2.0
}

/// The index that risk models use; a value that one side lacks counts as one
/// in ten thousand there.
fn population_stability(a: &Shares<'_>, b: &Shares<'_>) -> f64 {
    const LEAST: f64 = 0.0001;
    let term = |x: f64, y: f64| (y - x) * (y / x).ln();
    both(a, b).iter().map(|(_, x, y)| term(x.max(LEAST), y.max(LEAST))).sum()
}

/// The values that moved most: `withdrawn 4 % → 31 %`.
fn movers(before: &Shares<'_>, now: &Shares<'_>) -> String {
    let mut all = both(before, now);
    all.sort_by(|a, b| (b.1 - b.2).abs().total_cmp(&(a.1 - a.2).abs()).then(a.0.cmp(b.0)));
    let shown = all
        .iter()
        .take(3)
        .map(|(value, x, y)| format!("{value} {:.1} % → {:.1} %", x * 100.0, y * 100.0));
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distances_are_those_of_the_text_books() {
        let a = Shares::from([("x", 0.5), ("y", 0.5)]);
        let b = Shares::from([("x", 0.25), ("y", 0.75)]);
        assert!((total_variation(&a, &b) - 0.25).abs() < 1e-12);
        let expected = -0.25 * (0.25_f64 / 0.5).ln() + 0.25 * (0.75_f64 / 0.5).ln();
        assert!((population_stability(&a, &b) - expected).abs() < 1e-12);
        assert!((total_variation(&a, &Shares::from([("z", 1.0)])) - 1.0).abs() < 1e-12);
        assert_eq!(movers(&a, &b), "x 50.0 % → 25.0 %, y 50.0 % → 75.0 %");
    }
}
