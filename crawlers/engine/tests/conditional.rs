//! Validators, unchanged runs, redirects and the gateway.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use regatta_lake::{FetchOutcome, RunStatus};
use regatta_sources::{BodyKind, Request, RequestBody};
use support::{Bench, Settings, fake, file, ok, request, status, text_table};

#[tokio::test]
async fn a_second_run_sends_conditional_requests_and_writes_nothing() {
    let bench = Bench::new().await;
    bench.site.on("a.test/data", |seen, _| file(seen, "\"v1\"", text_table(3)));
    let seeds = vec![request("https://a.test/data", BodyKind::Text)];
    let source = fake("us_test", seeds.clone(), Settings::default());
    let first = bench.crawl(source).await;
    assert_eq!(first.fetches[0].etag.as_deref(), Some("\"v1\""));

    for _ in 0..2 {
        bench.site.clear_log();
        let second = bench.crawl(source).await;
        assert_eq!(second.status, RunStatus::Unchanged);
        assert_eq!(second.data_run_id.as_ref(), Some(&first.run_id));
        assert_eq!((second.tables.len(), second.wire_bytes()), (0, 0));
        let fetch = &second.fetches[0];
        assert_eq!(fetch.outcome, FetchOutcome::NotModified);
        assert_eq!(fetch.attempts[0].status, Some(304));
        assert_eq!(fetch.fetched_at, first.fetches[0].fetched_at);
        assert!(fetch.checked_at > first.fetches[0].checked_at);
        assert_eq!(fetch.body_sha256, first.fetches[0].body_sha256);
        let asked = &bench.site.log()[0].headers;
        assert_eq!(asked["if-none-match"], "\"v1\"");
        assert_eq!(asked["if-modified-since"], "Thu, 29 Feb 2024 10:00:00 GMT");
        assert!(!bench.lake.raw_dir(&second.source_id, &second.run_id).exists());
        bench.assert_served(&first);
    }

    // Another version of the parser reads the archived bytes anew.
    let source = fake("us_test", seeds, Settings { version: 2, ..Settings::default() });
    let third = bench.crawl(source).await;
    assert_eq!((third.status, third.rows(), third.wire_bytes()), (RunStatus::Ok, 3, 0));
    bench.assert_served(&third);

    bench.site.on("a.test/data", |seen, _| file(seen, "\"v2\"", text_table(4)));
    let fourth = bench.crawl(source).await;
    assert_eq!((fourth.status, fourth.rows()), (RunStatus::Ok, 4));
}

#[tokio::test]
async fn the_same_bytes_without_validators_are_unchanged_too() {
    let bench = Bench::new().await;
    bench
        .site
        .on("a.test/list", |_, _| ok("next https://a.test/1\nnext https://a.test/2 optional\n"));
    bench.site.on("a.test/1", |_, _| ok(text_table(3)));
    let seeds = vec![request("https://a.test/list", BodyKind::Text)];
    let source = fake("us_test", seeds, Settings::default());
    let first = bench.crawl(source).await;
    assert_eq!((first.status, first.rows()), (RunStatus::Ok, 3), "{:?}", first.failure);
    assert_eq!(first.fetches[2].outcome, FetchOutcome::NotFound);
    let second = bench.crawl(source).await;
    assert_eq!(second.status, RunStatus::Unchanged);
    assert_eq!(second.data_run_id, Some(first.run_id.clone()));
    assert_eq!(second.fetches.len(), 3);
    bench.assert_served(&first);

    // A page that is no longer optional or known is a change.
    bench.site.on("a.test/2", |_, _| ok("columns id\nrow 9\n"));
    let third = bench.crawl(source).await;
    assert_eq!((third.status, third.rows()), (RunStatus::Ok, 4));
    bench.assert_served(&third);
}

#[tokio::test]
async fn a_list_that_is_not_modified_still_leads_to_its_pages() {
    let bench = Bench::new().await;
    let list = "next https://a.test/1\n";
    bench.site.on("a.test/list", move |seen, _| file(seen, "\"list\"", list));
    bench.site.on("a.test/1", |seen, _| file(seen, "\"one\"", text_table(3)));
    let seeds = vec![request("https://a.test/list", BodyKind::Text)];
    let source = fake("us_test", seeds, Settings::default());
    let first = bench.crawl(source).await;
    bench.site.on("a.test/1", |seen, _| file(seen, "\"two\"", text_table(5)));
    let second = bench.crawl(source).await;
    assert_eq!((second.status, second.rows()), (RunStatus::Ok, 5));
    let outcomes: Vec<_> = second.fetches.iter().map(|f| f.outcome).collect();
    assert_eq!(outcomes, [FetchOutcome::NotModified, FetchOutcome::Fetched]);
    let third = bench.crawl(source).await;
    assert_eq!((third.status, third.wire_bytes()), (RunStatus::Unchanged, 0));
    assert_eq!(third.data_run_id, Some(second.run_id.clone()));
    bench.assert_served(&second);
    assert_ne!(first.run_id, second.run_id);
}

