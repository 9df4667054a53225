//! The views and macros that answer an analyst's questions: competition,
//! pipelines, search for a drug and a target.

use regatta_warehouse::run_sql;
use serde_json::json;

use crate::sample::Sample;
use crate::viewing::{example, first};

#[test]
fn utc_country_code_and_join_names() {
    assert_eq!(first("utc"), [json!("2026-11-23 08:15:00"), json!("2026-11-23 00:00:00")]);
    assert_eq!(first("country_code"), [json!("CN"), json!("EU"), json!("US")]);
    assert_eq!(first("join_names"), [json!("二甲双胍 / 达格列净")]);
    let none = "SELECT join_names([]), join_names(NULL)";
    assert_eq!(run_sql(&Sample::built().open(), none).unwrap().rows, [[json!(null), json!(null)]]);
}

#[test]
fn r43_names_are_understood_in_every_language() {
    assert_eq!(first("generics_of"), [json!(["osimertinib"]), json!(["osimertinib"])]);
    assert_eq!(first("targets_of"), [json!(["EGFR"])]);
    assert_eq!(first("companies_of"), [json!(["AstraZeneca"]), json!(["Boehringer Ingelheim"])]);
    let sample = Sample::built();
    let conn = sample.open();
    for (sql, expected) in [
        ("generics_of('nevira')", json!(["nevirapine"])),
        ("generics_of('LAMIVUDINE')", json!(["lamivudine"])),
        ("generics_of('甲磺酸奥希替尼')", json!(["osimertinib"])),
        ("generics_of('zzz')", json!([])),
        ("generics_of('')", json!([])),
        ("targets_of('EGFR抑制剂')", json!(["EGFR"])),
        ("targets_of('e-gfr')", json!(["EGFR"])),
        ("targets_of('gf')", json!([])),
        ("targets_of('Her-1')", json!(["EGFR"])),
        ("targets_of('ＨＥＲ１')", json!(["EGFR"])),
        ("targets_of('表皮生长因子受体')", json!(["EGFR"])),
        ("targets_of('anti-EGF receptor antibodies')", json!(["EGFR"])),
        ("companies_of('アストラゼネカ株式会社')", json!(["AstraZeneca"])),
        ("companies_of('az')", json!(["AstraZeneca"])),
        ("companies_of('viatris')", json!(["Mylan"])),
        ("companies_of('齐鲁')", json!(["齐鲁制药"])),
        ("companies_of('healthcare')", json!(["ViiV Healthcare"])),
        ("companies_of('')", json!([])),
    ] {
        assert_eq!(run_sql(&conn, &format!("SELECT {sql}")).unwrap().rows, [[expected]], "{sql}");
    }
}

#[test]
fn r43_the_companies_of_a_group_that_are_called_after_one_come_with_it() {
    let sample = Sample::new();
    let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "INSERT INTO company (company, corporate_group, raw_names, records, drugs) VALUES
                ('Mylan Pharma', 'Viatris', [], 1, 1), ('Mylan-Teva', 'Viatris', [], 1, 1),
                ('Mylano', 'Viatris', [], 1, 1), ('Mylan Trading', NULL, [], 1, 1), ('Meda', 'Viatris', [], 1, 1),
                ('Acme', NULL, ['ACME'], 1, 1), ('Acme Biotech', NULL, [], 1, 1), ('ACME Labs', 'Viatris', [], 1, 1);
             UPDATE drug SET partners = ['Mylan Pharma', 'Mylan-Teva', 'Mylano', 'Mylan Trading', 'Meda', 'Acme',
                'Acme Biotech', 'ACME Labs'] WHERE drug_id = 'D8'",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let conn = sample.open();
    for (name, expected) in [
        ("Mylan", json!(["Mylan", "Mylan Pharma", "Mylan-Teva"])),
        ("mylan laboratories ltd", json!(["Mylan", "Mylan Pharma", "Mylan-Teva"])),
        ("mylan pharma", json!(["Mylan Pharma"])),
        ("acme", json!(["Acme", "Acme Biotech"])),
        ("acme labs", json!(["ACME Labs"])),
    ] {
        let sql = format!("SELECT companies_of('{name}')");
        assert_eq!(run_sql(&conn, &sql).unwrap().rows, [[expected]], "{name}");
    }
}

#[test]
fn drug_market_is_a_drug_in_a_market_in_words() {
    let rows = example("drug_market").rows;
    assert_eq!(
        rows,
        [
            [
                json!("AstraZeneca"),
                json!("AstraZeneca"),
                json!("片剂"),
                json!("中国"),
                json!("已上市"),
                json!("2017-03-22")
            ],
            [
                json!("AstraZeneca"),
                json!("AstraZeneca"),
                json!("片剂"),
                json!("日本"),
                json!("已上市"),
                json!("2016-03-28")
            ],
            [
                json!("AstraZeneca"),
                json!("AstraZeneca"),
                json!("片剂"),
                json!("美国"),
                json!("已上市"),
                json!("2015-11-13")
            ],
        ]
    );
    let sample = Sample::built();
    let sql = "SELECT corporate_group_zh, generic_zh FROM drug_market WHERE drug_id = 'D7' LIMIT 1";
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows,
        [[json!("阿斯利康"), json!("奥希替尼")]]
    );
}

