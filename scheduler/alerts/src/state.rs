//! All alerts of a lake: what is new, what goes on, what is over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Ack, Alert, Delivery, Detected, Lasting, Notice, NoticeKind, Recipient, Rules};

/// Days for which an alert that is over is kept.
const KEPT_DAYS: i64 = 180;

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
            let kind = if let Some(alert) = self.alerts.get_mut(&id) {
                alert.seen_again(finding, now, rules)
            } else {
                self.alerts.insert(id.clone(), Alert::of(finding, now));
                Some(NoticeKind::Raised)
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
}
