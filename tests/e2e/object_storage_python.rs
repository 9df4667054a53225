//! DuckDB and polars, in Python, read what was pushed.

use std::process::Command;

use regatta_tests::{S3, Site, python};
use serde_json::Value;

#[test]
fn duckdb_and_polars_read_the_served_snapshot() {
    let Some(python) = python("duckdb_and_polars_read_the_served_snapshot") else { return };
    let (site, s3) = (Site::start(), S3::start());
    let regatta = s3.regatta(&site.url(), "");
    let _ = regatta.ok(&["refresh"]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/read_from_s3.py");
    let output = Command::new(python)
        .arg(script)
        .env("REGATTA_S3_URL", "s3://data/drugs")
        .env("REGATTA_S3_ENDPOINT", s3.endpoint())
        .envs(S3::credentials())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read["snapshot_id"].as_str(), s3.served().as_deref());
    assert_eq!(read["attached_snapshot_id"], read["snapshot_id"]);
    for (field, query) in [
        ("duckdb_drugs", "SELECT count(*) FROM drug"),
        ("duckdb_joined", "SELECT count(*) FROM listing"),
        ("search_hits", "SELECT count(*) FROM search('nevirapine')"),
        ("polars_nevirapine", "SELECT count(*) FROM drug WHERE generic = 'nevirapine'"),
    ] {
        assert_eq!(read[field].to_string(), regatta.ask(query), "{field}");
    }
    assert_ne!(read["polars_nevirapine"], 0);
}
