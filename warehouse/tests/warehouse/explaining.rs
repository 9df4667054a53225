//! Why a drug is what it is, and why records are of one drug or of two.

use regatta_warehouse::{explain, explanation_tree, run_sql, why, why_text};

use crate::sample::{Sample, publish};

const PMDA: &str = "jp_pmda:22800AMX00385";
const FDA: &str = "us_orange_book:N-208065-001";
const NMPA: &str = "cn_nmpa:国药准字HJ20170167";
const CDE: &str = "cn_cde:JXHS1600003";
const TRIAL: &str = "cn_drug_trials:CTR20190001#osimertinib";

#[test]
fn r30_the_holder_is_explained_by_the_records_that_named_it() {
    let sample = Sample::built();
    let conn = sample.open();
    let drug = explain(&conn, "D7").unwrap().unwrap();
    assert_eq!(drug.holder.holder.as_deref(), Some("AstraZeneca"));
    assert_eq!(drug.holder.rule, "R30: holder of its listings in China");
    assert_eq!(drug.holder.records, [NMPA]);
    assert_eq!(drug.holder.also, [FDA, CDE, TRIAL, PMDA]);
    for (id, rule, record) in [
        ("D9", "in JP, the last of the regions in their order", "jp_pmda:16000AMZ01234"),
        ("D91", "applicant", "cn_cde:JTH1600012"),
        ("D92", "sponsor", "cn_drug_trials:CTR20190001#savolitinib"),
    ] {
        let drug = explain(&conn, id).unwrap().unwrap();
        assert!(drug.holder.rule.contains(rule), "{}", drug.holder.rule);
        assert_eq!(drug.holder.records, [record], "{id}");
    }
}

#[test]
fn progress_and_records_of_all_kinds_are_explained() {
    let sample = Sample::built();
    let drug = explain(&sample.open(), "D7").unwrap().unwrap();
    let cn = &drug.progress[0];
    assert_eq!((cn.country.as_str(), cn.records), ("CN", 3));
    assert_eq!(cn.progress.label_zh.as_deref(), Some("已上市"));
    assert_eq!(cn.progress.records, [NMPA]);
    let kinds: Vec<_> = drug.records.iter().map(|k| (k.kind.as_str(), k.records.len())).collect();
    assert_eq!(kinds, [("listing", 3), ("registration", 1), ("trial", 1)]);
    let registration = &drug.records[1].records[0];
    assert_eq!(registration.status_zh.as_deref(), Some("申请生产，批准进口"));
    assert_eq!(registration.date.as_deref(), Some("2017-03-20"));
    assert!(!registration.decides_progress, "R33: the listing does");
    let trial = &drug.records[2].records[0];
    assert_eq!(trial.status.as_deref(), Some("phase_3, recruiting"));
    assert_eq!(trial.reason, format!("same corporate group AstraZeneca as {FDA}"));
    serde_json::to_string(&drug).unwrap();
}

#[test]
fn the_tree_says_what_the_explanation_says() {
    let sample = Sample::built();
    let conn = sample.open();
    let tree = explanation_tree(&explain(&conn, "D7").unwrap().unwrap());
    for line in [
        "D7 osimertinib 奥希替尼, tablet 片剂\n",
        "├─ holder: AstraZeneca (group AstraZeneca)\n│  ├─ R30: holder of its listings in China\n",
        &format!("│  │  ├─ decided by: {NMPA}\n"),
        "│  │  └─ today: marketed today 在市",
        "└─ trial 临床试验: 1\n",
        &format!("│     ├─ same corporate group AstraZeneca as {FDA}\n"),
        "甲磺酸奥希替尼片; AstraZeneca; production, import_approved 申请生产，批准进口; 2017-03-20\n",
        "https://www.fda.gov/media/76860/download, row 8, fetched 2026-11-23T08:00:00Z\n",
    ] {
        assert!(tree.contains(line), "{line}\nis not in\n{tree}");
    }
    let earlier = explanation_tree(&explain(&conn, "D0").unwrap().unwrap());
    assert!(earlier.starts_with("D1 nevirapine 奈韦拉平, tablet 片剂 (earlier D0)\n"), "{earlier}");
    assert!(explain(&conn, "D404").unwrap().is_none());
}

