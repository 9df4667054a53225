//! A refresh from end to end on the fixture site.

use regatta_tests::{Regatta, Site};
use regatta_testsite::{Fault, FaultKind};
use serde_json::Value;

fn changes(report: &Value, source: &str) -> Vec<(String, u64)> {
    report["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["source_id"] == source && c["entity"] == "listing")
        .map(|c| (c["change"].as_str().unwrap().to_owned(), c["count"].as_u64().unwrap()))
        .collect()
}

#[test]
fn two_days_of_fixtures_are_crawled_transformed_and_published() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let first = regatta.json(&["refresh"]);
    assert_eq!(first["outcome"], "published");
    assert_eq!(
        regatta.ask("SELECT count(*) FROM listing WHERE source_id = 'us_orange_book'"),
        "63"
    );
    assert_eq!(
        regatta.ask("SELECT count(*) FROM listing WHERE source_id = 'us_drugs_at_fda'"),
        "64"
    );
    assert_eq!(regatta.ask("SELECT count(*) FROM raw.us_drugs_at_fda_submissions"), "84");

    // Nothing changed: only conditional requests, no body, no snapshot.
    let _ = site.take_requests();
    let second = regatta.json(&["refresh"]);
    assert_eq!(second["outcome"], "unchanged");
    assert_eq!(second["snapshot_id"], first["snapshot_id"]);
    for request in site.take_requests() {
        assert_eq!((request.status, request.bytes), (304, 0), "{}", request.path);
    }
    let said = regatta.ok(&["refresh"]);
    assert!(said.contains("Nothing changed"), "{said}");

    site.day("day2");
    let third = regatta.json(&["refresh"]);
    assert_eq!(third["outcome"], "published");
    let expected = [("appeared", 2), ("changed", 7), ("vanished", 1)]
        .map(|(what, n)| (what.to_owned(), n))
        .to_vec();
    assert_eq!(changes(&third, "us_orange_book"), expected);
    assert_eq!(
        regatta.ask(
            "SELECT count(DISTINCT entity_id) FROM change \
             WHERE source_id = 'us_orange_book' AND change = 'changed' AND entity_kind = 'listing'"
        ),
        "7"
    );
}

#[test]
fn each_step_works_alone() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    // A lake without data.
    drop(regatta_lake::Lake::open_or_create(&regatta.lake()).unwrap());
    assert!(regatta.ok(&["transform"]).contains("No source has any data yet"));
    assert_eq!(regatta.json(&["transform"])["outcome"], "no_data");
    assert!(regatta.ok(&["publish"]).contains("nothing was published yet"));
    assert!(regatta.ok(&["crawl"]).contains("us_orange_book"));
    assert!(regatta.ok(&["transform"]).contains("market_listing"));
    // Staged, not published: nothing is served yet.
    assert_eq!(regatta.run(&["search", "nevirapine"]).code, 1);
    assert!(regatta.ok(&["publish"]).contains("Published snapshot"));
    assert!(regatta.ok(&["publish"]).contains("Nothing is staged"));
    assert!(regatta.ok(&["transform"]).contains("nothing to stage"));
    assert!(regatta.ok(&["runs", "--last"]).contains("There was no refresh yet"));
    assert!(regatta.ok(&["runs"]).contains("us_drugs_at_fda"));
    // For programs: numbers, a time, and no prose.
    assert!(regatta.json(&["runs", "--last"]).is_null());
    let run = regatta.json(&["runs", "--source", "us_drugs_at_fda"])[0].take();
    assert!(run["started_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{run}");
    for number in ["requests", "wire_bytes", "rows", "wall_ms"] {
        assert!(run[number].is_u64(), "{number}: {run}");
    }
    assert_eq!(regatta.ok(&["--format", "csv", "verify"]), "file,problem\n");
}

