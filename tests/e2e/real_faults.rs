//! Every kind of fault of the site of real files, on hosts in turn: the sources
//! of other hosts are refreshed, and what failed says why.

use std::collections::{BTreeMap, BTreeSet};

use regatta_tests::{Realsite, Regatta};
use serde_json::{Value, json};

/// The site has no page of the one and too few of the other: never good there.
const NEVER_GOOD: [&str; 2] = ["us_cber", "cn_chictr"];

const KINDS: [&str; 16] = [
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
    "status",
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
        for source in report["sources"].as_array().unwrap() {
            let id = source["source_id"].as_str().unwrap();
            let good = matches!(source["status"].as_str(), Some("ok" | "unchanged"));
            let problem = source["problem"].as_str().unwrap_or_default();
            if good {
                assert_eq!(problem, "", "{kind} on {host}: {id}");
                continue;
            }
            assert!(
                of_host.contains(id) || NEVER_GOOD.contains(&id),
                "{kind} on {host}: {id}: {problem}"
            );
            // Words, not codes: what was done and what was found.
            assert!(problem.split_whitespace().count() >= 6, "{kind} on {host}: {id}: {problem}");
        }
        // Whatever failed, its data of before is still served.
        assert_eq!(regatta.ask("SELECT count(*) FROM raw.cn_nmpa_imported"), "4071");
        assert_eq!(regatta.ask("SELECT count(*) FROM raw.us_orange_book_products"), "44572");
    }
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
