//! What holds in one market: which market is meant.

use regatta_warehouse::run_sql;
use serde_json::json;

use crate::sample::Sample;

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
