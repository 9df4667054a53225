//! Pages and an export as the registry served them, where they lie beside the
//! checkout; the numbers were counted with another program.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::tests::{cell, read, saved, table};
use super::*;

fn real(name: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("REGATTA_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = shared.join("real/cn_chictr/day1").join(name);
    let body = std::fs::read(&path).ok();
    if body.is_none() {
        println!("skipped: {} is not here", path.display());
    }
    body
}

#[test]
fn the_list_declares_32_trials_and_gives_10() {
    let Some(body) = real("list.html") else { return };
    let parsed = read(&list_request(1), &body).unwrap();
    let numbers: BTreeSet<_> = table(&parsed, "trial_list")
        .column("registration_number")
        .unwrap()
        .iter()
        .flatten()
        .collect();
    assert_eq!((parsed.totals[0].rows, numbers.len()), (32, 10));
    assert_eq!(parsed.follow_ups.len(), 11);
    assert!(parsed.issues.is_empty(), "{:?}", parsed.issues);
    assert!(
        table(&parsed, "trial_list").column("institution").unwrap().iter().all(|i| i.is_some())
    );
}

#[test]
fn a_trial_page_is_read_in_full() {
    let Some(body) = real("detail_173420.html") else { return };
    let parsed = saved("detail_173420.html", &body).unwrap();
    for (column, value) in [
        ("registration_number", "ChiCTR2400084905"),
        ("project_id", "173420"),
        ("applicant_institution", "礼来苏州制药有限公司"),
        ("leader_institution_en", "Jilin Cancer Hospital"),
        ("primary_sponsor", "吉林省肿瘤医院"),
        ("funding_en", "Eli Lilly and Company"),
        ("phase", "III期临床试验"),
        ("phase_en", "3"),
        ("study_start", "2024-06-01 00:00:00"),
        ("recruiting_end", "2026-06-01 00:00:00"),
        ("recruiting_status_en", "Not yet recruiting"),
        ("age_min", "18"),
        ("sex_en", "Both"),
    ] {
        assert_eq!(cell(&parsed, "trial", column, 0), value, "{column}");
    }
    let rows =
        ["trial_sponsor", "trial_intervention", "trial_country"].map(|n| table(&parsed, n).len());
    assert_eq!(rows, [2, 4, 43]);
    assert_eq!(cell(&parsed, "trial_intervention", "sample_size", 3), "276");
    assert!(parsed.issues.is_empty() && parsed.unread.is_empty(), "{:?}", parsed.unread);
}

#[test]
fn the_xml_export_gives_one_trial() {
    let Some(body) = real("ChiCTR2000034346.xml") else { return };
    let parsed = saved("ChiCTR2000034346.xml", &body).unwrap();
    assert_eq!(cell(&parsed, "trial", "registration_number", 0), "ChiCTR2000034346");
    assert_eq!(cell(&parsed, "trial", "primary_sponsor_en", 0), "NULL");
    assert_eq!(cell(&parsed, "trial_country", "country_en", 0), "China");
    assert_eq!(table(&parsed, "trial_intervention").len(), 2);
    assert!(parsed.unread.is_empty(), "{:?}", parsed.unread);
}
