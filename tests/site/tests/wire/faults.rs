//! Each fault, as it looks on the wire.

use std::io::Cursor;
use std::time::{Duration, Instant};

use crate::support::{ORANGE, Reply, get, request, site};
use regatta_testsite::{Fault, FaultKind, TestSite};
use tokio::time::timeout;

const PRODUCTS: &str = "EOBZIP/products.txt";

/// The reply while the fault strikes, checked that the next one is whole again.
async fn struck(kind: FaultKind) -> Reply {
    let site = site().await;
    let (reply, good) = (struck_at(&site, kind).await, get(&site, ORANGE, &[]).await);
    assert_eq!((good.status, good.declared(), good.reset), (200, good.body.len(), false));
    assert_eq!(site.requests()[1].fault, None);
    reply
}

async fn struck_at(site: &TestSite, kind: FaultKind) -> Reply {
    site.add_fault(Fault::new(kind).at("www.fda.gov", "/media/76860"));
    let reply = get(site, ORANGE, &[]).await;
    let log = site.requests();
    assert!(log[0].fault.is_some());
    assert_eq!((log[0].status, log[0].bytes), (reply.status, reply.body.len()));
    reply
}

#[tokio::test]
async fn status_with_retry_after() {
    let reply = struck(FaultKind::Status { code: 429, retry_after: Some("7".to_owned()) }).await;
    assert_eq!((reply.status, reply.header("Retry-After")), (429, Some("7")));
    let reply = struck(FaultKind::Status { code: 503, retry_after: None }).await;
    assert_eq!((reply.status, reply.header("Retry-After")), (503, None));
}

#[tokio::test]
async fn reset_in_the_middle() {
    let reply = struck(FaultKind::ResetMidBody { after_bytes: Some(100) }).await;
    assert!(reply.reset);
    assert!(reply.declared() > 100);
    assert_eq!(reply.body.len(), 100);
}

#[tokio::test]
async fn body_shorter_than_declared() {
    let reply = struck(FaultKind::ShortBody { after_bytes: None }).await;
    assert!(!reply.reset);
    assert_eq!(reply.body.len(), reply.declared() / 2);
}

#[tokio::test]
async fn body_that_drips() {
    let start = Instant::now();
    let reply = struck(FaultKind::SlowDrip { seconds: 0.5 }).await;
    assert!(start.elapsed() >= Duration::from_millis(450));
    assert_eq!(reply.body.len(), reply.declared());
}

#[tokio::test]
async fn silence_and_an_impatient_client() {
    let reply = struck(FaultKind::Hang { seconds: 0.1, after_bytes: None }).await;
    assert_eq!((reply.status, reply.reset), (0, false));
    let reply = struck(FaultKind::Hang { seconds: 0.1, after_bytes: Some(10) }).await;
    assert_eq!((reply.status, reply.body.len()), (200, 10));

    let site = site().await;
    site.add_fault(Fault::new(FaultKind::Hang { seconds: 600.0, after_bytes: None }));
    let wait = Duration::from_millis(50);
    assert!(timeout(wait, get(&site, ORANGE, &[])).await.is_err());
    assert_eq!(site.requests().len(), 1);
    // The silent one no longer counts once its client is gone.
    tokio::time::sleep(4 * wait).await;
    get(&site, ORANGE, &[]).await;
    assert_eq!(site.requests()[1].concurrency, 1);
}

#[tokio::test]
async fn pages_instead_of_data() {
    let reply = struck(FaultKind::HtmlApology200).await;
    assert_eq!(reply.status, 200);
    assert!(reply.header("Content-Type").unwrap().starts_with("text/html"));
    let reply = struck(FaultKind::RedirectAbuse).await;
    assert_eq!(reply.status, 302);
    assert_eq!(reply.header("Location"), Some("/abuse-detection-apology.html"));
    let reply = struck(FaultKind::JsChallenge202).await;
    assert_eq!(reply.status, 202);
    assert!(reply.header("Set-Cookie").is_some());
    assert_eq!(struck(FaultKind::Waf412).await.status, 412);
    let reply = struck(FaultKind::Empty200).await;
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    let reply = struck(FaultKind::NotAZip).await;
    assert_eq!(reply.header("Content-Type"), Some("application/zip"));
    assert!(reply.body.starts_with(b"<!DOCTYPE html>"));
}

