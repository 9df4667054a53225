//! Open questions, decisions, and what they change (R10, R29).

use std::fmt::Write;

use regatta_tests::{Regatta, Site};
use serde_json::Value;

fn reviewed() -> (Site, Regatta) {
    let site = Site::start();
    let regatta = Regatta::all(&site.url(), true);
    // Beside the configuration, not in the folder that the tests run in.
    regatta.configure("[transform]\ndictionaries = \"dictionaries\"\n");
    std::fs::create_dir(regatta.lake().with_file_name("dictionaries")).unwrap();
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
    let others = "SELECT string_agg(drug_id || ' ' || generic || ' ' || dosage_form || ' ' || last_changed || ' ' || first_seen, '; ' ORDER BY drug_id)
        FROM drug WHERE generic NOT IN ('verapamil', 'verard')";
    let others_before = regatta.ask(others);
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
    assert_eq!(regatta.ask(others), others_before);
    assert_eq!(
        regatta.ask("SELECT string_agg(DISTINCT generic) FROM drug JOIN change ON entity_id = drug_id WHERE reason = 'dictionary_changed'"),
        "verapamil",
        "R41: no other drug has a change"
    );

    // Taken back, it is open again; that needs no author.
    let _ = regatta.ok(&["review", "undo", "generic", "VERARD"]);
    refresh(&regatta);
    assert!(in_queue(&regatta, "verard"));
}

#[test]
fn r10_a_suggestion_is_accepted_under_its_standard_name() {
    let (_site, regatta) = reviewed();
    let value = "measles, mumps and rubella virus vaccine, live";
    let list = regatta.json(&["review", "list", "--kind", "generic"]);
    let open = list.as_array().unwrap().iter().find(|open| open["value"] == value).unwrap();
    let first = open["suggestions"][0].clone();
    assert!(first["score"].as_u64().unwrap() > 90, "{first}");
    let none = regatta.run(&["review", "accept", "generic", value, "--suggestion", "9"]);
    assert_eq!(none.code, 1);
    assert!(none.err.contains("there is no number 9"), "{}", none.err);
    let shown = regatta.ok(&["review", "show", "generic", value]);
    assert!(shown.contains("us_cber:"), "{shown}");

    let _ = regatta.ok(&["review", "accept", "generic", value, "--author", "ann"]);
    refresh(&regatta);
    assert!(!in_queue(&regatta, value));
    assert_eq!(
        regatta.ask("SELECT generic FROM listing WHERE generic_match = 'decision'"),
        first["means"].as_str().unwrap()
    );
}

#[test]
fn r10_every_open_value_can_be_decided_from_a_file() {
    let (_site, regatta) = reviewed();
    let open = regatta.json(&["review", "list", "--limit", "1000"]);
    let mut file = String::from("\u{feff}kind,value,decision\n");
    for value in open.as_array().unwrap() {
        let cell = value["value"].as_str().unwrap().replace('"', "\"\"");
        writeln!(file, "{},\"{cell}\",reject", value["kind"].as_str().unwrap()).unwrap();
    }
    let path = regatta.lake().with_file_name("decided.csv");
    std::fs::write(&path, file).unwrap();
    let path = path.to_string_lossy().into_owned();
    let said = regatta.ok(&["review", "apply", &path, "--author", "ann", "--reason", "test"]);
    assert!(said.starts_with(&format!("{} decisions", open.as_array().unwrap().len())), "{said}");
    refresh(&regatta);
    assert_eq!(regatta.ask("SELECT count(*) FROM review_queue"), "0");
    // What the queue knew of the values was written beside them.
    let written = regatta.lake().with_file_name("dictionaries").join("decisions.csv");
    let written = std::fs::read_to_string(written).unwrap();
    assert!(written.contains("generic,,verard,reject,,us_drugs_at_fda,1,ann,"), "{written}");
}

