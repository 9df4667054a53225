//! Every kind of fault of the site of real files: on hosts in turn, where the
//! sources of other hosts are refreshed; and on all hosts at once, each with a
//! kind of its own. What failed says why, and its last good data is served.

use std::collections::{BTreeMap, BTreeSet};

use regatta_tests::{Realsite, Regatta};
use serde_json::{Value, json};

/// The site has no page of the one and too few of the other: never good there.
const NEVER_GOOD: [&str; 2] = ["us_cber", "cn_chictr"];

/// How long a host may say nothing: short, so that those that hang are told soon;
/// and long.
const IMPATIENT: &str = "idle_timeout_s = 2";
const PATIENT: &str = "idle_timeout_s = 60";

const KINDS: [&str; 15] = [
    "status",
    "reset_mid_body",
    "short_body",
    "slow_drip",
    "hang",
    "html_apology_200",
    "redirect_abuse",
    "js_challenge_202",
    "waf_412",
    "empty_200",
    "drop_rows",
    "rename_column",
    "bad_encoding",
    "zip_bomb",
    "not_a_zip",
];

#[test]
fn each_kind_of_fault_on_a_host_leaves_the_sources_of_other_hosts_refreshed() {
    let Some(site) = Realsite::start("each_kind_of_fault_on_a_host") else { return };
    let regatta = Regatta::all(&site.url(), false);
    let first = regatta.run(&["refresh"]);
    assert_eq!(first.code, 3, "{}", first.err);
    let hosts = hosts(&regatta);
    assert!(hosts.len() >= 11, "{hosts:?}");
    let in_turn: Vec<_> = hosts.iter().cycle().take(KINDS.len()).collect();
    for (kind, (host, of_host)) in KINDS.into_iter().zip(in_turn) {
        site.clear_faults();
        site.fault(&json!({
            "host": host, "path_prefix": "/", "kind": kind, "times": -1, "seconds": 4, "code": 500
        }));
        let ran = regatta.run(&["--format", "json", "refresh"]);
        assert_eq!(ran.code, 3, "{kind} on {host}: {}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        for (id, problem) in failures(&report, &format!("{kind} on {host}")) {
            assert!(
                of_host.contains(&id) || NEVER_GOOD.contains(&&*id),
                "{kind} on {host}: {id}: {problem}"
            );
        }
        // Whatever failed, its data of before is still served.
        assert_eq!(regatta.ask("SELECT count(*) FROM raw.cn_nmpa_imported"), "4071");
        assert_eq!(regatta.ask("SELECT count(*) FROM raw.us_orange_book_products"), "44572");
    }
}

