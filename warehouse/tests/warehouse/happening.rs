//! The views and macros that tell what happened: timelines, entrants.

use regatta_warehouse::run_sql;
use serde_json::json;

use crate::sample::Sample;
use crate::viewing::{example, first};

#[test]
fn drug_timeline_tells_what_happened_in_order() {
    let rows = example("drug_timeline").rows;
    let told: Vec<_> = rows
        .iter()
        .map(|r| (r[0].as_str().unwrap(), r[1].as_str().unwrap(), r[3].as_str().unwrap_or("")))
        .collect();
    assert_eq!(
        told,
        [
            ("2015-11-13", "approved", "US"),
            ("2016-03-28", "approved", "JP"),
            ("2016-05-12", "accepted", "CN"),
            ("2017-03-20", "concluded", "CN"),
            ("2017-03-22", "approved", "CN"),
            ("2019-01-10", "trial", "CN"),
            ("2026-11-20", "first_seen", ""),
        ]
    );
    assert_eq!(
        rows[3][2..],
        [
            json!("审评结论"),
            json!("CN"),
            json!("import_approved"),
            json!("AstraZeneca"),
            json!(["cn_cde:JXHS1600003"])
        ]
    );
    let sample = Sample::new();
    let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "DELETE FROM drug_id_history;
             INSERT INTO drug_id_history (drug_id, event, other_id, seen_at, records)
                VALUES ('D0', 'merged_into', 'D1', '2026-11-20T08:00:00Z', 2);
             UPDATE listing SET status = 'withdrawn', status_date = '2020-05-01', status_date_precision = 'day' WHERE record_id = 'us_drugs_at_fda:020636-001';
             INSERT INTO record_company (record_id, source_id, role, company, company_raw, company_match, links, origin, since, since_precision)
                VALUES ('us_orange_book:N-020636-001', 'us_orange_book', 'historical', 'Roxane', 'ROXANE', 'key', true, 'former_holder', '2011-03-01', 'month');
             INSERT INTO change (entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, seen_at)
                VALUES ('drug', 'D1', '', 'changed', 'progress.US', 'filed', 'marketed', 'source_changed', '2026-11-24T08:15:00Z')",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    // By an id that was given up.
    let sql = "SELECT CAST(date AS VARCHAR), event, detail, precision, len(record_ids) FROM drug_timeline('D0')";
    let rows = run_sql(&sample.open(), sql).unwrap().rows;
    assert_eq!(
        rows,
        [
            [json!("1996-06-21"), json!("approved"), json!("VIRAMUNE"), json!("day"), json!(2)],
            [
                json!("2011-03-01"),
                json!("holder_changed"),
                json!("no longer Roxane"),
                json!("month"),
                json!(1)
            ],
            [json!("2020-05-01"), json!("status"), json!("withdrawn"), json!("day"), json!(1)],
            [json!("2026-11-20"), json!("first_seen"), json!("D1"), json!("day"), json!(0)],
            [
                json!("2026-11-20"),
                json!("merged_into"),
                json!("D0 became part of D1, 2 records"),
                json!("day"),
                json!(0)
            ],
            [
                json!("2026-11-24"),
                json!("stage_seen_changed"),
                json!("progress: filed -> marketed (source_changed)"),
                json!("day"),
                json!(0)
            ],
        ]
    );
}

#[test]
fn r17_a_tentative_approval_is_told_once_and_as_no_approval() {
    // The day of the status, that of the approval in older snapshots, or both.
    for dates in [
        "approval_date = NULL, status_date = '2019-04-02', status_date_precision = 'day'",
        "approval_date = '2019-04-02', approval_date_precision = 'day'",
        "approval_date = '2012-05-22', status_date = '2019-04-02', status_date_precision = 'day'",
    ] {
        let sample = Sample::new();
        let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
            conn.execute_batch(&format!(
                "UPDATE listing SET status = 'tentative', {dates} WHERE record_id = 'us_orange_book:A-203021-001'"
            ))
            .unwrap();
        });
        regatta_warehouse::build(&sample.lake, &next).unwrap();
        let sql = "SELECT CAST(date AS VARCHAR), event, event_zh, detail, precision, record_ids FROM drug_timeline('D2') WHERE country = 'US'";
        assert_eq!(
            run_sql(&sample.open(), sql).unwrap().rows,
            [[
                json!("2019-04-02"),
                json!("tentatively_approved"),
                json!("暂定批准"),
                json!("NEVIRAPINE"),
                json!("day"),
                json!(["us_orange_book:A-203021-001"])
            ]],
            "{dates}"
        );
    }
}

