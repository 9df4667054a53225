//! Two runs over the same bytes write identical Parquet bytes.

use regatta_tests::{Regatta, Site};

#[test]
fn two_lakes_filled_at_the_same_time_of_day_are_identical() {
    let site = Site::start();
    let fill = || {
        let regatta = Regatta::new(&site.url(), true).with_env("SOURCE_DATE_EPOCH", "1789000000");
        site.day("day1");
        let _ = regatta.ok(&["refresh"]);
        site.day("day2");
        let _ = regatta.ok(&["refresh"]);
        regatta
    };
    let (one, two) = (fill(), fill());
    for folder in ["raw", "snapshots", "ledger"] {
        let digests = one.parquet_digests(folder);
        assert!(digests.len() > 2, "{folder}: {digests:?}");
        assert_eq!(digests, two.parquet_digests(folder), "{folder}");
    }
}

#[test]
fn the_same_bytes_on_another_day_give_the_same_facts() {
    let site = Site::start();
    let fill = |epoch: &str| {
        let regatta = Regatta::new(&site.url(), true).with_env("SOURCE_DATE_EPOCH", epoch);
        let _ = regatta.ok(&["refresh"]);
        regatta
    };
    let (one, two) = (fill("1789000000"), fill("1789500000"));
    // The files name their snapshot: compared is what is in them.
    let facts = |regatta: &Regatta| -> Vec<(String, String)> {
        let tables = regatta_lake::schema::TABLES.iter().map(|t| t.name);
        let timeless = tables.filter(|name| {
            // These tell times and runs.
            !["block", "drug", "change", "rejected", "source", "run", "fetch", "quality_check"]
                .contains(name)
        });
        let content = |name: &str| {
            let sql = format!("SELECT count(*) || ' ' || bit_xor(hash(t)) FROM \"{name}\" t");
            (name.to_owned(), regatta.ask(&sql))
        };
        timeless.map(content).collect()
    };
    assert_eq!(facts(&one), facts(&two));
    assert!(facts(&one).iter().filter(|(_, found)| found != "null").count() > 8);
}
