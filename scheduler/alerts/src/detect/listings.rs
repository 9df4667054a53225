//! Listings that leave the market (R17).

use super::group::{Family, Telling, by_subject, counted, of_company, product, words};
use super::{Detected, Undone};
use crate::facts::ChangeFact;
use crate::rules::ListingStatusRule;
use crate::{Certainty, Facts, Rule};

/// Strengths and packs of one product of one company are one family.
pub(super) fn detect(rule: &Rule, set: &ListingStatusRule, facts: &Facts, out: &mut Detected) {
    for snapshot in &facts.snapshots {
        let changes = || {
            let of_status = |c: &&ChangeFact| c.entity_kind == "listing" && c.field == "status";
            snapshot.changes.iter().filter(of_status).filter(|c| c.by_regulator())
        };
        let is = |value: &Option<String>, codes: &[String]| {
            value.as_ref().is_some_and(|v| codes.contains(v))
        };
        for change in changes().filter(|c| is(&c.new, &set.from)) {
            out.undone.push(Undone { rule: rule.name.clone(), entity: change.entity_id.clone() });
        }
        let hits = changes().filter(|c| is(&c.old, &set.from) && is(&c.new, &set.to));
        for (source_id, hits) in by_subject(hits, |c| c.source_id.clone()) {
            let families = by_subject(hits.into_iter(), |c| {
                let new = c.new.as_deref().unwrap_or_default();
                format!("{}|{}|{}|{new}", c.source_id, c.generic, c.company)
            });
            let families: Vec<_> = families.into_iter().map(|(s, c)| family(s, c)).collect();
            let to = set.to.iter().map(|c| words(c)).collect::<Vec<_>>().join(" or ");
            let telling = Telling {
                source_id: &source_id,
                ..Telling::new(rule, facts, snapshot, set.single_up_to)
            };
            let all = |n| format!("{} are now {to}", counted(n, "product"));
            out.findings.extend(telling.tell(families, all));
        }
    }
}

fn family(subject: String, changes: Vec<&ChangeFact>) -> Family<'_> {
    let first = changes[0];
    let new = words(first.new.as_deref().unwrap_or_default());
    let old = words(first.old.as_deref().unwrap_or_default());
    let short = format!("{}{}", product(first), of_company(&first.company));
    let many = match changes.len() {
        1 => String::new(),
        n => format!(" ({})", counted(n, "listing")),
    };
    let known = changes.iter().all(|c| c.words_changed == Some(true));
    let (certainty, because) = if known {
        let said = first.words.as_deref().unwrap_or("nothing");
        (Certainty::Certain, format!("the regulator's own status field says {said:?} now"))
    } else {
        let because = "the regulator changed the record; its status field as it was before is \
                       no longer kept";
        (Certainty::Likely, because.to_owned())
    };
    let since = first.since.as_ref().map_or_else(String::new, |day| format!(" since {day}"));
    Family {
        what: format!("{short} is now {new}{since}, was {old}{many}"),
        details: Vec::new(),
        short,
        subject,
        certainty,
        because,
        changes,
    }
}
