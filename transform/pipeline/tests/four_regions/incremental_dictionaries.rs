//! R39 where dictionaries say more than they do by default: decisions about
//! records, and companies that change their group with the day.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use regatta_dictionaries::Dictionaries;
use regatta_transform::Recompute;

use crate::folder;
use crate::incremental::{Dice, NEXT_DAY, Place, edit_few};
use crate::raw_lake::fill_day;

/// The dictionaries with a decision about each of some drugs: two of its records
/// stay apart. One more is about records that are not there.
fn with_decisions() -> Dictionaries {
    let place = Place::new();
    let current = regatta_lake::current_snapshot(&place.lake).unwrap().unwrap();
    let snapshot = place.lake.snapshot_dir(&current.snapshot_id);
    let mut of_drug: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in crate::staged::rows(&snapshot.join("drug_record.parquet")) {
        of_drug.entry(row["drug_id"].clone()).or_default().push(row["record_id"].clone());
    }
    let mut text = "decision,record_a,record_b,author,decided_at,reason\n".to_owned();
    let mut decide = |a: &str, b: &str| {
        writeln!(text, "must_not_link,{a},{b},tests,2026-11-20,two drugs").unwrap();
    };
    let several = of_drug.values().filter(|records| records.len() > 1);
    let mut decided = 0;
    for records in several.step_by(2) {
        decide(&records[0], &records[records.len() - 1]);
        decided += 1;
    }
    assert!(decided > 3, "{decided}");
    decide("us_orange_book:nobody", "us_orange_book:nowhere");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("merge_decisions.csv"), text).unwrap();
    Dictionaries::load(Some(folder.path())).unwrap()
}

#[test]
fn r39_decisions_hold_in_blocks_that_a_change_touches_and_in_others() {
    for seed in 200..202 {
        let place = Place::with(with_decisions());
        let mut dice = Dice(seed);
        fill_day(&place.lake, &folder(), NEXT_DAY, &mut |table, rows| {
            edit_few(&mut dice, table, rows);
        });
        let all = place.staged(Recompute::All);
        assert_eq!(place.staged(Recompute::Touched), all, "seed {seed}");
    }
}

/// The dictionaries with companies of the fixtures that leave their group for
/// another one on the second day.
fn with_a_merger() -> Dictionaries {
    let place = Place::new();
    let current = regatta_lake::current_snapshot(&place.lake).unwrap().unwrap();
    let parties = place.lake.snapshot_dir(&current.snapshot_id).join("record_company.parquet");
    let companies: BTreeSet<String> =
        crate::staged::rows(&parties).into_iter().map(|row| row["company"].clone()).collect();
    let known = concat!(env!("CARGO_MANIFEST_DIR"), "/../dictionaries/corporate_groups.csv");
    let mut text = String::new();
    let mut moved = 0;
    for line in fs::read_to_string(known).unwrap().lines() {
        let cells: Vec<&str> = line.split(',').collect();
        match cells[..] {
            [company, group, from, "", source] if companies.contains(company) => {
                writeln!(text, "{company},{group},{from},2026-11-21,{source}").unwrap();
                writeln!(text, "{company},Elsewhere,2026-11-21,,{source}").unwrap();
                moved += 1;
            }
            _ => writeln!(text, "{line}").unwrap(),
        }
    }
    assert!(moved > 3, "{moved}");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("corporate_groups.csv"), text).unwrap();
    Dictionaries::load(Some(folder.path())).unwrap()
}

#[test]
fn r8_r39_a_group_that_changes_with_the_day_reaches_records_that_did_not() {
    let elsewhere = |place: &Place| {
        let parties = place.lake.staged_dir().join("record_company.parquet");
        let rows = crate::staged::rows(&parties);
        rows.iter().filter(|row| row["corporate_group"] == "Elsewhere").count()
    };
    for seed in 300..303 {
        let place = Place::with(with_a_merger());
        let mut dice = Dice(seed);
        for (day, publish) in [(NEXT_DAY, true), ("2026-11-22T00:00:00Z", false)] {
            fill_day(&place.lake, &folder(), day, &mut |table, rows| {
                // Once nothing but the day is another one.
                if seed > 300 {
                    edit_few(&mut dice, table, rows);
                }
            });
            let all = place.staged_at(day, Recompute::All);
            let moved = elsewhere(&place);
            assert!(moved > 3, "{moved}");
            assert_eq!(place.staged_at(day, Recompute::Touched), all, "seed {seed}, {day}");
            assert_eq!(elsewhere(&place), moved);
            if publish {
                place.publish();
            }
        }
    }
}
