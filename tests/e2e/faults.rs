//! Each way in which a site fails: outcome, ledger entry, and that the last
//! good data is untouched.

use regatta_lake::{FetchOutcome, Lake, RunStatus, current_snapshot, history};
use regatta_tests::{Regatta, Site};
use regatta_testsite::{Fault, FaultKind};

struct Case {
    kind: FaultKind,
    status: RunStatus,
    outcome: FetchOutcome,
    /// What the ledger's words must hold.
    says: &'static str,
}

fn case(kind: FaultKind, status: RunStatus, outcome: FetchOutcome, says: &'static str) -> Case {
    Case { kind, status, outcome, says }
}

#[test]
fn every_fault_leaves_the_last_good_data_in_place() {
    use FetchOutcome as Fetch;
    use RunStatus as Run;
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let lake = Lake::open(&regatta.lake()).unwrap();
    let served = current_snapshot(&lake).unwrap();
    let before = regatta.parquet_digests("snapshots");
    // What would be fetched is new, so that a fault hides something.
    site.day("day2");
    let cases = [
        case(FaultKind::Status { code: 503, retry_after: None }, Run::Failed, Fetch::Failed, "503"),
        case(
            FaultKind::Status { code: 429, retry_after: Some("3600".into()) },
            Run::Blocked,
            Fetch::Blocked,
            "come back in 3600 s",
        ),
        case(
            FaultKind::Status { code: 403, retry_after: None },
            Run::Blocked,
            Fetch::Blocked,
            "403",
        ),
        case(
            FaultKind::Status { code: 404, retry_after: None },
            Run::NotFound,
            Fetch::NotFound,
            "404",
        ),
        case(FaultKind::ResetMidBody { after_bytes: None }, Run::Failed, Fetch::Failed, ""),
        case(FaultKind::ShortBody { after_bytes: None }, Run::Failed, Fetch::Failed, ""),
        case(FaultKind::Hang { seconds: 30.0, after_bytes: None }, Run::Failed, Fetch::Failed, ""),
        case(FaultKind::HtmlApology200, Run::Blocked, Fetch::Blocked, "Apology"),
        case(FaultKind::RedirectAbuse, Run::Blocked, Fetch::Blocked, "apology"),
        case(FaultKind::JsChallenge202, Run::Blocked, Fetch::Blocked, "202"),
        case(FaultKind::Waf412, Run::Blocked, Fetch::Blocked, "412"),
        case(FaultKind::Empty200, Run::Malformed, Fetch::WrongKind, "empty"),
        case(FaultKind::NotAZip, Run::Blocked, Fetch::Blocked, "expected a zip archive"),
        case(FaultKind::ZipBomb, Run::Malformed, Fetch::Fetched, "limit"),
        case(FaultKind::DropRows { fraction: 0.5 }, Run::Rejected, Fetch::Fetched, "% are gone"),
        case(
            FaultKind::RenameColumn { column: "Trade_Name".into(), to: "Brand".into() },
            Run::Malformed,
            Fetch::Fetched,
            "Trade_Name",
        ),
    ];
    for case in cases {
        let name = format!("{:?}", case.kind);
        site.clear_faults();
        site.fault(Fault::new(case.kind).at("www.fda.gov", "/media/76860").always());
        let ran = regatta.run(&["refresh", "--source", "us_orange_book"]);
        assert_eq!(ran.code, 3, "{name}\n{}\n{}", ran.out, ran.err);
        assert!(ran.out.contains("last good data is still served"), "{name}\n{}", ran.out);
        let runs = history(&lake, &"us_orange_book".parse().unwrap()).unwrap();
        let run = runs.last().unwrap();
        assert_eq!(run.status, case.status, "{name}: {:?}", run.failure);
        let fetch = &run.fetches[0];
        assert_eq!(fetch.outcome, case.outcome, "{name}: {:?}", fetch.problem);
        assert!(!fetch.attempts.is_empty(), "{name}");
        let words = format!("{:?} {:?}", run.failure, fetch.problem);
        assert!(words.contains(case.says), "{name}: {words}");
        assert!(run.data_run_id.is_none() && run.tables.is_empty(), "{name}");
        assert_eq!(current_snapshot(&lake).unwrap(), served, "{name}");
        assert_eq!(regatta.parquet_digests("snapshots"), before, "{name}");
    }
    // The site recovers, and so do we.
    site.clear_faults();
    let after = regatta.json(&["refresh"]);
    assert_eq!(after["outcome"], "published");
    assert_eq!(
        regatta.ask("SELECT count(*) FROM listing WHERE source_id = 'us_orange_book'"),
        "64"
    );
}

#[test]
fn a_slow_answer_and_a_passing_failure_are_survived() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    site.fault(Fault::new(FaultKind::SlowDrip { seconds: 1.0 }).at("www.fda.gov", "/media/76860"));
    site.fault(
        Fault::new(FaultKind::Status { code: 503, retry_after: Some("1".into()) })
            .at("www.fda.gov", "/media/89850"),
    );
    let report = regatta.json(&["refresh"]);
    assert_eq!(report["outcome"], "published");
    let requests: Vec<u64> = report["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["requests"].as_u64().unwrap())
        .collect();
    assert_eq!(requests, [1, 2]);
}

#[test]
fn bytes_that_are_not_text_become_issues() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    site.fault(Fault::new(FaultKind::BadEncoding).at("www.fda.gov", "/media/76860").always());
    let _ = regatta.ok(&["refresh", "--source", "us_orange_book"]);
    let issues = regatta.ask("SELECT count(*) FROM rejected WHERE kind = 'not_ascii'");
    assert_ne!(issues, "0");
}

#[test]
fn one_failed_source_does_not_hold_up_the_other() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    site.day("day2");
    site.fault(Fault::new(FaultKind::Waf412).at("www.fda.gov", "/media/76860").always());
    let ran = regatta.run(&["--format", "json", "refresh"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(
        regatta.ask("SELECT count(*) FROM listing WHERE source_id = 'us_orange_book'"),
        "63"
    );
    assert_eq!(
        regatta.ask("SELECT count(*) FROM listing WHERE source_id = 'us_drugs_at_fda'"),
        "65"
    );
    let sources = regatta.json(&["sources"]);
    assert_eq!(sources[0]["status"], "blocked");
    assert!(sources[0]["problem"].as_str().unwrap().contains("412"));
    assert!(sources[0]["last_success_at"].as_str().is_some());
}

#[test]
fn of_a_source_that_never_gave_data_nothing_is_said_to_be_served() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let refused = Fault::new(FaultKind::Status { code: 403, retry_after: None });
    site.fault(refused.at("www.fda.gov", "/media/76860").always());
    let ran = regatta.run(&["refresh", "--source", "us_orange_book"]);
    assert_eq!(ran.code, 3, "{}\n{}", ran.out, ran.err);
    assert!(ran.out.contains("it never gave good data here"), "{}", ran.out);
    assert!(!ran.out.contains("still served"), "{}", ran.out);
}