#[test]
fn r29_records_of_one_drug_are_joined_by_the_shortest_way() {
    let sample = Sample::built();
    let conn = sample.open();
    // Both hang on the record of the Orange Book by the group that they share themselves.
    let direct = why(&conn, PMDA, CDE).unwrap();
    assert!(direct.same_drug);
    assert_eq!(direct.path.len(), 1);
    assert_eq!(direct.path[0].words, format!("same corporate group AstraZeneca as {CDE}"));
    assert_eq!(direct.reason, format!("{PMDA}: {}", direct.path[0].words));
    let up = why(&conn, TRIAL, FDA).unwrap();
    assert_eq!((up.path.len(), up.path[0].linked_to.as_str()), (1, FDA));
    let down = why(&conn, FDA, TRIAL).unwrap();
    assert_eq!((down.path[0].record_id.as_str(), down.path[0].linked_to.as_str()), (FDA, TRIAL));
    let itself = why(&conn, FDA, FDA).unwrap();
    assert!(itself.same_drug && itself.path.is_empty());
    assert_eq!(itself.reason, "they are one record");
    assert_eq!(
        why_text(&direct),
        format!(
            "{PMDA} and {CDE} are of one drug, D7\n└─ {PMDA}: same corporate group AstraZeneca as {CDE}\n"
        )
    );
}

#[test]
fn r29_a_way_over_several_companies_names_each() {
    let sample = Sample::new();
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(&format!(
            "UPDATE drug_record SET link_kind = 'company', link_name = 'Fuji', linked_to = '{NMPA}' WHERE record_id = '{PMDA}';
             UPDATE drug_record SET link_kind = 'decision', link_name = '3' WHERE record_id = '{CDE}';"
        ))
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let conn = sample.open();
    let found = why(&conn, PMDA, CDE).unwrap();
    let steps: Vec<_> = found
        .path
        .iter()
        .map(|s| (s.record_id.as_str(), s.link_kind.as_str(), s.linked_to.as_str()))
        .collect();
    assert_eq!(steps, [(PMDA, "company", NMPA), (NMPA, "group", FDA), (FDA, "decision", CDE)]);
    assert!(found.reason.ends_with(&format!("{FDA}: curated decision 3 with {CDE}")));
}

#[test]
fn r2_r25_r29_the_first_thing_that_parts_two_records_is_told() {
    let sample = Sample::built();
    let conn = sample.open();
    let cellulose = "cn_nmpa:国药准字F20000001";
    for (a, b, reason) in [
        ("x:1", FDA, "there is no record x:1"),
        (
            "cn_drug_trials:CTR20190001",
            FDA,
            "there is no record cn_drug_trials:CTR20190001; there are \
             cn_drug_trials:CTR20190001#osimertinib, cn_drug_trials:CTR20190001#savolitinib",
        ),
        (
            FDA,
            cellulose,
            "cn_nmpa:国药准字F20000001 takes no part in drugs: 微晶纤维素 was decided to be no drug",
        ),
        (
            TRIAL,
            "cn_drug_trials:CTR20190001#savolitinib",
            "different generic names: osimertinib and savolitinib",
        ),
        (
            "us_orange_book:N-020636-001",
            "us_orange_book:N-201152-001",
            "different dosage forms: tablet and extended_release_tablet",
        ),
        (
            "cn_cde:JTH1600012",
            "cn_nmpa:国药准字H20163465",
            "one-off imports are kept apart: cn_cde:JTH1600012 is one, cn_nmpa:国药准字H20163465 is not",
        ),
        (
            "us_orange_book:N-020636-001",
            "us_orange_book:A-203021-001",
            "no company in common: Boehringer Ingelheim on one side, Viatris on the other",
        ),
    ] {
        let told = why(&conn, a, b).unwrap();
        assert!(!told.same_drug && told.path.is_empty(), "{a} {b}");
        assert_eq!(told.reason, reason);
        assert_eq!(why(&conn, b, a).unwrap().same_drug, told.same_drug);
        assert!(why_text(&told).ends_with(&format!("└─ {reason}\n")));
    }
}

#[test]
fn r29_drugs_that_share_a_company_are_kept_apart_by_a_decision() {
    let sample = Sample::new();
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "UPDATE record_company SET company = 'Boehringer Ingelheim', corporate_group = 'Boehringer Ingelheim'
             WHERE record_id = 'us_orange_book:A-203021-001'",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let sql =
        "SELECT reason FROM why('us_orange_book:N-020636-001', 'us_orange_book:A-203021-001')";
    assert_eq!(
        run_sql(&sample.open(), sql).unwrap().rows[0][0],
        "a decision keeps their drugs apart, although both have Boehringer Ingelheim"
    );
}
