//! The example of every view and macro, and what it answers.

use regatta_warehouse::{Answer, VIEWS, run_sql};
use serde_json::{Value, json};

use crate::sample::Sample;

/// Runs the example of a view, as it stands in its header.
pub(crate) fn example(name: &str) -> Answer {
    let sample = Sample::built();
    let view = VIEWS.iter().find(|v| v.name == name).unwrap();
    run_sql(&sample.open(), view.example()).unwrap()
}

pub(crate) fn first(name: &str) -> Vec<Value> {
    example(name).rows.into_iter().next().unwrap()
}

#[test]
fn label_gives_the_ladder_in_chinese() {
    let sql = "SELECT code, label_zh FROM label WHERE kind = 'progress' ORDER BY rank DESC";
    let rows = run_sql(&Sample::built().open(), sql).unwrap().rows;
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
    assert_eq!(row[4], "raw.\"us_orange_book_products\"");
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
                json!("famotidine"),
                json!("Astellas Pharma"),
                json!("新增"),
                json!(""),
                json!(null),
                json!(null),
                json!("record_appeared")
            ],
            vec![
                json!("nevirapine"),
                json!("Mylan"),
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
    let sql = "SELECT generic_zh, dosage_form_zh, old_value_zh, new_value_zh FROM changes('2026-11-22') WHERE field = 'status'";
    assert_eq!(
        run_sql(&conn, sql).unwrap().rows,
        [[json!("奈韦拉平"), json!("片剂"), json!("在市"), json!("停产")]]
    );
}

#[test]
fn what_vanished_is_named_as_it_was() {
    let sample = Sample::new();
    let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "DELETE FROM change; DELETE FROM listing WHERE record_id = 'jp_pmda:16000AMZ01234';
             DELETE FROM drug WHERE drug_id = 'D9';
             INSERT INTO change (entity_kind, entity_id, source_id, change, reason, seen_at) VALUES
                ('listing', 'jp_pmda:16000AMZ01234', 'jp_pmda', 'vanished', 'record_vanished', '2026-11-24T08:00:00Z'),
                ('drug', 'D9', '', 'vanished', 'record_vanished', '2026-11-24T08:00:00Z')",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let sql = "SELECT entity_id, generic, dosage_form, company FROM changes('2026-11-24') WHERE change = 'vanished'";
    let row =
        |id: &str| [json!(id), json!("famotidine"), json!("tablet"), json!("Astellas Pharma")];
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows,
        [row("D9"), row("jp_pmda:16000AMZ01234")]
    );
}

#[test]
fn r1_record_has_all_kinds_in_one_shape() {
    let rows = example("record").rows;
    let kinds: Vec<_> = rows.iter().map(|r| r[1].as_str().unwrap()).collect();
    assert_eq!(kinds, ["registration", "trial", "listing", "listing", "listing"]);
    let (cde, trial) = (&rows[0], &rows[1]);
    assert_eq!(
        cde[2..],
        [json!("CN"), json!("申请生产，批准进口"), json!("2017-03-20"), json!("JXHS1600003")]
    );
    assert_eq!(
        trial[3..],
        [json!("III期，进行中 招募中"), json!("2019-01-10"), json!("CTR20190001")]
    );
    let sample = Sample::built();
    let conn = sample.open();
    let sql = "SELECT record_kind, count(*), count(*) FILTER (NOT takes_part) FROM record GROUP BY 1 ORDER BY 1";
    assert_eq!(
        run_sql(&conn, sql).unwrap().rows,
        [
            [json!("listing"), json!(13), json!(1)],
            [json!("registration"), json!(2), json!(0)],
            [json!("trial"), json!(2), json!(0)],
        ]
    );
    let sql = "SELECT companies, groups, product_name FROM record WHERE record_id = 'cn_drug_trials:CTR20190001#osimertinib'";
    assert_eq!(
        run_sql(&conn, sql).unwrap().rows,
        [[json!(["AstraZeneca"]), json!(["AstraZeneca"]), json!("奥希替尼")]]
    );
}

