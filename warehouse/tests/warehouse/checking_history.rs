//! The checks against the snapshot before: numbers of rows, and progress that
//! goes back, each with and without a reason.

use duckdb::Connection;
use regatta_warehouse::{Before, CheckResult, RawRows};

use crate::checking::run;
use crate::sample::stage;

/// What is different from the snapshot before.
#[derive(Default)]
struct Different {
    sources: &'static [&'static str],
    /// Raw table, rows before and now.
    raw_rows: &'static [(&'static str, &'static str, u64, u64)],
    dictionaries: bool,
    rules: bool,
}

const NOTHING: Different =
    Different { sources: &[], raw_rows: &[], dictionaries: false, rules: false };

fn raw_rows((source_id, table, before, now): &(&str, &str, u64, u64)) -> RawRows {
    let (source_id, table) = ((*source_id).to_owned(), (*table).to_owned());
    RawRows { source_id, table, before: *before, now: *now }
}

/// The check `name` after `before` became `after`.
fn step(name: &str, before: &str, after: &str, different: &Different) -> CheckResult {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let edit = |sql: &str| {
        let sql = sql.to_owned();
        move |conn: &Connection| conn.execute_batch(&sql).unwrap()
    };
    stage(old.path(), edit(before));
    stage(new.path(), edit(after));
    let results = run(
        new.path(),
        Some(Before {
            folder: old.path(),
            changed_sources: different.sources.iter().map(ToString::to_string).collect(),
            raw_rows: different.raw_rows.iter().map(raw_rows).collect(),
            dictionaries_changed: different.dictionaries,
            rules_changed: different.rules,
        }),
    );
    results.into_iter().find(|r| r.name == name).unwrap()
}

/// Twenty more companies.
const MORE: &str = "INSERT INTO company (company) SELECT 'Company ' || i FROM range(20) r(i);";
/// Twenty more names of a target.
const MORE_NAMES: &str = "INSERT INTO target_name SELECT 'EGFR', 'Name ' || i FROM range(20) r(i);";
/// Twenty more listings of the NMPA, which are no drugs.
const LISTINGS: &str = "INSERT INTO listing BY NAME
    SELECT l.* REPLACE (l.record_id || r.i AS record_id, l.record_key || r.i AS record_key)
    FROM listing l CROSS JOIN range(20) r(i) WHERE l.record_key = '国药准字F20000001';";

/// Twenty more registrations.
const REGISTRATIONS: &str = "INSERT INTO registration BY NAME
    SELECT g.* REPLACE (g.record_id || r.i AS record_id, g.acceptance_number || r.i AS acceptance_number)
    FROM (FROM registration LIMIT 1) g CROSS JOIN range(20) r(i);";

