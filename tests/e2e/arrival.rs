//! Sources arrive in whatever order their schedules and their sites allow: each
//! step is published, and the end is the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use regatta_lake::{Lake, current_snapshot};
use regatta_tests::{Realsite, Regatta, Site};

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

/// What was published step by step is what is made of all of it at once (R39), but
/// for the changes and the time of making.
fn assert_stands(regatta: &Regatta) {
    let lake = Lake::open(&regatta.lake()).unwrap();
    let served = current_snapshot(&lake).unwrap().unwrap();
    let folder = lake.snapshot_dir(&served.snapshot_id);
    let _ = regatta.ok(&["transform", "--all"]);
    let duckdb = duckdb::Connection::open_in_memory().unwrap();
    for table in &served.tables {
        let left_out = match table.name.as_str() {
            "change" | "quality_check" => continue,
            "block" => "EXCLUDE (computed_at)",
            _ => "",
        };
        let rows = |folder: &Path| {
            let file = folder.join(format!("{}.parquet", table.name));
            format!("SELECT * {left_out} FROM '{}'", file.display())
        };
        let (stands, anew) = (rows(&folder), rows(&lake.staged_dir()));
        let differ = format!(
            "SELECT count(*) FROM (({stands} EXCEPT ALL {anew})
                UNION ALL ({anew} EXCEPT ALL {stands}))"
        );
        let differ: u64 = duckdb.query_row(&differ, [], |row| row.get(0)).unwrap();
        assert_eq!(differ, 0, "rows of {}", table.name);
    }
}

fn rows(regatta: &Regatta) -> BTreeMap<String, u64> {
    let served = current_snapshot(&Lake::open(&regatta.lake()).unwrap()).unwrap().unwrap();
    let tables = served.tables.into_iter().filter(|t| !NOT_COMPARED.contains(&t.name.as_str()));
    tables.map(|t| (t.name, t.rows)).collect()
}
