//! Changes of one snapshot that belong together become one alert.

use std::collections::BTreeMap;

use crate::facts::{ChangeFact, SnapshotFacts};
use crate::{Certainty, Facts, Finding, Lasting, Rule, Severity};

/// Pieces of evidence that an alert names at most.
pub(super) const EVIDENCE: usize = 50;

/// Lines of detail that an alert has at most.
pub(super) const DETAILS: usize = 50;

/// Examples that a sentence names at most.
const EXAMPLES: usize = 4;

/// Changes with the same subject.
pub(super) struct Family<'a> {
    pub(super) subject: String,
    /// What the sentence says of it alone.
    pub(super) what: String,
    /// How it is named among others.
    pub(super) short: String,
    /// What the sentence leaves out, one line each.
    pub(super) details: Vec<String>,
    pub(super) certainty: Certainty,
    pub(super) because: String,
    pub(super) changes: Vec<&'a ChangeFact>,
}

/// The changes by subject, in the order of the subjects.
pub(super) fn by_subject<'a>(
    changes: impl Iterator<Item = &'a ChangeFact>,
    subject: impl Fn(&ChangeFact) -> String,
) -> BTreeMap<String, Vec<&'a ChangeFact>> {
    let mut groups: BTreeMap<String, Vec<&ChangeFact>> = BTreeMap::new();
    for change in changes {
        groups.entry(subject(change)).or_default().push(change);
    }
    groups
}

/// How families of one source and snapshot are told.
pub(super) struct Telling<'a> {
    pub(super) rule: &'a Rule,
    pub(super) facts: &'a Facts,
    pub(super) snapshot: &'a SnapshotFacts,
    /// Source; empty where the families are of none.
    pub(super) source_id: &'a str,
    pub(super) single_up_to: usize,
    pub(super) severity: Severity,
    /// Keeps the alerts of one rule apart; empty where it tells one kind.
    pub(super) class: &'static str,
}

impl<'a> Telling<'a> {
    /// For families of no source and one kind, as severe as the rule says.
    pub(super) fn new(
        rule: &'a Rule,
        facts: &'a Facts,
        snapshot: &'a SnapshotFacts,
        single_up_to: usize,
    ) -> Self {
        let severity = rule.severity;
        Self { rule, facts, snapshot, source_id: "", single_up_to, severity, class: "" }
    }

    /// One finding per family, or one for all of them where they are more than
    /// `single_up_to`: `all` then says what happened, given the number of
    /// families.
    pub(super) fn tell(
        &self,
        families: Vec<Family<'_>>,
        all: impl Fn(usize) -> String,
    ) -> Vec<Finding> {
        if families.len() <= self.single_up_to {
            return families.into_iter().map(|family| self.single(family)).collect();
        }
        vec![self.together(&families, &all(families.len()))]
    }

    fn single(&self, family: Family<'_>) -> Finding {
        Finding {
            what: named(self.facts, self.source_id, &family.what),
            details: family.details,
            certainty: family.certainty,
            because: family.because,
            ..self.finding(family.subject, &family.changes)
        }
    }

    fn together(&self, families: &[Family<'_>], what: &str) -> Finding {
        let examples: Vec<&str> =
            families.iter().take(EXAMPLES).map(|f| f.short.as_str()).collect();
        let changes: Vec<&ChangeFact> = families.iter().flat_map(|f| f.changes.clone()).collect();
        let sure = families.iter().filter(|f| f.certainty == Certainty::Certain).count();
        let parts = [self.source_id, self.class, &self.snapshot.snapshot_id];
        let subject = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("|");
        let what = format!("{what}, e.g. {}", examples.join("; "));
        Finding {
            what: named(self.facts, self.source_id, &what),
            details: families.iter().take(DETAILS).map(|f| f.what.clone()).collect(),
            certainty: families.iter().map(|f| f.certainty).min().unwrap_or(Certainty::Possible),
            because: format!(
                "{sure} of {} are certain; e.g. {}",
                families.len(),
                families[0].because
            ),
            ..self.finding(subject, &changes)
        }
    }

    /// What does not depend on the words.
    fn finding(&self, subject: String, changes: &[&ChangeFact]) -> Finding {
        let snapshot_id = &self.snapshot.snapshot_id;
        Finding {
            rule: self.rule.name.clone(),
            subject,
            what: String::new(),
            details: Vec::new(),
            certainty: Certainty::Possible,
            because: String::new(),
            severity: self.severity,
            evidence: evidence(changes, snapshot_id),
            cases: changes.len() as u64,
            observation: snapshot_id.clone(),
            state: snapshot_id.clone(),
            lasting: Lasting::Event,
            entities: entities(changes),
        }
    }
}

/// `EMA medicines: …`, or the sentence alone where no source is behind it.
fn named(facts: &Facts, source_id: &str, what: &str) -> String {
    if source_id.is_empty() {
        return what.to_owned();
    }
    format!("{}: {what}", facts.title(source_id))
}

/// Keys of the change log, runs and the snapshot.
pub(super) fn evidence(changes: &[&ChangeFact], snapshot_id: &str) -> Vec<String> {
    let mut evidence = vec![format!("snapshot:{snapshot_id}")];
    let mut runs: Vec<String> =
        changes.iter().filter_map(|c| c.run_id.as_ref()).map(|r| format!("run:{r}")).collect();
    runs.sort();
    runs.dedup();
    evidence.extend(runs);
    evidence.extend(changes.iter().map(|c| c.key()).take(EVIDENCE));
    evidence.truncate(EVIDENCE);
    evidence
}

fn entities(changes: &[&ChangeFact]) -> Vec<String> {
    let mut entities: Vec<String> = changes.iter().map(|c| c.entity_id.clone()).collect();
    entities.sort();
    entities.dedup();
    entities
}

/// `3 listings`, `1 listing`.
pub(super) fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// `Glivec (imatinib, film-coated tablet)`.
pub(super) fn product(change: &ChangeFact) -> String {
    let substance = if change.dosage_form.is_empty() || change.dosage_form == "unspecified" {
        change.generic.clone()
    } else {
        format!("{}, {}", change.generic, change.dosage_form.replace('_', " "))
    };
    match (change.name.is_empty(), substance.is_empty()) {
        (true, true) => change.entity_id.clone(),
        (true, false) => substance,
        (false, true) => change.name.clone(),
        (false, false) if change.name.eq_ignore_ascii_case(&change.generic) => substance,
        (false, false) => format!("{} ({substance})", change.name),
    }
}

/// ` of Novartis`, or nothing.
pub(super) fn of_company(company: &str) -> String {
    if company.is_empty() { String::new() } else { format!(" of {company}") }
}

/// A code for people: `stopped by authority`.
pub(super) fn words(code: &str) -> String {
    code.replace('_', " ")
}

/// The first characters of a long text.
pub(super) fn clip(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut clipped: String = text.chars().take(characters.saturating_sub(1)).collect();
    clipped.push('…');
    clipped
}
