//! Pace, concurrency and robots.txt, as the server sees them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::time::Duration;

use regatta_lake::{FetchOutcome, RunStatus};
use regatta_sources::BodyKind;
use support::{Act, Bench, Fake, Settings, fake, ok, request, status, text_table};

fn pages(id: &str, host: &str, count: usize, settings: Settings) -> &'static Fake {
    let seeds =
        (0..count).map(|n| request(&format!("https://{host}/{id}/{n}"), BodyKind::Text)).collect();
    fake(id, seeds, settings)
}

fn serve(bench: &Bench, source: &Fake, delay_ms: u64) {
    for (n, seed) in source.seeds.iter().enumerate() {
        let target = format!("{}{}", seed.url.host_str().unwrap(), seed.url.path());
        bench.site.on(&target, move |_, _| {
            let page = format!("columns id,name\nrow {n},x\n");
            let mut acts = vec![Act::Sleep(delay_ms)];
            acts.extend(ok(page));
            acts
        });
    }
}

fn gaps(bench: &Bench) -> Vec<Duration> {
    let log = bench.site.log();
    log.windows(2).map(|pair| pair[1].at - pair[0].at).collect()
}

#[tokio::test]
async fn requests_keep_their_distance_robots_txt_included() {
    let bench = Bench::new().await;
    let settings = Settings { interval_ms: 80, concurrency: 3, ..Settings::default() };
    let source = pages("us_test", "a.test", 5, settings);
    serve(&bench, source, 0);
    let run = bench.crawl(source).await;
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 5));
    let gaps = gaps(&bench);
    assert_eq!(gaps.len(), 5);
    assert!(gaps.iter().all(|gap| *gap >= Duration::from_millis(80)), "{gaps:?}");
    assert_eq!(bench.site.log()[0].path, "/robots.txt");
}

