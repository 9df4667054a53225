//! A check that fails stops the publish and names the rows; what was served
//! stays.

use regatta_lake::{Lake, current_snapshot};
use regatta_tests::{Regatta, Site};

#[test]
fn a_failing_check_stops_the_publish_and_names_the_rows() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let lake = Lake::open(&regatta.lake()).unwrap();
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
