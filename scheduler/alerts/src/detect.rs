//! All rules over all facts.

mod feeds;
mod group;
mod holders;
mod listings;
mod nulls;
mod own;
mod refreshes;
mod rows;
mod runs;
mod stages;
mod trials;
mod values;
mod vanished;

use crate::{Facts, Finding, Kind, Rules};

/// What an evaluation found.
#[derive(Clone, Debug, Default)]
pub struct Detected {
    /// What is or happened.
    pub findings: Vec<Finding>,
    /// What was undone since: it ends the alerts of that rule and entity.
    pub undone: Vec<Undone>,
}

/// An entity for which what a rule told no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Name of the rule.
    pub rule: String,
    /// The entity.
    pub entity: String,
}

/// Holds `facts` against `rules`. Pure: the same facts give the same findings.
#[must_use]
pub fn detect(rules: &Rules, facts: &Facts) -> Detected {
    let mut out = Detected::default();
    for rule in &rules.rules {
        match &rule.kind {
            Kind::ListingStatus(settings) => listings::detect(rule, settings, facts, &mut out),
            Kind::TrialStatus(settings) => trials::detect(rule, settings, facts, &mut out),
            Kind::Holder(settings) => holders::detect(rule, settings, facts, &mut out),
            Kind::NewStage(settings) => stages::detect(rule, settings, facts, &mut out),
            Kind::Vanished(settings) => vanished::detect(rule, settings, facts, &mut out),
            Kind::SourceRun(settings) => runs::failing(rule, settings, facts, &mut out),
            Kind::Columns(_) => runs::columns(rule, facts, &mut out),
            Kind::Overdue(settings) => runs::overdue(rule, settings, facts, &mut out),
            Kind::Refresh(settings) => refreshes::detect(rule, settings, facts, &mut out),
            Kind::Feed(settings) => feeds::detect(rule, settings, facts, &mut out),
            Kind::Rows(settings) => rows::detect(rule, settings, facts, &mut out),
            Kind::Values(settings) => values::detect(rule, settings, facts, &mut out),
            Kind::Nulls(settings) => nulls::detect(rule, settings, facts, &mut out),
            Kind::OwnChanges(_) => own::detect(rule, facts, &mut out),
        }
    }
    out
}

impl Facts {
    /// Name of the data set for people.
    fn title<'a>(&'a self, source_id: &'a str) -> &'a str {
        self.sources.iter().find(|s| s.source_id == source_id).map_or(source_id, |s| &s.title)
    }
}
