//! Products that have another holder (R13).

use super::Detected;
use super::group::{Family, by_subject, counted, product, tell};
use crate::facts::ChangeFact;
use crate::rules::HolderRule;
use crate::{Certainty, Facts, Rule};

/// All products that go from one company to another are one family.
pub(super) fn detect(rule: &Rule, set: &HolderRule, facts: &Facts, out: &mut Detected) {
    for snapshot in &facts.snapshots {
        let hits = snapshot.changes.iter().filter(|c| {
            let of_holder = c.entity_kind == "listing" && c.field == "company";
            of_holder && c.by_regulator() && c.old.is_some() && c.new.is_some()
        });
        for (source_id, hits) in by_subject(hits, |c| c.source_id.clone()) {
            let families = by_subject(hits.into_iter(), |c| {
                let (old, new) = pair(c);
                format!("{}|{old}|{new}", c.source_id)
            });
            let mut families: Vec<_> = families.into_iter().map(|(s, c)| family(s, c)).collect();
            // The pair with most products is the first example.
            families.sort_by_key(|f| std::cmp::Reverse(f.changes.len()));
            let products: usize = families.iter().map(|f| f.changes.len()).sum();
            out.findings.extend(tell(
                rule,
                facts,
                snapshot,
                &source_id,
                families,
                set.single_up_to,
                |n| {
                    let pairs = counted(n, "pair");
                    format!(
                        "{} went to other holders, between {pairs} of companies",
                        counted(products, "listing")
                    )
                },
            ));
        }
    }
}

fn pair(change: &ChangeFact) -> (&str, &str) {
    (change.old.as_deref().unwrap_or_default(), change.new.as_deref().unwrap_or_default())
}

fn family(subject: String, changes: Vec<&ChangeFact>) -> Family<'_> {
    let first = changes[0];
    let (old, new) = pair(first);
    let mut names: Vec<String> = changes.iter().map(|c| product(c)).collect();
    names.dedup();
    let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let more = match names.len() {
        0..=3 => String::new(),
        n => format!(" and {} more", n - 3),
    };
    let (certainty, because) = if alike(old, new) {
        (
            Certainty::Possible,
            format!("{old:?} and {new:?} are alike: it may be one company under two spellings"),
        )
    } else if changes.iter().all(|c| c.words_changed == Some(true)) {
        (Certainty::Certain, "the regulator's own field names the other company now".to_owned())
    } else {
        (Certainty::Likely, "the regulator changed the record".to_owned())
    };
    Family {
        what: format!(
            "{shown}{more} went from {old} to {new} ({})",
            counted(changes.len(), "listing")
        ),
        short: format!("{old} to {new} ({})", counted(changes.len(), "listing")),
        subject,
        certainty,
        because,
        changes,
    }
}

/// Half of the words of the shorter name stand in the other one too: perhaps
/// one company under two spellings.
fn alike(a: &str, b: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        name.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| w.len() > 2)
            .map(str::to_owned)
            .collect()
    };
    let (a, b) = (words(a), words(b));
    let shorter = a.len().min(b.len());
    let common = a.iter().filter(|w| b.contains(w)).count();
    shorter > 0 && common * 2 >= shorter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_company_are_alike_and_other_companies_are_not() {
        assert!(alike("Accord Healthcare S.L.U.", "Accord Healthcare B.V."));
        assert!(!alike("Novartis Europharm Limited", "Sandoz GmbH"));
        assert!(!alike("武田薬品工業", "アストラゼネカ"));
    }
}
