//! Everything known of a drug and of a record.

use regatta_warehouse::{show_drug, show_record};

use crate::sample::Sample;

#[test]
fn a_drug_with_its_records_reasons_and_evidence() {
    let sample = Sample::built();
    let drug = show_drug(&sample.open(), "D1").unwrap().unwrap();
    assert_eq!(drug.asked_as, None);
    assert_eq!(drug.fields["generic_zh"][0], "奈韦拉平");
    assert_eq!(drug.fields["holder"], "Boehringer Ingelheim");
    assert_eq!(drug.progress.len(), 1);
    assert_eq!(drug.progress[0].progress_date.as_deref(), Some("1996-06-21"));
    assert_eq!(drug.progress[0].deciding_records.len(), 2);
    assert_eq!(drug.records.len(), 2);
    assert_eq!(drug.records[0].link_kind, "first");
    assert!(drug.records[1].reason.contains("same corporate group"));
    assert!(drug.records[1].decides_progress && drug.records[1].decides_holder);
    assert_eq!(drug.records[0].record_kind, "listing");
    assert_eq!(drug.records[0].companies, ["Boehringer Ingelheim"]);
    assert_eq!(drug.records[0].fetched_at.as_deref(), Some("2026-11-23T08:00:00Z"));
    serde_json::to_string(&drug).unwrap();
}

#[test]
fn an_id_from_before_a_merge_still_leads_to_the_drug() {
    let sample = Sample::built();
    let conn = sample.open();
    let drug = show_drug(&conn, "D0").unwrap().unwrap();
    assert_eq!((drug.drug_id.as_str(), drug.asked_as.as_deref()), ("D1", Some("D0")));
    assert!(show_drug(&conn, "D'404").unwrap().is_none());
}

#[test]
fn what_changed_in_a_drug_is_part_of_it() {
    let sample = Sample::built();
    let drug = show_drug(&sample.open(), "D9").unwrap().unwrap();
    assert_eq!(drug.changes.len(), 1);
    assert_eq!(drug.changes[0]["change_zh"], "新增");
}

#[test]
fn a_record_down_to_the_regulators_row_and_bytes() {
    let sample = Sample::built();
    let record = show_record(&sample.open(), "us_orange_book:A-203021-001").unwrap().unwrap();
    assert_eq!(record.fields["company_raw"], "MYLAN LABORATORIES LTD");
    assert_eq!(record.link.as_ref().unwrap()["drug_id"], "D2");
    assert_eq!(record.body.url.as_deref(), Some("https://www.fda.gov/media/76860/download"));
    assert_eq!(record.body.fetched_at.as_deref(), Some("2026-11-23T08:00:00Z"));
    assert_eq!(record.body.checked_at.as_deref(), Some("2026-11-23T20:00:00Z"));
    assert_eq!(record.body.row_number, 3);
    assert_eq!(record.body.data_run_id.as_deref(), Some("R1"));
    let sha = &record.body.body_sha256;
    assert_eq!(record.body.body_file, format!("bodies/{}/{sha}.zst", &sha[..2]));
    let raw = record.raw.as_ref().unwrap();
    assert_eq!(raw.table, "products");
    assert_eq!(raw.columns["ingredient"], "NEVIRAPINE");
    assert_eq!(raw.columns["member"], "products.txt");
    assert_eq!(record.changes[0]["old_value"], "active");
    serde_json::to_string(&record).unwrap();
}

#[test]
fn without_the_raw_files_the_rest_is_still_shown() {
    let sample = Sample::built();
    std::fs::remove_dir_all(sample.lake.root().join("raw")).unwrap();
    let conn = sample.open();
    let record = show_record(&conn, "us_orange_book:A-203021-001").unwrap().unwrap();
    assert!(record.raw.is_none() && record.raw_problem.is_none());
    assert!(record.body.url.is_some());
    let without_raw = show_record(&conn, "jp_pmda:16000AMZ01234").unwrap().unwrap();
    assert_eq!(without_raw.body.url, None);
    assert!(show_record(&conn, "nowhere:1").unwrap().is_none());
}

#[test]
fn a_registration_with_all_its_evidence() {
    let sample = Sample::built();
    let record = show_record(&sample.open(), "cn_cde:JXHS1600003").unwrap().unwrap();
    assert_eq!(record.kind, "registration");
    assert_eq!(record.fields["conclusion_zh"], "批准进口");
    assert_eq!(record.companies[0]["role"], "applicant");
    assert_eq!(record.link.as_ref().unwrap()["drug_id"], "D7");
    assert_eq!(record.body.evidence.as_deref(), Some("acceptance"));
    assert_eq!(record.more.len(), 1);
    assert_eq!(record.more[0].body.source_id, "cn_nmpa_pickup");
    assert_eq!(record.more[0].body.row_number, 7);
}

#[test]
fn a_trial_as_a_whole_and_by_each_of_its_drugs() {
    let sample = Sample::built();
    let conn = sample.open();
    let whole = show_record(&conn, "cn_drug_trials:CTR20190001").unwrap().unwrap();
    assert_eq!(whole.kind, "trial");
    assert_eq!(whole.fields["registry_number"], "CTR20190001");
    assert!(whole.link.is_none());
    let drugs: Vec<_> = whole.products.iter().map(|p| p["drug_id"].as_str().unwrap()).collect();
    assert_eq!(drugs, ["D7", "D92"]);
    assert_eq!(whole.countries[0]["status"], "recruiting");
    let one = show_record(&conn, "cn_drug_trials:CTR20190001#savolitinib").unwrap().unwrap();
    assert_eq!(one.fields["generic"], "savolitinib");
    assert_eq!(one.fields["phase"], "phase_3");
    assert_eq!(one.link.unwrap()["drug_id"], "D92");
    assert_eq!(one.companies[0]["role"], "sponsor");
    assert_eq!(one.products.len(), 2);
    let none = show_record(&conn, "cn_drug_trials:CTR20190002").unwrap().unwrap();
    assert!(none.link.is_none() && none.products.is_empty());
}

#[test]
fn r10_a_record_that_is_no_drug_is_shown_without_one() {
    let sample = Sample::built();
    let record = show_record(&sample.open(), "cn_nmpa:国药准字F20000001").unwrap().unwrap();
    assert_eq!(record.fields["generic_match"], "not_a_drug");
    assert!(record.link.is_none());
}
