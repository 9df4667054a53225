//! The example of every view and macro, and what it answers.

use regatta_warehouse::{Answer, VIEWS, run_sql};
use serde_json::{Value, json};

use crate::sample::Sample;

/// Runs the example of a view, as it stands in its header.
fn example(name: &str) -> Answer {
    let sample = Sample::built();
    let view = VIEWS.iter().find(|v| v.name == name).unwrap();
    run_sql(&sample.open(), view.example()).unwrap()
}

fn first(name: &str) -> Vec<Value> {
    example(name).rows.into_iter().next().unwrap()
}

#[test]
fn label_gives_the_ladder_in_chinese() {
    let rows = example("label").rows;
    assert_eq!(rows[0], [json!("marketed"), json!("已上市")]);
    assert_eq!(rows.last().unwrap()[0], "not_filed");
}

#[test]
fn fold_term_folds() {
    assert_eq!(first("fold_term"), [json!("nevirapine xr")]);
}

#[test]
fn search_and_search_words_find_the_drugs() {
    assert_eq!(example("search").rows.len(), 4);
    assert_eq!(first("search")[1], "Tablet");
    let rows = example("search_words").rows;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][0], "lamivudine / zidovudine");
}

#[test]
fn progress_matrix_has_a_column_for_each_market() {
    let rows = example("progress_matrix").rows;
    assert_eq!(rows.len(), 3);
    assert_eq!(
        rows[0],
        [
            json!("nevirapine"),
            json!("extended_release_tablet"),
            json!("marketed"),
            json!("已上市"),
            json!("not_filed")
        ]
    );
    let sample = Sample::built();
    let sql =
        "SELECT us, jp, cn, cn_zh, eu, drugs FROM progress_matrix WHERE generic = 'gefitinib'";
    // The sample reads no European source: that cell is unknown, not 'not filed'.
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows,
        [[
            json!("not_filed"),
            json!("not_filed"),
            json!("marketed"),
            json!("已上市"),
            json!(null),
            json!(1)
        ]]
    );
}

#[test]
fn drug_overview_is_a_drug_in_a_row() {
    let rows = example("drug_overview").rows;
    assert_eq!(rows.len(), 4);
    assert!(rows.contains(&vec![
        json!("D2"),
        json!("片剂"),
        json!("Mylan"),
        json!("marketed"),
        json!("已上市")
    ]));
    let sample = Sample::built();
    let sql = "SELECT us, eu, jp, cn, marketed_today_in FROM drug_overview WHERE drug_id = 'D7'";
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows,
        [[
            json!("marketed"),
            json!(null),
            json!("marketed"),
            json!("marketed"),
            json!(["CN", "JP", "US"])
        ]]
    );
}

#[test]
fn competition_ranks_by_progress_then_date_and_knows_chinese_names() {
    let rows = example("competition").rows;
    assert_eq!(rows[0][..3], [json!(1), json!("Boehringer Ingelheim"), json!("tablet")]);
    assert_eq!(rows[0][6], "1996-06-21");
    assert_eq!(rows[3][1], "Mylan");
    let sample = Sample::built();
    let sql = "SELECT company, current_status_zh, evidence FROM competition('奥希替尼') WHERE country = 'CN'";
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows,
        [[json!("AstraZeneca"), json!("在市"), json!(["cn_nmpa:国药准字HJ20170167"])]]
    );
}

#[test]
fn source_freshness_says_what_is_overdue() {
    let rows = example("source_freshness").rows;
    assert_eq!(rows[0], [json!("cn_nmpa"), json!(null), json!(48), json!(true), json!(null)]);
    assert_eq!(rows[1][0], "us_drugs_at_fda");
    assert_eq!(rows[1][3..], [json!(false), json!("有新数据")]);
    assert!(rows[1][1].is_number());
}

#[test]
fn lineage_leads_to_url_bytes_and_line() {
    let row = first("lineage");
    assert_eq!(row[0], "https://www.fda.gov/media/76860/download");
    assert_eq!(row[1], "2026-11-23 08:00:00");
    assert_eq!(row[2].as_str().unwrap().len(), 64);
    assert_eq!(row[3], 2);
    assert_eq!(row[4], json!(["raw.\"us_orange_book_patent\"", "raw.\"us_orange_book_products\""]));
    let sample = Sample::built();
    let sql = "SELECT CAST(checked_at AS VARCHAR), data_run_id, drug_id FROM lineage('us_orange_book:N-020636-001')";
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows,
        [[json!("2026-11-23 20:00:00"), json!("R1"), json!("D1")]]
    );
}

#[test]
fn explain_drug_gives_the_reason_of_each_record() {
    let rows = example("explain_drug").rows;
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[0][..3],
        [
            json!("us_orange_book:N-020636-001"),
            json!("first record of the drug"),
            json!("首条记录")
        ]
    );
    assert_eq!(
        rows[1][1],
        "same corporate group Boehringer Ingelheim as us_orange_book:N-020636-001"
    );
    assert_eq!(rows[1][2], "同一集团");
    assert_eq!(rows[1][5], json!(true));
}

#[test]
fn changes_since_a_day() {
    let rows = example("changes").rows;
    assert_eq!(
        rows,
        [
            vec![
                json!("D9"),
                json!("新增"),
                json!(""),
                json!(null),
                json!(null),
                json!("record_appeared")
            ],
            vec![
                json!("us_orange_book:A-203021-001"),
                json!("变更"),
                json!("status"),
                json!("active"),
                json!("discontinued"),
                json!("source_changed"),
            ],
        ]
    );
    let sample = Sample::built();
    let conn = sample.open();
    for (since, rows) in [
        ("'2026-11-23T08:15:00Z'", 2),
        ("'2026-11-23T08:15:01Z'", 0),
        ("DATE '2026-11-23'", 2),
        ("TIMESTAMP '2026-11-23 09:00:00'", 0),
        ("DATE '2026-11-24' - INTERVAL 1 DAY", 2),
    ] {
        let sql = format!("SELECT generic, company FROM changes({since})");
        assert_eq!(run_sql(&conn, &sql).unwrap().rows.len(), rows, "{since}");
    }
}
