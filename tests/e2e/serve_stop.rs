//! `regatta serve`: stopping it, killing it, starting it twice.

use std::time::Duration;

use regatta_lake::{Lake, current_snapshot, history};
use regatta_tests::{Daemon, Regatta, Site, wait_for};
use regatta_testsite::{Fault, FaultKind};

fn every_second(site: &Site) -> Regatta {
    let regatta = Regatta::new(&site.url(), true);
    for source in ["us_orange_book", "us_drugs_at_fda"] {
        regatta.set(source, "cron = \"* * * * * *\"");
    }
    regatta
}

/// The lake holds what its manifests say, and what is published is whole.
fn assert_sound(regatta: &Regatta) {
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
    let lake = Lake::open(&regatta.lake()).unwrap();
    if current_snapshot(&lake).unwrap().is_some() {
        let _ = regatta.ok(&["publish"]);
        assert_ne!(regatta.ask("SELECT count(*) FROM listing"), "0");
    }
}

#[test]
fn sigterm_at_many_moments_of_crawl_transform_and_publish_leaves_a_sound_lake() {
    let site = Site::start();
    let regatta = every_second(&site);
    for (n, moment) in [0, 60, 150, 300, 500, 700, 950, 1_300].into_iter().enumerate() {
        // Something new each time, so that each round transforms and publishes.
        site.day(if n % 2 == 0 { "day1" } else { "day2" });
        let daemon = Daemon::start(&regatta);
        let _ = daemon.logged("serving");
        std::thread::sleep(Duration::from_millis(moment));
        let status = daemon.stop();
        assert!(status.success(), "after {moment} ms: {status}");
        assert_sound(&regatta);
    }
    // What the last round left undone is published by the next start alone.
    regatta.rewrite(|text| text.replace("cron = \"* * * * * *\"", "cron = \"0 0 0 1 1 *\""));
    let daemon = Daemon::start(&regatta);
    // It may have nothing left to do: a signal must not come before it listens.
    let _ = daemon.logged("serving");
    let lake = Lake::open(&regatta.lake()).unwrap();
    wait_for(|| {
        let served = current_snapshot(&lake).ok().flatten()?;
        let data =
            |id: &str| Some(history(&lake, &id.parse().unwrap()).ok()?.data_run()?.run_id.clone());
        let same = |id: &str| {
            served.inputs.get(&id.parse().unwrap()).map(|i| i.data_run_id.clone()) == data(id)
        };
        (same("us_orange_book") && same("us_drugs_at_fda")).then_some(())
    });
    assert!(daemon.stop().success());
    assert_sound(&regatta);
}

#[test]
fn sigterm_during_a_slow_crawl_ends_it_at_once_and_the_next_start_goes_on() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    regatta.only(&["us_orange_book"]);
    site.fault(Fault {
        host: "www.fda.gov".into(),
        path_prefix: "/media/".into(),
        method: None,
        query_contains: None,
        body_contains: None,
        kind: FaultKind::SlowDrip { seconds: 60.0 },
        times: None,
        skip: 0,
    });
    regatta.set("us_orange_book", "cron = \"* * * * * *\"");
    let daemon = Daemon::start(&regatta);
    wait_for(|| (daemon.metric("regatta_running") == Some(1.0)).then_some(()));
    assert!(daemon.stop().success());
    // It did not wait for the file: there is no run.
    let lake = Lake::open(&regatta.lake()).unwrap();
    let source = "us_orange_book".parse().unwrap();
    assert!(history(&lake, &source).unwrap().runs.is_empty());
    site.clear_faults();
    let _ = regatta.ok(&["refresh"]);
    assert_sound(&regatta);
}

#[test]
fn of_two_instances_one_serves_and_a_kill_leaves_no_lock() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let mut both = [Daemon::start(&regatta), Daemon::start(&regatta)];
    let refused = wait_for(|| both.iter_mut().position(|d| d.ended().is_some()));
    let [first, second] = both;
    let (loser, winner) = if refused == 0 { (first, second) } else { (second, first) };
    let (status, log) = loser.wait();
    assert_eq!(status.code(), Some(1));
    assert!(log.contains("another regatta process"), "{log}");
    let _ = winner.logged("serving");
    assert_eq!(winner.get("/healthz").0, 200);
    let refresh = regatta.run(&["refresh"]);
    assert_eq!(refresh.code, 1, "{}", refresh.err);

    winner.signal("KILL");
    assert!(!winner.wait().0.success());
    let next = Daemon::start(&regatta);
    let _ = next.logged("serving");
    assert!(next.stop().success());
}
