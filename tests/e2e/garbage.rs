//! `regatta gc` keeps what kept snapshots need, and nothing more.

use std::path::Path;

use regatta_tests::{Regatta, Site};

fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|e| e.unwrap().path()).map(|p| if p.is_dir() { files(&p) } else { 1 }).sum()
}

#[test]
fn old_snapshots_go_with_the_bodies_that_only_they_need() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    for day in ["day1", "day2", "day3"] {
        site.day(day);
        let _ = regatta.ok(&["refresh"]);
    }
    let snapshots = regatta.lake().join("snapshots");
    let kept = || std::fs::read_dir(&snapshots).unwrap().count();
    assert_eq!(kept(), 3);
    // A folder that was never published.
    std::fs::create_dir(snapshots.join("20200101T000000000Z")).unwrap();
    let bodies = files(&regatta.lake().join("bodies"));
    let report = regatta.json(&["gc", "--keep", "2"]);
    assert_eq!(report["snapshots"], 2);
    assert_eq!(kept(), 2);
    let left = files(&regatta.lake().join("bodies"));
    // Day 1's Orange Book and Drugs@FDA are only in the snapshot that went.
    assert_eq!((bodies, left), (5, 3));
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
    assert!(regatta.ok(&["search", "nevirapine"]).contains("nevirapine"));
    let again = regatta.json(&["gc", "--keep", "2"]);
    assert_eq!(again["bytes"], 0);
    // A refresh after the sweep compares itself with what is left.
    site.day("day3");
    assert_eq!(regatta.json(&["refresh"])["outcome"], "unchanged");
}