#[tokio::test]
async fn data_with_fewer_rows_or_another_column() {
    let lines = |reply: &Reply| reply.member(PRODUCTS).split(|byte| *byte == b'\n').count();
    assert_eq!(lines(&struck(FaultKind::DropRows { fraction: 0.5 }).await), 1 + 31);
    let (column, to) = ("Trade_Name".to_owned(), "Brand_Name".to_owned());
    let reply = struck(FaultKind::RenameColumn { column, to }).await;
    let text = String::from_utf8(reply.member(PRODUCTS)).unwrap();
    assert!(text.starts_with("Ingredient~DF;Route~Brand_Name~Applicant~"));
    assert_eq!(text.lines().count(), 1 + 63);
}

#[tokio::test]
async fn text_that_is_not_text_and_a_bomb() {
    let reply = struck(FaultKind::BadEncoding).await;
    assert!(str::from_utf8(&reply.member(PRODUCTS)).is_err());
    let reply = struck(FaultKind::ZipBomb).await;
    assert!(reply.body.len() < 2 << 20);
    let mut archive = zip::ZipArchive::new(Cursor::new(&reply.body)).unwrap();
    assert!(archive.by_name(PRODUCTS).unwrap().size() > 1 << 30);
}

#[tokio::test]
async fn damaged_data_is_never_taken_for_the_known_file() {
    let site = site().await;
    let good = get(&site, ORANGE, &[]).await;
    let tag = good.header("ETag").unwrap();
    site.add_fault(Fault::new(FaultKind::DropRows { fraction: 0.5 }).times(2));
    let date = "If-Modified-Since: Fri, 09 Feb 2024 14:00:00 GMT";
    for header in [&format!("If-None-Match: {tag}"), date] {
        let reply = get(&site, ORANGE, &[header]).await;
        assert_eq!((reply.status, reply.header("Last-Modified")), (200, None));
        assert_ne!(reply.header("ETag"), Some(tag));
    }
}

#[tokio::test]
async fn requests_at_the_same_time_are_counted() {
    let site = site().await;
    site.add_fault(Fault::new(FaultKind::SlowDrip { seconds: 0.3 }).always());
    tokio::join!(get(&site, ORANGE, &[]), get(&site, ORANGE, &[]), get(&site, ORANGE, &[]));
    let most = site.requests().iter().map(|request| request.concurrency).max();
    assert_eq!(most, Some(3));
    site.clear_faults();
    get(&site, ORANGE, &[]).await;
    assert_eq!(site.requests()[3].concurrency, 1);
}

#[tokio::test]
async fn another_process_has_the_same_controls() {
    let site = site().await;
    let post =
        |path: &'static str, body: &'static str| request(site.address(), "POST", path, &[], body);
    let fault = r#"{"host": "www.fda.gov", "path_prefix": "/media/", "kind": "waf_412"}"#;
    assert_eq!(post("/_control/fault", fault).await.status, 200);
    assert_eq!(get(&site, ORANGE, &[]).await.status, 412);
    let before = get(&site, ORANGE, &[]).await.body;
    assert_eq!(post("/_control/day/day2", "").await.status, 200);
    assert_ne!(get(&site, ORANGE, &[]).await.body, before);
    assert_eq!(post("/_control/robots/www.fda.gov", "x").await.status, 200);
    assert_eq!(get(&site, "/www.fda.gov/robots.txt", &[]).await.body, b"x");
    let log = get(&site, "/_control/log", &[]).await;
    assert!(String::from_utf8(log.body).unwrap().contains(r#""fault":"waf_412""#));
    assert_eq!(post("/_control/clear_log", "").await.status, 200);
    assert!(site.requests().is_empty());
    for (path, body) in [("/_control/day/monday", ""), ("/_control/fault", r#"{"kind": "x"}"#)] {
        assert_eq!(post(path, body).await.status, 400);
    }
    assert_eq!(post("/_control/other", "").await.status, 404);
}
