//! What the daemon counts, and what it tells when `/metrics` is asked.

use std::time::Instant;

use jiff::Timestamp;
use regatta_crawlers::FeedState;
use regatta_lake::{RunManifest, RunStatus};

use super::agenda::Reason;
use super::shared::Shared;
use crate::alerts;
use crate::jobs::{Crawled, RefreshReport};
use crate::metrics::{METRICS, Registry, float, seconds};

/// A run begins.
pub fn began(source: &str, reason: Reason) {
    if reason == Reason::Retry {
        METRICS.add("regatta_retries_total", &[("source", source)], 1.0);
    }
}

/// A run has its manifest.
pub fn ended(crawled: &Crawled, reason: Reason) {
    let Crawled { run, refused } = crawled;
    let (source, status) = (run.source_id.as_str(), run.status.code());
    let labels = [("source", source), ("status", status), ("reason", reason.code())];
    METRICS.add("regatta_runs_total", &labels, 1.0);
    let took = run.finished_at.duration_since(run.started_at).as_secs_f64().max(0.0);
    METRICS.observe("regatta_run_duration_seconds", &labels[..2], took);
    if run.status == RunStatus::Blocked {
        METRICS.add("regatta_blocks_total", &[("source", source)], 1.0);
    }
    METRICS.add("regatta_inbox_refused_total", &[("source", source)], float(refused.len() as u64));
    transferred(run);
}

/// Requests and bytes of a crawl or a poll.
pub fn transferred(run: &RunManifest) {
    let labels = [("source", run.source_id.as_str())];
    METRICS.add("regatta_requests_total", &labels, float(run.requests()));
    METRICS.add("regatta_wire_bytes_total", &labels, float(run.wire_bytes()));
}

/// A feed was asked; `records` changed where it was read.
pub fn polled(source: &str, outcome: &str, records: Option<u64>) {
    METRICS.add("regatta_feed_polls_total", &[("source", source), ("outcome", outcome)], 1.0);
    if let Some(records) = records {
        METRICS.add("regatta_feed_records_changed_total", &[("source", source)], float(records));
        let now = seconds(Timestamp::now());
        METRICS.set("regatta_feed_last_good_timestamp_seconds", &[("source", source)], now);
    }
}

/// A transform and publish ended well.
pub fn concluded(report: &RefreshReport) {
    METRICS.add("regatta_refreshes_total", &[("outcome", &report.outcome)], 1.0);
    if report.outcome != "published" {
        return;
    }
    let is_publish = |step: &str| step.starts_with("check, publish");
    let (mut transform, mut publish) = (0, 0);
    for step in report.steps.iter().filter(|s| s.step != "ledger") {
        *if is_publish(&step.step) { &mut publish } else { &mut transform } += step.wall_ms;
    }
    METRICS.observe("regatta_transform_duration_seconds", &[], float(transform) / 1000.0);
    METRICS.observe("regatta_publish_duration_seconds", &[], float(publish) / 1000.0);
}

/// A transform or publish failed.
pub fn publish_failed() {
    METRICS.add("regatta_refresh_failures_total", &[], 1.0);
    METRICS.add("regatta_refreshes_total", &[("outcome", "failed")], 1.0);
}

/// What waited for something that only one may do at a time has it now.
pub fn waited(lock: &str, since: &[Instant]) {
    for began in since {
        METRICS.add("regatta_lock_waits_total", &[("lock", lock)], 1.0);
        let waited = began.elapsed().as_secs_f64();
        METRICS.add("regatta_lock_wait_seconds_total", &[("lock", lock)], waited);
    }
}

/// A reload of the configuration.
pub fn reloaded(applied: bool) {
    let outcome = if applied { "applied" } else { "refused" };
    METRICS.add("regatta_config_reloads_total", &[("outcome", outcome)], 1.0);
    METRICS.set("regatta_config_last_reload_successful", &[], f64::from(u8::from(applied)));
}

