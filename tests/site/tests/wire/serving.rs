//! What the site serves when nothing is wrong.

use crate::support::{DAF, ORANGE, get, request, site};
use regatta_testsite::{Fixtures, TestSite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn rows(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() - 1
}

#[tokio::test]
async fn the_orange_book_moves_from_day_to_day() {
    let site = site().await;
    for (day, expected) in [("day1", [63, 32, 14]), ("day2", [64, 35, 15]), ("day3", [65, 41, 17])]
    {
        site.set_day(day);
        let reply = get(&site, ORANGE, &[]).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("Content-Type"), Some("application/zip"));
        assert_eq!(reply.declared(), reply.body.len());
        let tables = ["products", "patent", "exclusivity"].map(|table| {
            let text = reply.member(&format!("EOBZIP/{table}.txt"));
            assert!(text.is_ascii() && !text.ends_with(b"\n"));
            let text = String::from_utf8(text).unwrap();
            assert_eq!(text.matches("\r\n").count(), text.matches('\n').count());
            rows(text.as_bytes())
        });
        assert_eq!(tables, expected, "{day}");
    }
    site.set_day("day9");
    assert_eq!(get(&site, ORANGE, &[]).await.status, 200);
}

#[tokio::test]
async fn drugs_at_fda_gets_its_twelfth_file_on_day2() {
    let site = site().await;
    let first = get(&site, DAF, &[]).await;
    assert_eq!(first.members().len(), 11);
    assert!(first.members().is_sorted());
    assert_eq!(rows(&first.member("Applications.txt")), 55);
    assert_eq!(rows(&first.member("Products.txt")), 64);
    // One record each runs over two lines.
    assert_eq!(rows(&first.member("Submissions.txt")), 84 + 1);
    assert_eq!(rows(&first.member("ApplicationDocs.txt")), 59 + 1);
    assert!(first.member("Submissions.txt").contains(&0x92));
    site.set_day("day2");
    let second = get(&site, DAF, &[]).await;
    assert_eq!(second.members().len(), 12);
    assert_eq!(rows(&second.member("Join_Submission_ActionTypes_Lookup.txt")), 6);
    site.set_day("day3");
    assert_eq!(get(&site, DAF, &[]).await.body, second.body);
}

#[tokio::test]
async fn a_known_file_is_not_sent_again() {
    let site = site().await;
    let reply = get(&site, ORANGE, &[]).await;
    let etag = reply.header("ETag").unwrap();
    assert_eq!(reply.header("Last-Modified"), Some("Fri, 09 Feb 2024 14:00:00 GMT"));
    let by_tag = format!("If-None-Match: \"other\", {etag}");
    for (header, status) in [
        (by_tag.as_str(), 304),
        ("If-None-Match: \"other\"", 200),
        ("If-Modified-Since: Fri, 09 Feb 2024 14:00:00 GMT", 304),
        ("If-Modified-Since: Thu, 08 Feb 2024 14:00:00 GMT", 200),
    ] {
        let reply = get(&site, ORANGE, &[header]).await;
        assert_eq!(reply.status, status, "{header}");
        assert_eq!(reply.body.is_empty(), status == 304);
        assert_eq!(reply.header("ETag"), Some(etag));
    }
    site.set_day("day2");
    assert_eq!(get(&site, ORANGE, &[&by_tag]).await.status, 200);
}

