//! What `/metrics` shows.

use super::registry::{Family, Kind};

/// Upper bounds of the time of a crawl, seconds.
const RUN: &[f64] = &[1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0];
/// Upper bounds of the time of a step, seconds.
const STEP: &[f64] = &[1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0];

/// All families.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "regatta_build_info",
        kind: Kind::Gauge,
        labels: &["version"],
        help: "1; the version is a label.",
    },
    Family {
        name: "regatta_runs_total",
        kind: Kind::Counter,
        labels: &["source", "status", "reason"],
        help: "Crawls and imports that ended, by source, status and why they were begun.",
    },
    Family {
        name: "regatta_run_duration_seconds",
        kind: Kind::Histogram(RUN),
        labels: &["source", "status"],
        help: "Wall time of crawls, from the start to the manifest.",
    },
    Family {
        name: "regatta_requests_total",
        kind: Kind::Counter,
        labels: &["source"],
        help: "Requests sent to regulators, every try counted.",
    },
    Family {
        name: "regatta_wire_bytes_total",
        kind: Kind::Counter,
        labels: &["source"],
        help: "Bytes of bodies received from regulators.",
    },
    Family {
        name: "regatta_retries_total",
        kind: Kind::Counter,
        labels: &["source"],
        help: "Runs begun because the one before failed.",
    },
    Family {
        name: "regatta_blocks_total",
        kind: Kind::Counter,
        labels: &["source"],
        help: "Runs that a site refused.",
    },
    Family {
        name: "regatta_feed_polls_total",
        kind: Kind::Counter,
        labels: &["source", "outcome"],
        help: "Polls of feeds of changes, by source and outcome.",
    },
    Family {
        name: "regatta_feed_last_good_timestamp_seconds",
        kind: Kind::Gauge,
        labels: &["source"],
        help: "When the feed of a source was last read; 0 where it never was.",
    },
    Family {
        name: "regatta_feed_records_changed_total",
        kind: Kind::Counter,
        labels: &["source"],
        help: "Records that a feed changed in the raw tables.",
    },
    Family {
        name: "regatta_source_rows",
        kind: Kind::Gauge,
        labels: &["source"],
        help: "Raw rows of the source that are served.",
    },
    Family {
        name: "regatta_source_issues",
        kind: Kind::Gauge,
        labels: &["source", "severity"],
        help: "Row problems behind the rows that are served, by severity.",
    },
    Family {
        name: "regatta_source_age_seconds",
        kind: Kind::Gauge,
        labels: &["source"],
        help: "Time since the end of the last good crawl.",
    },
    Family {
        name: "regatta_source_max_age_seconds",
        kind: Kind::Gauge,
        labels: &["source"],
        help: "Freshness objective of the source.",
    },
    Family {
        name: "regatta_source_overdue",
        kind: Kind::Gauge,
        labels: &["source"],
        help: "1 where the source is older than its objective, or never had a good crawl.",
    },
    Family {
        name: "regatta_source_failures_in_a_row",
        kind: Kind::Gauge,
        labels: &["source"],
        help: "Crawls since the last good one.",
    },
    Family {
        name: "regatta_source_last_status",
        kind: Kind::Gauge,
        labels: &["source", "status"],
        help: "1; the status of the last crawl is a label.",
    },
    Family {
        name: "regatta_source_next_run_timestamp_seconds",
        kind: Kind::Gauge,
        labels: &["source"],
        help: "When the source is crawled next, retries included.",
    },
    Family {
        name: "regatta_queue_length",
        kind: Kind::Gauge,
        labels: &[],
        help: "Sources that are due and wait.",
    },
    Family {
        name: "regatta_running",
        kind: Kind::Gauge,
        labels: &[],
        help: "Sources being crawled or polled.",
    },
    Family {
        name: "regatta_refreshes_total",
        kind: Kind::Counter,
        labels: &["outcome"],
        help: "Transforms and publishes, by outcome.",
    },
    Family {
        name: "regatta_refresh_failures_total",
        kind: Kind::Counter,
        labels: &[],
        help: "Transforms or publishes that failed; what was served before is still served.",
    },
    Family {
        name: "regatta_transform_duration_seconds",
        kind: Kind::Histogram(STEP),
        labels: &[],
        help: "Wall time from the raw tables to a staged snapshot.",
    },
    Family {
        name: "regatta_publish_duration_seconds",
        kind: Kind::Histogram(STEP),
        labels: &[],
        help: "Wall time of checks, publishing and the DuckDB file.",
    },
    Family {
        name: "regatta_lock_waits_total",
        kind: Kind::Counter,
        labels: &["lock"],
        help: "Waits for what one may do at a time, by lock; `publish`: runs that ended meanwhile.",
    },
    Family {
        name: "regatta_lock_wait_seconds_total",
        kind: Kind::Counter,
        labels: &["lock"],
        help: "Time waited for what one may do at a time, by lock.",
    },
    Family {
        name: "regatta_shared_blocks_total",
        kind: Kind::Counter,
        labels: &["merged_by"],
        help: "Blocks shared with workers: `worker`, `refresh` (it works along), `nobody` (no usable result; merged by the refresh in the end).",
    },
    Family {
        name: "regatta_last_publish_timestamp_seconds",
        kind: Kind::Gauge,
        labels: &[],
        help: "When the snapshot that is served was made.",
    },
    Family {
        name: "regatta_snapshot_info",
        kind: Kind::Gauge,
        labels: &["snapshot_id"],
        help: "1; the id of the snapshot that is served is a label.",
    },
    Family {
        name: "regatta_snapshot_rows",
        kind: Kind::Gauge,
        labels: &["table"],
        help: "Rows of the tables that are served.",
    },
    Family {
        name: "regatta_snapshot_bytes",
        kind: Kind::Gauge,
        labels: &[],
        help: "Bytes of the tables that are served.",
    },
    Family {
        name: "regatta_clock_jumps_total",
        kind: Kind::Counter,
        labels: &["direction"],
        help: "Jumps of the wall clock against the monotonic one.",
    },
    Family {
        name: "regatta_config_reloads_total",
        kind: Kind::Counter,
        labels: &["outcome"],
        help: "Reloads of the configuration, by outcome.",
    },
    Family {
        name: "regatta_config_last_reload_successful",
        kind: Kind::Gauge,
        labels: &[],
        help: "1 where the last reload was applied, 0 where it was refused.",
    },
    Family {
        name: "regatta_config_last_reload_success_timestamp_seconds",
        kind: Kind::Gauge,
        labels: &[],
        help: "When the configuration in force was read.",
    },
    Family {
        name: "regatta_inbox_files",
        kind: Kind::Gauge,
        labels: &["source"],
        help: "Files that wait in the inbox of a source, those included that are not whole yet.",
    },
    Family {
        name: "regatta_inbox_stray_files",
        kind: Kind::Gauge,
        labels: &["folder"],
        help: "Files of the inbox that nobody takes: in no folder of a source that is switched on.",
    },
    Family {
        name: "regatta_inbox_refused_total",
        kind: Kind::Counter,
        labels: &["source"],
        help: "Files of the inbox that the source does not know or that cannot be read.",
    },
    Family {
        name: "regatta_alert_evaluation_failures_total",
        kind: Kind::Counter,
        labels: &[],
        help: "Evaluations of the rules of early warning that failed.",
    },
    Family {
        name: "regatta_alerts_open",
        kind: Kind::Gauge,
        labels: &["severity"],
        help: "Alerts that are open, by severity.",
    },
    Family {
        name: "regatta_alert_messages_waiting",
        kind: Kind::Gauge,
        labels: &[],
        help: "Messages of early warning that no receiver has taken yet.",
    },
    Family {
        name: "regatta_http_requests_total",
        kind: Kind::Counter,
        labels: &["path", "code"],
        help: "Requests to this server, by path and code.",
    },
    Family {
        name: "process_resident_memory_bytes",
        kind: Kind::Gauge,
        labels: &[],
        help: "Resident memory.",
    },
    Family {
        name: "process_resident_memory_max_bytes",
        kind: Kind::Gauge,
        labels: &[],
        help: "Highest resident memory so far.",
    },
    Family { name: "process_open_fds", kind: Kind::Gauge, labels: &[], help: "Open files." },
    Family {
        name: "process_start_time_seconds",
        kind: Kind::Gauge,
        labels: &[],
        help: "When the process began.",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_say_what_they_are() {
        let mut names = BTreeSet::new();
        for family in FAMILIES {
            let name = family.name;
            assert!(names.insert(name), "{name} twice");
            let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(name.chars().all(legal), "{name}");
            assert_eq!(family.kind == Kind::Counter, name.ends_with("_total"), "{name}");
            assert!(family.help.ends_with('.'), "{name}");
        }
    }
}
