//! `regatta serve`: what was missed, and what failed.

use std::time::Duration;

use regatta_lake::{Lake, RunManifest, RunStatus, history};
use regatta_tests::{Daemon, Regatta, Site, wait_for, when};
use regatta_testsite::{Fault, FaultKind};

const SOURCE: &str = "us_orange_book";

fn runs(regatta: &Regatta) -> Vec<RunManifest> {
    let Ok(lake) = Lake::open(&regatta.lake()) else { return Vec::new() };
    history(&lake, &SOURCE.parse().unwrap()).unwrap().runs
}

fn one_source(site: &Site) -> Regatta {
    let regatta = Regatta::new(&site.url(), true);
    regatta.only(&[SOURCE]);
    regatta
}

fn outage(times: Option<u32>) -> Fault {
    Fault {
        host: "www.fda.gov".into(),
        path_prefix: "/media/".into(),
        method: None,
        query_contains: None,
        body_contains: None,
        kind: FaultKind::Status { code: 503, retry_after: None },
        times,
        skip: 0,
    }
}

#[test]
fn what_was_missed_while_the_daemon_was_down_is_caught_up_once() {
    let site = Site::start();
    let regatta = one_source(&site);
    let _ = regatta.ok(&["refresh"]);
    assert_eq!(runs(&regatta).len(), 1);
    // Its next time comes and goes while nobody is there.
    regatta.set(SOURCE, &when(1));
    std::thread::sleep(Duration::from_millis(2_200));
    let daemon = Daemon::start(&regatta);
    wait_for(|| (runs(&regatta).len() == 2).then_some(()));
    let runs_total = "regatta_runs_total{source=\"us_orange_book\",status=\"unchanged\",reason=\"";
    wait_for(|| {
        let late = daemon.metric(&format!("{runs_total}catch_up\"}}"));
        let punctual = daemon.metric(&format!("{runs_total}schedule\"}}"));
        (late.or(punctual) == Some(1.0)).then_some(())
    });
    assert!(daemon.stop().success());
    // The catch-up stands for all that was missed: another start finds nothing.
    let daemon = Daemon::start(&regatta);
    let _ = daemon.logged("serving");
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(runs(&regatta).len(), 2);
    assert_eq!(daemon.metric("regatta_queue_length"), Some(0.0));
    assert!(daemon.stop().success());
}

#[test]
fn a_failure_is_retried_and_success_ends_it() {
    let site = Site::start();
    let regatta = one_source(&site);
    regatta.rewrite(|text| format!("{text}\n[serve.retry]\nfailed_first_s = 1\nmax_s = 2\n"));
    site.fault(outage(None));
    // The first failure is of a run by hand: retries follow from the manifests.
    assert_eq!(regatta.run(&["refresh"]).code, 3);
    regatta.set(SOURCE, "cron = \"0 0 0 1 1 *\"");
    let daemon = Daemon::start(&regatta);
    wait_for(|| (runs(&regatta).len() >= 2).then_some(()));
    let seen = runs(&regatta);
    assert!(seen.iter().all(|r| r.status == RunStatus::Failed));
    // A retry never comes before its wait.
    let pause = seen[1].started_at.duration_since(seen[0].finished_at);
    assert!(pause >= jiff::SignedDuration::from_secs(1), "{pause}");
    assert!(daemon.stop().success());

    // The next try is known after a restart: it is read off the manifests.
    site.clear_faults();
    let daemon = Daemon::start(&regatta);
    wait_for(|| runs(&regatta).last().filter(|r| r.status == RunStatus::Ok).map(|_| ()));
    let label = "{source=\"us_orange_book\"}";
    wait_for(|| {
        (daemon.metric(&format!("regatta_source_failures_in_a_row{label}")) == Some(0.0))
            .then_some(())
    });
    assert_eq!(daemon.metric(&format!("regatta_retries_total{label}")), Some(1.0));
    let count = runs(&regatta).len();
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(runs(&regatta).len(), count);
    assert!(daemon.stop().success());
}

#[test]
fn a_block_is_not_retried_at_once() {
    let site = Site::start();
    let regatta = one_source(&site);
    regatta.rewrite(|text| format!("{text}\n[serve.retry]\nfailed_first_s = 1\n"));
    let blocked =
        Fault { kind: FaultKind::Status { code: 403, retry_after: None }, ..outage(None) };
    site.fault(blocked);
    assert_eq!(regatta.run(&["refresh"]).code, 3);
    assert_eq!(runs(&regatta)[0].status, RunStatus::Blocked);
    regatta.set(SOURCE, "cron = \"0 0 0 1 1 *\"");
    let daemon = Daemon::start(&regatta);
    let label = "{source=\"us_orange_book\"}";
    let _ = daemon.logged("serving");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(runs(&regatta).len(), 1);
    let next = daemon.metric(&format!("regatta_source_next_run_timestamp_seconds{label}")).unwrap();
    let finished = runs(&regatta)[0].finished_at.as_second();
    // Eight hours, and up to a quarter more.
    let wait = next - f64::from(i32::try_from(finished).unwrap());
    assert!((28_800.0..=36_001.0).contains(&wait), "{wait}");
    assert!(daemon.stop().success());
}
