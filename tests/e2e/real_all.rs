//! All sources on the real files. The numbers are facts of these files.

use std::collections::BTreeMap;

use regatta_tests::{Realsite, Regatta};
use serde_json::{Value, json};

#[test]
fn fourteen_of_fifteen_sources_come_and_what_is_incomplete_says_so() {
    let Some(site) = Realsite::start("fourteen_of_fifteen_sources_come") else { return };
    let regatta = Regatta::all(&site.url(), false);
    let ran = regatta.run(&["--format", "json", "refresh"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let sources: BTreeMap<&str, &Value> = report["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["source_id"].as_str().unwrap(), s))
        .collect();
    for (id, source) in &sources {
        let expected = match *id {
            "us_cber" => "not_found",
            "cn_chictr" => "rejected",
            _ => "ok",
        };
        assert_eq!(source["status"], expected, "{id}: {}", source["problem"]);
    }
    let problem = |id: &str| sources[id]["problem"].as_str().unwrap().to_owned();
    assert!(problem("us_cber").contains("404"), "{}", problem("us_cber"));
    assert!(problem("cn_chictr").contains("declares 32 rows, 10 came"), "{}", problem("cn_chictr"));

    for (table, rows) in [
        ("us_purple_book_products", 1_811),
        ("us_purple_book_changes", 33),
        ("eu_ema_medicine", 2_433),
        ("eu_ema_product_form", 5),
        ("eu_hma_mri_product", 145),
        ("eu_euctr_trial", 100),
        ("eu_euctr_trial_country", 139),
        ("eu_ctis_trial", 4),
        ("jp_pmda_approval", 42),
        ("jp_pmda_approval_english", 1_572),
        ("jp_mhlw_price_price", 12_429),
        ("cn_nmpa_domestic", 1_718),
        ("cn_nmpa_imported", 4_071),
        ("cn_nmpa_pickup_document", 49),
        ("cn_cde_acceptance", 51),
        ("cn_drug_trials_trial", 22),
    ] {
        let counted = regatta.ask(&format!("SELECT count(*) FROM raw.{table}"));
        assert_eq!(counted, rows.to_string(), "{table}");
        assert_eq!(
            regatta.ask(&format!("SELECT count(DISTINCT record_key) FROM raw.{table}")),
            counted,
            "keys of {table}"
        );
    }
    assert_eq!(
        regatta.ask("SELECT count(DISTINCT bla_number_padded) FROM raw.us_purple_book_products"),
        "690"
    );

    // What has not changed is not transferred again.
    let _ = site.take_requests();
    let again = regatta.run(&["--format", "json", "refresh"]);
    assert_eq!(again.code, 3);
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["outcome"], "unchanged");
    let mut confirmed = 0;
    for request in site.take_requests() {
        // Pages that the site makes on the fly carry no validator; what does
        // is only asked for conditionally.
        let headers = request["headers"].to_string();
        if headers.contains("if-none-match") || headers.contains("if-modified-since") {
            assert_eq!(request["status"], 304, "{request}");
            confirmed += 1;
        }
        // The 5,789 details of the NMPA are not asked for again.
        assert_ne!(request["path"], "/datasearch/data/nmpadata/queryDetail");
    }
    assert!(confirmed >= 12, "{confirmed}");
    let transferred = |report: &Value| -> u64 {
        let sources = report["sources"].as_array().unwrap();
        sources.iter().map(|s| s["wire_bytes"].as_u64().unwrap()).sum()
    };
    assert!(transferred(&again) * 5 < transferred(&report), "{}", transferred(&again));

    // Another day of the EMA's table.
    site.day("day3");
    let ran = regatta.run(&[
        "--format",
        "json",
        "refresh",
        "--source",
        "eu_ema",
        "--source",
        "jp_mhlw_price",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(regatta.ask("SELECT count(*) FROM raw.eu_ema_medicine"), "2576");
    assert_eq!(
        regatta.ask("SELECT count(*) FROM raw.eu_ema_medicine WHERE category = 'Human'"),
        "2210"
    );
    assert_eq!(regatta.ask("SELECT count(*) FROM raw.jp_mhlw_price_price"), "12434");
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

#[test]
fn the_kras_list_with_forty_of_forty_two_trials_is_incomplete() {
    let Some(site) = Realsite::start("the_kras_list") else { return };
    let regatta = Regatta::all(&site.url(), false);
    let _ = regatta.run(&["crawl", "--source", "cn_drug_trials"]);
    // The site drops rows while its declared total stays.
    site.fault(&json!({
        "host": "www.chinadrugtrials.org.cn", "path_prefix": "/clinicaltrials.searchlist.dhtml",
        "kind": "drop_rows", "fraction": 0.5, "times": -1
    }));
    let ran = regatta.run(&["crawl", "--source", "cn_drug_trials"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.out.contains("declares 22 rows"), "{}", ran.out);
    site.clear_faults();
}
