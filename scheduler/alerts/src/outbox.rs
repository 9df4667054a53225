//! Messages: written with the alerts that they tell of, kept until they are taken.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Alert, Severity, State, digest};

/// Messages that were sent or given up and are kept as a record.
const KEPT_DELIVERIES: usize = 500;

/// Time that a message waits for a channel that is not configured. Long enough
/// for a channel that is taken out while its receiver is moved, and for a command
/// that was given the configuration of another place.
const WITHOUT_CHANNEL: SignedDuration = SignedDuration::from_hours(7 * 24);

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
    /// What it says; emptied when it was sent or given up.
    pub notices: Vec<Notice>,
    /// Tries so far.
    pub attempts: u32,
    /// Not before.
    pub next_try_at: Timestamp,
    /// Why the last try failed.
    pub problem: Option<String>,
    /// When the receiver took it.
    pub sent_at: Option<Timestamp>,
    /// Since when no channel of this name is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_channel_since: Option<Timestamp>,
    /// When it was given up: nobody will send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up_at: Option<Timestamp>,
}

impl Delivery {
    /// Neither sent nor given up.
    fn waits(&self) -> bool {
        self.sent_at.is_none() && self.given_up_at.is_none()
    }
}

/// A channel as far as the outbox needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Name of the channel.
    pub channel: String,
    /// Alerts below are not sent there.
    pub min_severity: Severity,
}

impl State {
    /// Messages that wait.
    pub fn waiting(&self) -> impl Iterator<Item = &Delivery> {
        self.outbox.iter().filter(|d| d.waits())
    }

    /// Tells the messages that wait for a channel which is not among `channels`
    /// from those that will be sent, and gives up those that have waited so for a
    /// week; how many, by channel. Their alerts stay.
    pub(crate) fn give_up_without_channel(
        &mut self,
        channels: &[&str],
        now: Timestamp,
    ) -> BTreeMap<String, usize> {
        let mut given_up = BTreeMap::new();
        for delivery in self.outbox.iter_mut().filter(|d| d.waits()) {
            if channels.contains(&delivery.channel.as_str()) {
                delivery.without_channel_since = None;
                continue;
            }
            let since = *delivery.without_channel_since.get_or_insert(now);
            let until = since.saturating_add(WITHOUT_CHANNEL).unwrap_or(Timestamp::MAX);
            let day = until.strftime("%Y-%m-%d");
            if until <= now {
                delivery.problem = Some("no channel of this name was configured".to_owned());
                delivery.given_up_at = Some(now);
                delivery.notices.clear();
                *given_up.entry(delivery.channel.clone()).or_default() += 1;
            } else {
                delivery.problem =
                    Some(format!("no channel of this name is configured; given up on {day}"));
            }
        }
        self.forget_old_deliveries();
        given_up
    }

    /// Writes a message for every recipient that one of `told` is bad enough for.
    pub(crate) fn enqueue(
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
                without_channel_since: None,
                given_up_at: None,
            });
        }
        self.forget_old_deliveries();
        notices
    }

    fn forget_old_deliveries(&mut self) {
        let done = self.outbox.iter().filter(|d| !d.waits()).count();
        let mut surplus = done.saturating_sub(KEPT_DELIVERIES);
        self.outbox.retain(|d| {
            let drop = !d.waits() && surplus > 0;
            surplus -= usize::from(drop);
            !drop
        });
    }
}
