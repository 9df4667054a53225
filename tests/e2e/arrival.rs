//! Sources arrive in whatever order their schedules and their sites allow: each
//! step is published, and the end is the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use regatta_lake::{Lake, current_snapshot};
use regatta_tests::{Realsite, Regatta, Site, assert_stands};

/// Tables that tell how the others came to be.
const NOT_COMPARED: [&str; 3] = ["change", "drug_id_history", "quality_check"];

#[test]
fn sources_that_come_one_after_another_give_the_tables_of_all_at_once() {
    let site = Site::start();
    let at_once = Regatta::all(&site.url(), true);
    let _ = at_once.json(&["refresh"]);
    let regatta = Regatta::all(&site.url(), true);
    let list = regatta.json(&["sources"]);
    let mut sources: Vec<&str> =
        list.as_array().unwrap().iter().map(|s| s["source_id"].as_str().unwrap()).collect();
    // Backwards: the lists that add to others come before these.
    sources.sort_by_key(|source| Reverse(*source));
    for pair in sources.chunks(2) {
        add(&regatta, pair);
    }
    assert_eq!(rows(&regatta), rows(&at_once));
    assert_stands(&regatta);
}

/// Of the real lists that of the NMPA names only numbers that CDE's name as well,
/// so that all its registrations stand under CDE once that is there.
#[test]
fn real_registrations_move_to_the_list_that_comes_later() {
    let Some(site) = Realsite::start("real_registrations_move") else { return };
    let regatta = Regatta::all(&site.url(), false);
    let sources = "SELECT string_agg(DISTINCT source_id, ' ') FROM registration";
    add(&regatta, &["cn_nmpa_pickup"]);
    assert_eq!(regatta.ask(sources), "cn_nmpa_pickup");
    add(&regatta, &["cn_cde"]);
    assert_eq!(regatta.ask(sources), "cn_cde");
    assert_stands(&regatta);
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

/// Crawls sources and publishes.
fn add(regatta: &Regatta, sources: &[&str]) {
    let mut crawl = vec!["crawl"];
    crawl.extend(sources.iter().flat_map(|source| ["--source", source]));
    let _ = regatta.ok(&crawl);
    let _ = regatta.ok(&["transform"]);
    let _ = regatta.ok(&["publish"]);
}

fn rows(regatta: &Regatta) -> BTreeMap<String, u64> {
    let served = current_snapshot(&Lake::open(&regatta.lake()).unwrap()).unwrap().unwrap();
    let tables = served.tables.into_iter().filter(|t| !NOT_COMPARED.contains(&t.name.as_str()));
    tables.map(|t| (t.name, t.rows)).collect()
}
