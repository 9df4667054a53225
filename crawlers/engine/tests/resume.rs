//! Interrupted crawls, and what the sweep leaves for them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::sync::Arc;

use regatta_crawlers::{CancellationToken, CrawlError, CrawlOptions, ProgressSink};
use regatta_lake::{FetchOutcome, RunStatus, SourceId, collect_garbage};
use regatta_sources::BodyKind;
use support::{Bench, Fake, Settings, fake, ok, request, status};

const LIST: &str = "next https://a.test/1\nnext https://a.test/2\nnext https://a.test/3 optional\n\
                    next https://a.test/4\n";

fn source(version: u32) -> &'static Fake {
    let seeds = vec![request("https://a.test/list", BodyKind::Text)];
    fake("us_test", seeds, Settings { version, ..Settings::default() })
}

fn serve(bench: &Bench) {
    bench.site.on("a.test/list", |_, _| ok(LIST));
    for n in [1, 2, 4] {
        bench.site.on(&format!("a.test/{n}"), move |_, _| ok(format!("columns id\nrow {n}\n")));
    }
}

struct CancelAfter(u64, CancellationToken);

impl ProgressSink for CancelAfter {
    fn fetched(&self, _source: &SourceId, done: u64, _known: u64, _wire_bytes: u64) {
        if done == self.0 {
            self.1.cancel();
        }
    }
}

#[tokio::test]
async fn a_cancelled_crawl_leaves_no_run_and_goes_on_where_it_stopped() {
    let mut bench = Bench::new().await;
    serve(&bench);
    let cancel = CancellationToken::new();
    bench.options.cancel = cancel.clone();
    bench.options.progress = Arc::new(CancelAfter(3, cancel));
    let stopped = bench.crawler().crawl(source(1)).await;
    assert!(matches!(stopped, Err(CrawlError::Cancelled)));
    assert_eq!(bench.runs("us_test"), 0);
    let journal = bench.lake.journal_file(&"us_test".parse().unwrap());
    assert!(journal.exists());

    // A torn last line, as a kill leaves it.
    let mut text = std::fs::read(&journal).unwrap();
    text.extend_from_slice(b"{\"key\":\"GET https://a.te");
    std::fs::write(&journal, text).unwrap();

    bench.options = CrawlOptions::default();
    bench.site.clear_log();
    let run = bench.crawl(source(1)).await;
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 3), "{:?}", run.failure);
    assert_eq!(bench.site.paths(), ["/3", "/4"]);
    assert_eq!(run.fetches.len(), 5);
    assert!(run.fetches.iter().all(|f| f.attempts.len() == 1));
    assert!(!journal.exists());
    bench.assert_served(&run);
}

#[tokio::test]
async fn a_crawl_that_was_blocked_goes_on_where_it_stopped() {
    let bench = Bench::new().await;
    serve(&bench);
    bench.site.on("a.test/4", |_, _| status(403, "", &[]));
    let blocked = bench.crawl(source(1)).await;
    assert_eq!(blocked.status, RunStatus::Blocked);
    assert_eq!(blocked.fetches.last().unwrap().outcome, FetchOutcome::Blocked);
    assert_eq!(blocked.fetches.len(), 5);

    serve(&bench);
    bench.site.clear_log();
    let run = bench.crawl(source(1)).await;
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 3));
    assert_eq!(bench.site.paths(), ["/4"]);
    assert_eq!(run.fetches[3].outcome, FetchOutcome::NotFound);
    bench.assert_served(&run);
}

#[tokio::test]
async fn an_old_journal_or_one_of_another_parser_is_not_used() {
    for (version, time) in [(2, "2026-11-23T09:00:00Z"), (1, "2026-11-25T08:00:01Z")] {
        let mut bench = Bench::new().await.at("2026-11-23T08:00:00Z");
        serve(&bench);
        bench.site.on("a.test/4", |_, _| status(403, "", &[]));
        bench.crawl(source(1)).await;
        serve(&bench);
        bench.site.clear_log();
        bench.set_time(time);
        let run = bench.crawl(source(version)).await;
        assert_eq!(run.status, RunStatus::Ok);
        assert_eq!(bench.site.paths(), ["/list", "/1", "/2", "/3", "/4"]);
    }
}

#[tokio::test]
async fn the_sweep_keeps_what_a_journal_names() {
    let mut bench = Bench::new().await;
    serve(&bench);
    let cancel = CancellationToken::new();
    bench.options.cancel = cancel.clone();
    bench.options.progress = Arc::new(CancelAfter(3, cancel));
    assert!(bench.crawler().crawl(source(1)).await.is_err());
    bench.options = CrawlOptions::default();

    let orphan = bench.lake.archive().put(b"nobody's").unwrap();
    let report = collect_garbage(&bench.lake, 1, &bench.lock).unwrap();
    assert_eq!(report.bodies, 1);
    assert!(!bench.lake.archive().path(orphan).exists());

    bench.site.clear_log();
    assert_eq!(bench.crawl(source(1)).await.status, RunStatus::Ok);
    assert_eq!(bench.site.paths(), ["/3", "/4"]);
}