#[test]
fn r41_new_entrants_with_the_reason() {
    assert_eq!(
        first("new_entrants"),
        [
            json!("Astellas Pharma"),
            json!("新药品"),
            json!("famotidine"),
            json!("tablet"),
            json!("JP"),
            json!("已上市"),
            json!("record_appeared")
        ]
    );
    let sample = Sample::new();
    let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "DELETE FROM change;
             INSERT INTO change (entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, seen_at) VALUES
                ('drug', 'D92', '', 'changed', 'progress.CN', 'phase_2', 'phase_3', 'source_changed', '2026-11-24T08:00:00Z'),
                ('drug', 'D8', '', 'changed', 'country.CN', NULL, 'recorded', 'dictionary_changed', '2026-11-24T08:00:00Z'),
                ('drug', 'D1', '', 'changed', 'holder', 'Roxane', 'Boehringer Ingelheim', 'source_changed', '2026-11-24T08:00:00Z'),
                -- Back from marketed, only split, gone again: nobody's entry.
                ('drug', 'D91', '', 'changed', 'progress.CN', 'marketed', 'undetermined', 'source_changed', '2026-11-24T08:00:00Z'),
                ('drug', 'D3', '', 'appeared', '', NULL, NULL, 'record_appeared', '2026-11-24T08:00:00Z'),
                ('drug', 'D77', '', 'appeared', '', NULL, NULL, 'record_appeared', '2026-11-24T08:00:00Z');
             INSERT INTO drug_id_history (drug_id, event, other_id, seen_at, records)
                VALUES ('D3', 'split_from', 'D1', '2026-11-24T08:00:00Z', 1)",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let conn = sample.open();
    let sql = "SELECT drug_id, entry, old_progress, progress, reason_zh FROM new_entrants(DATE '2026-11-24')";
    assert_eq!(
        run_sql(&conn, sql).unwrap().rows,
        [
            [json!("D8"), json!("new_market"), json!(null), json!("marketed"), json!("词典变更")],
            [
                json!("D92"),
                json!("new_stage"),
                json!("phase_2"),
                json!("phase_3"),
                json!("来源变更")
            ],
        ]
    );
    assert!(run_sql(&conn, "FROM new_entrants('2026-11-25')").unwrap().rows.is_empty());
}

#[test]
fn r41_markets_and_stages_of_a_drug_that_was_merged_into_another_are_no_entries() {
    let sample = Sample::new();
    // Mylan's tablet, marketed in the United States, becomes part of a drug that was
    // filed there (D3) and of one that was not there (D7, which enters Japan as well).
    let edit = |conn: &duckdb::Connection| {
        conn.execute_batch(
            "DELETE FROM drug WHERE drug_id = 'D2';
                 DELETE FROM drug_progress WHERE drug_id = 'D2';
                 UPDATE drug_record SET drug_id = 'D3' WHERE drug_id = 'D2';
                 INSERT INTO drug_id_history (drug_id, event, other_id, seen_at, records) VALUES
                    ('D2', 'merged_into', 'D3', '2026-11-24T08:00:00Z', 1),
                    ('D2', 'merged_into', 'D7', '2026-11-24T08:00:00Z', 1);
                 DELETE FROM change;
                 INSERT INTO change (entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, seen_at) VALUES
                    ('drug', 'D2', '', 'vanished', '', NULL, NULL, 'source_changed', '2026-11-24T08:00:00Z'),
                    ('drug', 'D3', '', 'changed', 'progress.US', 'filed', 'marketed', 'source_changed', '2026-11-24T08:00:01Z'),
                    ('drug', 'D7', '', 'changed', 'country.US', NULL, 'recorded', 'source_changed', '2026-11-24T08:00:01Z'),
                    ('drug', 'D7', '', 'changed', 'country.JP', NULL, 'recorded', 'source_changed', '2026-11-24T08:00:01Z')",
        )
        .unwrap();
    };
    let sql =
        "SELECT drug_id, country, entry, old_progress FROM new_entrants('2026-11-24') ORDER BY ALL";
    let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", edit);
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows,
        [[json!("D7"), json!("JP"), json!("new_market"), json!(null)]]
    );
    // What goes further than the drug that was merged is news.
    let sample = Sample::new();
    crate::sample::publish(&sample.lake, "2026-11-23T09:15:00Z", |conn| {
        conn.execute_batch(
            "DELETE FROM change; UPDATE drug_progress SET progress = 'filed' WHERE drug_id = 'D2'",
        )
        .unwrap();
    });
    let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", edit);
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows,
        [
            [json!("D3"), json!("US"), json!("new_stage"), json!("filed")],
            [json!("D7"), json!("JP"), json!("new_market"), json!(null)],
            [json!("D7"), json!("US"), json!("new_stage"), json!("filed")],
        ]
    );
}
