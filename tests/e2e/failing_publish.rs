//! A check that fails stops the publish and names the rows; what was served
//! stays. Where only what was taken from the snapshot before is wrong, all is
//! computed anew.

use std::fs;

use regatta_lake::{Lake, SnapshotManifest, current_snapshot, hash_file};
use regatta_tests::{Regatta, Site};
use regatta_testsite::{Fault, FaultKind};

fn refreshed() -> (Site, Regatta, Lake) {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let lake = Lake::open(&regatta.lake()).unwrap();
    (site, regatta, lake)
}

#[test]
fn a_failing_check_stops_the_publish_and_names_the_rows() {
    let (site, regatta, lake) = refreshed();
    let served = current_snapshot(&lake).unwrap().unwrap().snapshot_id;
    let tables = regatta.parquet_digests("snapshots");
    let drugs = regatta.ask("SELECT count(*) FROM drug");
    site.day("day2");
    let _ = regatta.ok(&["crawl"]);
    let _ = regatta.ok(&["transform"]);
    // One drug twice: what a fault of the merge would leave.
    let staged = lake.staged_dir().join("drug.parquet");
    let spoilt = staged.with_extension("spoilt");
    let duckdb = duckdb::Connection::open_in_memory().unwrap();
    let twice: String = duckdb
        .query_row(&format!("SELECT min(drug_id) FROM '{}'", staged.display()), [], |r| r.get(0))
        .unwrap();
    let copy = format!(
        "COPY (FROM '{from}' UNION ALL FROM '{from}' WHERE drug_id = '{twice}'
               ORDER BY generic, dosage_form, drug_id) TO '{to}' (FORMAT parquet)",
        from = staged.display(),
        to = spoilt.display(),
    );
    duckdb.execute_batch(&copy).unwrap();
    std::fs::rename(&spoilt, &staged).unwrap();

    for refused in [regatta.run(&["publish"]), regatta.run(&["--format", "json", "publish"])] {
        assert_eq!(refused.code, 1, "{}\n{}", refused.out, refused.err);
        let said = format!("{}{}", refused.out, refused.err);
        assert!(said.contains("checks failed; the last snapshot is still served"), "{said}");
        assert!(said.contains("drug") && said.contains(&twice), "{said}");
    }
    assert_eq!(current_snapshot(&lake).unwrap().unwrap().snapshot_id, served);
    assert_eq!(regatta.parquet_digests("snapshots"), tables);
    assert_eq!(regatta.ask("SELECT count(*) FROM drug"), drugs);

    // Made anew from the same runs, it is published.
    let _ = regatta.ok(&["transform"]);
    let _ = regatta.ok(&["publish"]);
    assert_ne!(current_snapshot(&lake).unwrap().unwrap().snapshot_id, served);
}

#[test]
fn what_was_taken_from_a_wrong_snapshot_is_computed_anew() {
    let (site, regatta, lake) = refreshed();
    let served = current_snapshot(&lake).unwrap().unwrap();
    double(&lake, &served, "drug_record");
    site.day("day2");
    let ran = regatta.run(&["--format", "json", "refresh", "--accept-shrink"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    assert!(ran.err.contains("all is computed anew"), "{}", ran.err);
    assert!(ran.err.contains("key_drug_record"), "{}", ran.err);
    assert_ne!(current_snapshot(&lake).unwrap().unwrap().snapshot_id, served.snapshot_id);
    let twice = "SELECT count(*) - count(DISTINCT record_id) FROM drug_record";
    assert_eq!(regatta.ask(twice), "0");
}

#[test]
fn a_loss_of_most_rows_is_published_where_the_operator_accepts_it() {
    let (site, regatta, _) = refreshed();
    let listings = "SELECT count(*) FROM listing WHERE source_id = 'us_orange_book'";
    let before: u64 = regatta.ask(listings).parse().unwrap();
    let few = FaultKind::DropRows { fraction: 0.3 };
    site.fault(Fault::new(few).at("www.fda.gov", "/media/76860").always());
    let refresh = ["refresh", "--source", "us_orange_book"];
    let refused = regatta.run(&refresh);
    assert_eq!(refused.code, 3, "{}\n{}", refused.out, refused.err);
    assert_eq!(regatta.ask(listings), before.to_string());
    let _ = regatta.ok(&[&refresh[..], &["--accept-shrink"]].concat());
    let now: u64 = regatta.ask(listings).parse().unwrap();
    assert!(now > 0 && now < before / 2, "{now} of {before}");
}

/// Every row of a table of the served snapshot twice, as if it had been published
/// like that.
fn double(lake: &Lake, served: &SnapshotManifest, name: &str) {
    let folder = lake.snapshot_dir(&served.snapshot_id);
    let file = folder.join(format!("{name}.parquet"));
    let doubled = file.with_extension("doubled");
    let copy = format!(
        "COPY (FROM '{from}' UNION ALL FROM '{from}' ORDER BY drug_id, record_id)
         TO '{to}' (FORMAT parquet)",
        from = file.display(),
        to = doubled.display(),
    );
    duckdb::Connection::open_in_memory().unwrap().execute_batch(&copy).unwrap();
    std::fs::remove_file(&file).unwrap();
    std::fs::rename(&doubled, &file).unwrap();
    let mut manifest = served.clone();
    let table = manifest.tables.iter_mut().find(|t| t.name == name).unwrap();
    (table.sha256, table.bytes) = hash_file(&file).unwrap();
    table.rows *= 2;
    let text = serde_json::to_vec(&manifest).unwrap();
    for path in [folder.join("manifest.json"), lake.current_file()] {
        std::fs::remove_file(&path).unwrap();
        std::fs::write(path, &text).unwrap();
    }
}

#[test]
fn a_source_that_cannot_be_written_stops_no_other() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh", "--source", "us_orange_book"]);
    // Where the folder of its raw tables should be.
    let folder = regatta.lake().join("raw").join("us_drugs_at_fda");
    fs::write(&folder, "").unwrap();
    site.day("day2");
    let refreshed = regatta.run(&["refresh"]);
    let all = format!("{}{}", refreshed.out, refreshed.err);
    assert_eq!(refreshed.code, 3, "{all}");
    assert!(refreshed.out.contains("Published snapshot"), "{all}");
    let told = refreshed.out.lines().find(|line| line.starts_with("us_drugs_at_fda: "));
    assert!(told.is_some_and(|line| line.contains("raw")), "{all}");
    assert_eq!(
        regatta.ask("SELECT count(*) > 0 FROM listing WHERE source_id = 'us_orange_book'"),
        "true"
    );
    fs::remove_file(&folder).unwrap();
    let _ = regatta.ok(&["refresh"]);
    let listings = "SELECT count(*) > 0 FROM listing WHERE source_id = 'us_drugs_at_fda'";
    assert_eq!(regatta.ask(listings), "true");
}
