//! `regatta serve`: health, readiness and metrics.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use regatta_lake::{Lake, RunManifest, RunStatus, current_snapshot, history};
use regatta_tests::{Daemon, Regatta, Site, wait_for};
use regatta_testsite::{Fault, FaultKind};
use serde_json::Value;

#[test]
fn the_numbers_are_those_of_the_lake() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    regatta.serve("ready_overdue_factor = 1");
    for source in ["us_orange_book", "us_drugs_at_fda"] {
        regatta.set(source, "cron = \"* * * * * *\"");
    }
    let daemon = Daemon::start(&regatta);
    let _ = daemon.logged("serving");
    assert_eq!(daemon.get("/healthz"), (200, "ok\n".into()));

    wait_for(|| (daemon.get("/readyz").0 == 200).then_some(()));
    // No further runs, so that the numbers stand still.
    regatta.rewrite(|text| text.replace("cron = \"* * * * * *\"", "cron = \"0 0 0 1 1 *\""));
    daemon.signal("HUP");
    let idle = |name: &str| daemon.metric(name) == Some(0.0);
    wait_for(|| {
        let both = ["us_orange_book", "us_drugs_at_fda"].iter().all(|source| {
            daemon.metric(&format!("regatta_source_overdue{{source=\"{source}\"}}")) == Some(0.0)
        });
        let reloaded = "regatta_config_reloads_total{outcome=\"applied\"}";
        let reloaded = daemon.metric(reloaded) == Some(1.0);
        (both && reloaded && idle("regatta_running") && idle("regatta_queue_length")).then_some(())
    });
    let lake = Lake::open(&regatta.lake()).unwrap();
    let past = history(&lake, &"us_orange_book".parse().unwrap()).unwrap();
    let label = "{source=\"us_orange_book\"}";
    let number = |n: u64| Some(f64::from(u32::try_from(n).unwrap()));
    let sum = |of: fn(&RunManifest) -> u64| number(past.runs.iter().map(of).sum());
    let rows = past.data_run().unwrap().rows();
    assert_eq!(daemon.metric(&format!("regatta_source_rows{label}")), number(rows));
    assert_eq!(
        daemon.metric(&format!("regatta_wire_bytes_total{label}")),
        sum(RunManifest::wire_bytes)
    );
    assert_eq!(
        daemon.metric(&format!("regatta_requests_total{label}")),
        sum(RunManifest::requests)
    );
    let ok = "{source=\"us_orange_book\",status=\"ok\"}";
    assert_eq!(
        daemon.metric(&format!("regatta_run_duration_seconds_count{ok}")),
        sum(|r| u64::from(r.status == RunStatus::Ok))
    );
    let snapshot = wait_for(|| {
        let snapshot = current_snapshot(&lake).unwrap().unwrap();
        let info = format!("regatta_snapshot_info{{snapshot_id=\"{}\"}}", snapshot.snapshot_id);
        (daemon.metric(&info) == Some(1.0)).then_some(snapshot)
    });
    for table in snapshot.tables.iter().filter(|t| ["listing", "drug"].contains(&&*t.name)) {
        let name = format!("regatta_snapshot_rows{{table=\"{}\"}}", table.name);
        assert_eq!(daemon.metric(&name), number(table.rows));
    }
    assert!(daemon.metric("process_resident_memory_bytes").unwrap() > 1e6);
    assert!(daemon.metric("regatta_publish_duration_seconds_count").unwrap() >= 1.0);
    assert_eq!(daemon.metric("regatta_refresh_failures_total"), Some(0.0));
    let (_, body) = daemon.get("/readyz");
    let state: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(state["snapshot_id"], Value::from(snapshot.snapshot_id.to_string()));
    well_formed(&daemon.get("/metrics").1);
    assert!(daemon.stop().success());
}

/// Every sample follows the HELP and TYPE lines of its family, and every value
/// is a number.
fn well_formed(text: &str) {
    assert!(text.ends_with('\n'));
    let mut family = String::new();
    let mut seen = std::collections::BTreeSet::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            help.split(' ').next().unwrap().clone_into(&mut family);
            assert!(seen.insert(family.clone()), "{family} twice");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            assert!(kind.starts_with(&format!("{family} ")), "{line}");
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = name.split('{').next().unwrap();
            let rest = name.strip_prefix(&family).unwrap_or_else(|| panic!("{line}"));
            assert!(["", "_bucket", "_sum", "_count"].contains(&rest), "{line}");
        }
    }
}

