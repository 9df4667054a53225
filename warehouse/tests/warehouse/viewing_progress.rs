//! Progress in a row: the views `progress_matrix` and `drug_overview` (R33-R38).

use regatta_warehouse::run_sql;
use serde_json::json;

use crate::sample::Sample;
use crate::viewing::example;

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
            json!(2)
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
fn r38_what_goes_beyond_the_ladder_is_shown() {
    let sample = Sample::new();
    let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "UPDATE drug_progress SET progress = 'clinical_approved' WHERE drug_id = 'D92';
             UPDATE progress SET progress = 'clinical_approved' WHERE generic = 'savolitinib'",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let conn = sample.open();
    for sql in [
        "SELECT cn, further_evidence, marketed_today_in FROM progress_matrix WHERE generic = 'savolitinib'",
        "SELECT cn, further_evidence, marketed_today_in FROM drug_overview WHERE drug_id = 'D92'",
    ] {
        assert_eq!(
            run_sql(&conn, sql).unwrap().rows,
            [[json!("clinical_approved"), json!(["CN: phase_3"]), json!([])]]
        );
    }
}
