//! Two snapshots compared: every category, with its reason.

use duckdb::Connection;
use regatta_lake::{Lake, SnapshotManifest};
use regatta_warehouse::{Category, Finding, SnapshotDiff, diff};

use crate::sample::{Sample, publish};

/// The second day of the sample, in which everything happens once.
const SECOND_DAY: &str = "
DELETE FROM change;
-- A generic maker comes in.
INSERT INTO listing BY NAME SELECT * REPLACE ('us_orange_book:A-999999-001' AS record_id, 'A-999999-001' AS record_key,
    'Cipla' AS company) FROM listing WHERE record_id = 'us_orange_book:N-020564-001';
INSERT INTO drug BY NAME SELECT * REPLACE ('D100' AS drug_id, 'Cipla' AS holder) FROM drug WHERE drug_id = 'D6';
INSERT INTO drug_record BY NAME SELECT * REPLACE ('D100' AS drug_id, 'us_orange_book:A-999999-001' AS record_id)
    FROM drug_record WHERE drug_id = 'D6';
INSERT INTO drug_progress BY NAME SELECT * REPLACE ('D100' AS drug_id) FROM drug_progress WHERE drug_id = 'D6';
INSERT INTO change (entity_kind, entity_id, source_id, change, reason, seen_at) VALUES
    ('listing', 'us_orange_book:A-999999-001', 'us_orange_book', 'appeared', 'record_appeared', '2026-11-24T08:00:00Z'),
    ('drug', 'D100', '', 'appeared', 'record_appeared', '2026-11-24T08:00:00Z');
-- Epivir leaves.
DELETE FROM listing WHERE record_id = 'us_orange_book:N-020564-001';
DELETE FROM drug WHERE drug_id = 'D6';
DELETE FROM drug_record WHERE drug_id = 'D6';
DELETE FROM drug_progress WHERE drug_id = 'D6';
INSERT INTO change (entity_kind, entity_id, source_id, change, reason, seen_at) VALUES
    ('listing', 'us_orange_book:N-020564-001', 'us_orange_book', 'vanished', 'record_vanished', '2026-11-24T08:00:00Z');
-- A dictionary learns that Mylan's tablet is Boehringer's.
DELETE FROM drug WHERE drug_id = 'D2';
DELETE FROM drug_progress WHERE drug_id = 'D2';
UPDATE drug_record SET drug_id = 'D1' WHERE drug_id = 'D2';
INSERT INTO drug_id_history (drug_id, event, other_id, seen_at, records) VALUES ('D2', 'merged_into', 'D1', '2026-11-24T08:00:00Z', 1);
INSERT INTO change (entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, seen_at) VALUES
    ('listing', 'us_orange_book:A-203021-001', 'us_orange_book', 'changed', 'corporate_group', 'Viatris', 'Boehringer Ingelheim', 'dictionary_changed', '2026-11-24T08:00:00Z');
-- The Japanese licence goes to another company.
UPDATE listing SET company = 'Ono' WHERE record_id = 'jp_pmda:22800AMX00385';
INSERT INTO drug BY NAME SELECT * REPLACE ('D70' AS drug_id, 'Ono' AS holder) FROM drug WHERE drug_id = 'D7';
UPDATE drug_record SET drug_id = 'D70' WHERE record_id = 'jp_pmda:22800AMX00385';
UPDATE drug_progress SET drug_id = 'D70' WHERE drug_id = 'D7' AND country = 'JP';
INSERT INTO drug_id_history (drug_id, event, other_id, seen_at, records) VALUES ('D70', 'split_from', 'D7', '2026-11-24T08:00:00Z', 1);
INSERT INTO change (entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, seen_at) VALUES
    ('listing', 'jp_pmda:22800AMX00385', 'jp_pmda', 'changed', 'company_raw', 'A', 'B', 'source_changed', '2026-11-24T08:00:00Z');
