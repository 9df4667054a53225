//! A file that is checked before its snapshot is published, and served after.

use duckdb::Connection;
use regatta_lake::schema::TABLES;
use regatta_warehouse::{Before, CheckInput, Draft};

use crate::building::text;
use crate::checking::failed;
use crate::sample::{Sample, publish, stage};

/// The rows of every table as they stand, one digest each.
fn digests(conn: &Connection) -> Vec<(&'static str, String)> {
    let digest = |name: &str| {
        text(conn, &format!("SELECT md5(string_agg(CAST(t AS VARCHAR), '|')) FROM \"{name}\" t"))
    };
    TABLES.iter().map(|t| (t.name, digest(t.name))).collect()
}

#[test]
fn what_was_checked_is_what_is_served_and_nobody_sees_it_before() {
    let sample = Sample::built();
    let edit = |conn: &Connection| {
        conn.execute_batch(
            "UPDATE listing SET generic_raw = 'NEW' WHERE record_key = '020636-001'",
        )
        .unwrap();
    };
    let staged = tempfile::tempdir().unwrap();
    stage(staged.path(), |conn| {
        edit(conn);
        // Left behind by a publish that was killed; what the checks came to is not yet known.
        conn.execute_batch("INSERT INTO quality_check VALUES ('stale', true, 0, [], [])").unwrap();
    });
    let folder = sample.lake.snapshot_dir(&sample.snapshot.snapshot_id);
    let before = Before {
        folder: &folder,
        changed_sources: Vec::new(),
        dictionaries_changed: true,
        rules_changed: false,
    };
    // The sources of the sample are not all in its ledger.
    let input = CheckInput { staged: staged.path(), ledger: None, before: Some(before) };
    let (results, draft) = Draft::checked(&sample.lake, &input).unwrap();
    assert_eq!(failed(&results), Vec::<&str>::new(), "{results:#?}");
    let query = "SELECT generic_raw FROM listing WHERE record_key = '020636-001'";
    assert_ne!(text(&sample.open(), query), "NEW");

    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        edit(conn);
        conn.execute_batch("INSERT INTO quality_check VALUES ('new', true, 0, [], [])").unwrap();
    });
    draft.unwrap().finish(&sample.lake, &next, 10).unwrap();
    let served = sample.open();
    assert_eq!(text(&served, query), "NEW");
    let checks = "SELECT string_agg(check_name, ' ') FROM quality_check
        WHERE check_name IN ('stale', 'new')";
    assert_eq!(text(&served, checks), "new");
    let of_draft = digests(&served);
    drop(served);
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    assert_eq!(of_draft, digests(&sample.open()));
    assert_eq!(std::fs::read_dir(sample.lake.tmp_dir()).unwrap().count(), 0);
}

#[test]
fn a_null_where_none_may_be_is_named_and_leaves_no_draft() {
    let sample = Sample::built();
    let staged = tempfile::tempdir().unwrap();
    stage(staged.path(), |conn| {
        conn.execute_batch("UPDATE listing SET generic_raw = NULL WHERE record_key = '020636-001'")
            .unwrap();
    });
    let input = CheckInput { staged: staged.path(), ledger: None, before: None };
    let (results, draft) = Draft::checked(&sample.lake, &input).unwrap();
    assert!(draft.is_none());
    assert_eq!(failed(&results), ["not_null_listing"]);
    assert_eq!(std::fs::read_dir(sample.lake.tmp_dir()).unwrap().count(), 0);
}
