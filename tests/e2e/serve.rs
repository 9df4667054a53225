//! `regatta serve` on a fast schedule.

use regatta_lake::{Lake, current_snapshot, history};
use regatta_tests::{Regatta, Site, wait_for};

#[test]
fn sources_run_on_their_schedule_and_sigterm_stops_cleanly() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    regatta.set("us_orange_book", "cron = \"* * * * * *\"\ntime_zone = \"Asia/Tokyo\"");
    regatta.set("us_drugs_at_fda", "cron = \"0 0 0 1 1 *\"");
    let mut child = regatta.start(&["serve"]);
    let lake = wait_for(|| Lake::open(&regatta.lake()).ok());
    wait_for(|| current_snapshot(&lake).ok().flatten());
    site.day("day2");
    wait_for(|| {
        let snapshot = current_snapshot(&lake).ok().flatten()?;
        snapshot.previous.is_some().then_some(())
    });
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").arg(&pid).status().unwrap().success());
    let status = child.wait().unwrap();
    assert!(status.success(), "{status}");
    // Runs of one source never overlap, and a source whose time has not come never ran.
    let runs = history(&lake, &"us_orange_book".parse().unwrap()).unwrap().runs;
    assert!(runs.len() >= 2);
    for pair in runs.windows(2) {
        assert!(pair[0].finished_at <= pair[1].started_at);
    }
    assert!(history(&lake, &"us_drugs_at_fda".parse().unwrap()).unwrap().runs.is_empty());
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

#[test]
fn r10_decisions_count_without_a_restart_and_unusable_ones_do_not_stop_the_data() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    regatta.configure("[transform]\ndictionaries = \"dictionaries\"\n");
    std::fs::create_dir(regatta.lake().with_file_name("dictionaries")).unwrap();
    for source in ["us_orange_book", "us_drugs_at_fda"] {
        regatta.set(source, "cron = \"* * * * * *\"");
    }
    let mut child = regatta.start(&["serve"]);
    let open = |value: &str| {
        let list = regatta.run(&["--format", "json", "review", "list"]);
        let list: serde_json::Value = serde_json::from_str(&list.out).ok()?;
        Some(list.as_array()?.iter().any(|open| open["value"] == value))
    };
    wait_for(|| open("verard").filter(|is| *is));
    let _ = regatta.ok(&["review", "reject", "generic", "verard", "--author", "ann"]);
    wait_for(|| open("verard").filter(|is| !is));

    let decisions = regatta.lake().with_file_name("dictionaries").join("decisions.csv");
    std::fs::write(&decisions, "no,decisions\n").unwrap();
    let lake = Lake::open(&regatta.lake()).unwrap();
    let served = current_snapshot(&lake).unwrap().unwrap().snapshot_id;
    site.day("day2");
    wait_for(|| {
        let now = current_snapshot(&lake).ok().flatten()?.snapshot_id;
        (now != served).then_some(())
    });
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").arg(&pid).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}
