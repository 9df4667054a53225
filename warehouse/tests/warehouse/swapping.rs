//! Replacing the file while it is being read.

use std::fs;

use regatta_warehouse::{WarehouseError, build, open_read_only, refresh_ledger};

use crate::sample::{Sample, publish, write_ledger};

fn drugs(conn: &duckdb::Connection) -> i64 {
    conn.query_row("SELECT count(*) FROM drug", [], |r| r.get(0)).unwrap()
}

#[test]
fn a_reader_keeps_the_old_file_and_the_next_one_gets_the_new() {
    let sample = Sample::built();
    let old = sample.open();
    assert_eq!(drugs(&old), 11);
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch("DELETE FROM drug WHERE drug_id = 'D9'").unwrap();
    });
    build(&sample.lake, &next).unwrap();
    assert_eq!(drugs(&old), 11);
    let holder: String =
        old.query_row("SELECT holder FROM drug WHERE drug_id = 'D9'", [], |r| r.get(0)).unwrap();
    assert_eq!(holder, "Astellas Pharma");
    assert_eq!(drugs(&sample.open()), 10);
}

#[test]
fn readers_that_come_and_go_never_fail_and_never_see_a_mixture() {
    let sample = Sample::built();
    let second = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch("DELETE FROM drug WHERE drug_id = 'D9'").unwrap();
    });
    let snapshots = [&sample.snapshot, &second];
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let conn = open_read_only(&sample.lake).unwrap();
                    let (id, drugs): (String, i64) = conn
                        .query_row(
                            "SELECT (SELECT value FROM meta WHERE key = 'snapshot_id'), (SELECT count(*) FROM drug)",
                            [],
                            |r| Ok((r.get(0)?, r.get(1)?)),
                        )
                        .unwrap();
                    let expected = if id == second.snapshot_id.as_str() { 10 } else { 11 };
                    assert_eq!(drugs, expected, "{id}");
                }
            });
        }
        for round in 0..6 {
            build(&sample.lake, snapshots[round % 2]).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn a_build_that_fails_leaves_the_served_file_alone() {
    let sample = Sample::built();
    let before = fs::read(sample.lake.duckdb_file()).unwrap();
    let drug = sample.lake.root().join(&sample.snapshot.table("drug").unwrap().path);
    fs::write(&drug, b"not a Parquet file").unwrap();
    let error = build(&sample.lake, &sample.snapshot).unwrap_err();
    assert!(error.to_string().contains("drug"), "{error}");
    assert_eq!(fs::read(sample.lake.duckdb_file()).unwrap(), before);
    assert_eq!(fs::read_dir(sample.lake.tmp_dir()).unwrap().count(), 0);
}

#[test]
fn a_missing_column_is_named() {
    let sample = Sample::new();
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "ALTER TABLE drug DROP COLUMN holder; ALTER TABLE drug DROP COLUMN records",
        )
        .unwrap();
    });
    let error = build(&sample.lake, &next).unwrap_err();
    assert!(matches!(error, WarehouseError::Contract { .. }));
    // `holder` may be null, so that a file without it is an older one.
    assert!(error.to_string().contains("no column records"), "{error}");
}

#[test]
fn the_ledger_is_brought_up_to_date_without_a_new_snapshot() {
    let sample = Sample::built();
    let old = sample.open();
    write_ledger(&sample.lake, "blocked");
    let loaded = refresh_ledger(&sample.lake).unwrap();
    assert_eq!(loaded.len(), 3);
    let status = |conn: &duckdb::Connection| -> String {
        let sql = "SELECT last_run_status FROM source_freshness WHERE source_id = 'us_orange_book'";
        conn.query_row(sql, [], |r| r.get(0)).unwrap()
    };
    assert_eq!((status(&old).as_str(), status(&sample.open()).as_str()), ("ok", "blocked"));
    assert_eq!(drugs(&sample.open()), 11);
    let folder = sample.lake.duckdb_file();
    // The file and its digest.
    assert_eq!(fs::read_dir(folder.parent().unwrap()).unwrap().count(), 2);
}

#[test]
fn without_a_file_there_is_nothing_to_open_or_refresh() {
    let sample = Sample::new();
    assert!(matches!(refresh_ledger(&sample.lake), Err(WarehouseError::NotBuilt { .. })));
    assert!(matches!(open_read_only(&sample.lake), Err(WarehouseError::NotBuilt { .. })));
}

#[test]
fn a_log_left_beside_the_old_file_does_not_reach_the_new_one() {
    let sample = Sample::built();
    let wal = sample.lake.duckdb_file().with_extension("duckdb.wal");
    fs::write(&wal, b"left behind").unwrap();
    build(&sample.lake, &sample.snapshot).unwrap();
    assert!(!wal.exists());
    assert_eq!(drugs(&sample.open()), 11);
}
