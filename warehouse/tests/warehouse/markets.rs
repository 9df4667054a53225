//! What holds in one market: which market is meant, who has a drug there, and
//! where no record may only be no record of the form.

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

#[test]
fn the_company_of_a_market_is_who_holds_the_drug_there_and_r30_has_a_column_of_its_own() {
    let edit = "UPDATE drug SET holder = 'Astellas Pharma', holder_group = 'Astellas' WHERE drug_id IN ('D1', 'D9', 'D92');
        -- Two more products of Mylan in the drug: it holds most of those on sale.
        INSERT INTO listing BY NAME SELECT l.* REPLACE (l.record_id || r.i AS record_id, 'active' AS market_status)
            FROM listing l, range(3) r(i) WHERE l.record_id = 'us_orange_book:A-203021-001';
        INSERT INTO record_company BY NAME SELECT c.* REPLACE (c.record_id || r.i AS record_id)
            FROM record_company c, range(3) r(i) WHERE c.record_id = 'us_orange_book:A-203021-001';
        INSERT INTO drug_record BY NAME SELECT d.* REPLACE (d.record_id || r.i AS record_id, 'D1' AS drug_id)
            FROM drug_record d, range(3) r(i) WHERE d.record_id = 'us_orange_book:A-203021-001';
        -- Overruled by another data set (R14), and held before (R13): nobody's now.
        INSERT INTO record_company BY NAME SELECT c.* REPLACE ('Roxane' AS company, 'overruled' AS origin)
            FROM record_company c WHERE c.record_id = 'us_orange_book:N-020636-001';
        INSERT INTO record_company BY NAME SELECT c.* REPLACE ('Elan' AS company, 'historical' AS role)
            FROM record_company c WHERE c.record_id = 'us_orange_book:N-020636-001';
        DELETE FROM record_company WHERE record_id = 'jp_pmda:16000AMZ01234';";
    let query = "SELECT drug_id, country, company, corporate_group, companies, company_source, holder FROM drug_market
        WHERE drug_id IN ('D1', 'D7', 'D9', 'D91', 'D92') AND country <> 'JP' OR drug_id = 'D9' ORDER BY ALL";
    let row = |id: &str, country: &str, company: &str, group: &str, all: &[&str], source: &str| {
        let holder = if ["D1", "D9", "D92"].contains(&id) { "Astellas Pharma" } else { company };
        vec![
            json!(id),
            json!(country),
            json!(company),
            json!(group),
            json!(all),
            json!(source),
            json!(holder),
        ]
    };
    assert_eq!(
        rows(edit, query),
        [
            row("D1", "US", "Mylan", "Viatris", &["Boehringer Ingelheim", "Mylan"], "listing"),
            row("D7", "CN", "AstraZeneca", "AstraZeneca", &["AstraZeneca"], "listing"),
            row("D7", "US", "AstraZeneca", "AstraZeneca", &["AstraZeneca"], "listing"),
            row("D9", "JP", "Astellas Pharma", "Astellas", &[], "holder"),
            row("D91", "CN", "Mylan", "Viatris", &["Mylan"], "registration"),
            row("D92", "CN", "AstraZeneca", "AstraZeneca", &["AstraZeneca"], "trial"),
        ]
    );
    let query = "SELECT company, holder FROM competition('nevirapine', country := 'US') WHERE drug_id = 'D1'
        UNION ALL SELECT company, holder FROM search_drug_target('nevirapine', NULL) WHERE drug_id = 'D1'";
    let both = [json!("Mylan"), json!("Astellas Pharma")];
    assert_eq!(rows(edit, query), [both.clone(), both]);
}
