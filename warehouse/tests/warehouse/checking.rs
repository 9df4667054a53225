//! The checks: silent over good tables, and each finds what it is for.

use std::path::Path;

use duckdb::Connection;
use regatta_warehouse::{Before, CheckInput, CheckResult, run_checks};

use crate::sample::stage;

pub fn check(edit: impl FnOnce(&Connection)) -> Vec<CheckResult> {
    let dir = tempfile::tempdir().unwrap();
    stage(dir.path(), edit);
    run(dir.path(), None)
}

/// All checks over a folder, without a ledger.
pub fn run(staged: &Path, before: Option<Before<'_>>) -> Vec<CheckResult> {
    run_checks(&CheckInput { staged, ledger: None, before }).unwrap()
}

pub fn failed(results: &[CheckResult]) -> Vec<&str> {
    results.iter().filter(|r| !r.passed()).map(|r| r.name.as_str()).collect()
}

#[test]
fn good_tables_pass_and_every_check_is_reported() {
    let results = check(|_| {});
    assert_eq!(failed(&results), Vec::<&str>::new(), "{results:#?}");
    assert!(results.iter().any(|r| r.name == "key_listing"));
    assert!(results.iter().any(|r| r.name == "not_null_drug"));
    assert!(results.iter().any(|r| r.name == "progress_covers_all_blocks"));
}

#[test]
fn each_check_finds_its_fault_and_names_a_row() {
    for (sql, name, example) in [
        (
            "INSERT INTO company SELECT * FROM company WHERE company = 'Mylan'",
            "key_company",
            "Mylan",
        ),
        (
            "UPDATE listing SET generic_raw = NULL WHERE record_key = '020636-001'",
            "not_null_listing",
            "generic_raw",
        ),
        (
            "UPDATE listing SET status = 'sold out' WHERE record_key = '020636-001'",
            "accepted_values_listing",
            "sold out",
        ),
        (
            "UPDATE drug_progress SET progress = 'phase_5' WHERE drug_id = 'D1'",
            "accepted_values_drug_progress",
            "phase_5",
        ),
        (
            "UPDATE drug_record SET drug_id = 'D99' WHERE drug_id = 'D2'",
            "foreign_keys_drug_record",
            "D99",
        ),
        (
            "DELETE FROM listing WHERE record_key = 'A-203021-001'",
            "drug_record_has_record",
            "A-203021-001",
        ),
        ("UPDATE drug SET records = 5 WHERE drug_id = 'D2'", "drug_has_records", "D2"),
        ("UPDATE drug SET dosage_form = 'tablet' WHERE drug_id = 'D4'", "drug_has_records", "D4"),
        (
            "DELETE FROM drug_record WHERE drug_id = 'D2'",
            "every_record_has_one_drug",
            "A-203021-001",
        ),
        (
            "DELETE FROM drug_record WHERE drug_id = 'D2'",
            "record_counts_by_source",
            "us_orange_book",
        ),
        ("DELETE FROM company WHERE company = 'ViiV Healthcare'", "foreign_keys_drug", "ViiV"),
        ("DELETE FROM generic WHERE generic = 'gefitinib'", "foreign_keys_drug", "gefitinib"),
        (
            "DELETE FROM progress WHERE country = 'JP' AND generic = 'osimertinib'",
            "progress_covers_all_blocks",
            "osimertinib",
        ),
        ("DELETE FROM drug_progress WHERE drug_id = 'D9'", "progress_covers_all_blocks", "D9"),
        (
            "UPDATE drug_progress SET drug_id = 'D99' WHERE drug_id = 'D9'",
            "foreign_keys_drug_progress",
            "D99",
        ),
        (
            "UPDATE drug_progress SET deciding_records = [] WHERE drug_id = 'D9'",
            "progress_has_evidence",
            "D9",
        ),
        (
            "UPDATE progress SET deciding_records = ['x:1'] WHERE generic = 'famotidine'",
            "progress_has_evidence",
            "x:1",
        ),
        (
            "INSERT INTO market_listing (market_listing_id, record_ids) VALUES ('m1', ['x:1'])",
            "foreign_keys_market_listing",
            "x:1",
        ),
        (
            "INSERT INTO market_listing (market_listing_id, record_ids)
             VALUES ('m1', ['us_orange_book:N-020636-001']), ('m2', ['us_orange_book:N-020636-001'])",
            "market_listing_has_listings",
            "N-020636-001",
        ),
    ] {
        fails(sql, name, example);
    }
}

