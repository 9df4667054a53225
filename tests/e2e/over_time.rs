//! Snapshots over time on the fixture site: the list, the comparison, tables
//! as they were, and what a sweep leaves.

use regatta_tests::{Regatta, Site};
use serde_json::Value;

/// Two days of all sources, a day apart.
fn two_days(site: &Site) -> Regatta {
    let regatta = Regatta::all(&site.url(), true).with_env("SOURCE_DATE_EPOCH", "1795421700");
    let _ = regatta.ok(&["refresh"]);
    site.day("day2");
    let regatta = regatta.with_env("SOURCE_DATE_EPOCH", "1795508100");
    let _ = regatta.ok(&["refresh", "--accept-shrink"]);
    regatta
}

#[test]
fn snapshots_are_listed_compared_and_asked_as_of_a_time() {
    let site = Site::start();
    let regatta = two_days(&site);
    let listed = regatta.json(&["snapshots"]);
    let ids: Vec<&str> =
        listed.as_array().unwrap().iter().map(|s| s["snapshot"].as_str().unwrap()).collect();
    assert_eq!(ids, ["20261124T081500000Z", "20261123T081500000Z"]);
    assert_eq!(
        (&listed[0]["current"], &listed[0]["previous"]),
        (&Value::Bool(true), &listed[1]["snapshot"])
    );
    assert!(listed[0]["changed"].as_u64().unwrap() > 0);
    assert_eq!(regatta.ok(&["--format", "csv", "snapshots"]).lines().count(), 3);

    // The Markdown of the comparison, word for word. REGATTA_WRITE_DOCS=1 writes it anew.
    let found = regatta.ok(&["diff", "--format", "markdown", "--limit", "5"]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/expected/diff.md");
    if std::env::var_os("REGATTA_WRITE_DOCS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(path).unwrap_or_default());

    // Ids, times and words name the same two.
    let json = regatta.json(&["diff"]);
    for arguments in [
        ["diff", "previous", "current"],
        ["diff", "20261123T081500000Z", "20261124T081500000Z"],
        ["diff", "2026-11-24", "2026-11-25"],
        ["diff", "2026-11-23T08:15:00Z", "2030-01-01"],
    ] {
        assert_eq!(regatta.json(&arguments), json, "{arguments:?}");
    }
    let csv = regatta.ok(&["--format", "csv", "diff"]);
    assert_eq!(csv.lines().count(), 1 + json["findings"].as_array().unwrap().len());
    assert!(regatta.ok(&["diff"]).contains("Records by source"));

    // The findings are those that the tables of the two days show.
    let appeared = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["category"] == "appeared" || f["category"] == "split")
        .count();
    let anti = "SELECT count(*) FROM drug ANTI JOIN drug_as_of('2026-11-24') USING (drug_id)";
    assert_eq!(regatta.ask(anti), appeared.to_string());
    for finding in json["findings"].as_array().unwrap() {
        assert!(finding["reason"].as_str().is_some_and(|r| !r.is_empty()), "{finding}");
    }
}

#[test]
fn what_cannot_be_compared_says_why() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    for (arguments, code, words) in [
        (vec!["diff"], 1, "is the only one"),
        (vec!["diff", "2001-01-01"], 1, "the first is"),
        (vec!["diff", "yesterday"], 2, "is no snapshot"),
    ] {
        let ran = regatta.run(&arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
    }
    let same = regatta.ok(&["diff", "current"]);
    assert!(same.contains("No drug differs."), "{same}");
}

#[test]
fn the_earlier_one_comes_first_and_a_sweep_leaves_a_file_that_works() {
    let site = Site::start();
    let regatta = two_days(&site);
    let ran = regatta.run(&["diff", "current", "previous"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("name the earlier snapshot first"), "{}", ran.err);

    assert!(regatta.ok(&["gc", "--keep", "1"]).contains("Removed 1 snapshots"));
    let ran = regatta.run(&["sql", "FROM drug_as_of('2026-11-24')"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the first is of 2026-11-24T08:15:00Z"), "{}", ran.err);
    assert_eq!(regatta.ask("SELECT count(*) FROM snapshot"), "1");
    let sql = "SELECT count(*) = (SELECT count(*) FROM drug) FROM drug_as_of('2026-11-25')";
    assert_eq!(regatta.ask(sql), "true");
}
