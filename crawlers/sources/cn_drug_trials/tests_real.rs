//! Pages and an export as the site served them, where they lie beside the
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
    let path = shared.join("real/cn_drug_trials/day1").join(name);
    let body = std::fs::read(&path).ok();
    if body.is_none() {
        println!("skipped: {} is not here", path.display());
    }
    body
}

fn keys(parsed: &[Parsed]) -> BTreeSet<String> {
    parsed
        .iter()
        .flat_map(|p| {
            table(p, "trial_list").column("registration_number").unwrap().iter().flatten()
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_lists_declare_what_they_give_or_more() {
    for (query, pages, declared, given) in [("ongoing", 2, 22, 22), ("all", 2, 42, 40)] {
        let mut parsed = Vec::new();
        for page in 1..=pages {
            let Some(body) = real(&format!("list_kras_{query}_page_{page}.html")) else { return };
            parsed.push(read(&list_request(page), &body).unwrap());
        }
        assert!(parsed.iter().all(|p| p.totals[0].rows == declared && p.issues.is_empty()));
        assert_eq!(keys(&parsed).len(), given);
        let details =
            parsed.iter().flat_map(|p| &p.follow_ups).filter(|r| r.kind == DETAIL).count();
        assert_eq!(details, given);
        let more = parsed.last().unwrap().follow_ups.iter().any(|r| r.kind == LIST);
        assert_eq!(more, declared > 40, "the third page of 42 is asked for");
    }
}

#[test]
fn a_trial_page_is_read_in_full() {
    let Some(body) = real("detail_CTR20201763.html") else { return };
    let parsed = saved("detail_CTR20201763.html", &body).unwrap();
    for (column, value) in [
        ("registration_number", "CTR20201763"),
        ("status_detail", "进行中 （尚未招募）"),
        ("drug_name", "吗替麦考酚酯胶囊 曾用名:"),
        ("phase", "其它 BE试验"),
        ("filing_number", "B202000189-01"),
        ("detail_id", "3ebce5b6a4d84f2f9570906cdac4f7ff"),
    ] {
        assert_eq!(cell(&parsed, "trial", column, 0), value);
    }
    let rows =
        ["trial_applicant", "trial_drug", "trial_site"].map(|name| table(&parsed, name).len());
    assert_eq!(rows, [1, 2, 1]);
    assert_eq!(cell(&parsed, "trial_drug", "trade_name", 1), "骁悉");
    assert!(parsed.issues.is_empty() && parsed.unread.is_empty(), "{:?}", parsed.unread);
}

#[test]
fn the_export_gives_46_trials() {
    let Some(body) = real("trial_info.csv") else { return };
    let parsed = saved("trial_info.csv", &body).unwrap();
    assert_eq!(table(&parsed, "trial").len(), 46);
    let numbers: BTreeSet<_> =
        table(&parsed, "trial").column("registration_number").unwrap().iter().collect();
    assert_eq!(numbers.len(), 46);
    assert!(parsed.issues.is_empty() && parsed.unread.is_empty());
    let rows = ["trial_applicant", "trial_drug"].map(|name| table(&parsed, name).len());
    assert_eq!(rows, [56, 131]);
}