#[tokio::test]
async fn details_are_fetched_only_where_the_list_row_is_new_or_changed() {
    let bench = Bench::new().await;
    let list = |a: &str| {
        format!("next https://a.test/1 fingerprint={a}\nnext https://a.test/2 fingerprint=x\n")
    };
    let page = list("a");
    bench.site.on("a.test/list", move |_, _| ok(&page));
    bench.site.on("a.test/1", |_, _| ok("columns id\nrow 1\n"));
    bench.site.on("a.test/2", |_, _| ok("columns id\nrow 2\n"));
    let seeds = vec![request("https://a.test/list", BodyKind::Text)];
    let source = fake("us_test", seeds, Settings::default());
    let first = bench.crawl(source).await;
    assert_eq!(first.rows(), 2);
    let page = list("b");
    bench.site.on("a.test/list", move |_, _| ok(&page));
    bench.site.on("a.test/1", |_, _| ok("columns id\nrow 1\nrow 3\n"));
    bench.site.clear_log();
    let second = bench.crawl(source).await;
    assert_eq!((second.status, second.rows()), (RunStatus::Ok, 3));
    assert_eq!(bench.site.paths(), ["/list", "/1"]);
    let reused = &second.fetches[2];
    assert_eq!((reused.outcome, reused.attempts.len()), (FetchOutcome::Reused, 0));
    assert_eq!(reused.fetched_at, first.fetches[2].fetched_at);
    bench.assert_served(&second);
}

#[tokio::test]
async fn redirects_are_followed_by_the_regulators_urls() {
    let bench = Bench::new().await;
    let own = bench.site.url();
    bench.site.on("a.test/data", |_, _| status(302, "", &[("Location", "/moved?x=1")]));
    bench
        .site
        .on("a.test/moved?x=1", |_, _| status(301, "", &[("Location", "https://cdn.test/file")]));
    // A mirror may answer with a URL of its own.
    let location = format!("{own}cdn.test/end");
    bench.site.on("cdn.test/file", move |_, _| status(307, "", &[("Location", &location)]));
    bench.site.on("cdn.test/end", |_, _| ok(text_table(2)));
    let seeds = vec![request("https://a.test/data", BodyKind::Text)];
    let run = bench.crawl(fake("us_test", seeds, Settings::default())).await;
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 2), "{:?}", run.failure);
    assert_eq!(run.fetches[0].url, "https://a.test/data");
    let asked: Vec<_> = bench.site.log().iter().map(|s| format!("{}{}", s.host, s.path)).collect();
    assert_eq!(
        asked,
        [
            "a.test/robots.txt",
            "a.test/data",
            "a.test/moved?x=1",
            "cdn.test/robots.txt",
            "cdn.test/file",
            "cdn.test/end"
        ]
    );
    assert!(bench.site.log().iter().all(|s| !s.headers.contains_key("referer")));
}

#[tokio::test]
async fn redirects_in_circles_or_into_the_clear_are_not_followed() {
    for (location, words) in [
        ("https://a.test/data", "more than 5 redirects"),
        ("http://b.test/data", "it is not https"),
        ("https://[", "which is no URL"),
    ] {
        let bench = Bench::new().await;
        bench.site.on("a.test/data", move |_, _| status(302, "", &[("Location", location)]));
        let seeds = vec![request("https://a.test/data", BodyKind::Text)];
        let run = bench.crawl(fake("us_test", seeds, Settings::default())).await;
        assert_eq!((run.status, run.fetches[0].outcome), (RunStatus::Failed, FetchOutcome::Failed));
        let reason = run.failure.unwrap().reason;
        assert!(reason.contains(words), "{reason}");
        assert_eq!(run.fetches[0].attempts.len(), 1);
    }
}

#[tokio::test]
async fn posts_send_their_body_and_codings_are_asked_for_by_kind() {
    let bench = Bench::new().await;
    bench.site.on("a.test/search", |_, _| ok(text_table(2)));
    let url = "https://a.test/search".parse().unwrap();
    let form = RequestBody::Form(vec![("page".into(), "1".into()), ("q".into(), "a b".into())]);
    let seeds = vec![Request::post(url, form, "page", BodyKind::Text)];
    let run = bench.crawl(fake("us_test", seeds, Settings::default())).await;
    assert_eq!(run.status, RunStatus::Ok);
    assert_eq!(run.fetches[0].key, "POST https://a.test/search page=1&q=a+b");
    let seen = bench.site.log().pop().unwrap();
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("POST", "page=1&q=a+b"));
    assert_eq!(seen.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(seen.headers["accept-encoding"], "gzip");
}
