//! Every fault that a site has shown: what the run says, what the ledger says,
//! and that the data of the last good run is untouched.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::io::{Cursor, Write};

use regatta_lake::{FetchOutcome, RunManifest, RunStatus};
use regatta_sources::BodyKind;
use support::site::answer;
use support::{Act, Bench, Fake, Settings, fake, ok, request, status, text_table};

const TARGET: &str = "a.test/data";
const URL: &str = "https://a.test/data";

const APOLOGY: &str = "<!DOCTYPE html><html><head><title>FDA Abuse Detection Apology</title></head>\
                       <body>Your request was blocked.</body></html>";

fn zip(data: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("release/data.txt", options).unwrap();
    writer.write_all(data).unwrap();
    writer.finish().unwrap().into_inner()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zip_source() -> &'static Fake {
    fake("us_test", vec![request(URL, BodyKind::Zip)], Settings::default())
}

fn text_source() -> &'static Fake {
    fake("us_test", vec![request(URL, BodyKind::Text)], Settings::default())
}

/// A good run, then a run with `fault`.
async fn strike(
    source: &'static Fake,
    fault: impl Fn(usize) -> Vec<Act> + Send + Sync + 'static,
) -> (Bench, RunManifest, RunManifest) {
    let bench = Bench::new().await;
    let page = text_table(4);
    let kind = source.seeds[0].expect;
    let body = if kind == BodyKind::Zip { zip(page.as_bytes()) } else { page.into_bytes() };
    bench.site.on(TARGET, move |_, _| ok(&body));
    let good = bench.crawl(source).await;
    assert_eq!((good.status, good.rows()), (RunStatus::Ok, 4), "{:?}", good.failure);
    bench.site.on(TARGET, move |_, before| fault(before));
    let run = bench.crawl(source).await;
    (bench, good, run)
}

/// The faulty run is recorded with its cause, and nothing else has changed.
fn assert_refused(
    (bench, good, run): &(Bench, RunManifest, RunManifest),
    status: RunStatus,
    outcome: FetchOutcome,
    tries: usize,
    words: &str,
) {
    let fetch = run.fetches.last().unwrap();
    let reason = &run.failure.as_ref().unwrap().reason;
    assert_eq!((run.status, fetch.outcome), (status, outcome), "{reason}");
    assert_eq!(fetch.attempts.len(), tries, "{:?}", fetch.attempts);
    assert!(reason.contains(words), "{reason}");
    assert!(fetch.attempts.iter().all(|a| a.problem.is_some()));
    assert_eq!((&run.data_run_id, run.tables.len()), (&None, 0));
    assert_eq!(run.previous.as_ref().unwrap().run_id, good.run_id);
    assert!(!bench.lake.raw_dir(&run.source_id, &run.run_id).exists());
    bench.assert_served(good);
}

#[tokio::test]
async fn a_server_that_recovers_is_retried() {
    let (bench, good, run) = strike(text_source(), |before| match before {
        0 => status(503, "busy", &[]),
        1 => status(503, "busy", &[("Retry-After", "1")]),
        _ => ok(text_table(5)),
    })
    .await;
    assert_eq!((run.status, run.rows()), (RunStatus::Ok, 5));
    let attempts = &run.fetches[0].attempts;
    assert_eq!(attempts.iter().map(|a| a.status.unwrap()).collect::<Vec<_>>(), [503, 503, 200]);
    assert!(attempts[0].waited_ms < 100, "{attempts:?}");
    assert!(attempts[1].waited_ms >= 1_000, "{attempts:?}");
    let log: Vec<_> = bench.site.log().iter().map(|s| s.at).collect();
    assert!(log[log.len() - 1] - log[log.len() - 2] >= std::time::Duration::from_secs(1));
    assert_ne!(run.run_id, good.run_id);
    bench.assert_served(&run);
}

