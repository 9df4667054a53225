//! Files of the lake that are gone or damaged where nobody looks: nothing begins
//! anew in their place, and `verify` names them.

use std::fs;
use std::path::{Path, PathBuf};

use regatta_lake::{Lake, current_snapshot};
use regatta_tests::{Daemon, Regatta, Site, wait_for};

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// That `verify` finds what is said, and nothing once it is there again.
fn verify_finds(regatta: &Regatta, said: &str) {
    let verified = regatta.run(&["verify"]);
    let all = format!("{}{}", verified.out, verified.err);
    assert_eq!(verified.code, 1, "{all}");
    assert!(all.contains(said), "{said}: {all}");
}

/// A lake of three snapshots.
fn three_days(site: &Site) -> Regatta {
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    for day in ["day2", "day3"] {
        site.day(day);
        let _ = regatta.ok(&["refresh"]);
    }
    assert_eq!(children(&regatta.lake().join("snapshots")).len(), 3);
    regatta
}

#[test]
fn a_lost_current_json_is_not_taken_for_a_lake_that_published_nothing() {
    let site = Site::start();
    let regatta = three_days(&site);
    let current = regatta.lake().join("current.json");
    let drugs = regatta.ask("SELECT min(drug_id) || max(drug_id) FROM drug");
    fs::remove_file(&current).unwrap();
    for command in ["refresh", "snapshots", "gc", "publish"] {
        let refused = regatta.run(&[command]);
        assert_eq!(refused.code, 1, "{command}: {}{}", refused.out, refused.err);
        assert!(refused.err.contains("current.json is damaged: it is gone"), "{}", refused.err);
    }
    verify_finds(&regatta, "it is gone, though snapshots were published");
    assert_eq!(children(&regatta.lake().join("snapshots")).len(), 3);
    // As the message says.
    let newest = children(&regatta.lake().join("snapshots")).pop().unwrap();
    fs::copy(newest.join("manifest.json"), &current).unwrap();
    let _ = regatta.ok(&["refresh"]);
    assert_eq!(regatta.ask("SELECT min(drug_id) || max(drug_id) FROM drug"), drugs);
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

#[test]
fn verify_names_what_kept_snapshots_need_and_is_gone() {
    let site = Site::start();
    let regatta = three_days(&site);
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
    let lake = regatta.lake();
    let aside = lake.with_file_name("aside");
    let source = "us_orange_book";
    let newest = |folder: &str| children(&lake.join(folder).join(source)).pop().unwrap();
    for (path, said) in [
        (newest("raw"), "the raw tables are gone"),
        (newest("runs"), "a snapshot is made of this run, and there is none"),
        (lake.join("runs").join(source), "a snapshot is made of this run, and there is none"),
        (children(&lake.join("snapshots"))[1].clone(), "no kept snapshot leads here"),
        (newest("runs").join("manifest.sha256"), "it cannot be read"),
    ] {
        fs::rename(&path, &aside).unwrap();
        verify_finds(&regatta, said);
        fs::rename(&aside, &path).unwrap();
        assert!(regatta.ok(&["verify"]).contains("0 findings"), "{}", path.display());
    }
    // What a sweep takes is not missed.
    let _ = regatta.ok(&["gc", "--keep", "1"]);
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

#[test]
fn a_damaged_duckdb_file_is_found_and_not_carried_on() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
    let file = regatta.lake().join("warehouse/regatta.duckdb");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    verify_finds(&regatta, "warehouse/regatta.duckdb");
    // A refresh that finds nothing new copies the file, for the table of runs.
    let built = regatta.ok(&["refresh"]);
    assert!(built.contains("Nothing changed"), "{built}");
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

#[test]
fn a_lake_that_is_moved_away_under_the_daemon_is_not_begun_anew() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    regatta.set("us_orange_book", "cron = \"* * * * * *\"");
    let daemon = Daemon::start(&regatta);
    let lake = wait_for(|| Lake::open(&regatta.lake()).ok());
    wait_for(|| current_snapshot(&lake).ok().flatten());
    wait_for(|| (daemon.get("/readyz").0 == 200).then_some(()));
    let elsewhere = regatta.lake().with_file_name("elsewhere");
    fs::rename(regatta.lake(), &elsewhere).unwrap();
    let said = wait_for(|| {
        let (code, body) = daemon.get("/readyz");
        (code == 503).then_some(body)
    });
    assert!(said.contains("is not the one that was opened"), "{said}");
    site.day("day2");
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert!(!regatta.lake().exists(), "{:?}", children(&regatta.lake()));
    // Back again, it goes on where it was.
    fs::rename(&elsewhere, regatta.lake()).unwrap();
    wait_for(|| current_snapshot(&lake).ok().flatten()?.previous.map(drop));
    wait_for(|| (daemon.get("/readyz").0 == 200).then_some(()));
}

#[test]
fn a_lake_that_was_moved_answers_where_it_is_now() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh", "--source", "us_orange_book"]);
    let query = "SELECT count(*) > 0 FROM raw.us_orange_book_products";
    assert_eq!(regatta.ask(query), "true");
    let other = Regatta::new(&site.url(), true);
    let record = regatta.ask("SELECT min(record_id) FROM listing");
    assert!(regatta.ok(&["show", "record", &record]).contains("own row (raw."));
    fs::rename(regatta.lake(), other.lake()).unwrap();
    let refused = other.run(&["sql", query]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.err.contains("the lake was moved"), "{}", refused.err);
    let shown = other.ok(&["show", "record", &record]);
    assert!(shown.contains("cannot be read: the lake was moved"), "{shown}");
    let _ = other.ok(&["publish"]);
    assert_eq!(other.ask(query), "true");
    // Nothing to publish or sweep: no new lake comes of a mistyped name.
    for command in ["transform", "publish", "gc"] {
        let refused = regatta.run(&[command]);
        assert_eq!(refused.code, 1, "{command}: {}", refused.out);
        assert!(refused.err.contains("there is no lake in"), "{command}: {}", refused.err);
    }
    let photo = regatta.lake().with_file_name("photo.jpg");
    fs::write(&photo, "a photo").unwrap();
    let refused = regatta.run(&["import", "us_orange_book", photo.to_str().unwrap()]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.err.contains("photo.jpg"), "{}", refused.err);
    assert!(!regatta.lake().exists());
}

#[test]
fn a_lost_or_damaged_duckdb_file_is_not_a_lake_that_published_nothing() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let file = regatta.lake().join("warehouse/regatta.duckdb");
    for lost in [true, false] {
        if lost {
            fs::remove_file(&file).unwrap();
        } else {
            fs::write(&file, "no DuckDB file").unwrap();
        }
        let ran = regatta.run(&["search", "nevirapine"]);
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.err.contains("`regatta publish` builds it again"), "{}", ran.err);
        assert!(!ran.err.contains("nothing is published"), "{}", ran.err);
        let _ = regatta.ok(&["publish"]);
        assert!(regatta.ok(&["search", "nevirapine"]).contains("nevirapine"));
    }
}