/// In as many rounds as there are kinds, every host has every kind;
/// `REGATTA_FAULT_ROUNDS` says which are run (`0..2`, as every round takes a
/// while; `0..15` is all).
#[test]
fn faults_on_all_hosts_at_once_change_nothing_that_is_served() {
    let Some(site) = Realsite::start("faults_on_all_hosts_at_once") else { return };
    let rounds = std::env::var("REGATTA_FAULT_ROUNDS").unwrap_or("0..2".into());
    let (first, end) = rounds.split_once("..").unwrap();
    let rounds = first.parse::<usize>().unwrap()..end.parse().unwrap();
    let regatta = Regatta::all(&site.url(), false);
    // Without faults a busy machine is no reason to give a host up.
    regatta.network(IMPATIENT, PATIENT);
    all_but_never_good(&regatta, "before all");
    regatta.network(PATIENT, IMPATIENT);
    let hosts = hosts(&regatta);
    let served = rows(&regatta);
    assert!(served.len() > 15, "{served:?}");
    let mut failed = BTreeSet::new();
    let mut before = served.clone();
    for round in rounds.clone() {
        site.clear_faults();
        let kind_of = |at: usize| KINDS[(at + round) % KINDS.len()];
        for (at, host) in hosts.keys().enumerate() {
            site.fault(&json!({
                "host": host, "path_prefix": "/", "kind": kind_of(at), "times": -1,
                "seconds": 4, "code": 500
            }));
        }
        let ran = regatta.run(&["--format", "json", "refresh"]);
        assert_eq!(ran.code, 3, "round {round}: {}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        for (id, _) in failures(&report, &format!("round {round}")) {
            let host = hosts.iter().position(|(_, ids)| ids.contains(&id));
            failed.extend(host.map(|at| (id, kind_of(at))));
        }
        let now = rows(&regatta);
        for (what, rows) in &before {
            let source = what.split(' ').nth(1).unwrap();
            let at = hosts.values().position(|ids| ids.contains(source));
            if at.map(kind_of) == Some("bad_encoding") {
                // Damaged bytes are issues of their rows, and the rest goes on:
                // what cannot be told from them is not there.
                let fewer = served[what] - now.get(what).unwrap_or(&0);
                assert!((0..=1 + rows / 50).contains(&fewer), "round {round}: {what}: {report:#}");
            } else {
                // As it was, or as it is when all is well.
                let fits = [rows, &served[what]].contains(&now.get(what).unwrap_or(&0));
                assert!(fits, "round {round}: {what}, {rows}: {now:?}: {report:#}");
            }
        }
        before = now;
        assert!(regatta.ok(&["verify"]).contains("0 findings"), "round {round}");
    }
    // Some kinds are no harm to some files: a renamed column needs columns.
    assert!(failed.len() >= rounds.len() * hosts.len() / 2, "{failed:?}");
    // Well again, everything comes as before.
    site.clear_faults();
    regatta.network(IMPATIENT, PATIENT);
    all_but_never_good(&regatta, "after all");
    assert_eq!(rows(&regatta), served);
}

/// A refresh in which every other source comes.
fn all_but_never_good(regatta: &Regatta, what: &str) {
    let ran = regatta.run(&["--format", "json", "refresh"]);
    assert_eq!(ran.code, 3, "{what}: {}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    for (id, problem) in failures(&report, what) {
        assert!(NEVER_GOOD.contains(&&*id), "{what}: {id}: {problem}");
    }
}

/// The sources that failed, each with its problem in words.
fn failures(report: &Value, what: &str) -> Vec<(String, String)> {
    let mut failures = Vec::new();
    for source in report["sources"].as_array().unwrap() {
        let id = source["source_id"].as_str().unwrap();
        let problem = source["problem"].as_str().unwrap_or_default();
        if matches!(source["status"].as_str(), Some("ok" | "unchanged")) {
            assert_eq!(problem, "", "{what}: {id}");
            continue;
        }
        // Words, not codes: what was done and what was found.
        assert!(problem.split_whitespace().count() >= 6, "{what}: {id}: {problem}");
        failures.push((id.to_owned(), problem.to_owned()));
    }
    failures
}

/// Rows of each published table of records, by source.
fn rows(regatta: &Regatta) -> BTreeMap<String, i64> {
    let count = |table: &str| {
        let sql = format!("SELECT source_id, count(*) AS rows FROM {table} GROUP BY ALL");
        let found = regatta.json(&["sql", &sql]);
        let named = |row: &Value| {
            let source = row["source_id"].as_str().unwrap();
            (format!("{table} {source}"), row["rows"].as_i64().unwrap())
        };
        found.as_array().unwrap().iter().map(named).collect::<Vec<_>>()
    };
    ["listing", "registration", "registration_evidence", "trial", "trial_product"]
        .into_iter()
        .flat_map(count)
        .collect()
}

/// The hosts that the first refresh asked, with their sources.
fn hosts(regatta: &Regatta) -> BTreeMap<String, BTreeSet<String>> {
    let fetches = regatta.json(&["sql", "SELECT DISTINCT source_id, url FROM \"fetch\""]);
    let mut hosts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in fetches.as_array().unwrap() {
        let url = row["url"].as_str().unwrap();
        let host = url.split('/').nth(2).unwrap().to_owned();
        hosts.entry(host).or_default().insert(row["source_id"].as_str().unwrap().to_owned());
    }
    hosts
}
