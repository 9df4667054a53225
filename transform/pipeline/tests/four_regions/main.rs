//! A worked example over four regions: raw tables small enough to check by hand
//! (`fixtures/four_regions/raw`), through the whole transform, against results
//! that were written from the rules (`fixtures/four_regions/expected`). Each
//! expected row says in `why` which rule it follows.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, and its name is its documentation"
)]

mod approvals;
mod change_log;
mod compare;
mod csv_file;
mod files;
mod holder_order;
mod incremental;
mod incremental_dictionaries;
mod previous_contract;
mod raw_lake;
mod staged;
mod status_words;
mod words_of_sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use compare::{Scope, assert_same};
use csv_file::Row;
use raw_lake::RowOrder;
use staged::Staged;

/// One run of the transform, shared by all tests.
static STAGED: LazyLock<Staged> = LazyLock::new(|| Staged::of(RowOrder::AsWritten));

/// The folder of the example.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/four_regions")
}

/// The expected rows of `name`.
fn expected(name: &str) -> Vec<Row> {
    csv_file::read(&folder().join("expected").join(format!("{name}.csv")))
}

/// Where a cell lists several values.
fn values(cell: &str) -> BTreeSet<&str> {
    cell.split("; ").filter(|value| !value.is_empty()).collect()
}

#[test]
fn r1_to_r17_listings_are_standardised() {
    assert_same(&expected("listing"), &STAGED.table("listing"), &["record_id"], Scope::Complete);
}

#[test]
fn a_lake_of_trials_alone_has_drugs() {
    let trials = ["eu_ctis", "eu_euctr", "cn_drug_trials", "cn_chictr"];
    let staged = Staged::of_sources(RowOrder::AsWritten, |source| trials.contains(&source));
    assert!(staged.table("listing").is_empty());
    assert!(staged.table("market_listing").is_empty());
    let products = staged.table("trial_product").len();
    assert!(products > 0);
    assert_eq!(staged.table("drug_record").len(), products);
}

/// A regulator's day on which rows of tables that others are joined with are there
/// twice, and a trial is.
#[test]
fn r1_rows_that_are_there_twice_make_no_second_record() {
    let tables = ["us_drugs_at_fda/applications", "cn_drug_trials/trial"];
    let staged = Staged::edited(&mut |table, rows| {
        if tables.contains(&table) {
            let mut again = rows[0].clone();
            for column in ["sponsor_name", "public_title"] {
                again.entry(column.to_owned()).and_modify(|cell| *cell = "another".to_owned());
            }
            rows.push(again);
        }
    });
    for name in ["listing", "trial", "trial_product", "drug_record"] {
        assert_eq!(staged.table(name), STAGED.table(name), "{name}");
    }
    let told = |staged: &Staged| {
        let rejected = staged.table("rejected");
        let repeated = rejected.iter().filter(|row| row["kind"] == "repeated_record");
        repeated.map(|row| row["message"].clone()).collect::<Vec<_>>()
    };
    assert!(told(&STAGED).is_empty());
    // A trial that a list repeats is one in any case.
    let told = told(&staged);
    assert!(!told.is_empty() && told.iter().all(|m| m.contains("us_drugs_at_fda:")), "{told:?}");
}