/// Numbers that are zero until something happens, so that a rule can see them
/// rise.
pub fn begin(shared: &Shared) {
    METRICS.set("regatta_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    METRICS.set("process_start_time_seconds", &[], seconds(Timestamp::now()));
    METRICS.set("regatta_config_last_reload_successful", &[], 1.0);
    METRICS.add("regatta_refresh_failures_total", &[], 0.0);
    METRICS.add("regatta_alert_evaluation_failures_total", &[], 0.0);
    alerts::count(&shared.in_force().config, &shared.lake);
    METRICS.add("regatta_lock_waits_total", &[("lock", "publish")], 0.0);
    METRICS.add("regatta_lock_wait_seconds_total", &[("lock", "publish")], 0.0);
    for outcome in ["applied", "refused"] {
        METRICS.add("regatta_config_reloads_total", &[("outcome", outcome)], 0.0);
    }
    feeds(shared);
    for source in &shared.in_force().sources {
        let labels = [("source", source.spec().id.as_str())];
        METRICS.add("regatta_retries_total", &labels, 0.0);
        METRICS.add("regatta_blocks_total", &labels, 0.0);
        METRICS.add("regatta_inbox_refused_total", &labels, 0.0);
        METRICS.add("regatta_requests_total", &labels, 0.0);
        METRICS.add("regatta_wire_bytes_total", &labels, 0.0);
    }
}

/// When each feed that is polled was last read, as the lake says; 0 where it
/// never was, so that a rule can tell that too.
pub fn feeds(shared: &Shared) {
    let name = "regatta_feed_last_good_timestamp_seconds";
    METRICS.clear(name);
    let in_force = shared.in_force();
    for (id, plan) in &in_force.plans {
        let Some(source) = in_force.source(id).filter(|_| plan.feed.is_some()) else { continue };
        let state = FeedState::load(&shared.lake, &source.spec().id).unwrap_or_default();
        METRICS.set(name, &[("source", id.as_str())], state.good_at.map_or(0.0, seconds));
    }
}

/// Tells what is only known at the moment of being asked.
pub fn collect(shared: &Shared, registry: &Registry, now: Timestamp) {
    let (waiting, running) = shared.queue.lengths();
    registry.set("regatta_queue_length", &[], float(waiting as u64));
    registry.set("regatta_running", &[], float(running as u64));
    let reload = "regatta_config_last_reload_success_timestamp_seconds";
    registry.set(reload, &[], seconds(shared.configured_at()));
    sources(shared, registry, now);
    registry.clear("regatta_snapshot_info");
    registry.clear("regatta_snapshot_rows");
    if let Some(snapshot) = shared.snapshot() {
        let id = snapshot.snapshot_id.as_str();
        registry.set("regatta_snapshot_info", &[("snapshot_id", id)], 1.0);
        registry.set("regatta_last_publish_timestamp_seconds", &[], seconds(snapshot.created_at));
        let bytes = snapshot.tables.iter().map(|t| t.bytes).sum();
        registry.set("regatta_snapshot_bytes", &[], float(bytes));
        for table in &snapshot.tables {
            let labels = [("table", table.name.as_str())];
            registry.set("regatta_snapshot_rows", &labels, float(table.rows));
        }
    }
    process(registry);
}

fn sources(shared: &Shared, registry: &Registry, now: Timestamp) {
    // A source that a reload switched off must not go on standing there.
    for family in [
        "regatta_source_age_seconds",
        "regatta_source_max_age_seconds",
        "regatta_source_overdue",
        "regatta_source_rows",
        "regatta_source_issues",
        "regatta_source_failures_in_a_row",
        "regatta_source_last_status",
        "regatta_source_next_run_timestamp_seconds",
    ] {
        registry.clear(family);
    }
    for age in shared.ages() {
        let id = age.source_id.as_str();
        let labels = [("source", id)];
        if let Some(at) = age.last_success {
            let age = now.duration_since(at).as_secs_f64();
            registry.set("regatta_source_age_seconds", &labels, age);
        }
        let objective = f64::from(age.max_age_hours) * 3600.0;
        registry.set("regatta_source_max_age_seconds", &labels, objective);
        let overdue = f64::from(u8::from(age.overdue(now)));
        registry.set("regatta_source_overdue", &labels, overdue);
        if let Some(next) = shared.agenda().next(id) {
            registry.set("regatta_source_next_run_timestamp_seconds", &labels, seconds(next));
        }
        let Some(past) = shared.past(id) else { continue };
        registry.set("regatta_source_rows", &labels, float(past.rows));
        for (severity, count) in ["note", "warning", "error"].into_iter().zip(past.issues) {
            let labels = [("source", id), ("severity", severity)];
            registry.set("regatta_source_issues", &labels, float(count));
        }
        let failures = f64::from(past.failures_in_a_row);
        registry.set("regatta_source_failures_in_a_row", &labels, failures);
        if let Some(last) = past.last {
            let labels = [("source", id), ("status", last.status.code())];
            registry.set("regatta_source_last_status", &labels, 1.0);
        }
    }
}

/// Memory and files of this process, as Linux counts them.
fn process(registry: &Registry) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for (name, key) in [
        ("process_resident_memory_bytes", "VmRSS:"),
        ("process_resident_memory_max_bytes", "VmHWM:"),
    ] {
        let line = status.lines().find_map(|l| l.strip_prefix(key));
        let kib = line.and_then(|l| l.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        if let Some(kib) = kib {
            registry.set(name, &[], float(kib * 1024));
        }
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        registry.set("process_open_fds", &[], float(files.count() as u64));
    }
}