#[tokio::test]
async fn a_server_that_stays_down_fails_after_bounded_retries() {
    let struck = strike(text_source(), |_| status(503, "down", &[])).await;
    assert_refused(&struck, RunStatus::Failed, FetchOutcome::Failed, 3, "503 Service Unavailable");
}

#[tokio::test]
async fn a_long_retry_after_ends_the_run_as_blocked_and_closes_the_host() {
    let bench = Bench::new().await;
    bench.site.on(TARGET, |_, _| status(429, "slow down", &[("Retry-After", "3600")]));
    let other = fake("us_other", vec![request(URL, BodyKind::Text)], Settings::default());
    let crawler = bench.crawler();
    let run = crawler.crawl(text_source()).await.unwrap();
    assert_eq!((run.status, run.fetches[0].outcome), (RunStatus::Blocked, FetchOutcome::Blocked));
    assert!(run.failure.unwrap().reason.contains("come back in 3600 s"));
    let run = crawler.crawl(other).await.unwrap();
    assert_eq!((run.status, run.requests()), (RunStatus::Blocked, 0));
    assert!(run.failure.unwrap().reason.contains("left alone"));
    assert_eq!(bench.site.paths(), ["/data"]);
}

#[tokio::test]
async fn too_many_requests_is_blocked_after_retries() {
    let struck = strike(text_source(), |_| status(429, "slow down", &[])).await;
    assert_refused(&struck, RunStatus::Blocked, FetchOutcome::Blocked, 3, "429 Too Many Requests");
}

#[tokio::test]
async fn a_reset_in_the_body_is_retried_then_fails() {
    let struck = strike(zip_source(), |_| {
        let whole = answer(200, &[], &zip(text_table(40).as_bytes()));
        vec![Act::Write(whole[..whole.len() / 2].to_vec()), Act::Sleep(20), Act::Reset]
    })
    .await;
    assert_refused(
        &struck,
        RunStatus::Failed,
        FetchOutcome::Failed,
        3,
        "the connection ended after",
    );
    assert_eq!(struck.2.fetches[0].attempts[0].status, Some(200));
}

#[tokio::test]
async fn a_short_body_is_no_body() {
    let struck = strike(text_source(), |_| {
        let whole = answer(200, &[], text_table(40).as_bytes());
        vec![Act::Write(whole[..whole.len() - 9].to_vec()), Act::Close]
    })
    .await;
    assert_refused(
        &struck,
        RunStatus::Failed,
        FetchOutcome::Failed,
        3,
        "the connection ended after",
    );
}

#[tokio::test]
async fn a_cut_gzip_stream_is_no_body() {
    let struck = strike(text_source(), |_| {
        let wire = gzip(text_table(40).as_bytes());
        let headers = [("Content-Encoding", "gzip")];
        vec![Act::Write(answer(200, &headers, &wire[..wire.len() - 12]))]
    })
    .await;
    assert_refused(&struck, RunStatus::Failed, FetchOutcome::Failed, 3, "gzip stream is damaged");
}

#[tokio::test]
async fn silence_in_the_body_ends_a_try() {
    let struck = strike(text_source(), |_| {
        let whole = answer(200, &[], text_table(40).as_bytes());
        vec![Act::Write(whole[..60].to_vec()), Act::Sleep(1_500), Act::Write(whole[60..].to_vec())]
    })
    .await;
    assert_refused(&struck, RunStatus::Failed, FetchOutcome::Failed, 3, "nothing came for 1 s");
}

#[tokio::test]
async fn a_drip_that_never_ends_meets_the_total_timeout() {
    let mut bench = Bench::new().await;
    bench.config.max_retries = 0;
    bench.config.total_timeout_s = 1;
    bench.site.on(TARGET, |_, _| {
        let whole = answer(200, &[], text_table(400).as_bytes());
        whole.chunks(100).flat_map(|c| [Act::Write(c.to_vec()), Act::Sleep(200)]).collect()
    });
    let run = bench.crawl(text_source()).await;
    assert_eq!((run.status, run.fetches[0].outcome), (RunStatus::Failed, FetchOutcome::Failed));
    assert!(run.failure.unwrap().reason.contains("not finished after 1 s"));
}

