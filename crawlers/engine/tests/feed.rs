//! Polls of a feed of changes: what is merged, what is kept, what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use regatta_crawlers::{CrawlError, Poll};
use regatta_lake::{LakeError, RunManifest, RunStatus, collect_garbage, history, verify};
use regatta_sources::BodyKind;
use support::{Bench, Fake, Settings, fake_with_feed, ok, request, status};

const DATA: &str = "columns id,name\nrow 1,one\nrow 2,two\nrow 3,three\nrow 4,four\n";

fn source() -> &'static Fake {
    fake_with_feed(
        "us_test",
        vec![request("https://a.test/data", BodyKind::Text)],
        vec![request("https://a.test/feed", BodyKind::Text)],
        Settings::default(),
    )
}

async fn crawled() -> (Bench, RunManifest) {
    let bench = Bench::new().await;
    bench.site.on("a.test/data", |_, _| ok(DATA));
    let run = bench.crawl(source()).await;
    assert_eq!(run.status, RunStatus::Ok);
    (bench, run)
}

async fn changed(bench: &Bench) -> (RunManifest, u64) {
    match bench.crawler().poll(source()).await.unwrap() {
        Poll::Changed { manifest, records } => (*manifest, records),
        other => panic!("{other:?}"),
    }
}

/// id, name, run of every row that is served, sorted.
fn served(bench: &Bench, run: &RunManifest) -> Vec<(String, String, String)> {
    let column = |name: &str| bench.column(run, "items", name);
    let mut rows: Vec<_> = column("id")
        .into_iter()
        .zip(column("name"))
        .zip(column("run_id"))
        .map(|((id, name), run)| (id, name, run))
        .collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn changed_and_new_records_are_merged_and_all_others_stay_as_they_are() {
    let (bench, crawl) = crawled().await;
    bench.site.on("a.test/feed", |_, _| {
        ok("next https://a.test/e2 fingerprint=v1\nnext https://a.test/e5 fingerprint=v1\n\
            next https://a.test/e3 fingerprint=v1\n")
    });
    bench.site.on("a.test/e2", |_, _| ok("columns id,name,colour\nrow 2,zwei,red\n"));
    bench.site.on("a.test/e5", |_, _| ok("columns id,name\nrow 5,five\n"));
    bench.site.on("a.test/e3", |_, _| ok("columns id,name\nrow 3,three\n"));
    let (feed, records) = changed(&bench).await;
    assert_eq!((records, feed.status, feed.rows()), (2, RunStatus::Ok, 5));
    assert_eq!(feed.feed_of.as_ref(), Some(&crawl.run_id));
    let (old, new) = (crawl.run_id.to_string(), feed.run_id.to_string());
    let row = |id: &str, name: &str, run: &str| (id.into(), name.into(), run.into());
    assert_eq!(
        served(&bench, &feed),
        [
            row("1", "one", &old),
            row("2", "zwei", &new),
            row("3", "three", &old),
            row("4", "four", &old),
            row("5", "five", &new)
        ]
    );
    let table = &feed.tables[0];
    assert_eq!(table.new_columns, ["colour"]);
    // The provenance of both: the bytes of the crawl and those of the entry.
    let past = history(&bench.lake, &crawl.source_id).unwrap();
    assert_eq!(past.data_run().unwrap().run_id, feed.run_id);
    assert_eq!(past.last_good_crawl().unwrap().run_id, crawl.run_id);
    let behind: Vec<_> = past
        .with_bases(&feed)
        .into_iter()
        .flat_map(|r| &r.fetches)
        .filter_map(|f| f.body_sha256)
        .map(|sha| sha.to_string())
        .collect();
    for sha in bench.column(&feed, "items", "body_sha256") {
        assert!(behind.contains(&sha), "{sha}");
    }
    assert!(verify(&bench.lake, |_| {}).unwrap().findings.is_empty());
}

#[tokio::test]
async fn an_entry_is_followed_once_and_again_when_it_says_something_else() {
    let (bench, _) = crawled().await;
    bench.site.on("a.test/feed", |_, _| ok("next https://a.test/e2 fingerprint=v1\n"));
    bench.site.on("a.test/e2", |_, _| ok("columns id,name\nrow 2,zwei\n"));
    let (first, _) = changed(&bench).await;
    bench.site.clear_log();
    for _ in 0..2 {
        assert!(matches!(bench.crawler().poll(source()).await.unwrap(), Poll::Unchanged));
    }
    let asked = |bench: &Bench| -> Vec<String> {
        bench.site.log().iter().map(|seen| seen.path.clone()).collect()
    };
    assert!(asked(&bench).iter().all(|path| path.ends_with("/feed")), "{:?}", asked(&bench));

    bench.site.on("a.test/feed", |_, _| {
        ok("next https://a.test/e2 fingerprint=v2\nnext https://a.test/e4 fingerprint=v1\n")
    });
    bench.site.on("a.test/e2", |_, _| ok("columns id,name\nrow 2,deux\n"));
    bench.site.on("a.test/e4", |_, _| ok("columns id,name\nrow 4,four\n"));
    let (second, records) = changed(&bench).await;
    assert_eq!(records, 1);
    assert_eq!(second.feed_of.as_ref(), Some(&first.run_id));
    let names: Vec<String> = served(&bench, &second).into_iter().map(|row| row.1).collect();
    assert_eq!(names, ["one", "deux", "three", "four"]);
}

#[tokio::test]
async fn a_later_crawl_knows_better_than_what_the_feed_brought_before() {
    let (bench, _) = crawled().await;
    bench.site.on("a.test/feed", |_, _| ok("next https://a.test/e2 fingerprint=v1\n"));
    bench.site.on("a.test/e2", |_, _| ok("columns id,name\nrow 2,zwei\n"));
    let _ = changed(&bench).await;
    // The crawl sees a later state; the feed's entry still says the same.
    bench.site.on("a.test/data", |_, _| ok(DATA.replace("two", "latest")));
    bench.site.on("a.test/e2", |_, _| ok("columns id,name\nrow 2,latest\n"));
    let crawl = bench.crawl(source()).await;
    assert_eq!(crawl.status, RunStatus::Ok);
    assert!(crawl.feed_of.is_none());
    assert!(matches!(bench.crawler().poll(source()).await.unwrap(), Poll::Unchanged));
    assert_eq!(served(&bench, &crawl)[1].1, "latest");
    // The same bytes as those of that crawl are unchanged, whatever the feed said.
    bench.site.on("a.test/feed", |_, _| ok("next https://a.test/e2 fingerprint=v3\n"));
    bench.site.on("a.test/e2", |_, _| ok("columns id,name\nrow 2,too soon\n"));
    let _ = changed(&bench).await;
    let again = bench.crawl(source()).await;
    assert_eq!((again.status, again.data_run_id), (RunStatus::Unchanged, Some(crawl.run_id)));
}

#[tokio::test]
async fn what_cannot_be_had_or_is_not_right_leaves_things_as_they_were() {
    let (bench, crawl) = crawled().await;
    let failed = async |bench: &Bench| match bench.crawler().poll(source()).await.unwrap() {
        Poll::Failed(status, failure) => (status, failure.reason),
        other => panic!("{other:?}"),
    };
    bench.site.on("a.test/feed", |_, _| status(403, "no", &[]));
    assert_eq!(failed(&bench).await.0, RunStatus::Blocked);
    bench.site.on("a.test/feed", |_, _| ok("nonsense\n"));
    assert_eq!(failed(&bench).await.0, RunStatus::Malformed);
    // An entry that leads nowhere: nothing of the feed is taken.
    bench.site.on("a.test/feed", |_, _| {
        ok("next https://a.test/e2 fingerprint=v1\nnext https://a.test/e9 fingerprint=v1\n")
    });
    bench.site.on("a.test/e2", |_, _| ok("columns id,name\nrow 2,zwei\n"));
    assert_eq!(failed(&bench).await.0, RunStatus::NotFound);
    // Fewer records than the feed declares of itself.
    bench.site.on("a.test/feed", |_, _| ok("total all 2\ncolumns id,name\nrow 2,zwei\n"));
    let (status, reason) = failed(&bench).await;
    assert_eq!(status, RunStatus::Rejected);
    assert!(reason.contains("declares 2 rows"), "{reason}");
    let past = history(&bench.lake, &crawl.source_id).unwrap();
    assert_eq!((past.runs.len(), &past.data_run().unwrap().run_id), (1, &crawl.run_id));
    // The entries were not ticked off: the next good poll takes them.
    bench.site.on("a.test/feed", |_, _| ok("next https://a.test/e2 fingerprint=v1\n"));
    assert_eq!(changed(&bench).await.1, 1);
}

#[tokio::test]
async fn a_record_without_rows_in_the_feed_stays_and_an_empty_feed_changes_nothing() {
    let (bench, _) = crawled().await;
    bench.site.on("a.test/feed", |_, _| ok("next https://a.test/e2 fingerprint=v1\n"));
    bench.site.on("a.test/e2", |_, _| ok("columns id,name\n"));
    assert!(matches!(bench.crawler().poll(source()).await.unwrap(), Poll::Unchanged));
    bench.site.on("a.test/feed", |_, _| ok("columns id,name\n"));
    assert!(matches!(bench.crawler().poll(source()).await.unwrap(), Poll::Unchanged));
}

#[tokio::test]
async fn there_is_nothing_to_poll_before_a_good_crawl_by_this_parser() {
    let bench = Bench::new().await;
    bench.site.on("a.test/data", |_, _| status(500, "no", &[]));
    let run = bench.crawl(source()).await;
    assert_eq!(run.status, RunStatus::Failed);
    assert!(matches!(bench.crawler().poll(source()).await.unwrap(), Poll::NotYet));
    bench.site.on("a.test/data", |_, _| ok(DATA));
    let _ = bench.crawl(source()).await;
    let newer = fake_with_feed(
        "us_test",
        vec![request("https://a.test/data", BodyKind::Text)],
        vec![request("https://a.test/feed", BodyKind::Text)],
        Settings { version: 2, ..Settings::default() },
    );
    assert!(matches!(bench.crawler().poll(newer).await.unwrap(), Poll::NotYet));
    assert!(bench.site.log().iter().all(|seen| !seen.path.ends_with("/feed")));
}

#[tokio::test]
async fn rows_of_a_damaged_table_get_no_good_digest() {
    let (bench, crawl) = crawled().await;
    bench.site.on("a.test/feed", |_, _| ok("next https://a.test/e2 fingerprint=v1\n"));
    bench.site.on("a.test/e2", |_, _| ok("columns id,name\nrow 2,zwei\n"));
    let file = bench.raw_file(&crawl, "items");
    let whole = std::fs::read(&file).unwrap();
    let mut other = whole.clone();
    // In the footer's free text: the rows can still be read.
    let at = other.windows(7).rposition(|w| w == b"us_test").unwrap();
    other[at] = b'x';
    std::fs::write(&file, &other).unwrap();
    let refused = bench.crawler().poll(source()).await;
    assert!(matches!(
        refused,
        Err(CrawlError::Lake(LakeError::Damaged { path, .. })) if path == file
    ));
    assert_eq!(bench.runs("us_test"), 1);
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(changed(&bench).await.1, 1);
}

#[tokio::test]
async fn a_sweep_meanwhile_leaves_what_a_poll_has_fetched() {
    let (bench, _) = crawled().await;
    bench.site.on("a.test/feed", |_, _| {
        ok("next https://a.test/e2 fingerprint=v1\nnext https://a.test/e3 fingerprint=v1\n")
    });
    bench.site.on("a.test/e2", |_, _| ok("columns id,name\nrow 2,zwei\n"));
    let (lake, lock) = (bench.lake.clone(), std::sync::Arc::clone(&bench.lock));
    bench.site.on("a.test/e3", move |_, _| {
        // The feed and the first entry are in the archive, and nothing names them.
        assert_eq!(collect_garbage(&lake, 1, &lock).unwrap().bodies, 0);
        ok("columns id,name\nrow 3,drei\n")
    });
    let (feed, records) = changed(&bench).await;
    assert_eq!(records, 2);
    bench.assert_served(&feed);
}
