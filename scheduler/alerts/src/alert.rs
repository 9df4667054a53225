//! One alert over all runs in which it was seen.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Certainty, Finding, Lasting, NoticeKind, Rules, Severity};

/// Something that somebody should know, over all runs in which it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Stable digest of rule and subject.
    pub id: String,
    /// Name of the rule.
    pub rule: String,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub what: String,
    /// What the sentence sums up, one line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// How sure.
    pub certainty: Certainty,
    /// Why so sure.
    pub because: String,
    /// How bad.
    pub severity: Severity,
    /// Record ids, run ids, keys of the change log.
    pub evidence: Vec<String>,
    /// How many things are behind it.
    pub cases: u64,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// Runs or snapshots in which it was seen.
    pub count: u64,
    /// The last of them.
    pub observation: String,
    /// What must differ for it to count as changed.
    pub state: String,
    /// What ends it.
    pub lasting: Lasting,
    /// Entities of an event that were not undone yet.
    pub entities: Vec<String>,
    /// Last change of anything that a reader sees, counts apart.
    pub updated: Timestamp,
    /// When it was last put into the outbox.
    pub notified_at: Option<Timestamp>,
    /// Somebody has taken note.
    pub ack: Option<Ack>,
    /// When and why it ended.
    pub resolved: Option<Resolved>,
}

/// The end of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: String,
}

/// Somebody has taken note of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// When.
    pub at: Timestamp,
    /// Silence until then; none: until the alert ends.
    pub until: Option<Timestamp>,
    /// Words of whoever did it.
    pub note: Option<String>,
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It goes on and nobody has taken note.
    Open,
    /// It goes on and somebody has.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl Alert {
    /// Where it stands at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        match (&self.resolved, &self.ack) {
            (Some(_), _) => Status::Resolved,
            (None, Some(ack)) if ack.until.is_none_or(|until| now < until) => Status::Acknowledged,
            (None, _) => Status::Open,
        }
    }

    pub(crate) fn of(finding: Finding, now: Timestamp) -> Self {
        Self {
            id: finding.id(),
            rule: finding.rule,
            subject: finding.subject,
            what: finding.what,
            details: finding.details,
            certainty: finding.certainty,
            because: finding.because,
            severity: finding.severity,
            evidence: finding.evidence,
            cases: finding.cases,
            first_seen: now,
            last_seen: now,
            count: 1,
            observation: finding.observation,
            state: finding.state,
            lasting: finding.lasting,
            entities: finding.entities,
            updated: now,
            notified_at: None,
            ack: None,
            resolved: None,
        }
    }

    /// Takes over what was found now. Gives what there is to send.
    pub(crate) fn seen_again(
        &mut self,
        found: Finding,
        now: Timestamp,
        rules: &Rules,
    ) -> Option<NoticeKind> {
        let returned = self.resolved.take().is_some();
        let worse = found.severity > self.severity;
        let changed = found.state != self.state || found.severity != self.severity;
        if worse || returned {
            self.ack = None;
        }
        if found.observation != self.observation {
            self.count += 1;
        }
        if returned || changed || found.what != self.what {
            self.updated = now;
        }
        self.what = found.what;
        self.details = found.details;
        self.certainty = found.certainty;
        self.because = found.because;
        self.severity = found.severity;
        self.evidence = found.evidence;
        self.cases = found.cases;
        self.observation = found.observation;
        self.state = found.state;
        self.lasting = found.lasting;
        if found.lasting == Lasting::Event {
            self.entities.extend(found.entities);
            self.entities.sort();
            self.entities.dedup();
        }
        self.last_seen = now;
        if self.status(now) == Status::Acknowledged {
            return None;
        }
        let remind = SignedDuration::from_hours(rules.remind_after_hours.into());
        let due = !remind.is_zero()
            && self.notified_at.is_some_and(|at| now.duration_since(at) >= remind);
        match (returned, changed) {
            (true, _) => Some(NoticeKind::Raised),
            (_, true) => Some(NoticeKind::Changed),
            _ if due => Some(NoticeKind::Reminder),
            _ => None,
        }
    }

    /// Ends it. Told only where it was told that it began, and nobody has
    /// taken note.
    pub(crate) fn resolve(&mut self, now: Timestamp, why: &str) -> Option<NoticeKind> {
        let tell = self.notified_at.is_some() && self.status(now) == Status::Open;
        self.resolved = Some(Resolved { at: now, why: why.to_owned() });
        self.updated = now;
        tell.then_some(NoticeKind::Resolved)
    }
}