#[test]
fn who_is_furthest_with_egfr_inhibitors_in_china_is_one_short_query() {
    let rows = example("competition_target").rows;
    assert_eq!(
        rows,
        [
            [
                json!(1),
                json!("齐鲁制药"),
                json!("gefitinib"),
                json!("吉非替尼"),
                json!("已上市"),
                json!("2016-12-01")
            ],
            [
                json!(2),
                json!("AstraZeneca"),
                json!("osimertinib"),
                json!("奥希替尼"),
                json!("已上市"),
                json!("2017-03-22")
            ],
            [
                json!(3),
                json!("Mylan"),
                json!("gefitinib"),
                json!("吉非替尼"),
                json!("未判定"),
                json!(null)
            ],
        ]
    );
    let sample = Sample::built();
    let conn = sample.open();
    for (query, rows) in [
        ("competition_target('egfr')", 5),
        ("competition_target('EGFR抑制剂', country := '日本')", 1),
        ("competition_target('EGFR', country := 'japan')", 1),
        ("competition_target('EGFR', country := 'EU')", 0),
        ("competition_target('HER2')", 0),
        ("competition_target('HER-1')", 5),
        ("competition_target('上皮成長因子受容体', country := '中国')", 3),
        ("competition('osimertinib', country := 'CN')", 1),
        ("competition('nevirapine', country := 'us')", 4),
    ] {
        let sql = format!("SELECT place FROM {query}");
        assert_eq!(run_sql(&conn, &sql).unwrap().rows.len(), rows, "{query}");
    }
}

#[test]
fn pipeline_of_a_group_in_chinese_furthest_first() {
    let rows = example("pipeline").rows;
    assert_eq!(
        rows,
        [
            [
                json!("osimertinib"),
                json!("奥希替尼"),
                json!("片剂"),
                json!("上市许可持有人"),
                json!("marketed"),
                json!("marketed"),
                json!("2017-03-22")
            ],
            [
                json!("savolitinib"),
                json!("赛沃替尼"),
                json!("片剂"),
                json!("上市许可持有人"),
                json!(null),
                json!("phase_3"),
                json!("2019-01-10")
            ],
        ]
    );
    let sample = Sample::new();
    let next = crate::sample::publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "UPDATE drug SET partners = ['Mylan'] WHERE drug_id = 'D3';
             UPDATE drug SET manufacturers = ['Mylan'], historical_companies = ['Mylan'] WHERE drug_id = 'D4';
             UPDATE drug SET historical_companies = ['Mylan'] WHERE drug_id = 'D5'",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let sql = "SELECT drug_id, role, companies, evidence FROM pipeline('Mylan') ORDER BY drug_id";
    let rows = run_sql(&sample.open(), sql).unwrap().rows;
    let roles: Vec<_> =
        rows.iter().map(|r| (r[0].as_str().unwrap(), r[1].as_str().unwrap())).collect();
    assert_eq!(
        roles,
        [
            ("D2", "holder"),
            ("D3", "partner"),
            ("D4", "manufacturer"),
            ("D5", "historical"),
            ("D91", "holder")
        ]
    );
    assert_eq!(rows[0][2..], [json!(["Mylan"]), json!(["us_orange_book:A-203021-001"])]);
}

#[test]
fn r43_search_combines_a_drug_and_a_target() {
    let rows = example("search_drug_target").rows;
    assert_eq!(rows.len(), 3);
    assert_eq!(
        rows[0],
        [
            json!("osimertinib"),
            json!(["EGFR"]),
            json!("AstraZeneca"),
            json!("中国"),
            json!("已上市"),
            json!(3)
        ]
    );
    let sample = Sample::built();
    let conn = sample.open();
    for (arguments, rows) in [
        ("'泰瑞沙', 'EGFR'", 3),
        ("'泰瑞沙', 'HER-1'", 3),
        ("'nevirapine', 'EGFR'", 0),
        ("'nevirapine', NULL", 4),
        ("NULL, 'EGFR'", 5),
        ("'', ''", 0),
    ] {
        let sql = format!("SELECT record_ids, evidence FROM search_drug_target({arguments})");
        assert_eq!(run_sql(&conn, &sql).unwrap().rows.len(), rows, "{arguments}");
    }
    let sql =
        "SELECT record_ids FROM search_drug_target('osimertinib', 'EGFR') WHERE country = 'CN'";
    assert_eq!(
        run_sql(&conn, sql).unwrap().rows,
        [[json!([
            "cn_nmpa:国药准字HJ20170167",
            "cn_cde:JXHS1600003",
            "cn_drug_trials:CTR20190001#osimertinib"
        ])]]
    );
}
