//! Open questions, decisions, and what they change (R10, R29).

use regatta_tests::{Regatta, Site};
use serde_json::Value;

fn reviewed() -> (Site, Regatta) {
    let site = Site::start();
    let regatta = Regatta::all(&site.url(), true);
    let folder = regatta.lake().with_file_name("dictionaries");
    regatta.configure(&format!("[transform]\ndictionaries = {:?}\n", folder.to_string_lossy()));
    let ran = regatta.run(&["refresh"]);
    assert!(ran.code == 0 || ran.code == 3, "{}", ran.err);
    (site, regatta)
}

fn refresh(regatta: &Regatta) {
    let ran = regatta.run(&["refresh"]);
    assert!(ran.code == 0 || ran.code == 3, "{}", ran.err);
}

fn in_queue(regatta: &Regatta, value: &str) -> bool {
    let list = regatta.json(&["review", "list"]);
    list.as_array().unwrap().iter().any(|open| open["value"] == value)
}

#[test]
fn r10_a_decision_leaves_the_queue_and_touches_its_blocks_only() {
    let (_site, regatta) = reviewed();
    assert!(in_queue(&regatta, "verard"));
    let before = regatta.ask("SELECT count(*) FROM drug");
    let said = regatta.ok(&[
        "review",
        "map-to",
        "generic",
        "verard",
        "verapamil",
        "--author",
        "ann",
        "--reason",
        "label",
    ]);
    assert!(said.contains("The next `regatta refresh` applies it"), "{said}");
    refresh(&regatta);

    assert!(!in_queue(&regatta, "verard"));
    assert_eq!(
        regatta.ask("SELECT DISTINCT generic || ' ' || generic_match FROM listing WHERE lower(generic_raw) = 'verard'"),
        "verapamil decision"
    );
    // R39, R41: one block was computed again, and the log says why.
    assert_eq!(
        regatta.ask("SELECT string_agg(DISTINCT generic) FROM block WHERE computed_at = (SELECT max(computed_at) FROM block)"),
        "verapamil"
    );
    assert_eq!(
        regatta.ask(
            "SELECT string_agg(DISTINCT reason, ' ') FROM change WHERE entity_kind = 'listing'"
        ),
        "dictionary_changed"
    );
    assert_eq!(regatta.ask("SELECT count(*) FROM drug"), before);
    assert_eq!(
        regatta.ask(
            "SELECT count(*) FROM drug WHERE last_changed = (SELECT max(last_changed) FROM drug)"
        ),
        "1",
        "the others did not change"
    );

    // Taken back, it is open again.
    let _ = regatta.ok(&["review", "undo", "generic", "verard"]);
    refresh(&regatta);
    assert!(in_queue(&regatta, "verard"));
}

#[test]
fn r10_rejected_values_keep_their_name_and_no_drugs_have_no_drug() {
    let (_site, regatta) = reviewed();
    let substance = regatta.ask(
        "SELECT value FROM review_queue WHERE kind = 'generic' AND sources = 'cn_nmpa' ORDER BY value LIMIT 1",
    );
    let _ = regatta.ok(&["review", "reject", "generic", "verard", "--author", "ann"]);
    let _ = regatta.ok(&["review", "not-a-drug", &substance, "--author", "ann"]);
    refresh(&regatta);
    assert!(!in_queue(&regatta, "verard") && !in_queue(&regatta, &substance));
    assert_eq!(regatta.ask("SELECT count(*) FROM drug WHERE generic = 'verard'"), "1");
    assert_eq!(regatta.ask("SELECT count(*) FROM listing WHERE generic_match = 'rejected'"), "1");
    assert_ne!(
        regatta.ask("SELECT count(*) FROM listing WHERE generic_match = 'not_a_drug'"),
        "0",
        "the record stays"
    );
    assert_eq!(
        regatta.ask("SELECT count(*) FROM drug_record JOIN listing USING (record_id) WHERE generic_match = 'not_a_drug'"),
        "0"
    );
}

#[test]
fn r29_a_curated_decision_splits_a_drug_and_why_names_it() {
    let (_site, regatta) = reviewed();
    let two = regatta.ask(
        "SELECT min(record_id) || '|' || max(record_id) FROM drug_record JOIN drug USING (drug_id)
         WHERE generic = 'osimertinib' AND dosage_form = 'tablet'",
    );
    let (a, b) = two.split_once('|').unwrap();
    let why = |expected: &str| {
        let why: Value = regatta.json(&["why", a, b]);
        assert_eq!(why["same_drug"], expected == "true", "{why}");
        why.to_string()
    };
    assert!(why("true").contains("AstraZeneca"));
    let refused = regatta.run(&["review", "unlink", a, b, "--author", "ann"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("--reason"), "{}", refused.err);
    let _ = regatta.ok(&["review", "unlink", a, b, "--author", "ann", "--reason", "another salt"]);
    refresh(&regatta);
    let said = why("false");
    assert!(said.contains("decision"), "{said}");
    let tree = regatta.ok(&[
        "explain",
        &regatta.ask(&format!("SELECT drug_id FROM drug_record WHERE record_id = '{a}'")),
    ]);
    assert!(tree.contains("osimertinib") && tree.contains("fetched"), "{tree}");
}

#[test]
fn dictionaries_grow_by_import_and_coverage_can_fail_a_build() {
    let (_site, regatta) = reviewed();
    let table = regatta.lake().join("names.tsv");
    std::fs::write(&table, "en\tja\nVerapamil\tベラパミルテスト名\n").unwrap();
    let table = table.to_string_lossy().into_owned();
    let first = regatta.json(&["dictionary", "import", &table, "--source", "test"]);
    assert_eq!(first[0]["report"]["added"], 1, "{first}");
    let again = regatta.json(&["dictionary", "import", &table, "--source", "test"]);
    assert_eq!(
        (&again[0]["report"]["added"], &again[0]["report"]["already_known"]),
        (&0.into(), &1.into())
    );
    refresh(&regatta);

    let coverage = regatta.json(&["dictionary", "coverage"]);
    let generics = coverage["totals"]["generics"].as_f64().unwrap();
    assert!(generics > 90.0 && generics < 100.0, "{coverage}");
    let failed = regatta.run(&["dictionary", "coverage", "--fail-under", "generics=100"]);
    assert_eq!(failed.code, 1);
    assert!(failed.out.contains("is below 100 %"), "{}", failed.out);
}
