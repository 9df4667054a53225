//! A kill at any moment leaves the last snapshot intact, and the next run works.

use std::time::{Duration, Instant};

use regatta_lake::{Lake, current_snapshot};
use regatta_tests::{Regatta, Site};

/// Moments at which a refresh is killed, spread evenly over its duration.
/// `REGATTA_KILLS` raises it for a longer test.
fn kills() -> u32 {
    std::env::var("REGATTA_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(24)
}

#[test]
fn killed_at_many_moments_the_last_snapshot_stays_and_the_next_run_works() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let began = Instant::now();
    let _ = regatta.ok(&["refresh"]);
    let whole = began.elapsed();
    let lake = Lake::open(&regatta.lake()).unwrap();
    let kills = kills();
    for moment in 0..kills {
        // Alternating days, so that every refresh has something to publish.
        site.day(if moment % 2 == 0 { "day2" } else { "day1" });
        let mut child = regatta.start(&["refresh", "--accept-shrink"]);
        std::thread::sleep(whole * moment / kills);
        // SIGKILL: nothing in the process can tidy up.
        child.kill().unwrap();
        child.wait().unwrap();
        let served = current_snapshot(&lake).unwrap().expect("a snapshot is served");
        let verified = regatta.run(&["verify"]);
        assert_eq!(verified.code, 0, "after kill {moment}: {}", verified.out);
        for table in &served.tables {
            assert!(regatta.lake().join(&table.path).exists(), "{} is missing", table.path);
        }
        // The file analysts open is whole: the old one or the new one.
        let count = regatta.ask("SELECT count(*) FROM listing");
        assert!(count.parse::<u32>().unwrap() > 100, "{count}");
    }
    // The lock is free, nothing needs tidying by hand, and the work gets done.
    site.day("day3");
    std::thread::sleep(Duration::from_millis(50));
    let report = regatta.json(&["refresh", "--accept-shrink"]);
    assert_eq!(report["outcome"], "published");
    assert_eq!(
        regatta.ask("SELECT count(*) FROM listing WHERE source_id = 'us_orange_book'"),
        "65"
    );
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

#[test]
fn a_second_writer_is_told_to_wait() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let lake = Lake::open_or_create(&regatta.lake()).unwrap();
    let held = regatta_lake::WriterLock::acquire(&lake).unwrap();
    let ran = regatta.run(&["refresh"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("another regatta process"), "{}", ran.err);
    drop(held);
    assert_eq!(regatta.run(&["refresh"]).code, 0);
}