#[tokio::test]
async fn a_slow_drip_with_patience_is_data() {
    let (bench, _, run) = strike(text_source(), |_| {
        let whole = answer(200, &[], text_table(5).as_bytes());
        whole.chunks(50).flat_map(|c| [Act::Write(c.to_vec()), Act::Sleep(100)]).collect()
    })
    .await;
    assert_eq!((run.status, run.requests()), (RunStatus::Ok, 1));
    bench.assert_served(&run);
}

#[tokio::test]
async fn a_host_that_hangs_fails() {
    let struck = strike(text_source(), |_| vec![Act::Sleep(1_300), Act::Close]).await;
    assert_refused(&struck, RunStatus::Failed, FetchOutcome::Failed, 3, "no answer for 1 s");
}

#[tokio::test]
async fn an_apology_in_place_of_the_file_is_blocked() {
    let struck = strike(zip_source(), |_| ok(APOLOGY)).await;
    let words = "expected a zip archive, found an abuse-detection apology page, titled \
                 \"FDA Abuse Detection Apology\"";
    assert_refused(&struck, RunStatus::Blocked, FetchOutcome::Blocked, 1, words);
}

#[tokio::test]
async fn any_html_in_place_of_a_file_is_blocked() {
    let struck = strike(text_source(), |_| {
        let headers = [("Content-Type", "application/zip")];
        let page = b"<html><title>Page Not Found</title></html>";
        vec![Act::Write(answer(200, &headers, page))]
    })
    .await;
    let words = "expected a text file, found an HTML page titled \"Page Not Found\"";
    assert_refused(&struck, RunStatus::Blocked, FetchOutcome::Blocked, 1, words);
}

#[tokio::test]
async fn a_redirect_to_the_apology_is_blocked_and_not_followed() {
    let struck = strike(zip_source(), |_| {
        status(302, "", &[("Location", "/apology_objects/abuse-detection-apology.html")])
    })
    .await;
    let words = "302 Found to https://a.test/apology_objects/abuse-detection-apology.html";
    assert_refused(&struck, RunStatus::Blocked, FetchOutcome::Blocked, 1, words);
    assert!(struck.0.site.paths().iter().all(|p| p == "/data"));
}

#[tokio::test]
async fn a_not_found_with_an_apology_is_blocked_without_one_it_is_not_found() {
    let struck = strike(zip_source(), |_| status(404, APOLOGY, &[])).await;
    assert_refused(&struck, RunStatus::Blocked, FetchOutcome::Blocked, 1, "apology");
    let struck = strike(zip_source(), |_| status(404, "gone", &[])).await;
    assert_refused(&struck, RunStatus::NotFound, FetchOutcome::NotFound, 1, "404 Not Found");
}

#[tokio::test]
async fn challenges_are_blocked_at_once() {
    for (code, body, words) in [
        (202, "<html><script>$_ts=window['$_ts'];</script></html>", "202 Accepted with a script"),
        (412, "<html><title>412</title></html>", "412 Precondition Failed"),
        (403, "", "403 Forbidden"),
        (451, "", "451"),
        (503, "<html><title>Just a moment...</title></html>", "a Cloudflare challenge"),
    ] {
        let struck = strike(text_source(), move |_| status(code, body, &[])).await;
        assert_refused(&struck, RunStatus::Blocked, FetchOutcome::Blocked, 1, words);
        assert_eq!(struck.2.fetches[0].attempts[0].status, Some(code));
    }
}

#[tokio::test]
async fn a_challenge_where_html_is_due_is_blocked() {
    let bench = Bench::new().await;
    bench.site.on(TARGET, |_, _| ok("<html><head><title>安全验证</title></head>"));
    let source = fake("us_test", vec![request(URL, BodyKind::Html)], Settings::default());
    let run = bench.crawl(source).await;
    assert_eq!((run.status, run.fetches[0].outcome), (RunStatus::Blocked, FetchOutcome::Blocked));
}