-- Savolitinib is approved; the extended-release tablet was no approval, the suspension is withdrawn.
UPDATE drug_progress SET progress = 'marketed', progress_zh = '已上市' WHERE drug_id = 'D92';
UPDATE drug_progress SET progress = 'filed', progress_zh = '申请上市' WHERE drug_id = 'D3';
UPDATE drug_progress SET current_status = 'withdrawn' WHERE drug_id = 'D4';
INSERT INTO change (entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, seen_at) VALUES
    ('drug', 'D92', '', 'changed', 'progress.CN', 'phase_3', 'marketed', 'source_changed', '2026-11-24T08:00:00Z'),
    ('drug', 'D3', '', 'changed', 'progress.US', 'marketed', 'filed', 'rule_changed', '2026-11-24T08:00:00Z'),
    ('drug', 'D4', '', 'changed', 'current_status.US', 'marketed', 'withdrawn', 'source_changed', '2026-11-24T08:00:00Z');
-- And a holder changes.
UPDATE drug SET holder = 'GSK' WHERE drug_id = 'D5';
INSERT INTO change (entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, seen_at) VALUES
    ('drug', 'D5', '', 'changed', 'holder', 'ViiV Healthcare', 'GSK', 'source_changed', '2026-11-24T08:00:00Z');
";

fn second_day(lake: &Lake) -> SnapshotManifest {
    publish(lake, "2026-11-24T08:15:00Z", |conn: &Connection| {
        conn.execute_batch(SECOND_DAY).unwrap();
    })
}

fn of(found: &SnapshotDiff, category: Category) -> Vec<&Finding> {
    found.findings.iter().filter(|f| f.category == category).collect()
}

/// What a finding says in short.
fn said(f: &Finding) -> (&str, Option<&str>, Option<&str>, Option<&str>, &str) {
    (&f.drug_id, f.country.as_deref(), f.old_value.as_deref(), f.new_value.as_deref(), &f.reason)
}

#[test]
fn r32_r41_every_category_is_found_once_with_its_reason() {
    let sample = Sample::new();
    let second = second_day(&sample.lake);
    let found = diff(&sample.lake, &sample.snapshot, &second).unwrap();
    for (category, expected) in [
        (Category::Appeared, ("D100", None, None, None, "record_appeared")),
        (Category::Vanished, ("D6", None, None, None, "record_vanished")),
        (Category::Merged, ("D2", None, Some("D2"), Some("D1"), "dictionary_changed")),
        (Category::Split, ("D70", None, Some("D7"), Some("D70"), "source_changed")),
        (
            Category::StageUp,
            ("D92", Some("CN"), Some("phase_3"), Some("marketed"), "source_changed"),
        ),
        (
            Category::Status,
            ("D4", Some("US"), Some("marketed"), Some("withdrawn"), "source_changed"),
        ),
        (Category::Holder, ("D5", None, Some("ViiV Healthcare"), Some("GSK"), "source_changed")),
    ] {
        let findings: Vec<_> = of(&found, category).into_iter().map(said).collect();
        assert_eq!(findings, [expected], "{category:?}");
    }
    // The market that went with the split is lost to the drug that stays.
    let down: Vec<_> = of(&found, Category::StageDown).into_iter().map(said).collect();
    assert_eq!(
        down,
        [
            ("D3", Some("US"), Some("marketed"), Some("filed"), "rule_changed"),
            ("D7", Some("JP"), Some("marketed"), Some("not_filed"), "source_changed"),
        ]
    );
    let up = of(&found, Category::StageUp)[0];
    assert_eq!(
        (up.old_value_zh.as_deref(), up.new_value_zh.as_deref(), up.reason_zh.as_deref()),
        (Some("III期"), Some("已上市"), Some("来源变更"))
    );
    assert_eq!(up.generic_zh.as_deref(), Some("赛沃替尼"));
    assert_eq!(up.records, ["cn_drug_trials:CTR20190001#savolitinib"]);
    let merged = of(&found, Category::Merged)[0];
    assert_eq!(merged.company.as_deref(), Some("Mylan"));
    assert_eq!(merged.records, ["us_orange_book:A-203021-001"]);
    assert_eq!(found.counts.iter().map(|c| c.findings).sum::<u64>(), 9);
    assert_eq!((found.from.drugs, found.to.drugs), (11, 11));
}

