//! `regatta alerts`.

use std::io::Write;

use anyhow::bail;
use jiff::Timestamp;
use regatta_alerts::{
    Ack, Alert, Certainty, DEFAULT_RULES, Delivered, Delivery, Lasting, Notice, NoticeKind,
    Severity, State, Status, Store,
};
use serde_json::{Value, json};
use tracing::warn;

use super::show::{object, pairs};
use crate::alerts;
use crate::app::App;
use crate::cli::{Alerts, AlertsCommand, Format};
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::output::{self, Rows, line, words};

/// Characters of a sentence that the table shows.
const CLIPPED: usize = 220;

/// All of it.
pub fn alerts(app: &App, options: Alerts) -> anyhow::Result<Exit> {
    match options.what.unwrap_or(AlertsCommand::List { all: false }) {
        AlertsCommand::List { all } => list(app, all),
        AlertsCommand::Show { id } => show(app, &id),
        AlertsCommand::Ack { id, until, note } => ack(app, &id, until, note),
        AlertsCommand::Check => check(app),
        AlertsCommand::Deliver => deliver(app),
        AlertsCommand::Test => test(app),
        AlertsCommand::Feed => {
            let text = alerts::feed(&app.config, &store(app)?.read()?)?;
            std::io::stdout().lock().write_all(&text)?;
            Ok(Exit::Ok)
        }
        AlertsCommand::Rules => {
            std::io::stdout().lock().write_all(DEFAULT_RULES.as_bytes())?;
            Ok(Exit::Ok)
        }
    }
}

fn store(app: &App) -> anyhow::Result<Store> {
    Ok(Store::open(&app.lake()?)?)
}

fn list(app: &App, all: bool) -> anyhow::Result<Exit> {
    let now = app.config.clock().now();
    let state = store(app)?.read()?;
    let mut alerts: Vec<&Alert> =
        state.alerts.values().filter(|a| all || a.status(now) == Status::Open).collect();
    alerts.sort_by_key(|a| {
        (a.status(now), std::cmp::Reverse(a.severity), std::cmp::Reverse(a.last_seen))
    });
    match app.format {
        Format::Json => {
            let all: Vec<Value> = alerts.iter().map(|a| in_full(a, now)).collect();
            output::json(&all)?;
        }
        Format::Csv => {
            let mut rows = Rows::new([
                "id",
                "status",
                "severity",
                "rule",
                "what",
                "certainty",
                "because",
                "cases",
                "first_seen",
                "last_seen",
                "count",
                "evidence",
            ]);
            for a in &alerts {
                rows.push([
                    json!(a.id),
                    json!(a.status(now)),
                    json!(a.severity),
                    json!(a.rule),
                    json!(a.what),
                    json!(a.certainty),
                    json!(a.because),
                    json!(a.cases),
                    json!(a.first_seen),
                    json!(a.last_seen),
                    json!(a.count),
                    json!(a.evidence),
                ]);
            }
            rows.print(Format::Csv)?;
        }
        format @ (Format::Table | Format::Markdown) => {
            table(&alerts, now, format)?;
            foot(&state, alerts.is_empty(), now)?;
        }
    }
    Ok(Exit::Ok)
}

fn table(alerts: &[&Alert], now: Timestamp, format: Format) -> anyhow::Result<()> {
    if alerts.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new(["id", "severity", "sure", "seen", "since", "what"]);
    for a in alerts {
        let status = match a.status(now) {
            Status::Open => String::new(),
            Status::Acknowledged => "(noted) ".into(),
            Status::Resolved => "(over) ".into(),
        };
        // The whole sentence is in `regatta alerts show`.
        let what: String = match a.what.chars().count() {
            n if n > CLIPPED => a.what.chars().take(CLIPPED - 1).chain(['…']).collect(),
            _ => a.what.clone(),
        };
        rows.push([
            json!(&a.id[..8]),
            json!(a.severity),
            json!(a.certainty),
            json!(a.count),
            json!(words::age(a.first_seen, now)),
            json!(format!("{status}{what}")),
        ]);
    }
    rows.print(format)
}