#[tokio::test]
async fn head_says_what_get_would() {
    let site = site().await;
    let body = get(&site, ORANGE, &[]).await.body;
    let head = request(site.address(), "HEAD", ORANGE, &[], "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.declared(), body.len());
}

#[tokio::test]
async fn every_host_has_robots_and_the_block_page() {
    let site = site().await;
    let robots = get(&site, "/any.host.gov/robots.txt", &[]).await;
    assert_eq!(robots.body, b"User-agent: *\nDisallow:\n");
    site.set_robots("www.fda.gov", "User-agent: *\nDisallow: /media/\n");
    assert!(get(&site, "/www.fda.gov/robots.txt", &[]).await.body.ends_with(b"/media/\n"));
    assert_eq!(get(&site, "/any.host.gov/robots.txt", &[]).await.body, robots.body);
    for host in ["/www.fda.gov", "/any.host.gov", ""] {
        let page = get(&site, &format!("{host}/abuse-detection-apology.html"), &[]).await;
        assert_eq!(page.status, 200);
        assert!(page.body.starts_with(b"<!DOCTYPE html>"));
    }
    assert_eq!(get(&site, "/www.fda.gov/nothing", &[]).await.status, 404);
}

#[tokio::test]
async fn requests_are_logged_before_their_answer_ends() {
    let site = site().await;
    let length = get(&site, &format!("{ORANGE}?a=b"), &["User-Agent: me"]).await.body.len();
    request(site.address(), "POST", "/www.fda.gov/form", &[], "page=1").await;
    let log = site.requests();
    assert_eq!(log.len(), 2);
    let first = &log[0];
    assert_eq!(
        (first.host.as_str(), first.path.as_str()),
        ("www.fda.gov", "/media/76860/download")
    );
    assert_eq!((first.method.as_str(), first.query.as_str()), ("GET", "a=b"));
    assert_eq!((first.status, first.bytes, first.concurrency), (200, length, 1));
    assert_eq!(first.headers["user-agent"], "me");
    assert_eq!((log[1].status, log[1].body.as_str()), (404, "page=1"));
    assert!(log[0].t <= log[1].t && first.seconds < 5.0);
    site.clear_log();
    assert!(site.requests().is_empty());
}

#[tokio::test]
async fn a_connection_is_kept_and_the_site_ends_with_its_handle() {
    let site = site().await;
    let mut stream = TcpStream::connect(site.address()).await.unwrap();
    for _ in 0..2 {
        stream.write_all(b"GET /www.fda.gov/robots.txt HTTP/1.1\r\n\r\n").await.unwrap();
        let mut answer = [0; 512];
        let mut text = String::new();
        while !text.ends_with("Disallow:\n") {
            let count = stream.read(&mut answer).await.unwrap();
            text.push_str(str::from_utf8(&answer[..count]).unwrap());
        }
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    assert_eq!(site.requests().len(), 2);
    let address = site.address();
    drop(site);
    assert!(!stream.read(&mut [0; 8]).await.is_ok_and(|count| count > 0));
    assert!(TcpStream::connect(address).await.is_err());
}

const OWN_SITE: &str = r#"
    [days]
    day1 = "2024-01-01T00:00:00Z"
    day2 = "2024-01-02T00:00:00Z"
    [[route]]
    host = "a.go.jp"
    path = "/search"
    method = "POST"
    body_contains = "page=2"
    file = "second.json"
    content_type = "application/json"
    [[route]]
    host = "a.go.jp"
    path = "/search"
    method = "POST"
    file = "first.json"
    content_type = "application/json"
    [[route]]
    host = "a.go.jp"
    path = "/list"
    query_contains = "kind=old"
    file = "list.html"
    content_type = "text/html"
    status = 410
"#;

async fn own_site() -> TestSite {
    let folder = tempfile::tempdir().unwrap();
    let day1 = folder.path().join("jp_own/day1");
    std::fs::create_dir_all(&day1).unwrap();
    std::fs::create_dir_all(folder.path().join("jp_own/day2")).unwrap();
    std::fs::write(folder.path().join("jp_own/site.toml"), OWN_SITE).unwrap();
    std::fs::write(day1.join("first.json"), "[1]").unwrap();
    std::fs::write(day1.join("second.json"), "[2]").unwrap();
    std::fs::write(day1.join("list.html"), "<p>gone</p>").unwrap();
    std::fs::write(folder.path().join("jp_own/day2/first.json"), "[1, 1]").unwrap();
    TestSite::start(Fixtures::from_dir(folder.path()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn routes_look_at_method_query_and_body() {
    let site = own_site().await;
    let post = |body: &'static str| request(site.address(), "POST", "/a.go.jp/search", &[], body);
    assert_eq!(post("page=1").await.body, b"[1]");
    assert_eq!(post("x&page=2").await.body, b"[2]");
    assert_eq!(get(&site, "/a.go.jp/search", &[]).await.status, 404);
    assert_eq!(get(&site, "/a.go.jp/list?kind=old", &[]).await.status, 410);
    assert_eq!(get(&site, "/a.go.jp/list?kind=new", &[]).await.status, 404);
    site.set_day("day2");
    assert_eq!(post("page=1").await.body, b"[1, 1]");
    assert_eq!(post("page=2").await.body, b"[2]");
}

#[tokio::test]
async fn text_is_compressed_where_asked_and_zips_never() {
    let site = own_site().await;
    let plain = request(site.address(), "POST", "/a.go.jp/search", &[], "").await;
    let asked = ["Accept-Encoding: br, gzip"];
    let small = request(site.address(), "POST", "/a.go.jp/search", &asked, "").await;
    assert_eq!(plain.header("Content-Encoding"), None);
    assert_eq!(small.header("Content-Encoding"), Some("gzip"));
    assert!(small.body.starts_with(b"\x1f\x8b"));
    let tag = small.header("ETag").unwrap();
    assert_ne!(plain.header("ETag"), Some(tag));
    let known = format!("If-None-Match: {tag}");
    let again = request(site.address(), "POST", "/a.go.jp/search", &[asked[0], &known], "").await;
    assert_eq!(again.status, 304);
    let zip = get(&crate::support::site().await, ORANGE, &asked).await;
    assert_eq!(zip.header("Content-Encoding"), None);
}
