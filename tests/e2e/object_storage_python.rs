//! DuckDB and polars, in Python, read what was pushed.

use std::path::PathBuf;
use std::process::Command;

use regatta_tests::{S3, Site};
use serde_json::Value;

/// `REGATTA_PYTHON`, else the environment that the scripts make, where it has
/// what the test needs.
fn python() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    let python = std::env::var_os("REGATTA_PYTHON")
        .map_or_else(|| cache.join("regatta/venv/bin/python"), PathBuf::from);
    let has = Command::new(&python)
        .args(["-c", "import duckdb, duckdb_extension_httpfs, polars"])
        .output()
        .is_ok_and(|o| o.status.success());
    has.then_some(python)
}

#[test]
fn duckdb_and_polars_read_the_served_snapshot() {
    let Some(python) = python() else {
        println!(
            "SKIPPED: no Python with tests/python/requirements.txt (REGATTA_PYTHON names one)"
        );
        return;
    };
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