#[tokio::test]
async fn an_empty_answer_is_retried_once() {
    let struck = strike(zip_source(), |_| ok("")).await;
    let words = "expected a zip archive, found an empty body (after 2 tries)";
    assert_refused(&struck, RunStatus::Malformed, FetchOutcome::WrongKind, 2, words);
}

#[tokio::test]
async fn other_bytes_than_a_zip_are_malformed() {
    let struck = strike(zip_source(), |_| ok("plain words")).await;
    assert_refused(&struck, RunStatus::Malformed, FetchOutcome::WrongKind, 1, "begin with");
}

#[tokio::test]
async fn a_zip_bomb_is_refused_by_the_parser() {
    let (bench, good, run) = strike(zip_source(), |_| ok(zip(&vec![0; 4 << 20]))).await;
    assert_eq!(run.status, RunStatus::Malformed);
    assert_eq!(run.fetches[0].outcome, FetchOutcome::Fetched);
    let failure = run.failure.unwrap();
    assert_eq!(failure.what, format!("read {URL}"));
    assert!(failure.reason.contains("larger than the limit of 65536 bytes"), "{}", failure.reason);
    bench.assert_served(&good);
    // The body that was refused is not taken up again from the journal.
    bench.site.on(TARGET, |_, _| ok(zip(text_table(5).as_bytes())));
    let next = bench.crawl(zip_source()).await;
    assert_eq!((next.status, next.rows()), (RunStatus::Ok, 5));
}

#[tokio::test]
async fn a_body_beyond_the_limits_is_refused() {
    let struck = strike(text_source(), |_| ok("x".repeat((1 << 20) + 1))).await;
    let words = "the server announces 1048577 bytes, the limit is 1048576";
    assert_refused(&struck, RunStatus::Malformed, FetchOutcome::TooLarge, 1, words);

    let struck = strike(text_source(), |_| {
        let mut chunked = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..20 {
            chunked.extend_from_slice(b"10000\r\n");
            chunked.extend_from_slice(&b"x".repeat(1 << 16));
            chunked.extend_from_slice(b"\r\n");
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        vec![Act::Write(chunked)]
    })
    .await;
    let words = "more than the limit of 1048576 bytes came";
    assert_refused(&struck, RunStatus::Malformed, FetchOutcome::TooLarge, 1, words);

    let struck = strike(text_source(), |_| {
        let bomb = gzip(&vec![b'x'; 8 << 20]);
        vec![Act::Write(answer(200, &[("Content-Encoding", "gzip")], &bomb))]
    })
    .await;
    let words = "the body is larger than 1048576 bytes";
    assert_refused(&struck, RunStatus::Malformed, FetchOutcome::TooLarge, 1, words);
}

#[tokio::test]
async fn a_page_of_another_shape_and_a_parser_that_breaks_down_are_malformed() {
    for (page, words) in [
        ("columns ident,name\nrow 1,a\n", "the column \"id\" is missing"),
        ("panic\n", "broke down"),
    ] {
        let (bench, good, run) = strike(text_source(), move |_| ok(page)).await;
        assert_eq!(run.status, RunStatus::Malformed);
        let failure = run.failure.unwrap();
        assert!(failure.reason.contains(words), "{}", failure.reason);
        bench.assert_served(&good);
    }
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_fails() {
    let (mut bench, good, _) = strike(text_source(), |_| ok(text_table(4))).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    bench.config.gateway = Some(format!("http://127.0.0.1:{port}").parse().unwrap());
    let run = bench.crawl(text_source()).await;
    assert_eq!((run.status, run.fetches[0].outcome), (RunStatus::Failed, FetchOutcome::Failed));
    let reason = run.failure.unwrap().reason;
    assert!(reason.contains("robots.txt of a.test cannot be read"), "{reason}");
    assert!(reason.contains("refused"), "{reason}");
    bench.assert_served(&good);
}