#[test]
fn a_table_that_grows_beyond_bounds_without_a_reason_is_not_published() {
    let found = step("row_counts", "", MORE, &NOTHING);
    assert_eq!(found.rows, 1);
    assert_eq!(
        found.examples,
        [r#"{"table":"company","source_id":"","before":6,"now":26,"reason":null}"#]
    );
    let found = step("row_counts", MORE, "", &NOTHING);
    assert!(found.examples[0].contains(r#""before":26,"now":6"#), "{:?}", found.examples);
    // A new run of any source explains a table over all of them; so do other dictionaries and rules.
    for (different, reason) in [
        (Different { sources: &["cn_nmpa", "us_cber"], ..NOTHING }, "new runs of cn_nmpa, us_cber"),
        (Different { dictionaries: true, ..NOTHING }, "other dictionaries"),
        (Different { rules: true, ..NOTHING }, "other rules"),
    ] {
        let found = step("row_counts", "", MORE, &different);
        assert!(found.passed(), "{found:?}");
        assert!(found.remarks[0].contains(reason), "{:?}", found.remarks);
    }
}

#[test]
fn a_table_that_the_snapshot_before_did_not_have_did_not_grow() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    stage(old.path(), |_| {});
    stage(new.path(), |conn| conn.execute_batch(MORE_NAMES).unwrap());
    let counts = || {
        let before = Before {
            folder: old.path(),
            changed_sources: Vec::new(),
            raw_rows: Vec::new(),
            dictionaries_changed: false,
            rules_changed: false,
        };
        run(new.path(), Some(before)).into_iter().find(|r| r.name == "row_counts").unwrap()
    };
    assert_eq!(counts().rows, 1);
    std::fs::remove_file(old.path().join("target_name.parquet")).unwrap();
    assert!(counts().passed() && counts().remarks.is_empty());
}

#[test]
fn listings_of_a_source_need_its_new_run_and_rows_of_the_change_log() {
    let of = |sources| Different { sources, ..NOTHING };
    let other_source = step("row_counts", "", LISTINGS, &of(&["us_orange_book"]));
    assert_eq!(other_source.rows, 1);
    assert!(other_source.examples[0].contains(r#""source_id":"cn_nmpa","before":3,"now":23"#));
    let not_logged = step("row_counts", "", LISTINGS, &of(&["cn_nmpa"]));
    assert_eq!(not_logged.rows, 1);
    let logged = format!(
        "{LISTINGS} INSERT INTO change (entity_kind, entity_id, source_id, change, reason, seen_at)
         SELECT 'listing', record_id, source_id, 'appeared', 'record_appeared', now()::TIMESTAMP
         FROM listing WHERE record_id LIKE '%F20000001_%'"
    );
    let logged = step("row_counts", "", &logged, &of(&["cn_nmpa"]));
    assert!(logged.passed(), "{logged:?}");
    assert!(
        logged.remarks[0].contains("a new run of cn_nmpa: 20 appeared, 0 vanished"),
        "{:?}",
        logged.remarks
    );
}

#[test]
fn r18_a_registration_that_stands_under_another_source_now_is_not_lost() {
    // The list of NMPA was there before that of CDE, which names all its numbers.
    let earlier = format!(
        "{REGISTRATIONS} UPDATE registration SET source_id = 'cn_nmpa_pickup';
         UPDATE record_company SET source_id = 'cn_nmpa_pickup' WHERE record_id LIKE 'cn_cde:%';
         UPDATE drug_record SET source_id = 'cn_nmpa_pickup' WHERE record_id LIKE 'cn_cde:%';"
    );
    for name in ["row_counts", "record_not_halved"] {
        let found = step(name, &earlier, REGISTRATIONS, &NOTHING);
        assert!(found.passed() && found.remarks.is_empty(), "{found:?}");
        // Those that are gone count as lost.
        let found = step(name, &earlier, "", &NOTHING);
        assert!(!found.passed(), "{name}");
        assert!(found.examples.iter().all(|e| e.contains("cn_nmpa_pickup")), "{found:?}");
    }
}

#[test]
fn r14_companies_of_a_record_may_come_and_go_with_another_source() {
    let more = "INSERT INTO record_company BY NAME
        SELECT c.* REPLACE ('Company ' || r.i AS company, 'Company ' || r.i AS company_raw)
        FROM (FROM record_company WHERE source_id = 'us_drugs_at_fda' LIMIT 1) c
        CROSS JOIN range(20) r(i);";
    for (before, after) in [(more, ""), ("", more)] {
        let found = step("row_counts", before, after, &NOTHING);
        assert_eq!(found.rows, 1, "{found:?}");
        assert!(found.examples[0].contains("record_company"), "{found:?}");
        let other = Different { sources: &["us_orange_book"], ..NOTHING };
        let found = step("row_counts", before, after, &other);
        assert!(found.passed(), "{found:?}");
        assert!(found.remarks[0].contains("new runs of us_orange_book"), "{found:?}");
        // One of another market says nothing of them.
        let other = Different { sources: &["cn_nmpa"], ..NOTHING };
        assert_eq!(step("row_counts", before, after, &other).rows, 1);
    }
}

#[test]
fn as_many_records_may_go_as_raw_rows_went() {
    let lost = |gone: &str, raw_rows| {
        let different = Different { sources: &["cn_nmpa"], raw_rows, ..NOTHING };
        step("record_not_halved", LISTINGS, gone, &different).rows
    };
    // Three are left of 23.
    assert_eq!(lost("", &[]), 1);
    assert_eq!(lost("", &[("cn_nmpa", "products", 230, 230)]), 1);
    assert_eq!(lost("", &[("cn_nmpa", "another", 230, 30)]), 1);
    assert_eq!(lost("", &[("us_cber", "products", 230, 30)]), 1);
    assert_eq!(lost("", &[("cn_nmpa", "products", 230, 30)]), 0);
    // More than the raw rows tell.
    let all = "DELETE FROM listing WHERE source_id = 'cn_nmpa';";
    assert_eq!(lost(all, &[("cn_nmpa", "products", 230, 30)]), 1);
    // A table that did not come accounts for nothing.
    assert_eq!(lost("", &[("cn_nmpa", "products", 230, 0)]), 1);
}

#[test]
fn small_differences_are_nobodys_business() {
    let found = step("row_counts", "", "DELETE FROM company WHERE company = 'Mylan'", &NOTHING);
    assert!(found.passed() && found.remarks.is_empty(), "{found:?}");
}

/// Drug D7 loses its place on the market in the US.
const BACK: &str =
    "UPDATE drug_progress SET progress = 'phase_3' WHERE drug_id = 'D7' AND country = 'US';";
/// The change log says so.
const LOGGED: &str = "INSERT INTO change (entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, seen_at)
    VALUES ('drug', 'D7', '', 'changed', 'progress.US', 'marketed', 'phase_3', 'source_changed', TIMESTAMP '2026-11-23 08:15:00');";
/// One of its records changed.
const RECORD: &str = "INSERT INTO change (entity_kind, entity_id, source_id, change, field, reason, seen_at)
    VALUES ('listing', 'us_orange_book:N-208065-001', 'us_orange_book', 'changed', 'raw.type', 'source_changed', TIMESTAMP '2026-11-23 08:15:00');";

#[test]
fn r41_progress_does_not_go_back_without_rows_of_the_change_log() {
    let back = |sql: &[&str], different: &Different| {
        step("progress_not_backwards", "", &sql.concat(), different)
    };
    let expected = r#"{"table":"drug_progress","id":"D7","country":"US","before":"marketed","now":"phase_3","reason":null}"#;
    for sql in [&[BACK][..], &[BACK, LOGGED], &[BACK, RECORD]] {
        let found = back(sql, &NOTHING);
        assert_eq!(found.examples, [expected], "{sql:?}");
    }
    let found = back(&[BACK, LOGGED, RECORD], &NOTHING);
    assert!(found.passed(), "{found:?}");
    assert!(found.remarks[0].contains("1 of its records changed"), "{:?}", found.remarks);
    for (different, reason) in [
        (Different { dictionaries: true, ..NOTHING }, "other dictionaries"),
        (Different { rules: true, ..NOTHING }, "other rules"),
    ] {
        let found = back(&[BACK, LOGGED], &different);
        assert!(found.passed() && found.remarks[0].contains(reason), "{found:?}");
    }
    // A merge or a division explains it, too.
    let divided = "INSERT INTO drug_id_history VALUES
        ('D99', 'split_from', 'D7', TIMESTAMP '2026-11-23 08:15:00', 1);";
    let found = back(&[BACK, LOGGED, divided], &NOTHING);
    assert!(found.passed() && found.remarks[0].contains("merged or divided"), "{found:?}");
    // Nothing new: an old one explains nothing.
    let found =
        step("progress_not_backwards", divided, &[BACK, LOGGED, divided].concat(), &NOTHING);
    assert_eq!(found.rows, 1, "{found:?}");
}

#[test]
fn a_country_that_is_gone_and_a_generic_that_goes_back_are_steps_too() {
    let gone = "DELETE FROM drug_progress WHERE drug_id = 'D7' AND country = 'JP';";
    let found = step("progress_not_backwards", "", gone, &NOTHING);
    assert!(found.examples[0].contains(r#""now":"not_filed""#), "{found:?}");
    let block = "UPDATE progress SET progress = 'filed' WHERE generic = 'famotidine';";
    let found = step("progress_not_backwards", "", block, &NOTHING);
    assert!(found.examples[0].contains("famotidine, tablet"), "{found:?}");
    let moved = "UPDATE drug SET dosage_form = 'capsule' WHERE drug_id = 'D9';";
    let found = step("progress_not_backwards", "", &[block, moved].concat(), &NOTHING);
    assert!(
        found.passed() && found.remarks[0].contains("another generic name or form"),
        "{found:?}"
    );
    // Forward is no step back, and a drug that is no more is in drug_id_history.
    let forward = "UPDATE drug_progress SET progress = 'filed' WHERE drug_id = 'D92';";
    assert!(step("progress_not_backwards", "", forward, &NOTHING).passed());
    let gone =
        "DELETE FROM drug WHERE drug_id = 'D7'; DELETE FROM drug_progress WHERE drug_id = 'D7';";
    assert!(step("progress_not_backwards", "", gone, &NOTHING).passed());
}
