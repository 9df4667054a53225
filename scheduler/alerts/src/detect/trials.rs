//! Trials that are stopped (R23).

use super::group::{Family, Telling, by_subject, clip, counted, of_company, words};
use super::{Detected, Undone};
use crate::facts::ChangeFact;
use crate::rules::TrialStatusRule;
use crate::{Certainty, Facts, Rule};

/// One family per trial.
pub(super) fn detect(rule: &Rule, set: &TrialStatusRule, facts: &Facts, out: &mut Detected) {
    for snapshot in &facts.snapshots {
        let changes = || {
            let of_status = |c: &&ChangeFact| c.entity_kind == "trial" && c.field == "status";
            snapshot.changes.iter().filter(of_status).filter(|c| c.by_regulator())
        };
        let stopped = |c: &&ChangeFact| c.new.as_ref().is_some_and(|v| set.to.contains(v));
        for change in changes().filter(|c| !stopped(c)) {
            out.undone.push(Undone { rule: rule.name.clone(), entity: change.entity_id.clone() });
        }
        for (source_id, hits) in by_subject(changes().filter(stopped), |c| c.source_id.clone()) {
            let families: Vec<_> = hits.into_iter().map(family).collect();
            let to = set.to.iter().map(|c| words(c)).collect::<Vec<_>>().join(" or ");
            let telling = Telling {
                source_id: &source_id,
                ..Telling::new(rule, facts, snapshot, set.single_up_to)
            };
            let all = |n| format!("{} are now {to}", counted(n, "trial"));
            out.findings.extend(telling.tell(families, all));
        }
    }
}

fn family(change: &ChangeFact) -> Family<'_> {
    let new = change.new.as_deref().unwrap_or_default();
    let number = change.entity_id.split_once(':').map_or(&*change.entity_id, |(_, n)| n);
    let of =
        if change.generic.is_empty() { String::new() } else { format!(" of {}", change.generic) };
    let sponsors = match of_company(&change.company) {
        text if text.is_empty() => text,
        text => format!(", sponsor{}", text.replacen(" of", "", 1)),
    };
    let title = match change.name.as_str() {
        "" => String::new(),
        title => format!(" – {}", clip(title, 120)),
    };
    let short = format!("{number}{of}{sponsors}");
    let (certainty, because) = match (&change.words, change.words_changed) {
        (Some(said), Some(true)) => {
            (Certainty::Certain, format!("the registry's own status says {said:?} now"))
        }
        _ => (Certainty::Likely, "the registry changed the record of the trial".to_owned()),
    };
    Family {
        subject: format!("{}|{new}", change.entity_id),
        what: format!(
            "trial {short} is now {}, was {}{title}",
            words(new),
            words(change.old.as_deref().unwrap_or("unknown")),
        ),
        short,
        details: Vec::new(),
        certainty,
        because,
        changes: vec![change],
    }
}