/// What the table does not show.
fn foot(state: &State, none_listed: bool, now: Timestamp) -> anyhow::Result<()> {
    let count = |status| state.alerts.values().filter(|a| a.status(now) == status).count();
    if none_listed {
        line("No open alerts.")?;
    }
    let (noted, over) = (count(Status::Acknowledged), count(Status::Resolved));
    if noted + over > 0 {
        line(format!(
            "{noted} acknowledged, {over} over; `regatta alerts list --all` shows them."
        ))?;
    }
    let waiting: Vec<&Delivery> = state.waiting().collect();
    if let Some(first) = waiting.first() {
        let problem = first.problem.as_deref().unwrap_or("not tried yet");
        line(format!(
            "{} messages wait in the outbox; {}: {problem}",
            waiting.len(),
            first.channel
        ))?;
    }
    Ok(())
}

/// One alert for whoever does not read it on a terminal; false where one does.
fn one(app: &App, alert: &Alert, now: Timestamp) -> anyhow::Result<bool> {
    match app.format {
        Format::Table => return Ok(false),
        Format::Json => output::json(&in_full(alert, now))?,
        format @ (Format::Csv | Format::Markdown) => {
            pairs(&object(&in_full(alert, now))?).print(format)?;
        }
    }
    Ok(true)
}

fn in_full(alert: &Alert, now: Timestamp) -> Value {
    let mut value = json!(alert);
    value["status"] = json!(alert.status(now));
    value
}

fn find<'a>(state: &'a State, id: &str) -> anyhow::Result<&'a Alert> {
    let matching: Vec<&Alert> = state.alerts.values().filter(|a| a.id.starts_with(id)).collect();
    match matching.as_slice() {
        [one] if !id.is_empty() => Ok(*one),
        [] => {
            Err(ConfigError::new(format!("there is no alert {id:?}; see `regatta alerts`")).into())
        }
        _ => Err(ConfigError::new(format!("several alerts begin with {id:?}")).into()),
    }
}

fn show(app: &App, id: &str) -> anyhow::Result<Exit> {
    let now = app.config.clock().now();
    let state = store(app)?.read()?;
    let a = find(&state, id)?;
    if one(app, a, now)? {
        return Ok(Exit::Ok);
    }
    line(format!("{}: {}", a.severity.code(), a.what))?;
    line(format!("{}: {}", a.certainty.code(), a.because))?;
    line(format!(
        "rule {}, first seen {}, last seen {}, seen in {} runs, {} cases, id {}",
        a.rule, a.first_seen, a.last_seen, a.count, a.cases, a.id
    ))?;
    if let Some(ack) = &a.ack {
        let until = ack.until.map_or_else(|| "it is over".into(), |t| t.to_string());
        let note = ack.note.as_deref().unwrap_or("no note");
        line(format!("acknowledged {} until {until}: {note}", ack.at))?;
    }
    if let Some(resolved) = &a.resolved {
        line(format!("over since {}: {}", resolved.at, resolved.why))?;
    }
    for detail in &a.details {
        line(format!("- {detail}"))?;
    }
    for evidence in &a.evidence {
        line(format!("  {evidence}"))?;
    }
    Ok(Exit::Ok)
}

fn ack(
    app: &App,
    id: &str,
    until: Option<Timestamp>,
    note: Option<String>,
) -> anyhow::Result<Exit> {
    let now = app.config.clock().now();
    if until.is_some_and(|t| t <= now) {
        return Err(ConfigError::new("--until: the date is past").into());
    }
    let store = store(app)?;
    let id = find(&store.read()?, id)?.id.clone();
    let ack = Ack { at: now, until, note };
    let done = store.update(|state| Ok(state.acknowledge(&id, ack).cloned()))?;
    let Some(alert) = done else { bail!("the alert {id} went away meanwhile") };
    if let Err(error) = alerts::write_feed(&app.config, &store) {
        // It is acknowledged all the same; the next look writes the feed.
        warn!(error = format!("{error:#}"), "the feed of alerts cannot be written");
    }
    if !one(app, &alert, now)? {
        line(format!("acknowledged: {}", alert.what))?;
    }
    Ok(Exit::Ok)
}