#[test]
fn only_short_questions_are_answered_and_a_slow_client_holds_nothing() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let daemon = Daemon::start(&regatta);
    let head = |method: &str, path: &str, more: &str| {
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n")
    };
    let status = |request: &str| daemon.send(request).0;
    let (code, body) = daemon.get("/readyz");
    let state: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((code, &state["ready"]), (503, &Value::Bool(false)));
    assert_eq!(state["reasons"][0], "nothing is published yet");
    let overdue = "regatta_source_overdue{source=\"us_orange_book\"}";
    assert_eq!(daemon.metric(overdue), Some(1.0));
    let (ok, headers, _) = daemon.send(&head("GET", "/metrics", ""));
    assert_eq!(ok, 200);
    let headers = headers.to_ascii_lowercase();
    for expected in ["text/plain; version=0.0.4", "connection: close", "cache-control: no-store"] {
        assert!(headers.contains(expected), "{headers}");
    }
    assert_eq!(status(&head("GET", "/", "")), 404);
    assert_eq!(status(&head("GET", "/../etc/passwd", "")), 404);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(status(&head(method, "/metrics", "")), 405, "{method}");
    }
    assert_eq!(status(&(head("GET", "/metrics", "Content-Length: 3\r\n") + "abc")), 413);
    let large = format!("X: {}\r\n", "x".repeat(20_000));
    assert_eq!(status(&head("GET", "/metrics", &large)), 431);
    let many = "X: y\r\n".repeat(200);
    assert_eq!(status(&head("GET", "/metrics", &many)), 431);
    assert_eq!(status("nonsense\r\n\r\n"), 400);

    // More clients than connections, each of which sends no more than a word.
    let mut slow: Vec<_> = (0..40).map(|_| daemon.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET /").unwrap();
    }
    assert_eq!(daemon.get("/healthz").0, 200);
    // They are all closed, without a word from them.
    for stream in &mut slow {
        let mut rest = Vec::new();
        let waited =
            stream.read_to_end(&mut rest).is_err_and(|e| e.kind() == ErrorKind::WouldBlock);
        assert!(!waited, "the connection is still open");
    }
    assert!(daemon.stop().success());
}

#[test]
fn an_address_that_is_taken_is_an_error_and_none_is_no_server() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    regatta.rewrite(|text| text.replace("127.0.0.1:0", &address));
    let (status, log) = Daemon::start(&regatta).wait();
    assert_eq!(status.code(), Some(1));
    assert!(log.contains("cannot listen") && log.contains(&address), "{log}");
    regatta.rewrite(|text| text.replace(&address, "everywhere"));
    let (status, log) = Daemon::start(&regatta).wait();
    assert_eq!(status.code(), Some(2), "{log}");
    regatta.rewrite(|text| text.replace("listen = \"everywhere\"", "listen = \"\""));
    let daemon = Daemon::start(&regatta);
    let _ = daemon.logged("serving");
    assert!(!daemon.log_text().contains("health and metrics"));
    assert!(daemon.stop().success());
}

#[test]
fn log_lines_are_json_with_source_run_and_url_and_no_password() {
    let site = Site::start();
    let secret = "swordfish";
    let gateway = site.url().replace("http://", &format!("http://mirror:{secret}@"));
    let regatta = Regatta::new(&gateway, true);
    regatta.only(&["us_orange_book"]);
    site.fault(Fault {
        host: "www.fda.gov".into(),
        path_prefix: "/media/".into(),
        method: None,
        query_contains: None,
        body_contains: None,
        kind: FaultKind::Status { code: 500, retry_after: None },
        times: None,
        skip: 0,
    });
    regatta.set("us_orange_book", "cron = \"* * * * * *\"");
    let daemon = Daemon::start(&regatta);
    let line = daemon.logged("the source was not refreshed");
    assert_eq!(line["source_id"], "us_orange_book");
    assert!(line["run_id"].as_str().is_some_and(|id| id.ends_with('Z')));
    assert!(line["url"].as_str().is_some_and(|url| url.starts_with("https://www.fda.gov/")));
    let _ = daemon.logged("a source failed");
    let (metrics, text) = (daemon.get("/metrics").1, daemon.log_text());
    assert_eq!(text.lines().count(), daemon.log().len(), "every line is JSON");
    for said in [&metrics, &text, &daemon.get("/readyz").1] {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(daemon.stop().success());
}

#[test]
fn the_supervisor_hears_that_it_is_ready_alive_and_stopping() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let hear = || {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "1500000")];
    let daemon = Daemon::start_with(&regatta, &environment);
    assert_eq!(hear(), "READY=1");
    assert_eq!(hear(), "WATCHDOG=1");
    assert_eq!(hear(), "WATCHDOG=1");
    assert!(daemon.stop().success());
    wait_for(|| (hear() == "STOPPING=1").then_some(()));
}