#[test]
fn r14_record_and_explanation_name_the_data_set_that_overruled() {
    let sample = Sample::new();
    let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "UPDATE listing SET market_status = 'discontinued', market_source = 'us_orange_book'
             WHERE source_id = 'us_drugs_at_fda'",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let sql =
        "SELECT status, market_status, market_source FROM explain_drug('D1') ORDER BY source_id";
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows,
        [
            [json!("active"), json!("discontinued"), json!("us_orange_book")],
            [json!("active"), json!("active"), json!(null)],
        ]
    );
}

#[test]
fn lineage_of_a_registration_has_a_row_per_list_and_of_a_trial_one() {
    let sample = Sample::built();
    let conn = sample.open();
    let sql = "SELECT evidence, source_id, raw_table, row_number, drug_id FROM lineage('cn_cde:JXHS1600003')";
    assert_eq!(
        run_sql(&conn, sql).unwrap().rows,
        [
            [json!("acceptance"), json!("cn_cde"), json!("acceptance"), json!(2), json!("D7")],
            [
                json!("announcement"),
                json!("cn_nmpa_pickup"),
                json!("document"),
                json!(7),
                json!("D7")
            ],
        ]
    );
    for (id, drug) in [
        ("cn_drug_trials:CTR20190001#savolitinib", json!("D92")),
        ("cn_drug_trials:CTR20190001", json!(null)),
        ("cn_drug_trials:CTR20190002", json!(null)),
    ] {
        let sql = format!("SELECT record_kind, raw_table, drug_id FROM lineage('{id}')");
        assert_eq!(run_sql(&conn, &sql).unwrap().rows, [[json!("trial"), json!("trial"), drug]]);
    }
}

#[test]
fn r25_associations_of_a_generic_and_r18_registrations_by_any_of_their_texts() {
    let row = first("associations");
    assert_eq!(
        row,
        [
            json!("tablet"),
            json!(["AstraZeneca"]),
            json!(["JXHS1600003"]),
            json!(["批准进口"]),
            json!("D7")
        ]
    );
    assert_eq!(
        first("registrations"),
        [
            json!("JXHS1600003"),
            json!("甲磺酸奥希替尼片"),
            json!("申请生产"),
            json!("批准进口"),
            json!("R20"),
            json!("D7")
        ]
    );
    let sample = Sample::built();
    let conn = sample.open();
    for (term, found) in [
        ("JXHS1600003", 1),
        ("受理号 JXHS1600003国", 1),
        ("国药准字 H20170167", 1),
        ("h20170167", 1),
        ("奥希替尼", 1),
        ("astrazeneca", 1),
        ("阿斯利康", 1),
        ("viatris", 1),
        ("j", 2),
        ("nevirapine", 0),
        ("", 0),
    ] {
        let sql = format!("SELECT record_id FROM registrations('{term}')");
        assert_eq!(run_sql(&conn, &sql).unwrap().rows.len(), found, "{term}");
    }
}

#[test]
fn link_words_and_number_key() {
    assert_eq!(
        first("link_words"),
        [json!("same corporate group AstraZeneca as us_orange_book:N-208065-001")]
    );
    assert_eq!(
        first("number_key"),
        [json!("cyhs1900511"), json!("2023-505613-24"), json!("2013-004615-45"), json!("020636")]
    );
    assert_eq!(first("without_class"), [json!("egfr"), json!("pd-1")]);
    assert_eq!(
        first("asked_words"),
        [json!(["egfr", "astrazeneca"]), json!(["c1", "esterase", "inhibitor"])]
    );
    assert_eq!(first("asked_phrase"), [json!("egf receptor"), json!("c1 esterase inhibitor")]);
}

#[test]
fn why_answers_in_a_row() {
    let row = first("why");
    assert_eq!(row[0], true);
    assert_eq!(
        row[1],
        "jp_pmda:22800AMX00385: same corporate group AstraZeneca as us_orange_book:N-208065-001"
    );
    assert_eq!(row[2][0]["link_name"], "AstraZeneca");
    assert_eq!(row[2].as_array().unwrap().len(), 1);
}
