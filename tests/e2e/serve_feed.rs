//! `regatta serve`: feeds of changes.

use regatta_lake::{Lake, RunStatus, history};
use regatta_tests::{Daemon, Realsite, Regatta, Site, wait_for};
use regatta_testsite::{Fault, FaultKind};

/// A lake of the first day, and a daemon that crawls nothing but polls.
fn polled(site: &Site, source: &str) -> Regatta {
    let regatta = Regatta::all(&site.url(), true);
    // With a source of listings, which the transform wants to have.
    regatta.only(&[source, "us_orange_book"]);
    let _ = regatta.ok(&["refresh"]);
    regatta.set("us_orange_book", "cron = \"0 0 0 1 1 *\"");
    regatta.rewrite(|text| text.replace("feeds = false", "feeds = true"));
    regatta.set(source, "cron = \"0 0 0 1 1 *\"\nfeed_cron = \"* * * * * *\"");
    let _ = site.take_requests();
    regatta
}

fn polls(daemon: &Daemon, source: &str, outcome: &str) -> u64 {
    let labels = format!("{{source=\"{source}\",outcome=\"{outcome}\"}}");
    daemon.count(&format!("regatta_feed_polls_total{labels}"))
}

#[test]
fn a_changed_trial_of_ctis_is_in_the_tables_after_a_poll() {
    let site = Site::start();
    let source = "eu_ctis";
    let regatta = polled(&site, source);
    let status = |regatta: &Regatta| {
        regatta.ask("SELECT status FROM trial WHERE trial_id = 'eu_ctis:2023-900001-11'")
    };
    let before = status(&regatta);
    let rows = regatta.ask("SELECT count(*) FROM trial");
    let daemon = Daemon::start(&regatta);
    // What the feed names is asked for once; nothing is different yet.
    wait_for(|| (polls(&daemon, source, "unchanged") >= 2).then_some(()));
    let first = site.take_requests();
    let to = |path: &str| first.iter().filter(|r| r.path.ends_with(path)).count();
    assert!(to("/updates.rss") >= 2);
    assert_eq!((to("/search"), to("/2024-510663-34-00")), (1, 0));

    site.day("day2");
    wait_for(|| (polls(&daemon, source, "changed") == 1).then_some(()));
    wait_for(|| (status(&regatta) != before).then_some(()));
    assert_eq!(status(&regatta), "completed");
    // No other request than those for the one trial that is new in the feed.
    let asked = site.take_requests();
    let mut others: Vec<_> = asked
        .iter()
        .filter(|r| !r.path.ends_with("/updates.rss"))
        .map(|r| r.path.clone())
        .collect();
    others.sort();
    assert_eq!(others, ["/ctis-public-api/retrieve/2023-900001-11-00", "/ctis-public-api/search"]);

    // A run of its own: changed rows are its own, all others those of the crawl.
    let lake = Lake::open(&regatta.lake()).unwrap();
    let past = history(&lake, &source.parse().unwrap()).unwrap();
    assert_eq!(past.runs.len(), 2);
    let (crawl, feed) = (&past.runs[0], &past.runs[1]);
    assert_eq!((feed.status, feed.feed_of.as_ref()), (RunStatus::Ok, Some(&crawl.run_id)));
    assert_eq!(past.data_run().unwrap().run_id, feed.run_id);
    assert_eq!(past.last_good_crawl().unwrap().run_id, crawl.run_id);
    assert_eq!(regatta.ask("SELECT count(*) FROM trial"), rows);
    let by_run = |table: &str, run: &str| {
        regatta.ask(&format!(
            "SELECT string_agg(DISTINCT ct_number, ' ' ORDER BY ct_number) \
             FROM raw.eu_ctis_{table} WHERE run_id = '{run}'"
        ))
    };
    assert_eq!(by_run("trial", feed.run_id.as_str()), "2023-900001-11-00");
    assert!(!by_run("trial", crawl.run_id.as_str()).contains("2023-900001-11-00"));
    // Products did not change: their rows are still those that the crawl wrote.
    assert!(by_run("trial_product", crawl.run_id.as_str()).contains("2023-900001-11-00"));
    let shown = regatta.ok(&["show", "record", "eu_ctis:2023-900001-11"]);
    assert!(shown.contains("ctis-public-api/search"), "{shown}");
    assert!(daemon.stop().success());

    let _ = regatta.ok(&["gc", "--keep", "1"]);
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
    // The next crawl finds the same, and stands for itself again.
    let _ = regatta.ok(&["refresh"]);
    assert_eq!(status(&regatta), "completed");
    let past = history(&lake, &source.parse().unwrap()).unwrap();
    assert!(past.data_run().unwrap().feed_of.is_none());
}

