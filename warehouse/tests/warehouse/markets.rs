//! What holds in one market: which market is meant, and where no record
//! may only be no record of the form.

use regatta_warehouse::run_sql;
use serde_json::{Value, json};

use crate::sample::{Sample, publish};

/// The rows of `query` over the sample as `edit` leaves it.
fn rows(edit: &str, query: &str) -> Vec<Vec<Value>> {
    let sample = Sample::new();
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(edit).unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    run_sql(&sample.open(), query).unwrap().rows
}

#[test]
fn a_market_has_its_usual_names_and_what_is_none_is_an_error_that_lists_them() {
    let sample = Sample::built();
    let conn = sample.open();
    for (name, code) in [
        ("US", "US"),
        ("usa", "US"),
        ("U.S.", "US"),
        ("United States of America", "US"),
        ("米国", "US"),
        ("EU", "EU"),
        ("European Union", "EU"),
        ("europe", "EU"),
        ("欧州", "EU"),
        ("JPN", "JP"),
        ("Japan", "JP"),
        ("日本", "JP"),
        ("CHN", "CN"),
        ("china", "CN"),
        ("中国", "CN"),
        ("ＣＮ", "CN"),
    ] {
        let sql = format!("SELECT country_code('{name}')");
        assert_eq!(run_sql(&conn, &sql).unwrap().rows, [[json!(code)]], "{name}");
    }
    let none = run_sql(&conn, "SELECT country_code(NULL)").unwrap().rows;
    assert_eq!(none, [[json!(null)]]);
    for query in [
        "SELECT country_code('DE')",
        "SELECT place FROM competition('nevirapine', country := 'DE')",
        "SELECT count(*) FROM competition_target('EGFR', country := 'DE')",
        "SELECT place FROM competition('nevirapine', country := '')",
    ] {
        let error = run_sql(&conn, query).unwrap_err();
        let error = format!("{error:?}");
        assert!(error.contains("no market is called"), "{query}: {error}");
        for code in ["CN (China, 中国)", "EU (", "JP (", "US (United States, 美国)"] {
            assert!(error.contains(code), "{query}: {error}");
        }
    }
    let usa = "SELECT place FROM competition('nevirapine', country := 'USA')";
    assert_eq!(run_sql(&conn, usa).unwrap().rows.len(), 4);
}

/// R36 says `not_filed` of a form without a record; R6a leaves records of an
/// unspecified form alone.
#[test]
fn r6a_r36_a_market_that_has_the_generic_in_an_unspecified_form_is_named() {
    let edit = "INSERT INTO progress (generic, dosage_form, country, progress, progress_zh, highest_evidence, current_status)
        VALUES ('nevirapine', 'unspecified', 'EU', 'marketed', '已上市', 'marketed', 'marketed'),
            ('nevirapine', 'unspecified', 'CN', 'filed', '申请上市', 'filed', 'not_marketed'),
            ('nevirapine', 'tablet', 'CN', 'phase_3', 'III期', 'phase_3', 'not_marketed');";
    let query = "SELECT dosage_form, us, eu, cn, jp, form_unknown_in FROM progress_matrix WHERE generic = 'nevirapine'";
    let not_filed = json!("not_filed");
    let market = |code: &str| json!(code);
    assert_eq!(
        rows(edit, query),
        [
            [
                market("extended_release_tablet"),
                json!("marketed"),
                not_filed.clone(),
                not_filed.clone(),
                not_filed.clone(),
                json!(["CN", "EU"])
            ],
            [
                market("oral_suspension"),
                json!("marketed"),
                not_filed.clone(),
                not_filed.clone(),
                not_filed.clone(),
                json!(["CN", "EU"])
            ],
            // A record of the form itself is one.
            [
                market("tablet"),
                json!("marketed"),
                not_filed.clone(),
                json!("phase_3"),
                not_filed.clone(),
                json!(["EU"])
            ],
            // The form of this row may be any of those in other markets.
            [
                market("unspecified"),
                not_filed.clone(),
                json!("marketed"),
                json!("filed"),
                not_filed,
                json!(["US"])
            ],
        ]
    );
    let none = rows("", "SELECT DISTINCT form_unknown_in FROM progress_matrix");
    assert_eq!(none, [[json!([])]]);
}