fn check(app: &App) -> anyhow::Result<Exit> {
    let lake = app.lake()?;
    let done = tokio::task::block_in_place(|| alerts::evaluate(&app.config, &lake))?;
    match app.format {
        Format::Table => {
            for notice in &done.notices {
                line(format!("{}: {}", notice.alert.severity.code(), notice.alert.what))?;
            }
            line(format!("{} told.", done.notices.len()))?;
            return delivered(&done.delivered, Format::Table);
        }
        Format::Json => output::json(&json!(done.notices))?,
        format @ (Format::Csv | Format::Markdown) => {
            let mut rows = Rows::new(["notice", "id", "severity", "rule", "what"]);
            for Notice { kind, alert } in &done.notices {
                rows.push([
                    json!(kind),
                    json!(alert.id),
                    json!(alert.severity),
                    json!(alert.rule),
                    json!(alert.what),
                ]);
            }
            rows.print(format)?;
        }
    }
    Ok(exit_of(&done.delivered))
}

fn deliver(app: &App) -> anyhow::Result<Exit> {
    let store = store(app)?;
    let done = tokio::task::block_in_place(|| alerts::send(&app.config, &store, true))?;
    delivered(&done, app.format)
}

fn delivered(done: &Delivered, format: Format) -> anyhow::Result<Exit> {
    let problem = |(channel, problem): &(String, String)| format!("{channel}: {problem}");
    match format {
        Format::Table => {}
        Format::Json => {
            let problems: Vec<Value> = done
                .problems
                .iter()
                .map(|(channel, problem)| json!({ "channel": channel, "problem": problem }))
                .collect();
            output::json(&json!({
                "sent": done.sent, "waiting": done.waiting, "given_up": done.given_up,
                "busy": done.busy, "problems": problems,
            }))?;
            return Ok(exit_of(done));
        }
        Format::Csv | Format::Markdown => {
            let problems: Vec<String> = done.problems.iter().map(problem).collect();
            let given_up: usize = done.given_up.values().sum();
            let mut rows = Rows::new(["sent", "waiting", "given_up", "busy", "problems"]);
            rows.push([
                json!(done.sent),
                json!(done.waiting),
                json!(given_up),
                json!(done.busy),
                json!(problems),
            ]);
            rows.print(format)?;
            return Ok(exit_of(done));
        }
    }
    if done.busy {
        line("Another process is sending.")?;
    }
    line(format!("{} messages sent, {} wait.", done.sent, done.waiting))?;
    for (channel, messages) in &done.given_up {
        line(format!("{messages} given up: for a week no channel {channel} was configured"))?;
    }
    for one in &done.problems {
        line(problem(one))?;
    }
    Ok(exit_of(done))
}

fn exit_of(done: &Delivered) -> Exit {
    if done.problems.is_empty() { Exit::Ok } else { Exit::Failed }
}

/// Straight to the channels, once, past the outbox: it is not an alert.
fn test(app: &App) -> anyhow::Result<Exit> {
    let now = app.config.clock().now();
    let channels = alerts::channels(&app.config);
    if channels.is_empty() {
        return Err(ConfigError::new(
            "no channel is configured: [alerts.webhook] or [alerts.mail]; the feed and \
             `regatta alerts` need none",
        )
        .into());
    }
    let mut exit = Exit::Ok;
    for channel in channels {
        let message = test_message(channel.name(), now);
        match tokio::task::block_in_place(|| channel.send(&message, now)) {
            Ok(()) => line(format!("{}: taken", channel.name()))?,
            Err(e) => {
                exit = Exit::Failed;
                line(format!("{}: {e}", channel.name()))?;
            }
        }
    }
    Ok(exit)
}

fn test_message(channel: &str, now: Timestamp) -> Delivery {
    let alert = Alert {
        id: "0000000000000000".into(),
        rule: "test".into(),
        subject: "test".into(),
        what: "This is a test of the channel; nothing happened".into(),
        details: Vec::new(),
        certainty: Certainty::Certain,
        because: "somebody ran `regatta alerts test`".into(),
        severity: Severity::Info,
        evidence: Vec::new(),
        cases: 0,
        first_seen: now,
        last_seen: now,
        count: 1,
        observation: String::new(),
        state: String::new(),
        lasting: Lasting::Event,
        entities: Vec::new(),
        updated: now,
        notified_at: None,
        ack: None,
        resolved: None,
    };
    Delivery {
        key: format!("test-{channel}-{}", now.as_millisecond()),
        channel: channel.to_owned(),
        created_at: now,
        notices: vec![Notice { kind: NoticeKind::Raised, alert }],
        attempts: 0,
        next_try_at: now,
        problem: None,
        sent_at: None,
        without_channel_since: None,
        given_up_at: None,
    }
}
