//! What a message says, as JSON and as mail.

use std::fmt::Write;

use jiff::Timestamp;
use serde::Serialize;

use crate::{Delivery, Notice, NoticeKind, Severity, Status};

/// The JSON body of a webhook message.
#[derive(Debug, Serialize)]
pub struct Message<'a> {
    /// Version of this shape.
    pub version: u32,
    /// The same in every try of this message.
    pub key: &'a str,
    /// When it was written.
    pub created_at: Timestamp,
    /// The alerts, worst first.
    pub alerts: Vec<AlertMessage<'a>>,
}

/// An alert in a message.
#[derive(Debug, Serialize)]
pub struct AlertMessage<'a> {
    /// raised, changed, reminder or resolved.
    pub notice: NoticeKind,
    /// Stable id.
    pub id: &'a str,
    /// Name of the rule.
    pub rule: &'a str,
    /// info, warning or critical.
    pub severity: Severity,
    /// open, acknowledged or resolved.
    pub status: Status,
    /// One sentence.
    pub what: &'a str,
    /// What the sentence sums up, one line each.
    pub details: &'a [String],
    /// certain, likely or possible.
    pub certainty: &'a str,
    /// Why so sure.
    pub because: &'a str,
    /// How many things are behind it.
    pub cases: u64,
    /// Record ids, run ids, keys of the change log.
    pub evidence: &'a [String],
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// Runs or snapshots in which it was seen.
    pub count: u64,
}

impl<'a> Message<'a> {
    /// The message of a delivery: the same bytes in every try.
    #[must_use]
    pub fn of(delivery: &'a Delivery) -> Self {
        let alerts = delivery.notices.iter().map(|notice| {
            let alert = &notice.alert;
            AlertMessage {
                notice: notice.kind,
                id: &alert.id,
                rule: &alert.rule,
                severity: alert.severity,
                status: alert.status(delivery.created_at),
                what: &alert.what,
                details: &alert.details,
                certainty: alert.certainty.code(),
                because: &alert.because,
                cases: alert.cases,
                evidence: &alert.evidence,
                first_seen: alert.first_seen,
                last_seen: alert.last_seen,
                count: alert.count,
            }
        });
        Self {
            version: 1,
            key: &delivery.key,
            created_at: delivery.created_at,
            alerts: alerts.collect(),
        }
    }
}

/// The subject of a mail: the worst alert, and how many more there are.
#[must_use]
pub fn mail_subject(delivery: &Delivery) -> String {
    let Some(first) = delivery.notices.first() else { return "regatta".to_owned() };
    let mut what: String = first.alert.what.chars().take(120).collect();
    if what.len() < first.alert.what.len() {
        what.push('…');
    }
    let more = match delivery.notices.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    format!("[regatta {}] {}{what}{more}", first.alert.severity.code(), prefix(first))
}

/// The text of a mail.
#[must_use]
pub fn mail_body(delivery: &Delivery) -> String {
    let mut text = String::new();
    for notice in &delivery.notices {
        let alert = &notice.alert;
        let _ = write!(
            text,
            "{severity}: {prefix}{what}\n\
             {certainty}: {because}\n\
             rule {rule}, first seen {first}, seen {count} times, id {id}\n",
            severity = alert.severity.code().to_uppercase(),
            prefix = prefix(notice),
            what = alert.what,
            certainty = alert.certainty.code(),
            because = alert.because,
            rule = alert.rule,
            first = alert.first_seen.strftime("%Y-%m-%d %H:%M UTC"),
            count = alert.count,
            id = alert.id,
        );
        lines(&mut text, "- ", &alert.details, 30);
        lines(&mut text, "  ", &alert.evidence, 10);
        text.push('\n');
    }
    text.push_str("To silence one: regatta alerts ack ID --until DATE --note WORDS\n");
    text
}

/// The first `shown` lines, and how many there are beside them.
fn lines(text: &mut String, mark: &str, all: &[String], shown: usize) {
    for line in all.iter().take(shown) {
        let _ = writeln!(text, "{mark}{line}");
    }
    if all.len() > shown {
        let _ = writeln!(text, "{mark}and {} more", all.len() - shown);
    }
}

fn prefix(notice: &Notice) -> &'static str {
    match notice.kind {
        NoticeKind::Raised => "",
        NoticeKind::Changed => "changed: ",
        NoticeKind::Reminder => "still: ",
        NoticeKind::Resolved => "over: ",
    }
}
