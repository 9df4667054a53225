//! Alerts over runs: what is new, what goes on, what is over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::digest;
use crate::{Certainty, Detected, Finding, Lasting, Rules, Severity};

/// Days for which an alert that is over is kept.
const KEPT_DAYS: i64 = 180;

/// Deliveries that were made and are kept as a record.
const KEPT_DELIVERIES: usize = 500;

/// All alerts, and what is still to be sent. One file of the lake.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Layout of this file.
    pub format: u32,
    /// Counts evaluations that sent something, so that no key is used twice.
    pub sequence: u64,
    /// The newest snapshot whose change log was looked at.
    pub snapshot_id: Option<String>,
    /// Alerts by id.
    pub alerts: BTreeMap<String, Alert>,
    /// Messages, oldest first: waiting, and the last ones that were sent.
    pub outbox: Vec<Delivery>,
}

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

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Seen for the first time, or again after it was over.
    Raised,
    /// It is not what it was.
    Changed,
    /// It goes on, and the time to remind has come.
    Reminder,
    /// It is over.
    Resolved,
}

/// One alert in a message, as it was at that moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Why.
    pub kind: NoticeKind,
    /// The alert.
    pub alert: Alert,
}

/// A message to one channel. Its content never changes once it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The same in every try: by it a receiver knows a repetition.
    pub key: String,
    /// Name of the channel.
    pub channel: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// What it says; emptied some time after it was sent.
    pub notices: Vec<Notice>,
    /// Tries so far.
    pub attempts: u32,
    /// Not before.
    pub next_try_at: Timestamp,
    /// Why the last try failed.
    pub problem: Option<String>,
    /// When the receiver took it.
    pub sent_at: Option<Timestamp>,
}

/// A channel as far as the outbox needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Name of the channel.
    pub channel: String,
    /// Alerts below are not sent there.
    pub min_severity: Severity,
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

    fn of(finding: Finding, now: Timestamp) -> Self {
        Self {
            id: finding.id(),
            rule: finding.rule,
            subject: finding.subject,
            what: finding.what,
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
    fn seen_again(&mut self, found: Finding, now: Timestamp, rules: &Rules) -> Option<NoticeKind> {
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
    fn resolve(&mut self, now: Timestamp, why: &str) -> Option<NoticeKind> {
        let tell = self.notified_at.is_some() && self.status(now) == Status::Open;
        self.resolved = Some(Resolved { at: now, why: why.to_owned() });
        self.updated = now;
        tell.then_some(NoticeKind::Resolved)
    }
}

impl State {
    /// Layout that this version writes.
    pub const FORMAT: u32 = 1;

    /// Takes over what one evaluation found, and puts what there is to say into
    /// the outbox. Gives what it put there.
    pub fn apply(
        &mut self,
        detected: Detected,
        rules: &Rules,
        recipients: &[Recipient],
        now: Timestamp,
    ) -> Vec<Notice> {
        self.format = Self::FORMAT;
        let mut told: Vec<(String, NoticeKind)> = Vec::new();
        let mut found = BTreeSet::new();
        for finding in detected.findings {
            let id = finding.id();
            found.insert(id.clone());
            let kind = match self.alerts.get_mut(&id) {
                Some(alert) => alert.seen_again(finding, now, rules),
                None => {
                    self.alerts.insert(id.clone(), Alert::of(finding, now));
                    Some(NoticeKind::Raised)
                }
            };
            told.extend(kind.map(|k| (id, k)));
        }
        let undone: BTreeSet<(&str, &str)> =
            detected.undone.iter().map(|u| (u.rule.as_str(), u.entity.as_str())).collect();
        let names: BTreeSet<&str> = rules.rules.iter().map(|r| r.name.as_str()).collect();
        let event_time = SignedDuration::from_hours(i64::from(rules.event_days) * 24);
        for (id, alert) in &mut self.alerts {
            if alert.resolved.is_some() || found.contains(id) {
                continue;
            }
            let affected = alert.entities.len();
            alert.entities.retain(|e| !undone.contains(&(alert.rule.as_str(), e.as_str())));
            let kind = if !names.contains(alert.rule.as_str()) {
                alert.resolve(now, "its rule is no longer in force");
                None
            } else if alert.lasting == Lasting::WhileFound {
                alert.resolve(now, "it is no longer so")
            } else if affected > 0 && alert.entities.is_empty() {
                alert.resolve(now, "it was undone")
            } else {
                if now.duration_since(alert.last_seen) >= event_time {
                    alert.resolve(now, "it happened some time ago");
                }
                None
            };
            told.extend(kind.map(|k| (id.clone(), k)));
        }
        let kept = SignedDuration::from_hours(KEPT_DAYS * 24);
        self.alerts
            .retain(|_, a| a.resolved.as_ref().is_none_or(|r| now.duration_since(r.at) < kept));
        self.enqueue(told, recipients, now)
    }

    /// Somebody has taken note. None where there is no such alert, or several
    /// whose id begins so.
    pub fn acknowledge(&mut self, id: &str, ack: Ack) -> Option<&Alert> {
        let mut matching = self.alerts.values_mut().filter(|a| a.id.starts_with(id));
        let alert = matching.next().filter(|_| !id.is_empty())?;
        if matching.next().is_some() {
            return None;
        }
        alert.updated = ack.at;
        alert.ack = Some(ack);
        Some(alert)
    }

    /// Messages that wait.
    pub fn waiting(&self) -> impl Iterator<Item = &Delivery> {
        self.outbox.iter().filter(|d| d.sent_at.is_none())
    }

    fn enqueue(
        &mut self,
        told: Vec<(String, NoticeKind)>,
        recipients: &[Recipient],
        now: Timestamp,
    ) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (id, kind) in told {
            let Some(alert) = self.alerts.get_mut(&id) else { continue };
            alert.notified_at = Some(now);
            notices.push(Notice { kind, alert: alert.clone() });
        }
        notices.sort_by(|a, b| {
            let rank = |n: &Notice| (std::cmp::Reverse(n.alert.severity), n.kind);
            rank(a).cmp(&rank(b)).then_with(|| a.alert.what.cmp(&b.alert.what))
        });
        if notices.is_empty() {
            return notices;
        }
        self.sequence += 1;
        for recipient in recipients {
            let mine: Vec<Notice> = notices
                .iter()
                .filter(|n| n.alert.severity >= recipient.min_severity)
                .cloned()
                .collect();
            if mine.is_empty() {
                continue;
            }
            let sequence = self.sequence.to_string();
            let at = now.to_string();
            self.outbox.push(Delivery {
                key: digest::short(&["delivery", &recipient.channel, &sequence, &at]),
                channel: recipient.channel.clone(),
                created_at: now,
                notices: mine,
                attempts: 0,
                next_try_at: now,
                problem: None,
                sent_at: None,
            });
        }
        self.forget_old_deliveries();
        notices
    }

    fn forget_old_deliveries(&mut self) {
        let sent = self.outbox.iter().filter(|d| d.sent_at.is_some()).count();
        let mut surplus = sent.saturating_sub(KEPT_DELIVERIES);
        self.outbox.retain(|d| {
            let drop = d.sent_at.is_some() && surplus > 0;
            surplus -= usize::from(drop);
            !drop
        });
    }
}