/// The check `name` fails after the edit, with the example.
pub fn fails(sql: &str, name: &str, example: &str) {
    let results = check(|conn| conn.execute_batch(sql).unwrap());
    let result = results.iter().find(|r| r.name == name).unwrap();
    assert!(!result.passed(), "{sql}: {name} passed");
    let found = result.examples.join("\n");
    assert!(found.contains(example), "{sql}: {found}");
}

#[test]
fn a_table_that_breaks_the_contract_is_all_that_is_reported() {
    let results = check(|conn| {
        conn.execute_batch(
            "ALTER TABLE drug DROP COLUMN holder;
             ALTER TABLE drug ALTER records TYPE INTEGER;
             ALTER TABLE drug ADD COLUMN extra VARCHAR;",
        )
        .unwrap();
    });
    assert_eq!(failed(&results), ["columns_drug"]);
    let found = results.iter().find(|r| r.name == "columns_drug").unwrap();
    assert_eq!(found.rows, 3);
    assert_eq!(
        found.examples,
        ["no column holder", "records is INTEGER, not BIGINT", "extra is not in the contract"]
    );
    assert!(!results.iter().any(|r| r.name == "key_drug"));
}

#[test]
fn a_required_table_must_be_there_and_others_may_be_missing() {
    let dir = tempfile::tempdir().unwrap();
    stage(dir.path(), |_| {});
    std::fs::remove_file(dir.path().join("review_queue.parquet")).unwrap();
    assert_eq!(failed(&run(dir.path(), None)), Vec::<&str>::new());
    std::fs::remove_file(dir.path().join("progress.parquet")).unwrap();
    assert_eq!(failed(&run(dir.path(), None)), ["columns_progress"]);
}

#[test]
fn a_source_that_lost_half_of_its_listings_is_named() {
    let (before, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    stage(before.path(), |_| {});
    stage(after.path(), |conn| {
        conn.execute_batch(
            "DELETE FROM listing WHERE source_id = 'cn_nmpa';
             DELETE FROM drug_record WHERE source_id = 'cn_nmpa';
             DELETE FROM trial WHERE source_id = 'cn_drug_trials';",
        )
        .unwrap();
    });
    let unchanged = || Before {
        folder: before.path(),
        changed_sources: Vec::new(),
        raw_rows: Vec::new(),
        dictionaries_changed: false,
        rules_changed: false,
    };
    assert_eq!(failed(&run(before.path(), Some(unchanged()))), Vec::<&str>::new());
    let results = run(after.path(), Some(unchanged()));
    let found = results.iter().find(|r| r.name == "record_not_halved").unwrap();
    assert_eq!(found.rows, 2);
    assert_eq!(
        found.examples[1],
        r#"{"source_id":"cn_nmpa","record_kind":"listing","before":3,"now":0}"#
    );
}

#[test]
fn up_to_ten_rows_are_shown_in_the_same_order_every_time() {
    let edit = |conn: &Connection| {
        conn.execute_batch("UPDATE listing SET status = 'sold out'").unwrap();
    };
    let results = check(edit);
    let found = results.iter().find(|r| r.name == "accepted_values_listing").unwrap();
    assert_eq!((found.rows, found.examples.len()), (13, 10));
    assert_eq!(
        found.examples[0],
        r#"{"record_id":"cn_nmpa:国药准字F20000001","column":"status","code":"sold out"}"#
    );
    assert_eq!(results, check(edit));
}
