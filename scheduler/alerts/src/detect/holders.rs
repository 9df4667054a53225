//! Products that have another holder (R13).

use super::Detected;
use super::group::{DETAILS, Family, Telling, by_subject, counted, product};
use crate::facts::ChangeFact;
use crate::rules::HolderRule;
use crate::{Certainty, Facts, Rule, Severity};

/// All products that go from one company to another are one family. What stays
/// within a corporate group, and what may be one company under two spellings,
/// is told apart and as good to know.
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
            let pairs = families.into_iter().map(|(subject, c)| (subject, Pair::of(&c), c));
            let (same, other): (Vec<_>, Vec<_>) = pairs.partition(|(_, p, _)| *p != Pair::Other);
            for (pairs, severity, class, verb) in [
                (other, rule.severity, "", "went to other holders"),
                (
                    same,
                    rule.severity.min(Severity::Info),
                    "same",
                    "have another company of the \
                  same group, or another spelling of its name",
                ),
            ] {
                let mut families: Vec<_> =
                    pairs.into_iter().map(|(s, p, c)| family(s, &p, c)).collect();
                // The pair with most products is the first example.
                families.sort_by_key(|f| std::cmp::Reverse(f.changes.len()));
                let listings: usize = families.iter().map(|f| f.changes.len()).sum();
                let telling = Telling {
                    rule,
                    facts,
                    snapshot,
                    source_id: &source_id,
                    // What is only good to know is one line.
                    single_up_to: if class.is_empty() { set.single_up_to } else { 1 },
                    severity,
                    class,
                };
                let listings = counted(listings, "listing");
                let all = |n| format!("{listings} {verb} ({} of companies)", counted(n, "pair"));
                out.findings.extend(telling.tell(families, all));
            }
        }
    }
}

/// How the company before and the company now belong together.
#[derive(PartialEq)]
enum Pair {
    /// Not at all, as far as is known.
    Other,
    /// One corporate group.
    Group,
    /// Perhaps one company.
    Alike,
}

impl Pair {
    fn of(changes: &[&ChangeFact]) -> Self {
        let (old, new) = pair(changes[0]);
        // Companies whose groups are known are known companies (R8), not
        // spellings of one, however alike their names are.
        if changes.iter().any(|c| c.other_group) {
            Self::Other
        } else if changes.iter().all(|c| c.same_group) {
            Self::Group
        } else if alike(old, new) {
            Self::Alike
        } else {
            Self::Other
        }
    }
}

fn pair(change: &ChangeFact) -> (&str, &str) {
    (change.old.as_deref().unwrap_or_default(), change.new.as_deref().unwrap_or_default())
}

fn family<'a>(subject: String, belong: &Pair, changes: Vec<&'a ChangeFact>) -> Family<'a> {
    let first = changes[0];
    let (old, new) = pair(first);
    let mut names: Vec<String> = changes.iter().map(|c| product(c)).collect();
    names.dedup();
    let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let more = match names.len() {
        0..=3 => String::new(),
        n => format!(" and {} more", n - 3),
    };
    let (certainty, because) = match belong {
        Pair::Alike => (
            Certainty::Possible,
            format!("{old:?} and {new:?} are alike: it may be one company under two spellings"),
        ),
        _ if changes.iter().all(|c| c.words_changed == Some(true)) => {
            (Certainty::Certain, "the regulator's own field names the other company now".to_owned())
        }
        _ => (Certainty::Likely, "the regulator changed the record".to_owned()),
    };
    let within = match first.groups.first() {
        Some(group) if *belong == Pair::Group => format!("; both belong to {group}"),
        _ => String::new(),
    };
    let listings = counted(changes.len(), "listing");
    Family {
        what: format!("{shown}{more} went from {old} to {new} ({listings})"),
        short: format!("{old} to {new} ({listings})"),
        details: if names.len() > 3 {
            names.into_iter().take(DETAILS).collect()
        } else {
            Vec::new()
        },
        subject,
        certainty,
        because: format!("{because}{within}"),
        changes,
    }
}

/// Words that say what a company does, where, and in which legal form: two
/// companies that share only these have nothing in common.
const COMMON: &[&str] = &[
    "america",
    "and",
    "authorisation",
    "authorization",
    "belgium",
    "bio",
    "biologicals",
    "biologics",
    "biopharma",
    "biopharmaceutical",
    "biopharmaceuticals",
    "biosciences",
    "biosimilars",
    "biotech",
    "biotechnology",
    "canada",
    "care",
    "chemical",
    "chemicals",
    "china",
    "commercial",
    "company",
    "consumer",
    "corp",
    "corporation",
    "dba",
    "deutschland",
    "development",
    "distribution",
    "drug",
    "drugs",
    "enterprises",
    "espana",
    "europe",
    "european",
    "europharm",
    "farma",
    "france",
    "generics",
    "germany",
    "global",
    "gmbh",
    "group",
    "health",
    "healthcare",
    "holding",
    "holdings",
    "hungary",
    "inc",
    "india",
    "industrial",
    "industrie",
    "industries",
    "international",
    "ireland",
    "italia",
    "italy",
    "japan",
    "kingdom",
    "korea",
    "lab",
    "laboratories",
    "laboratory",
    "labs",
    "licensing",
    "life",
    "lifesciences",
    "limited",
    "llc",
    "ltd",
    "luxembourg",
    "manufacturing",
    "marketing",
    "medical",
    "medicine",
    "medicines",
    "nederland",
    "netherlands",
    "new",
    "nordic",
    "north",
    "oncology",
    "operations",
    "overseas",
    "pharm",
    "pharma",
    "pharmaceutical",
    "pharmaceuticals",
    "plc",
    "poland",
    "polska",
    "private",
    "products",
    "produkte",
    "registration",
    "registrations",
    "regulatory",
    "research",
    "sas",
    "schweiz",
    "science",
    "sciences",
    "services",
    "singapore",
    "solutions",
    "spa",
    "spain",
    "specialty",
    "srl",
    "states",
    "sweden",
    "switzerland",
    "technologies",
    "the",
    "therapeutics",
    "trading",
    "united",
    "usa",
    "vaccines",
    "worldwide",
];

/// Half of the telling words of the shorter name stand in the other one too:
/// perhaps one company under two spellings.
fn alike(a: &str, b: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        name.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| w.chars().count() > 2 && !COMMON.contains(w))
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
        for (a, b) in [
            ("Accord Healthcare S.L.U.", "Accord Healthcare B.V."),
            ("Glenmark Generics", "Glenmark Pharmaceuticals"),
            ("Sanofi Pasteur", "Sanofi Winthrop Industrie"),
            ("Zydus Worldwide", "Zydus Lifesciences Global"),
        ] {
            assert!(alike(a, b), "{a}, {b}");
        }
        for (a, b) in [
            ("Novartis Europharm Limited", "Sandoz GmbH"),
            ("Eywa Pharma", "MLV Pharma"),
            ("Kenton Chemicals and Pharmaceuticals", "Stason Pharmaceuticals"),
            ("Clinigen (Japan)", "Cheplapharm (Japan)"),
            ("武田薬品工業", "アストラゼネカ"),
            ("Roche Registration GmbH", "Cheplapharm Registration GmbH"),
            ("Aspen Pharma Trading", "Atnahs Pharma Netherlands"),
        ] {
            assert!(!alike(a, b), "{a}, {b}");
        }
    }

    #[test]
    fn the_common_words_are_sorted_and_in_lower_case() {
        assert!(COMMON.is_sorted());
        assert!(COMMON.iter().all(|w| *w == w.to_lowercase()));
    }
}
