//! R41: what the change log says of the cause, in a transform of all records and in
//! one of what changed alone (R39).

use std::fs;

use regatta_lake::{RunId, SourceId};
use regatta_transform::Recompute;

use crate::csv_file::Row;
use crate::folder;
use crate::incremental::{NEXT_DAY, Place};
use crate::raw_lake::fill_some;

/// Runs of one source at a time.
fn fill(place: &Place, source: &str, at: &str, edit: &mut dyn FnMut(&str, &mut Vec<Row>)) {
    fill_some(&place.lake, &folder(), at, &mut |some| some == source, edit);
}

/// The log of a full transform, which that of the changed records must be.
fn log(place: &Place) -> Vec<Row> {
    let all = place.staged_at("2026-11-21T12:00:00Z", Recompute::All);
    let touched = place.staged_at("2026-11-21T12:00:00Z", Recompute::Touched);
    let differ: Vec<&String> =
        all.keys().filter(|name| all.get(*name) != touched.get(*name)).collect();
    assert_eq!(differ, Vec::<&String>::new());
    crate::staged::rows(&place.lake.staged_dir().join("change.parquet"))
}

fn run_at(at: &str) -> String {
    RunId::at(at.parse().unwrap()).to_string()
}

const TRIAL_DAY: &str = "2026-11-21T03:00:00Z";

#[test]
fn r41_registrations_trials_and_drugs_name_the_run_that_saw_the_change() {
    let place = Place::new();
    fill(&place, "cn_nmpa_pickup", NEXT_DAY, &mut |table, rows| {
        if table == "cn_nmpa_pickup/document" {
            let mut row = rows[0].clone();
            for (name, value) in [
                ("acceptance_number", "CYHS1500101国"),
                ("approval_number", ""),
                ("signed_date", "2026年11月20日"),
                ("notice_title", "药品审批意见通知件待领取信息发布"),
                ("notice_url", "https://www.nmpa.gov.cn/zwfw/sdxx/1.html"),
            ] {
                row.insert(name.into(), value.into());
            }
            rows.push(row);
        }
    });
    fill(&place, "cn_drug_trials", TRIAL_DAY, &mut |table, rows| {
        if table == "cn_drug_trials/trial" {
            for column in ["list_status", "status", "status_detail"] {
                rows[0].insert(column.into(), "已完成".into());
            }
        }
    });
    // The newest data has nothing to do with either.
    fill(&place, "us_orange_book", "2026-11-21T06:00:00Z", &mut |_, _| {});
    let log = log(&place);
    let of = |id: &str, field: &str| -> &Row {
        let found: Vec<&Row> =
            log.iter().filter(|r| r["entity_id"] == id && r["field"] == field).collect();
        assert_eq!(found.len(), 1, "{id} {field}: {log:#?}");
        found[0]
    };
    let registration = "cn_cde:CYHS1500101";
    for (field, old, new) in [
        ("conclusion", "none", "not_approved"),
        ("conclusion_rule", "", "R20"),
        ("lists", "acceptance", "acceptance; announcement"),
    ] {
        let row = of(registration, field);
        assert_eq!((row["old_value"].as_str(), row["new_value"].as_str()), (old, new));
        assert_eq!(row["reason"], "source_changed");
        assert_eq!(row["run_id"], run_at(NEXT_DAY), "the list of NMPA, not that of CDE");
        assert_eq!(
            (row["seen_at"].as_str(), row["source_id"].as_str()),
            (NEXT_DAY, "cn_nmpa_pickup")
        );
    }
    // R19: with the evidence.
    let evidence = of(registration, "conclusion_evidence");
    assert_eq!(evidence["old_value"], "");
    let new = &evidence["new_value"];
    assert!(new.starts_with("cn_nmpa_pickup:document:") && new.contains("CYHS1500101国"), "{new}");
    let trial = of("cn_drug_trials:CTR20990201", "status");
    assert_eq!(
        (trial["old_value"].as_str(), trial["new_value"].as_str()),
        ("recruiting", "completed")
    );
    assert_eq!((&trial["run_id"], trial["seen_at"].as_str()), (&run_at(TRIAL_DAY), TRIAL_DAY));
    // The progress of the drugs of either.
    let drugs: Vec<&Row> = log.iter().filter(|r| r["entity_kind"] == "drug").collect();
    assert!(!drugs.is_empty());
    for row in &drugs {
        let seen = [(NEXT_DAY, "cn_nmpa_pickup"), (TRIAL_DAY, "cn_drug_trials")];
        let seen = seen.map(|(at, source)| (run_at(at), at, source));
        let said = (row["run_id"].clone(), row["seen_at"].as_str(), row["source_id"].as_str());
        assert!(seen.contains(&said), "{row:#?}");
    }
}

#[test]
fn r41_what_is_missing_from_a_partial_fetch_did_not_vanish() {
    let lose = |table: &str, rows: &mut Vec<Row>| {
        if table == "us_orange_book/products" || table == "cn_drug_trials/trial" {
            rows.remove(0);
        }
    };
    for (verdict, reason) in [("passed", "record_vanished"), ("warned", "fetch_partial")] {
        let place = Place::new();
        for (source, table) in [("us_orange_book", "products"), ("cn_drug_trials", "trial")] {
            fill(&place, source, NEXT_DAY, &mut |table, rows| lose(table, rows));
            let id: SourceId = source.parse().unwrap();
            let run = place.lake.run_dir(&id, &RunId::at(NEXT_DAY.parse().unwrap()));
            let manifest = run.join("manifest.json");
            let mut json: serde_json::Value =
                serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
            json["gates"] = serde_json::json!([{
                "gate": "declared_total", "table": table, "verdict": verdict, "detail": ""
            }]);
            for file in fs::read_dir(&run).unwrap() {
                fs::remove_file(file.unwrap().path()).unwrap();
            }
            fs::write(&manifest, serde_json::to_vec(&json).unwrap()).unwrap();
        }
        let log = log(&place);
        let vanished: Vec<&Row> = log.iter().filter(|r| r["change"] == "vanished").collect();
        for kind in ["listing", "trial"] {
            assert!(vanished.iter().any(|r| r["entity_kind"] == kind), "{kind}: {vanished:#?}");
        }
        for row in vanished {
            assert_eq!(row["reason"], reason, "{row:#?}");
        }
    }
}
