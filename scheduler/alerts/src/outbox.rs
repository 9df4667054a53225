//! Messages: written with the alerts that they tell of, kept until they are taken.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Alert, Severity, State, digest};

/// Deliveries that were made and are kept as a record.
const KEPT_DELIVERIES: usize = 500;

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

impl State {
    /// Messages that wait.
    pub fn waiting(&self) -> impl Iterator<Item = &Delivery> {
        self.outbox.iter().filter(|d| d.sent_at.is_none())
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
