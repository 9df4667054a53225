//! The codes and Chinese labels of `label` are those of the rules in code.

use std::collections::BTreeSet;

use regatta_domain::{
    CurrentStatus, HistoryEvent, HolderSource, ListingStatus, Phase, PhaseSource, RecordKind,
    Region, ReviewConclusion, ReviewMatter, Role, Stage, TrialStatus,
};
use regatta_warehouse::run_sql;
use serde_json::json;

use crate::sample::Sample;

/// Code and Chinese label of every value, in the order of the enumeration.
macro_rules! vocabulary {
    ($kind:literal, $name:ident) => {
        ($kind, $name::ALL.iter().map(|v| (v.code(), v.label_zh())).collect::<Vec<_>>())
    };
}

/// `label` and the rules name the same codes, with the same Chinese.
#[test]
fn labels_are_those_of_the_rules() {
    let sample = Sample::built();
    let conn = sample.open();
    let matters: Vec<_> = [
        ReviewMatter::ClinicalTrial,
        ReviewMatter::Production,
        ReviewMatter::Supplement,
        ReviewMatter::ReRegistration,
        ReviewMatter::Repacking,
        ReviewMatter::TechnologyTransfer,
        ReviewMatter::ReviewAgain,
        ReviewMatter::OneOffImport,
        ReviewMatter::Other('?'),
    ]
    .iter()
    .map(|m| (m.code(), m.label_zh()))
    .collect();
    // What became of an id that goes on, or is new, has no row.
    let events = HistoryEvent::ALL
        .iter()
        .filter(|e| !matches!(e, HistoryEvent::Kept | HistoryEvent::New))
        .map(|e| (e.code(), e.label_zh()))
        .collect();
    for (kind, values) in [
        vocabulary!("listing_status", ListingStatus),
        vocabulary!("trial_status", TrialStatus),
        vocabulary!("conclusion", ReviewConclusion),
        vocabulary!("phase", Phase),
        vocabulary!("phase_source", PhaseSource),
        vocabulary!("role", Role),
        vocabulary!("record_kind", RecordKind),
        vocabulary!("country", Region),
        vocabulary!("holder_source", HolderSource),
        vocabulary!("progress", Stage),
        vocabulary!("current_status", CurrentStatus),
        ("matter", matters),
        ("drug_id_event", events),
    ] {
        let sql = format!("SELECT code, label_zh FROM label WHERE kind = '{kind}' ORDER BY code");
        let mut expected: Vec<_> =
            values.iter().map(|(code, zh)| vec![json!(code), json!(zh)]).collect();
        expected.sort_by_key(|row| row[0].as_str().map(ToOwned::to_owned));
        assert_eq!(run_sql(&conn, &sql).unwrap().rows, expected, "{kind}");
    }
}

#[test]
fn ranks_follow_the_order_of_the_rules() {
    let sample = Sample::built();
    let conn = sample.open();
    let codes = |kind: &str| -> Vec<String> {
        let sql = format!("SELECT code FROM label WHERE kind = '{kind}' ORDER BY rank");
        let rows = run_sql(&conn, &sql).unwrap().rows;
        rows.iter().map(|r| r[0].as_str().unwrap().to_owned()).collect()
    };
    let ascending = |kind: &str, values: Vec<&str>| assert_eq!(codes(kind), values, "{kind}");
    ascending("progress", Stage::ALL.iter().map(|v| v.code()).collect());
    ascending("current_status", CurrentStatus::ALL.iter().map(|v| v.code()).collect());
    ascending("phase", Phase::ALL.iter().map(|v| v.code()).collect());
    ascending("trial_status", TrialStatus::ALL.iter().map(|v| v.code()).collect());
    ascending("holder_source", HolderSource::ALL.iter().map(|v| v.code()).collect());
    ascending("listing_status", ListingStatus::ALL.iter().rev().map(|v| v.code()).collect());
}

/// R17: the check knows the statuses that never count as marketed.
#[test]
fn r17_the_check_names_the_statuses_that_were_never_marketed() {
    let sql = include_str!("../../checks/ema_not_marketed.sql");
    for status in ListingStatus::ALL {
        let named = sql.contains(&format!("('{}')", status.code()));
        let never = status.is_pending() || status.is_rejected();
        assert_eq!(named, never, "{status}");
    }
}

#[test]
fn no_code_has_two_labels_and_every_code_has_both() {
    let sample = Sample::built();
    let rows =
        run_sql(&sample.open(), "SELECT kind, code, label_en, label_zh FROM label").unwrap().rows;
    let mut seen = BTreeSet::new();
    for row in rows {
        assert!(row.iter().all(|v| v.as_str().is_some_and(|v| !v.is_empty())), "{row:?}");
        assert!(seen.insert((row[0].to_string(), row[1].to_string())), "{row:?} twice");
    }
}
