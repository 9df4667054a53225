//! Records that vanish together (R17).

use super::group::{DETAILS, by_subject, counted, evidence, product};
use super::{Detected, Undone};
use crate::facts::ChangeFact;
use crate::robust::{figure, share};
use crate::rules::VanishedRule;
use crate::{Certainty, Facts, Finding, Lasting, Rule};

/// One alert per source and snapshot, with the number and some examples.
pub(super) fn detect(rule: &Rule, set: &VanishedRule, facts: &Facts, out: &mut Detected) {
    for snapshot in &facts.snapshots {
        let of = |change: &'static str| {
            let records =
                |c: &&ChangeFact| matches!(&*c.entity_kind, "listing" | "trial" | "registration");
            snapshot.changes.iter().filter(records).filter(move |c| c.change == change)
        };
        for change in of("appeared") {
            out.undone.push(Undone { rule: rule.name.clone(), entity: change.entity_id.clone() });
        }
        let gone = of("vanished").filter(|c| c.by_regulator());
        for (source_id, gone) in by_subject(gone, |c| c.source_id.clone()) {
            let count = gone.len() as u64;
            let records = snapshot.records.get(&source_id).copied();
            let part = records.map(|(before, _)| share(count, before));
            if count < set.min_records || part.is_some_and(|p| p < set.min_share) {
                continue;
            }
            let (limit, usual) = match usual(set, facts, &snapshot.snapshot_id, &source_id) {
                Some(usual) => {
                    (usual * set.factor, format!("usually up to {usual:.0} vanish at once; "))
                }
                // A share that is not known is told.
                None if part.is_none_or(|p| p >= set.cold_share) => (0.0, String::new()),
                None => continue,
            };
            if figure(count) <= limit {
                continue;
            }
            let came = of("appeared").filter(|c| c.source_id == source_id).count();
            let kind = &gone[0].entity_kind;
            let share_text =
                part.map_or_else(String::new, |p| format!(" ({:.1} % of all)", p * 100.0));
            let mut names: Vec<String> = gone.iter().map(|c| product(c)).collect();
            names.dedup();
            let records_text = records.map_or_else(String::new, |(before, now)| {
                format!("{before} records before, {now} now; ")
            });
            out.findings.push(Finding {
                rule: rule.name.clone(),
                subject: format!("{source_id}|{}", snapshot.snapshot_id),
                what: format!(
                    "{}: {}{share_text} are no longer listed, e.g. {}",
                    facts.title(&source_id),
                    counted(gone.len(), kind),
                    names.iter().take(5).cloned().collect::<Vec<_>>().join("; "),
                ),
                details: names.iter().take(DETAILS).cloned().collect(),
                certainty: Certainty::Certain,
                because: format!(
                    "{records_text}{usual}{} appeared in the same reading; what is no longer listed is not \
                     read as withdrawn (R17)",
                    counted(came, kind)
                ),
                severity: rule.severity,
                evidence: evidence(&gone, &snapshot.snapshot_id),
                cases: count,
                observation: snapshot.snapshot_id.clone(),
                state: snapshot.snapshot_id.clone(),
                lasting: Lasting::Event,
                entities: gone.iter().map(|c| c.entity_id.clone()).collect(),
            });
        }
    }
}

/// What a source loses on usual days: the second largest number of the last
/// snapshots, so that one event does not hide the next, or the largest on the
/// same weekday. None with too little history.
fn usual(set: &VanishedRule, facts: &Facts, snapshot: &str, source: &str) -> Option<f64> {
    let at = facts.profiles.iter().position(|p| p.snapshot_id == snapshot)?;
    let past = &facts.profiles[at.saturating_sub(set.look_back)..at];
    if past.len() < set.min_history {
        return None;
    }
    let weekday = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).weekday();
    let today = weekday(facts.profiles[at].created_at);
    let lost = |p: &crate::Profile| p.vanished.get(source).copied().unwrap_or(0);
    let mut all: Vec<u64> = past.iter().map(lost).collect();
    all.sort_unstable();
    let second = all.len().checked_sub(2).and_then(|i| all.get(i)).copied().unwrap_or(0);
    let same = past.iter().filter(|p| weekday(p.created_at) == today).map(lost).max().unwrap_or(0);
    Some(figure(second.max(same)))
}