#[test]
fn nevirapine_is_three_drug_forms_with_their_companies() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let hits = regatta.json(&["search", "nevirapine", "--limit", "50"]);
    let forms_of = |group: &str| {
        let mut forms: Vec<&str> = hits
            .as_array()
            .unwrap()
            .iter()
            .filter(|h| h["generic"] == "nevirapine" && h["holder_group"].as_str() == Some(group))
            .map(|h| h["dosage_form"].as_str().unwrap())
            .collect();
        forms.sort_unstable();
        forms
    };
    assert_eq!(
        forms_of("Boehringer Ingelheim"),
        ["extended_release_tablet", "oral_suspension", "tablet"]
    );
    let combination = regatta.json(&["search", "lamivudine zidovudine"]);
    assert_eq!(combination[0]["generic"], "lamivudine / zidovudine");
    let table = regatta.ok(&["search", "nevirapine"]);
    assert!(table.contains("Boehringer"), "{table}");
    assert!(regatta.ok(&["progress", "nevirapine"]).contains("marketed"));
}

#[test]
fn machine_output_is_json_and_csv() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let rows = regatta.json(&["sql", "SELECT 1 AS one, 'a' AS text, [1, 2] AS list"]);
    assert_eq!(rows[0]["one"], 1);
    let csv = regatta.ok(&[
        "--format",
        "csv",
        "sql",
        "SELECT generic, 1 AS n FROM generic ORDER BY 1 LIMIT 1",
    ]);
    assert_eq!(csv.lines().next(), Some("generic,n"));
    let sources = regatta.json(&["sources"]);
    assert_eq!(sources[0]["status"], "ok");
    assert!(sources[0]["age_s"].as_i64().is_some());
}

#[test]
fn commands_give_the_format_that_is_asked_for() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let drug = regatta.ask("SELECT min(drug_id) FROM drug_record");
    let record = regatta.ask("SELECT min(record_id) FROM drug_record");
    let other = regatta.ask("SELECT max(record_id) FROM drug_record");
    let first = |arguments: &[&str]| {
        let out = regatta.ok(arguments);
        out.lines().next().unwrap_or_default().to_owned()
    };
    let csv = |arguments: &[&str]| first(&[&["--format", "csv"], arguments].concat());
    let markdown = |arguments: &[&str]| first(&[&["--format", "markdown"], arguments].concat());
    assert!(csv(&["explain", &drug]).starts_with("record_id,record_kind"));
    assert!(markdown(&["explain", &drug]).starts_with("| record_id |"));
    assert_eq!(
        csv(&["why", &record, &other]),
        "record_a,record_b,same_drug,reason,drug_a,drug_b,path"
    );
    assert!(markdown(&["why", &record, &other]).starts_with("| record_a |"));
    assert_eq!(csv(&["alerts", "deliver"]), "sent,waiting,given_up,busy,problems");
    assert_eq!(regatta.json(&["alerts", "deliver"])["sent"], 0);
    let coverage = regatta.ok(&["--format", "markdown", "dictionary", "coverage"]);
    assert!(coverage.lines().any(|line| line.starts_with("| kind |")), "{coverage}");
    // A source that is blocked gives an alert to show.
    site.fault(Fault::new(FaultKind::Waf412).at("www.fda.gov", "/").always());
    assert_eq!(regatta.run(&["refresh"]).code, 3);
    let id = regatta.json(&["alerts"])[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(csv(&["alerts", "show", &id]), "field,value");
    assert!(markdown(&["alerts", "show", &id]).starts_with("| field |"));
    assert_eq!(csv(&["alerts", "check"]), "notice,id,severity,rule,what");

    // A record that is not there is an error, as for `show record`.
    for pair in [[record.as_str(), "us_orange_book:N-0"], ["us_orange_book:N-0", record.as_str()]] {
        let ran = regatta.run(&["why", pair[0], pair[1]]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
        assert!(ran.err.contains("there is no record us_orange_book:N-0"), "{}", ran.err);
    }
}

#[test]
fn sql_reads_and_does_nothing_else() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    for (query, code) in [
        ("DELETE FROM drug", 2),
        ("CREATE TABLE x (a INT)", 2),
        ("COPY drug TO '/tmp/regatta-stolen.csv'", 2),
        ("SELECT * FROM read_csv('/etc/passwd')", 1),
        ("INSTALL httpfs", 2),
        ("ATTACH '/tmp/other.duckdb'", 2),
        ("SET enable_external_access = true", 2),
    ] {
        let ran = regatta.run(&["sql", query]);
        assert_eq!(ran.code, code, "{query} was accepted: {}{}", ran.out, ran.err);
    }
    let ran = regatta.run(&["sql", "SELECT hodler FROM drug"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("LINE 1:") && !ran.err.contains("Error code"), "{}", ran.err);
}
