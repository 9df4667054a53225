//! A daemon on a fast schedule with the days switched under it: memory, open
//! files and the lake stay flat, nothing fails.
//!
//! Less than a minute on the fixture site by default. `REGATTA_SOAK_MINUTES`
//! runs it so long over all sources of the real files, with every source each
//! minute.

use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

use regatta_tests::{Daemon, Realsite, Regatta, Site};

const TEST: &str = "a_daemon_on_a_fast_schedule_stays_flat";

/// One look at the daemon.
struct Sample {
    resident_mb: f64,
    open_files: f64,
}

#[test]
fn a_daemon_on_a_fast_schedule_stays_flat() {
    let minutes: Option<u64> =
        std::env::var("REGATTA_SOAK_MINUTES").ok().map(|n| n.parse().unwrap());
    let (samples, swept, kept) = match minutes {
        None => {
            let site = Site::start();
            let regatta = Regatta::new(&site.url(), true);
            regatta.configure("[snapshots]\nkeep = 2\n");
            for source in ["us_orange_book", "us_drugs_at_fda"] {
                regatta.set(source, "cron = \"*/2 * * * * *\"");
            }
            let switch = |day: u64| site.day(&format!("day{}", day % 3 + 1));
            soak(&regatta, Duration::from_secs(40), Duration::from_secs(4), switch)
        }
        Some(minutes) => {
            let site = Realsite::start(TEST).expect("the site of real files");
            let regatta = Regatta::all(&site.url(), false);
            regatta.network("idle_timeout_s = 2", "idle_timeout_s = 60");
            for source in regatta.json(&["sources"]).as_array().unwrap() {
                regatta.set(source["source_id"].as_str().unwrap(), "cron = \"0 * * * * *\"");
            }
            let switch = |day: u64| site.day(&format!("day{}", day % 3 + 1));
            soak(&regatta, Duration::from_secs(60 * minutes), Duration::from_secs(150), switch)
        }
    };
    // The first quarter is the start.
    let quarter = samples.len() / 4;
    let (early, late) = (&samples[quarter..2 * quarter], &samples[3 * quarter..]);
    let median = |samples: &[Sample], of: fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let memory = [early, late].map(|s| median(s, |s| s.resident_mb));
    let files = [early, late].map(|s| median(s, |s| s.open_files));
    let highest = samples.iter().map(|s| s.resident_mb).fold(0.0, f64::max);
    let _ = writeln!(
        std::io::stderr(),
        "{TEST}: {swept} snapshots swept, {kept} kept; resident memory {:.0} MB early, {:.0} MB late, {highest:.0} \
         MB at most in {} looks; open files {} early, {} late",
        memory[0],
        memory[1],
        samples.len(),
        files[0],
        files[1]
    );
    if minutes.is_none() {
        // Three days; going back to the first would be a loss of rows.
        assert!(swept > 0 && kept == 2, "{swept} swept, {kept} kept");
    }
    assert!((2..=34).contains(&kept), "{kept} snapshots");
    // Allocators give back when they like.
    assert!(memory[1] <= memory[0] * 1.3 + 60.0, "memory grows: {memory:?} MB");
    assert!(files[1] <= files[0] + 10.0, "open files grow: {files:?}");
}

/// Runs for a time, switching the day every `step`.
fn soak(
    regatta: &Regatta,
    time: Duration,
    step: Duration,
    switch: impl Fn(u64),
) -> (Vec<Sample>, u64, usize) {
    let daemon = Daemon::start(regatta);
    let _ = daemon.logged("serving");
    let began = Instant::now();
    let mut samples = Vec::new();
    let mut day = 0;
    // Each of the three days is published before the next one begins, however
    // slow the machine is.
    let published = || daemon.metric("regatta_last_publish_timestamp_seconds").unwrap_or(0.0);
    let mut at_switch = -1.0;
    while began.elapsed() < time {
        let is_due = began.elapsed() >= step * u32::try_from(day).unwrap();
        if is_due && (day > 2 || published() > at_switch) {
            at_switch = published();
            switch(day);
            day += 1;
        }
        sleep(time / 400);
        let of = |name: &str| daemon.metric(name).unwrap();
        samples.push(Sample {
            resident_mb: of("process_resident_memory_bytes") / 1e6,
            open_files: of("process_open_fds"),
        });
    }
    assert_eq!(daemon.metric("regatta_refresh_failures_total"), Some(0.0), "{}", daemon.log_text());
    let swept = daemon
        .log()
        .iter()
        .filter(|l| l["fields"]["message"] == "old snapshots swept")
        .filter_map(|l| l["fields"]["snapshots"].as_u64())
        .sum();
    assert!(daemon.stop().success());
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
    // The file of analysts knows those that are there, and can ask each of them.
    let kept = regatta.json(&["sql", "SELECT snapshot_id FROM snapshot"]);
    let kept = kept.as_array().unwrap();
    for snapshot in kept {
        let id = snapshot["snapshot_id"].as_str().unwrap();
        let drugs = regatta.ask(&format!("SELECT count(*) FROM drug_as_of('{id}')"));
        assert!(drugs.parse::<u64>().unwrap() > 0, "{id}");
    }
    let folders = std::fs::read_dir(regatta.lake().join("snapshots")).unwrap().count();
    // A sweep waits until some have come together; the file does not.
    assert!((kept.len()..=kept.len() + 3).contains(&folders), "{folders} and {}", kept.len());
    (samples, swept, folders)
}
