//! Somebody gets further with what is watched (R33-R38).

use regatta_domain::Stage;

use super::Detected;
use super::group::{Family, Telling, counted, of_company, product, words};
use crate::facts::ChangeFact;
use crate::rules::NewStageRule;
use crate::{Certainty, Facts, Rule};

/// One family per drug and country.
pub(super) fn detect(rule: &Rule, set: &NewStageRule, facts: &Facts, out: &mut Detected) {
    let least = stage(Some(&set.min_stage));
    for snapshot in &facts.snapshots {
        let families: Vec<Family<'_>> = snapshot
            .changes
            .iter()
            .filter(|c| c.entity_kind == "drug" && c.by_regulator())
            .filter_map(|c| Some((c, c.field.strip_prefix("progress.")?)))
            .filter(|(_, country)| {
                set.countries.is_empty() || set.countries.iter().any(|c| c == country)
            })
            .filter(|(c, _)| {
                let (old, new) = (stage(c.old.as_deref()), stage(c.new.as_deref()));
                new > old && new >= least
            })
            .filter_map(|(change, country)| Some(family(change, country, &watched(set, change)?)))
            .collect();
        if families.is_empty() {
            continue;
        }
        let telling = Telling::new(rule, facts, snapshot, set.single_up_to);
        let all = |n| format!("{} on the watch list reached a new stage", counted(n, "drug"));
        out.findings.extend(telling.tell(families, all));
    }
}

/// The first entry of the watch lists that the drug has, in words.
fn watched(set: &NewStageRule, change: &ChangeFact) -> Option<String> {
    let among = |list: &[String], has: &[String]| {
        list.iter().find(|l| has.iter().any(|h| h.eq_ignore_ascii_case(l))).cloned()
    };
    // A combination contains each of its generics.
    let parts: Vec<String> = change.generic.split(" / ").map(str::to_owned).collect();
    among(&set.generics, &parts)
        .or_else(|| among(&set.generics, std::slice::from_ref(&change.generic)))
        .map(|g| format!("generic {g}"))
        .or_else(|| {
            let has = |t: &&String| change.targets.iter().any(|h| plain(h) == plain(t));
            set.targets.iter().find(has).map(|t| format!("target {t}"))
        })
        .or_else(|| among(&set.companies, &change.companies).map(|c| format!("company {c}")))
        .or_else(|| among(&set.groups, &change.groups).map(|g| format!("group {g}")))
}

/// A target without what its spellings differ in (R43): case, spaces, hyphens.
fn plain(target: &str) -> String {
    target.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn stage(code: Option<&str>) -> Stage {
    code.and_then(|c| c.parse().ok()).unwrap_or(Stage::NotFiled)
}

fn family<'a>(change: &'a ChangeFact, country: &str, watched: &str) -> Family<'a> {
    let new = change.new.as_deref().unwrap_or_default();
    let before = match &change.old {
        Some(old) => format!(", was {}", words(old)),
        None => ", was not on record there".to_owned(),
    };
    let short =
        format!("{}{}: {} in {country}", product(change), of_company(&change.company), words(new));
    let records = change.deciding_records.join(", ");
    let (certainty, because) = if change.decided_by_regulator {
        (
            Certainty::Certain,
            format!("watched {watched}; decided by {records}, which the regulator changed"),
        )
    } else {
        (
            Certainty::Possible,
            format!(
                "watched {watched}; decided by {records}, which no regulator changed: records \
                 may have been joined to this drug"
            ),
        )
    };
    Family {
        subject: format!("{}|{country}|{new}", change.entity_id),
        what: format!(
            "{}{} is now {} in {country}{before}",
            product(change),
            of_company(&change.company),
            words(new)
        ),
        short,
        details: Vec::new(),
        certainty,
        because,
        changes: vec![change],
    }
}
