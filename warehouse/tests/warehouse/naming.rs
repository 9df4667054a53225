//! Names as people write them: brands, combinations in another order, legal
//! forms, bounds of dates.

use regatta_warehouse::{ExportFormat, ExportRequest, Selection, export, run_sql, show_drug};
use serde_json::{Value, json};

use crate::sample::{Sample, publish};
use crate::viewing::first;

fn assert_all(cases: &[(&str, Value)]) {
    let sample = Sample::built();
    let conn = sample.open();
    for (sql, expected) in cases {
        let rows = run_sql(&conn, &format!("SELECT {sql}")).unwrap().rows;
        assert_eq!(rows, [std::slice::from_ref(expected)], "{sql}");
    }
}

#[test]
fn r43_a_generic_is_found_by_its_brands_and_a_combination_in_any_order() {
    let both = || json!(["lamivudine / zidovudine"]);
    assert_all(&[
        ("generics_of('Tagrisso')", json!(["osimertinib"])),
        ("generics_of('ＴＡＧＲＩ')", json!(["osimertinib"])),
        ("generics_of('泰瑞沙')", json!(["osimertinib"])),
        ("generics_of('タグリッソ')", json!(["osimertinib"])),
        ("generics_of('zidovudine/lamivudine')", both()),
        ("generics_of('Zidovudine and Lamivudine')", both()),
        ("generics_of('齐多夫定、拉米夫定')", both()),
        ("generics_of('ジドブジン＋ラミブジン')", both()),
        ("generics_of('lamivudine')", json!(["lamivudine"])),
        ("generics_of('lamivudine/lamivudine')", json!([])),
        ("generics_of('lamivudine/nevirapine')", json!([])),
        ("generics_of('替尼')", json!(["gefitinib", "osimertinib", "savolitinib"])),
        ("generics_of('vir')", json!(["nevirapine"])),
        ("generics_of('''%')", json!([])),
        ("generics_of(NULL)", json!([])),
        ("(SELECT count(*) FROM competition('泰瑞沙'))", json!(3)),
        (
            "(SELECT list(DISTINCT generic) FROM search_drug_target('zidovudine/lamivudine', NULL))",
            both(),
        ),
        ("(SELECT count(*) FROM associations('Tagrisso'))", json!(1)),
    ]);
}

#[test]
fn r7_a_company_is_found_whatever_its_legal_form_and_marks() {
    assert_eq!(first("company_key"), [json!("boehringeringelheim"), json!("江苏恒瑞医药")]);
    assert_all(&[
        ("companies_of('Boehringer-Ingelheim')", json!(["Boehringer Ingelheim"])),
        ("companies_of('Boehringer Ingelheim GmbH & Co. KG')", json!(["Boehringer Ingelheim"])),
        ("companies_of('Mylan, Inc.')", json!(["Mylan"])),
        ("companies_of('齐鲁制药股份有限公司')", json!(["齐鲁制药"])),
        ("companies_of('株式会社')", json!(["Astellas Pharma", "AstraZeneca"])),
        ("companies_of('%')", json!([])),
        ("company_key(NULL)", json!(null)),
    ]);
}

#[test]
fn r38_a_date_that_is_a_bound_is_said_to_be_one() {
    let sample = Sample::new();
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "UPDATE drug_progress SET progress_date_precision = 'before' WHERE drug_id = 'D9'",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let sql = "SELECT progress_date, progress_date_precision FROM competition('famotidine')";
    let rows = run_sql(&sample.open(), sql).unwrap().rows;
    assert_eq!(rows, [[json!("1985-01-01"), json!("before")]]);
}

#[test]
fn r32_the_id_of_a_drug_is_understood_in_any_case_and_after_a_merge() {
    assert_eq!(first("drug_id_now"), [json!("D7"), json!("D1")]);
    assert_all(&[
        ("drug_id_now('D999')", json!(null)),
        ("drug_id_now(NULL)", json!(null)),
        ("(SELECT count(*) FROM explain_drug(' d7'))", json!(5)),
        ("(SELECT count(*) FROM explain_drug('D0'))", json!(2)),
        ("(SELECT count(*) > 3 FROM drug_timeline('d7'))", json!(true)),
    ]);
    let sample = Sample::built();
    let conn = sample.open();
    let asked = |id| show_drug(&conn, id).unwrap().map(|d| (d.drug_id, d.asked_as));
    assert_eq!(asked("d7"), Some(("D7".to_owned(), None)));
    assert_eq!(asked("d0"), Some(("D1".to_owned(), Some("d0".to_owned()))));
    assert_eq!(asked("d999"), None);
}

#[test]
fn a_name_that_is_no_table_is_answered_with_those_of_its_schema() {
    let sample = Sample::built();
    let folder = tempfile::tempdir().unwrap();
    for (name, listed, other) in [
        ("drugs", "drug_market", "raw.us_orange_book_products"),
        ("raw.product", "raw.us_orange_book_products", "drug_market"),
    ] {
        let request = ExportRequest {
            format: ExportFormat::Csv,
            selection: Selection::Named(vec![name.to_owned()]),
            to: folder.path().join("out"),
            force: false,
            bom: false,
            guard_formulas: false,
            clip: false,
            with_raw: false,
        };
        let error = export(&sample.lake, &request, &|_, _| {}).unwrap_err().to_string();
        assert!(error.contains(listed) && !error.contains(other), "{error}");
    }
}
