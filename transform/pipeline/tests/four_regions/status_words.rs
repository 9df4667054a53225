//! R23: words for a status that no dictionary knows are in the review queue, in a
//! transform of all records and in one of what changed alone (R39).

use regatta_transform::Recompute;

use crate::csv_file::Row;
use crate::folder;
use crate::incremental::{NEXT_DAY, Place};
use crate::raw_lake::fill_day;

/// Value, sources, records and drugs of the words for a status.
fn words(place: &Place, day: &str) -> Vec<[String; 4]> {
    let all = place.staged_at(day, Recompute::All);
    let touched = place.staged_at(day, Recompute::Touched);
    assert_eq!(all["review_queue.parquet"], touched["review_queue.parquet"], "{day}");
    let queue = crate::staged::rows(&place.lake.staged_dir().join("review_queue.parquet"));
    let of_kind = queue.into_iter().filter(|row| row["kind"] == "status");
    of_kind
        .map(|row| {
            assert_eq!((row["suggestion"].as_str(), row["reopened_from"].as_str()), ("", ""));
            ["value", "sources", "records", "drugs"].map(|name| row[name].clone())
        })
        .collect()
}

fn set(rows: &mut [Row], row: usize, columns: &[&str], word: &str) {
    for column in columns {
        assert!(rows[row].insert((*column).to_owned(), word.to_owned()).is_some(), "{column}");
    }
}

#[test]
fn r23_a_word_for_a_status_that_nobody_knows_is_an_open_question() {
    let place = Place::new();
    // One word of two registries; in one of them of a trial in two states.
    fill_day(&place.lake, &folder(), NEXT_DAY, &mut |table, rows| match table {
        "cn_drug_trials/trial" => {
            set(rows, 0, &["list_status", "status", "status_detail"], "Paused");
        }
        "eu_euctr/trial_country" => {
            set(rows, 0, &["status"], "Paused");
            set(rows, 1, &["status"], "Paused");
        }
        "us_orange_book/products" => set(rows, 0, &["type"], "MAYBE"),
        _ => {}
    });
    let expected =
        [["MAYBE", "us_orange_book", "1", "1"], ["Paused", "cn_drug_trials; eu_euctr", "2", "2"]];
    assert_eq!(words(&place, NEXT_DAY), expected);
    place.publish();
    // What nobody touched stands, and what has a known word now is gone.
    let later = "2026-11-22T00:00:00Z";
    fill_day(&place.lake, &folder(), later, &mut |table, rows| match table {
        "cn_drug_trials/trial" => {
            set(rows, 0, &["list_status", "status", "status_detail"], "Paused");
            set(rows, 1, &["public_title"], "another title");
        }
        "us_orange_book/products" => set(rows, 0, &["applicant_full_name"], "SOMEBODY ELSE INC"),
        _ => {}
    });
    assert_eq!(words(&place, later), [["Paused", "cn_drug_trials", "1", "1"]]);
}
