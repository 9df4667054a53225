//! Alerts about the work itself: refreshes and feeds that fail.

#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::{SignedDuration, Timestamp};
use regatta_alerts::{
    Facts, FeedFacts, Finding, RefreshFacts, Rules, RunFacts, Severity, SourceFacts, detect,
};
use regatta_lake::RunStatus;

fn now() -> Timestamp {
    "2024-08-16T06:00:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

fn found(facts: &Facts, rule: &str) -> Vec<Finding> {
    let findings = detect(&Rules::built_in().unwrap(), facts).findings;
    findings.into_iter().filter(|f| f.rule == rule).collect()
}

fn refreshes(problems: &[Option<&str>]) -> Vec<RefreshFacts> {
    let of = |(n, problem): (usize, Option<&str>)| RefreshFacts {
        finished_at: ago(60 - i64::try_from(n).unwrap()),
        problem: problem.map(str::to_owned),
    };
    problems.iter().copied().enumerate().map(of).collect()
}

#[test]
fn a_refresh_that_fails_three_times_in_a_row_is_told_with_its_reason() {
    let full = Some("cannot write: No space left on device");
    for (problems, told) in [
        (vec![None, full, full], false),
        (vec![full, full, full, None], false),
        (vec![None, full, full, full], true),
    ] {
        let facts = Facts {
            now: now(),
            refreshes: refreshes(&problems),
            published_at: Some(ago(3_000)),
            ..Facts::default()
        };
        let findings = found(&facts, "refresh_failing");
        assert_eq!(findings.len(), usize::from(told), "{problems:?}");
        for finding in findings {
            assert_eq!((finding.severity, finding.cases), (Severity::Critical, 3));
            assert!(finding.because.contains("No space left on device"), "{}", finding.because);
            assert!(finding.what.contains("is still served"), "{}", finding.what);
        }
    }
}

fn run(id: &str, at: Timestamp, status: RunStatus) -> RunFacts {
    RunFacts {
        run_id: id.into(),
        finished_at: at,
        seen_whole: at,
        feed: false,
        status,
        problem: None,
        tables: Vec::new(),
    }
}

#[test]
fn polls_of_a_feed_and_parts_of_the_data_make_a_source_no_younger() {
    let poll = |id: &str, at| RunFacts { feed: true, ..run(id, at, RunStatus::Ok) };
    let part = |id: &str, at, whole| RunFacts { seen_whole: whole, ..run(id, at, RunStatus::Ok) };
    let facts = |runs: Vec<RunFacts>| Facts {
        now: now(),
        sources: vec![SourceFacts {
            source_id: "eu_ctis".into(),
            title: "CTIS".into(),
            max_age_hours: 48,
            runs,
            ..SourceFacts::default()
        }],
        ..Facts::default()
    };
    let crawl = run("r1", ago(3_000), RunStatus::Ok);
    for (last, why) in [
        (poll("r2", ago(5)), "no run was made since"),
        (part("r2", ago(5), ago(3_000)), "what came since was a part of the data"),
    ] {
        let found = found(&facts(vec![crawl.clone(), last]), "overdue");
        assert_eq!(found.len(), 1, "{why}");
        assert!(found[0].because.starts_with("50 hours old"), "{}", found[0].because);
        assert!(found[0].because.contains(why), "{}", found[0].because);
    }
    assert!(found(&facts(vec![run("r1", ago(5), RunStatus::Ok)]), "overdue").is_empty());
    // Crawls that fail are told though the feed is read.
    let mut runs = vec![crawl];
    for n in 0..60 {
        runs.push(run(&format!("f{n}"), ago(100 - n), RunStatus::Failed));
        runs.push(poll(&format!("p{n}"), ago(99 - n)));
    }
    let found = found(&facts(runs), "source_failing");
    assert_eq!((found.len(), found[0].cases), (1, 60));
    // An alert carries fifty pieces of evidence at most: the newest runs.
    let evidence = &found[0].evidence;
    assert_eq!((evidence.len(), evidence[49].as_str()), (50, "run:f59"));
}

#[test]
fn new_data_that_waits_for_hours_is_told_and_quiet_days_are_not() {
    let facts = |runs: Vec<RunFacts>, served: Option<&str>, published: bool| Facts {
        now: now(),
        sources: vec![SourceFacts {
            source_id: "eu_ema".into(),
            title: "EMA".into(),
            max_age_hours: 48,
            runs,
            served_run: served.map(str::to_owned),
            feed: None,
        }],
        published_at: published.then(|| ago(9_000)),
        ..Facts::default()
    };
    let runs = |waiting: i64| {
        vec![
            run("r1", ago(3_000), RunStatus::Ok),
            run("r2", ago(waiting), RunStatus::Ok),
            run("r3", ago(10), RunStatus::Ok),
        ]
    };
    let told = |facts: &Facts| found(facts, "refresh_failing").len();
    assert_eq!(told(&facts(runs(361), Some("r1"), true)), 1, "the oldest that waits counts");
    assert_eq!(told(&facts(runs(359), Some("r1"), true)), 0);
    assert_eq!(told(&facts(runs(900), Some("r3"), true)), 0, "it is served");
    assert_eq!(told(&facts(runs(900), None, false)), 1, "nothing was ever published");
    assert_eq!(told(&facts(runs(900), Some("r0"), true)), 0, "not known any more");
    // Days on which nothing new came, and runs that failed, wait for nothing.
    let quiet = vec![
        run("r1", ago(9_000), RunStatus::Ok),
        run("r2", ago(3_000), RunStatus::Unchanged),
        run("r3", ago(1_500), RunStatus::Failed),
    ];
    assert_eq!(told(&facts(quiet, Some("r1"), true)), 0);
}

#[test]
fn a_feed_that_fails_for_longer_than_its_schedule_allows_is_told() {
    let feed = |every_s, polled, good: Option<i64>, failures, blocked| FeedFacts {
        every_s,
        polled_at: Some(ago(polled)),
        good_at: good.map(ago),
        failures_in_a_row: failures,
        blocked,
        problem: Some("fetch: the server answered 503".into()),
    };
    for (feed, told) in [
        (feed(600, 5, Some(5), 0, false), false),
        (feed(600, 5, Some(35), 3, false), false),
        (feed(600, 5, Some(65), 6, false), true),
        // Never read: by the number of polls, or at once where the site refuses.
        (feed(600, 5, None, 5, false), false),
        (feed(600, 5, None, 6, false), true),
        (feed(600, 5, None, 1, true), true),
        // Left alone after a refusal: the hours count.
        (feed(600, 350, Some(359), 1, true), false),
        (feed(600, 350, Some(361), 1, true), true),
        // Polled once a day: one failure is no reason.
        (feed(86_400, 5, Some(1_445), 1, false), false),
        (feed(86_400, 5, Some(4_400), 3, false), true),
        // Nobody polls any more.
        (feed(600, 3_000, Some(9_000), 6, false), false),
    ] {
        let facts = Facts {
            now: now(),
            sources: vec![SourceFacts {
                source_id: "eu_ctis".into(),
                title: "CTIS".into(),
                feed: Some(feed.clone()),
                ..SourceFacts::default()
            }],
            ..Facts::default()
        };
        let findings = found(&facts, "feed_failing");
        assert_eq!(findings.len(), usize::from(told), "{feed:?}");
        assert!(findings.iter().all(|f| f.because.contains("503") && f.subject == "eu_ctis"));
    }
}