#[test]
fn an_outage_of_the_feed_leaves_things_as_they_were_and_a_block_is_left_alone() {
    let site = Site::start();
    let source = "eu_ctis";
    let regatta = polled(&site, source);
    let fault = |kind: FaultKind, path: &str| Fault {
        host: "euclinicaltrials.eu".into(),
        path_prefix: path.into(),
        method: None,
        query_contains: None,
        body_contains: None,
        kind,
        times: None,
        skip: 0,
    };
    let status = |code| FaultKind::Status { code, retry_after: None };
    site.day("day2");
    // The feed is down; then it is there, and the trial that it names is not.
    site.fault(fault(status(500), "/ctis-public-api/rss"));
    let daemon = Daemon::start(&regatta);
    // It was never read: that is a number too, and after some polls an alert.
    let read = format!("regatta_feed_last_good_timestamp_seconds{{source=\"{source}\"}}");
    assert_eq!(daemon.metric(&read), Some(0.0));
    wait_for(|| (polls(&daemon, source, "failed") >= 6).then_some(()));
    let _ = regatta.ok(&["alerts", "check"]);
    let told = regatta.ok(&["alerts"]);
    assert!(told.contains("The feed of changes of") && told.contains("never read"), "{told}");
    site.clear_faults();
    site.fault(fault(status(500), "/ctis-public-api/retrieve"));
    let failed = polls(&daemon, source, "failed");
    wait_for(|| (polls(&daemon, source, "failed") >= failed + 2).then_some(()));
    let lake = Lake::open(&regatta.lake()).unwrap();
    let runs = || history(&lake, &source.parse().unwrap()).unwrap().runs.len();
    assert_eq!(runs(), 1);
    assert_eq!(daemon.get("/healthz").0, 200);
    // Back again: nothing that was named meanwhile is lost.
    site.clear_faults();
    wait_for(|| (polls(&daemon, source, "changed") == 1).then_some(()));
    assert_eq!(runs(), 2);

    site.fault(fault(status(403), "/ctis-public-api/rss"));
    wait_for(|| (polls(&daemon, source, "left_alone") >= 2).then_some(()));
    assert_eq!(polls(&daemon, source, "blocked"), 1);
    assert_eq!(runs(), 2);
    assert!(daemon.stop().success());
    // A restart knows from the lake when it was read.
    let daemon = Daemon::start(&regatta);
    assert!(daemon.metric(&read).is_some_and(|at| at > 1_000_000_000.0));
    assert!(daemon.stop().success());
}

#[test]
fn a_changed_protocol_of_eudract_is_in_the_tables_after_a_poll() {
    let site = Site::start();
    let source = "eu_euctr";
    let regatta = polled(&site, source);
    let spain = |regatta: &Regatta| {
        regatta.ask(
            "SELECT status FROM raw.eu_euctr_trial_country \
             WHERE eudract_number = '2015-000662-65' AND country_code = 'ES'",
        )
    };
    assert_eq!(spain(&regatta), "Ongoing");
    let protocols = regatta.ask("SELECT count(*) FROM raw.eu_euctr_protocol");
    let daemon = Daemon::start(&regatta);
    wait_for(|| (polls(&daemon, source, "unchanged") >= 1).then_some(()));
    site.day("day2");
    wait_for(|| (polls(&daemon, source, "changed") == 1).then_some(()));
    wait_for(|| (spain(&regatta) == "Completed").then_some(()));
    assert_eq!(regatta.ask("SELECT count(*) FROM raw.eu_euctr_protocol"), protocols);
    assert!(site.take_requests().iter().all(|r| !r.path.ends_with("/ctr-search/search")));
    assert!(daemon.stop().success());
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

#[test]
fn a_withdrawn_product_of_the_mri_is_in_the_tables_after_a_poll() {
    let site = Site::start();
    let source = "eu_hma_mri";
    let regatta = polled(&site, source);
    let outcome = |regatta: &Regatta| {
        regatta.ask("SELECT outcome FROM raw.eu_hma_mri_product WHERE mr_number = 'DE/H/2192/001'")
    };
    assert_eq!(outcome(&regatta), "Positive");
    let products = regatta.ask("SELECT count(*) FROM raw.eu_hma_mri_product");
    let daemon = Daemon::start(&regatta);
    wait_for(|| (polls(&daemon, source, "unchanged") >= 1).then_some(()));
    site.day("day2");
    wait_for(|| (polls(&daemon, source, "changed") == 1).then_some(()));
    wait_for(|| (outcome(&regatta) == "Withdrawn").then_some(()));
    assert_eq!(regatta.ask("SELECT count(*) FROM raw.eu_hma_mri_product"), products);
    let asked = site.take_requests();
    assert!(asked.iter().all(|r| r.query.contains("UpdatedAt%20ge%20")));
    assert!(daemon.stop().success());
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

/// Real rows through the real filter: those that the feed names are the same
/// as those that the crawl read, so nothing is made of them.
#[test]
fn real_products_that_the_feed_names_are_those_of_the_crawl() {
    let Some(site) = Realsite::start("real_products_that_the_feed_names") else { return };
    let source = "eu_hma_mri";
    // A crawl of long ago: half of the products were updated since.
    let regatta = Regatta::all(&site.url(), true).with_env("SOURCE_DATE_EPOCH", "1654041600");
    regatta.only(&[source]);
    let _ = regatta.ok(&["refresh"]);
    let _ = site.take_requests();
    regatta.rewrite(|text| text.replace("feeds = false", "feeds = true"));
    regatta.set(source, "cron = \"0 0 0 1 1 *\"\nfeed_cron = \"* * * * * *\"");
    let daemon = Daemon::start(&regatta);
    wait_for(|| (polls(&daemon, source, "unchanged") >= 1).then_some(()));
    let asked = site.take_requests();
    let bytes: u64 = asked
        .iter()
        .filter(|r| r["query"].as_str().is_some_and(|q| q.contains("UpdatedAt")))
        .filter_map(|r| r["bytes"].as_u64())
        .sum();
    assert!(bytes > 2_000, "{asked:?}");
    assert_eq!(polls(&daemon, source, "changed"), 0);
    assert!(daemon.stop().success());
}