#[test]
fn r2_a_drug_has_names_in_every_language_and_is_not_matched_on_them() {
    let drugs = STAGED.drugs();
    let osimertinib: Vec<_> = drugs
        .iter()
        .filter(|d| d["generic"] == "osimertinib" && d["holder_group"] == "AstraZeneca")
        .collect();
    assert_eq!(osimertinib.len(), 1, "{osimertinib:#?}");
    let names = values(&osimertinib[0]["drug_names"]);
    let of = |script: fn(char) -> bool| names.iter().any(|name| name.chars().any(script));
    assert!(of(|c| c.is_ascii_uppercase()), "{names:?}");
    assert!(of(|c| ('\u{30a0}'..='\u{30ff}').contains(&c)), "{names:?}");
    assert!(of(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{names:?}");
}

#[test]
fn r3_r12_r13_r14_companies_have_their_roles() {
    let key = ["record_id", "role", "company"];
    assert_same(&expected("record_company"), &STAGED.table("record_company"), &key, Scope::Part);
}

#[test]
fn r14_r15_r16_listings_of_a_market_are_merged() {
    let key = ["record_ids"];
    assert_same(&expected("market_listing"), &STAGED.table("market_listing"), &key, Scope::Part);
}

#[test]
fn r18_to_r21_registrations_have_matter_conclusion_and_companies() {
    let key = ["acceptance_number"];
    assert_same(&expected("registration"), &STAGED.table("registration"), &key, Scope::Complete);
}

#[test]
fn r11_trial_products_are_found_and_have_their_form() {
    let key = ["record_id"];
    assert_same(&expected("trial_product"), &STAGED.table("trial_product"), &key, Scope::Part);
}

#[test]
fn r10_records_name_the_ingredients_that_are_open_in_the_review_queue() {
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    for table in ["listing", "registration", "trial_product"] {
        for row in STAGED.table(table) {
            for ingredient in values(&row["unknown_ingredients"]) {
                *named.entry(ingredient.to_owned()).or_default() += 1;
                assert_ne!(row["generic_match"], "exact", "{row:?}");
            }
        }
    }
    let open: BTreeMap<String, usize> = STAGED
        .table("review_queue")
        .into_iter()
        .filter(|row| row["kind"] == "generic")
        .map(|row| (row["value"].clone(), row["records"].parse().unwrap()))
        .collect();
    assert!(!open.is_empty());
    assert_eq!(named, open);
}

#[test]
fn r22_r23_r24_trials_have_phase_and_status() {
    assert_same(&expected("trial"), &STAGED.table("trial"), &["trial_id"], Scope::Complete);
}

#[test]
fn r25_registrations_are_associated_by_companies_in_common() {
    let actual = STAGED.table("registration_association");
    let key = ["acceptance_numbers"];
    assert_same(&expected("registration_association"), &actual, &key, Scope::Complete);
}

#[test]
fn r26_to_r31_records_of_four_regions_become_these_drugs() {
    assert_drugs(&STAGED);
}

#[test]
fn r28_the_order_of_the_rows_does_not_matter() {
    assert_drugs(&Staged::of(RowOrder::Reversed));
}

#[test]
fn r30_nothing_is_lost_between_records_and_drug() {
    let drugs = STAGED.drugs();
    for drug in &drugs {
        let of_drug: BTreeSet<&str> =
            ["holder", "partners", "manufacturers", "historical_companies"]
                .iter()
                .flat_map(|column| values(&drug[*column]))
                .collect();
        let roles = STAGED.table("record_company");
        let records = values(&drug["record_ids"]);
        let of_records: BTreeSet<&str> = roles
            .iter()
            .filter(|role| records.contains(role["record_id"].as_str()))
            .map(|role| role["company"].as_str())
            .collect();
        assert_eq!(of_drug, of_records, "companies of {}", drug["record_ids"]);
    }
}

#[test]
fn r33_to_r38_progress_over_all_companies() {
    // A country without any record may have its row as well (R36).
    let mut actual = STAGED.table("progress");
    actual.retain(|row| row["progress"] != "not_filed");
    let key = ["generic", "dosage_form", "country"];
    assert_same(&expected("progress"), &actual, &key, Scope::Complete);
}

#[test]
fn r38_progress_of_each_drug() {
    let actual = STAGED.progress_by_record();
    let key = ["record_id", "country"];
    assert_same(&expected("drug_progress"), &actual, &key, Scope::Part);
}

#[test]
fn the_expected_results_agree_with_each_other() {
    let mut records = BTreeSet::new();
    for drug in expected("drug") {
        for record in values(&drug["record_ids"]) {
            assert!(records.insert(record.to_owned()), "{record} is in two drugs");
        }
    }
    for listing in expected("listing") {
        assert!(records.contains(&listing["record_id"]), "{listing:?} is in no drug");
    }
    let mut associated = BTreeSet::new();
    for association in expected("registration_association") {
        associated
            .extend(values(&association["acceptance_numbers"]).into_iter().map(str::to_owned));
    }
    for registration in expected("registration") {
        let number = &registration["acceptance_number"];
        assert!(records.contains(&format!("cn_cde:{number}")), "{number} is in no drug");
        assert!(associated.remove(number), "{number} is in no association");
    }
    assert!(associated.is_empty(), "no registrations: {associated:?}");
    for progress in expected("progress") {
        for record in values(&progress["deciding_records"]) {
            assert!(records.contains(record), "{record} decides and is in no drug");
        }
    }
}

/// The drugs are those expected: the same records together, with the same
/// companies.
fn assert_drugs(staged: &Staged) {
    let expected = expected("drug");
    let mut actual = staged.drugs();
    for want in expected.iter().filter(|want| want["holder"] == "*") {
        // The rules name no holder: only that nobody is lost is compared.
        for drug in actual.iter_mut().filter(|d| d["record_ids"] == want["record_ids"]) {
            let mut partners: BTreeSet<String> =
                values(&drug["partners"]).into_iter().map(str::to_owned).collect();
            partners.extend(values(&drug["holder"]).into_iter().map(str::to_owned));
            let partners: Vec<String> = partners.into_iter().collect();
            drug.insert("partners".to_owned(), partners.join("; "));
        }
    }
    let split: Vec<String> = expected
        .iter()
        .filter(|want| !actual.iter().any(|drug| drug["record_ids"] == want["record_ids"]))
        .map(|want| elsewhere(want, &actual))
        .collect();
    assert!(split.is_empty(), "{} drugs differ\n\n{}", split.len(), split.join("\n\n"));
    assert_same(&expected, &actual, &["record_ids"], Scope::Complete);
}

/// Where the records of an expected drug are instead.
fn elsewhere(want: &Row, actual: &[Row]) -> String {
    let records = values(&want["record_ids"]);
    let mut text = format!(
        "expected together as {} / {}: {}\n  because {}",
        want["generic"], want["dosage_form"], want["record_ids"], want["why"]
    );
    let mut seen = BTreeSet::new();
    for drug in actual {
        let here = values(&drug["record_ids"]);
        if here.is_disjoint(&records) {
            continue;
        }
        seen.extend(here.intersection(&records).copied());
        let place = format!(
            "\n  found in {} ({} / {}): {}",
            drug["drug_id"], drug["generic"], drug["dosage_form"], drug["record_ids"]
        );
        text.push_str(&place);
    }
    for missing in records.difference(&seen) {
        text.push_str("\n  in no drug: ");
        text.push_str(missing);
    }
    text
}