#[test]
fn r10_what_cannot_be_decided_is_wrong_usage_and_writes_nothing() {
    let (_site, regatta) = reviewed();
    let folder = regatta.lake().with_file_name("dictionaries");
    let bad = regatta.lake().with_file_name("bad.csv");
    let good_row = "generic,verard,reject,\n";
    for (rows, reason) in [
        ("generic,verard,accpt,verapamil\n", "line: 3"),
        ("form,x,reject,\n", "line: 3"),
        ("dosage_form,x,map_to,flying carpet\n", "no form of dosage_forms.csv"),
        ("generic,x,map_to,\n", "need a target"),
    ] {
        std::fs::write(&bad, format!("kind,value,decision,target\n{good_row}{rows}")).unwrap();
        let ran = regatta.run(&["review", "apply", &bad.to_string_lossy(), "--author", "ann"]);
        assert_eq!(ran.code, 2, "{rows}: {}", ran.err);
        assert!(ran.err.contains(reason), "{rows}: {}", ran.err);
        assert!(!folder.join("decisions.csv").exists());
    }
    for text in ["", "kind,value\ngeneric,verard\n"] {
        std::fs::write(&bad, text).unwrap();
        let ran = regatta.run(&["review", "apply", &bad.to_string_lossy(), "--author", "ann"]);
        assert_eq!(ran.code, 2, "{text}: {}", ran.err);
        assert!(ran.err.contains("the header lacks"), "{text}: {}", ran.err);
    }
    let ran = regatta.run(&["review", "reject", "drug", "x"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("generic, dosage_form or company"), "{}", ran.err);
    let ran = regatta.run(&["review", "map-to", "form", "x", "flying carpet", "--author", "ann"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn r10_a_decision_is_open_again_when_the_source_value_changes() {
    let (site, regatta) = reviewed();
    // A company that the compiled-in dictionaries know is unknown here.
    let folder = regatta.lake().with_file_name("dictionaries");
    std::fs::create_dir_all(&folder).unwrap();
    let dictionaries =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../transform/dictionaries");
    for name in ["companies.csv", "corporate_groups.csv"] {
        let text = std::fs::read_to_string(dictionaries.join(name)).unwrap();
        let without: Vec<&str> =
            text.lines().filter(|l| !l.to_lowercase().contains("guardian drug")).collect();
        assert!(without.len() < text.lines().count(), "{name}");
        std::fs::write(folder.join(name), without.join("\n") + "\n").unwrap();
    }
    let _ = regatta.ok(&[
        "review",
        "map-to",
        "company",
        "ANDA REPOSITORY LLC",
        "Anda Repository",
        "--author",
        "ann",
    ]);
    refresh(&regatta);
    let from = "SELECT coalesce(string_agg(value || ' was ' || reopened_from, '; '), 'none')
        FROM review_queue WHERE reopened_from IS NOT NULL";
    assert_eq!(regatta.ask(from), "none");

    site.day("day2");
    refresh(&regatta);
    let open = regatta.ask(from);
    assert!(open.to_lowercase().starts_with("guardian drug"), "{open}");
    assert!(open.ends_with("was ANDA REPOSITORY LLC"), "{open}");

    // It stays open when another day brings nothing about it.
    let _ = regatta.ok(&["review", "reject", "generic", "verard", "--author", "ann"]);
    refresh(&regatta);
    assert_eq!(regatta.ask(from), open);
    let value = open.split(" was ").next().unwrap();
    let _ = regatta.ok(&["review", "reject", "company", value, "--author", "ann"]);
    refresh(&regatta);
    assert_eq!(regatta.ask(from), "none");
}

#[test]
fn r10_rejected_values_keep_their_name_and_no_drugs_have_no_drug() {
    let (_site, regatta) = reviewed();
    let substance = regatta.ask(
        "SELECT value FROM review_queue WHERE kind = 'generic' AND sources = ['cn_nmpa'] ORDER BY value LIMIT 1",
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
    assert_eq!(refused.code, 2);
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
    let drug_of = |record: &str| {
        regatta.ask(&format!("SELECT drug_id FROM drug_record WHERE record_id = '{record}'"))
    };
    assert_ne!(drug_of(a), drug_of(b));

    // Taken back, in either order of the records, they are one drug again.
    let _ = regatta.ok(&["review", "undo-link", b, a]);
    refresh(&regatta);
    let _ = why("true");
    assert_eq!(drug_of(a), drug_of(b));
    let unknown = regatta.run(&[
        "review",
        "link",
        a,
        "nowhere:1",
        "--author",
        "ann",
        "--reason",
        "a slip of the pen",
    ]);
    assert_eq!(unknown.code, 0, "{}", unknown.err);
    assert!(unknown.err.contains("nowhere:1"), "{}", unknown.err);
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
    // One unusable file among several: nothing of any of them is written.
    let (good, bad) = (regatta.lake().join("good.tsv"), regatta.lake().join("bad.tsv"));
    std::fs::write(&good, "en\tja\nNevirapine\tネビラピンテスト名\n").unwrap();
    std::fs::write(&bad, "colour\ttaste\nred\tsweet\n").unwrap();
    let both = [good.to_string_lossy().into_owned(), bad.to_string_lossy().into_owned()];
    let ran = regatta.run(&["dictionary", "import", &both[0], &both[1]]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("colour"), "{}", ran.err);
    let dry = regatta.json(&["dictionary", "import", &both[0], "--dry-run"]);
    assert_eq!(dry[0]["report"]["added"], 1, "{dry}");
    refresh(&regatta);

    let coverage = regatta.json(&["dictionary", "coverage"]);
    let generics = coverage["totals"]["generics"].as_f64().unwrap();
    assert!(generics > 90.0 && generics < 100.0, "{coverage}");
    let trials = coverage["by_source"].as_array().unwrap().iter();
    let trials: Vec<u64> = trials
        .filter(|row| row["kind"] == "trial" && row["source_id"] == "all")
        .filter_map(|row| row["records"].as_u64())
        .collect();
    assert_eq!(trials, [regatta.ask("SELECT count(*) FROM trial").parse::<u64>().unwrap()]);
    for (bounds, code) in
        [("generics=90,trials=80,forms=99", 0), ("generics=90,trials=100", 1), ("genrics=90", 2)]
    {
        let ran = regatta.run(&["dictionary", "coverage", "--fail-under", bounds]);
        assert_eq!(ran.code, code, "{bounds}: {}{}", ran.out, ran.err);
    }
    let failed = regatta.run(&["dictionary", "coverage", "--fail-under", "generics=100"]);
    assert_eq!(failed.code, 1);
    assert!(failed.out.contains("is below 100 %"), "{}", failed.out);
}
