//! What dictionaries and rules changed here: one summary.

use std::collections::BTreeMap;

use super::Detected;
use super::group::counted;
use crate::{Certainty, Facts, Finding, Lasting, Rule};

/// One alert per snapshot whose dictionaries or rules are new and made a
/// difference.
pub(super) fn detect(rule: &Rule, facts: &Facts, out: &mut Detected) {
    // With the same dictionaries and rules the log gives such a reason to what
    // follows from changes elsewhere (a form inferred from another record).
    for snapshot in facts.snapshots.iter().filter(|s| s.own_rules_changed) {
        let mut counts: BTreeMap<&str, std::collections::BTreeSet<&str>> = BTreeMap::new();
        let own = |reason: &str| matches!(reason, "dictionary_changed" | "rule_changed");
        let changes = snapshot.changes.iter().filter(|c| own(&c.reason));
        for change in changes {
            counts.entry(&change.entity_kind).or_default().insert(&change.entity_id);
        }
        if counts.is_empty() {
            continue;
        }
        let parts: Vec<String> =
            counts.iter().map(|(kind, ids)| counted(ids.len(), kind)).collect();
        let examples: Vec<String> = snapshot
            .changes
            .iter()
            .filter(|c| own(&c.reason))
            .take(10)
            .map(crate::facts::ChangeFact::key)
            .collect();
        out.findings.push(Finding {
            rule: rule.name.clone(),
            subject: snapshot.snapshot_id.clone(),
            what: format!(
                "{} read differently because dictionaries or rules changed here; no regulator \
                 did this",
                parts.join(", ")
            ),
            details: Vec::new(),
            certainty: Certainty::Certain,
            because: "the change log gives dictionary_changed or rule_changed as the reason (R41)"
                .to_owned(),
            severity: rule.severity,
            evidence: std::iter::once(format!("snapshot:{}", snapshot.snapshot_id))
                .chain(examples)
                .collect(),
            cases: counts.values().map(|ids| ids.len() as u64).sum(),
            observation: snapshot.snapshot_id.clone(),
            state: snapshot.snapshot_id.clone(),
            lasting: Lasting::Event,
            entities: Vec::new(),
        });
    }
}