#[test]
fn r41_records_are_counted_by_source_and_changes_by_reason() {
    let sample = Sample::new();
    let second = second_day(&sample.lake);
    let found = diff(&sample.lake, &sample.snapshot, &second).unwrap();
    let orange = found.sources.iter().find(|s| s.source_id == "us_orange_book").unwrap();
    assert_eq!(
        (
            orange.before,
            orange.after,
            orange.appeared,
            orange.vanished,
            orange.changed,
            orange.moved
        ),
        (7, 7, 1, 1, 1, 0)
    );
    let japan = found.sources.iter().find(|s| s.source_id == "jp_pmda").unwrap();
    assert_eq!((japan.changed, japan.moved), (1, 1));
    let trials = found.sources.iter().find(|s| s.kind == "trial").unwrap();
    assert_eq!((trials.source_id.as_str(), trials.before, trials.after), ("cn_drug_trials", 2, 2));
    let entities = |kind: &str, change: &str, reason: &str| {
        found
            .changes
            .iter()
            .find(|c| {
                (c.entity_kind.as_str(), c.change.as_str(), c.reason.as_str())
                    == (kind, change, reason)
            })
            .map(|c| c.entities)
    };
    assert_eq!(entities("drug", "changed", "source_changed"), Some(3));
    assert_eq!(entities("drug", "changed", "rule_changed"), Some(1));
    assert_eq!(entities("listing", "changed", "dictionary_changed"), Some(1));
    assert_eq!(entities("listing", "vanished", "record_vanished"), Some(1));
}

#[test]
fn r32_a_drug_that_was_merged_twice_is_followed_to_the_one_that_is_there() {
    let sample = Sample::new();
    second_day(&sample.lake);
    let third = publish(&sample.lake, "2026-11-25T08:15:00Z", |conn| {
        conn.execute_batch(
            "DELETE FROM change;
             DELETE FROM drug WHERE drug_id IN ('D1', 'D2');
             DELETE FROM drug_progress WHERE drug_id IN ('D1', 'D2');
             UPDATE drug_record SET drug_id = 'D3' WHERE drug_id IN ('D1', 'D2');
             INSERT INTO drug_id_history (drug_id, event, other_id, seen_at, records) VALUES
                ('D2', 'merged_into', 'D1', '2026-11-24T08:00:00Z', 1),
                ('D1', 'merged_into', 'D3', '2026-11-25T08:00:00Z', 3)",
        )
        .unwrap();
    });
    let found = diff(&sample.lake, &sample.snapshot, &third).unwrap();
    let merged: Vec<_> = of(&found, Category::Merged).into_iter().map(said).collect();
    assert_eq!(
        merged,
        [
            ("D1", None, Some("D1"), Some("D3"), "source_changed"),
            // The log of the day between says what moved its record.
            ("D2", None, Some("D2"), Some("D3"), "dictionary_changed"),
        ]
    );
    assert!(of(&found, Category::Vanished).is_empty());
    // The drug that took them in was as far before as they were.
    assert!(of(&found, Category::StageUp).is_empty());
    // What the second day logged counts on the way to the third.
    assert!(found.changes.iter().any(|c| c.reason == "record_appeared"));
}

#[test]
fn a_snapshot_compared_with_itself_differs_in_nothing() {
    let sample = Sample::new();
    let found = diff(&sample.lake, &sample.snapshot, &sample.snapshot).unwrap();
    assert!(found.findings.is_empty() && found.counts.is_empty() && found.changes.is_empty());
    assert!(found.sources.iter().all(|s| s.before == s.after && s.appeared + s.moved == 0));
}
