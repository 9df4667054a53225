//! Early warning after a refresh: read the facts, judge, keep, send.

mod channels;
mod facts;
mod mail;
mod operation;
mod profile;
mod webhook;

use anyhow::Context;
use regatta_alerts::{
    Alert, Channel, Delivered, Notice, Recipient, Severity, State, Status, Store, Undisturbed,
    atom, deliver, detect,
};
use regatta_lake::schema::SCHEMA_VERSION;
use regatta_lake::{Lake, current_snapshot, write_atomic};
use tracing::{info, warn};

use crate::config::Config;
use crate::metrics::{METRICS, float};
pub use channels::{channels, check};

/// The feed, as a channel is named.
const FEED: &str = "feed";

/// What one evaluation came to.
#[derive(Debug)]
pub struct Evaluation {
    /// What was put into the outbox, worst first.
    pub notices: Vec<Notice>,
    /// What became of the outbox.
    pub delivered: Delivered,
}

/// Evaluates and sends: the end of a refresh, and of whatever else may want to
/// look (data grows old between refreshes, messages wait for another try). What
/// goes wrong is logged and harms nothing: what was published stays published.
/// Blocks; to be called on a worker of the runtime with several threads, or on
/// one of its threads for blocking work.
pub fn after_refresh(config: &Config, lake: &Lake) {
    if !config.alerts.enabled {
        return;
    }
    match tokio::task::block_in_place(|| evaluate(config, lake)) {
        Ok(done) => {
            if !done.notices.is_empty() {
                info!(
                    alerts = done.notices.len(),
                    worst = done.notices[0].alert.what,
                    "alerts; see `regatta alerts`"
                );
            }
            report(&done.delivered);
        }
        Err(e) => {
            METRICS.add("regatta_alert_evaluation_failures_total", &[], 1.0);
            warn!(error = format!("{e:#}"), "alerts were not evaluated; the next run tries");
            // What was told before and waits does not depend on it.
            let sent = Store::open(lake)
                .map_err(Into::into)
                .and_then(|store| tokio::task::block_in_place(|| send(config, &store, false)));
            match sent {
                Ok(delivered) => report(&delivered),
                Err(e) => warn!(error = format!("{e:#}"), "the outbox was not emptied"),
            }
        }
    }
    count(config, lake);
}

/// Tells `/metrics` what is open and what waits.
pub fn count(config: &Config, lake: &Lake) {
    // A state that cannot be read is a failed evaluation, which is counted.
    let Ok(state) = Store::open(lake).and_then(|store| store.read()) else { return };
    let now = config.clock().now();
    for severity in [Severity::Info, Severity::Warning, Severity::Critical] {
        let open = |a: &&Alert| a.severity == severity && a.status(now) == Status::Open;
        let labels = [("severity", severity.code())];
        METRICS.set("regatta_alerts_open", &labels, number(state.alerts.values().filter(open)));
    }
    METRICS.set("regatta_alert_messages_waiting", &[], number(state.waiting()));
}

fn number<T>(of: impl Iterator<Item = T>) -> f64 {
    float(of.count() as u64)
}

/// Says what could not be sent, and what nobody will send.
fn report(delivered: &Delivered) {
    for (channel, messages) in &delivered.given_up {
        warn!(
            channel,
            messages,
            "messages were given up: for a week no such channel was configured; their alerts \
             are in `regatta alerts list --all`"
        );
    }
    for (channel, problem) in &delivered.problems {
        let waiting = delivered.waiting;
        if channel == FEED {
            warn!(
                channel,
                problem, "the feed of alerts cannot be written; the next look tries again"
            );
        } else {
            warn!(channel, problem, waiting, "an alert waits in the outbox");
        }
    }
}

/// Holds what the lake knows against the rules, then sends what is due.
pub fn evaluate(config: &Config, lake: &Lake) -> anyhow::Result<Evaluation> {
    let rules = config.alerts.rules()?;
    let store = Store::open(lake)?;
    // Two evaluations at once could take turns with older and newer facts.
    let evaluating = store.evaluator()?;
    let now = config.clock().now();
    let current = current_snapshot(lake)?;
    if let Some(current) = current.as_ref().filter(|c| c.schema_version == SCHEMA_VERSION) {
        profile::ensure(lake, &store, current).context("cannot count the values")?;
    }
    let facts = facts::read(config, lake, &store, now).context("cannot read the facts")?;
    let detected = detect(&rules, &facts);
    let recipients: Vec<Recipient> = config.alerts.recipients();
    let notices = store.update(|state| {
        state.snapshot_id = current.as_ref().map(|c| c.snapshot_id.to_string());
        Ok(state.apply(detected, &rules, &recipients, now))
    })?;
    // A feed that cannot be written must not keep the messages from their way.
    let feed = write_feed(config, &store).err();
    drop(evaluating);
    let mut delivered = send(config, &store, false)?;
    delivered.problems.extend(feed.map(|e| (FEED.to_owned(), format!("{e:#}"))));
    Ok(Evaluation { notices, delivered })
}

/// Sends what waits in the outbox; `all`: also what was to be tried later.
pub fn send(config: &Config, store: &Store, all: bool) -> anyhow::Result<Delivered> {
    let channels = channels(config);
    let channels: Vec<&dyn Channel> = channels.iter().map(AsRef::as_ref).collect();
    let clock = config.clock();
    Ok(deliver(store, &channels, &Undisturbed(move || clock.now()), all)?)
}

/// Writes the feed where it is not that already.
pub fn write_feed(config: &Config, store: &Store) -> anyhow::Result<std::path::PathBuf> {
    let path = config.alerts.feed.path.clone().unwrap_or_else(|| store.feed_file());
    let text = feed(config, &store.read()?)?;
    if std::fs::read(&path).ok().as_ref() != Some(&text) {
        write_atomic(&path, &text)?;
    }
    Ok(path)
}

/// The feed as text.
pub fn feed(config: &Config, state: &State) -> anyhow::Result<Vec<u8>> {
    atom(state, &config.alerts.feed.id).context("cannot write the feed")
}