#[tokio::test]
async fn sources_on_one_host_share_its_pace_and_others_do_not_wait() {
    let bench = Bench::new().await;
    let slow = Settings { interval_ms: 100, ..Settings::default() };
    let one = pages("us_one", "a.test", 2, slow);
    let two = pages("us_two", "a.test", 2, Settings { interval_ms: 1, concurrency: 4, ..slow });
    let three = pages("us_three", "b.test", 2, Settings { interval_ms: 1, ..slow });
    for source in [one, two, three] {
        serve(&bench, source, 30);
    }
    let crawler = bench.crawler();
    crawler.announce(&[one, two, three]);
    let (a, b, c) = futures::join!(crawler.crawl(one), crawler.crawl(two), crawler.crawl(three));
    for run in [a, b, c] {
        assert_eq!(run.unwrap().status, RunStatus::Ok);
    }
    let log: Vec<_> = bench.site.log().into_iter().filter(|s| s.host == "a.test").collect();
    assert_eq!(log.iter().filter(|s| s.path == "/robots.txt").count(), 1);
    for pair in log.windows(2) {
        assert!(pair[1].at - pair[0].at >= Duration::from_millis(100));
    }
    assert!(log.iter().all(|s| s.concurrency == 1));
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_agreed_and_order_does_not_matter() {
    let bench = Bench::new().await;
    let settings = Settings { concurrency: 3, ..Settings::default() };
    let source = pages("us_test", "a.test", 9, settings);
    serve(&bench, source, 60);
    // The first one is the slowest, and still the first to be handled.
    bench.site.on("a.test/us_test/0", |_, _| {
        let mut acts = vec![Act::Sleep(200)];
        acts.extend(ok("columns id,name\nrow 0,x\n"));
        acts
    });
    let run = bench.crawl(source).await;
    let most = bench.site.log().iter().map(|s| s.concurrency).max();
    assert_eq!((run.status, most), (RunStatus::Ok, Some(3)));
    let keys: Vec<_> = run.fetches.iter().map(|f| f.key.as_str()).collect();
    assert_eq!(keys, source.seeds.iter().map(regatta_sources::Request::key).collect::<Vec<_>>());
}

#[tokio::test]
async fn robots_txt_is_asked_first_kept_for_a_day_and_its_delay_is_heeded() {
    let mut bench = Bench::new().await.at("2026-11-23T08:00:00Z");
    bench.site.on("a.test/robots.txt", |_, _| ok("User-agent: *\nCrawl-delay: 0.15\n"));
    let source = pages("us_test", "a.test", 3, Settings::default());
    serve(&bench, source, 0);
    assert_eq!(bench.crawl(source).await.status, RunStatus::Ok);
    let log = bench.site.log();
    assert_eq!(log[0].path, "/robots.txt");
    assert!(log[0].headers["user-agent"].starts_with("regatta/"));
    assert!(log[0].headers["user-agent"].ends_with("(+tests@regatta.example)"));
    // The delay is known only after robots.txt itself.
    let gaps = gaps(&bench);
    assert!(gaps.iter().all(|g| *g >= Duration::from_millis(150)), "{gaps:?}");

    let robots =
        |bench: &Bench| bench.site.log().iter().filter(|s| s.path == "/robots.txt").count();
    bench.set_time("2026-11-24T07:59:00Z");
    bench.crawl(source).await;
    assert_eq!(robots(&bench), 1);
    bench.set_time("2026-11-24T08:00:01Z");
    bench.crawl(source).await;
    assert_eq!(robots(&bench), 2);
}

#[tokio::test]
async fn a_disallowed_path_is_not_asked_for() {
    let bench = Bench::new().await;
    bench.site.on("a.test/data", |_, _| ok(text_table(3)));
    let source =
        fake("us_test", vec![request("https://a.test/data", BodyKind::Text)], Settings::default());
    let good = bench.crawl(source).await;
    bench.site.clear_log();
    std::fs::remove_dir_all(bench.lake.robots_dir()).unwrap();
    bench.site.on("a.test/robots.txt", |_, _| ok("User-agent: *\nDisallow: /data\n"));
    let run = bench.crawl(source).await;
    assert_eq!(
        (run.status, run.fetches[0].outcome),
        (RunStatus::Blocked, FetchOutcome::Disallowed)
    );
    assert_eq!(run.fetches[0].attempts, []);
    let reason = run.failure.unwrap().reason;
    assert!(reason.contains("does not allow regatta to fetch /data"), "{reason}");
    assert_eq!(bench.site.paths(), [""; 0]);
    bench.assert_served(&good);
}

#[tokio::test]
async fn a_robots_txt_that_cannot_be_read_stops_unless_a_copy_is_at_hand() {
    let mut bench = Bench::new().await.at("2026-11-23T08:00:00Z");
    bench.site.on("a.test/data", |_, _| ok(text_table(3)));
    let source =
        fake("us_test", vec![request("https://a.test/data", BodyKind::Text)], Settings::default());
    bench.site.on("a.test/robots.txt", |_, _| status(503, "down", &[]));
    let run = bench.crawl(source).await;
    assert_eq!((run.status, run.fetches[0].outcome), (RunStatus::Failed, FetchOutcome::Failed));
    assert_eq!(run.fetches[0].attempts.len(), 3);
    let problem = run.fetches[0].attempts[0].problem.as_deref().unwrap();
    assert!(problem.starts_with("robots.txt: expected a text file"), "{problem}");
    assert_eq!(bench.site.paths(), [""; 0]);

    bench.site.on("a.test/robots.txt", |_, _| ok("User-agent: *\nDisallow: /private\n"));
    assert_eq!(bench.crawl(source).await.status, RunStatus::Ok);
    bench.site.on("a.test/robots.txt", |_, _| status(503, "down", &[]));
    bench.set_time("2026-11-30T08:00:00Z");
    bench.site.on("a.test/data", |_, _| ok(text_table(4)));
    assert_eq!(bench.crawl(source).await.status, RunStatus::Ok);
}

#[tokio::test]
async fn what_is_no_robots_txt_is_no_rule() {
    for (code, page) in [
        (200, "<html><title>Page not found</title><a href=/>Home</a></html>"),
        (403, "<html>no</html>"),
        (401, ""),
        (410, ""),
    ] {
        let bench = Bench::new().await;
        bench.site.on("a.test/robots.txt", move |_, _| status(code, page, &[]));
        bench.site.on("a.test/data", |_, _| ok(text_table(3)));
        let seeds = vec![request("https://a.test/data", BodyKind::Text)];
        let run = bench.crawl(fake("us_test", seeds, Settings::default())).await;
        assert_eq!(run.status, RunStatus::Ok, "{code}: {:?}", run.failure);
        let kept = std::fs::read_to_string(bench.lake.robots_dir().join("a.test.json")).unwrap();
        assert!(kept.contains("\"note\": \""), "{kept}");
    }
}

#[tokio::test]
async fn a_challenge_in_place_of_robots_txt_is_a_block() {
    let apology = [("Location", "/apology_objects/abuse-detection-apology.html")];
    for (code, page, headers) in [
        (200, "<html><title>Abuse Detection Apology</title></html>", &[][..]),
        (200, "<html><body><img src=/captcha.png></body></html>", &[][..]),
        (200, "<html><title>安全验证</title></html>", &[][..]),
        (202, "<html><script>$_ts=window['$_ts']</script></html>", &[][..]),
        (202, "<html><script>x()</script></html>", &[][..]),
        (302, "", &apology[..]),
        (403, "<html><title>Just a moment...</title></html>", &[][..]),
        (404, "<html><title>Access Denied</title></html>", &[][..]),
        (429, "<html><title>captcha</title></html>", &[][..]),
    ] {
        let mut bench = Bench::new().await.at("2026-11-23T08:00:00Z");
        bench.site.on("a.test/data", |_, _| ok(text_table(3)));
        let seeds = vec![request("https://a.test/data", BodyKind::Text)];
        let source = fake("us_test", seeds, Settings::default());
        let good = bench.crawl(source).await;
        bench.site.clear_log();
        let headers = headers.to_vec();
        bench.site.on("a.test/robots.txt", move |_, _| status(code, page, &headers));
        bench.set_time("2026-11-25T08:00:00Z");
        let run = bench.crawl(source).await;
        assert_eq!(
            (run.status, run.fetches[0].outcome),
            (RunStatus::Blocked, FetchOutcome::Blocked),
            "{code} {page}"
        );
        let attempts = &run.fetches[0].attempts;
        assert_eq!((attempts.len(), attempts[0].status), (1, Some(code)), "{page}");
        assert!(attempts[0].problem.as_deref().unwrap().starts_with("robots.txt: "));
        let reason = run.failure.unwrap().reason;
        assert!(reason.contains("robots.txt of a.test cannot be read"), "{reason}");
        // Nothing but robots.txt was asked for.
        assert_eq!(bench.site.paths(), [""; 0]);
        bench.assert_served(&good);
    }
}
