//! All fifteen sources on the fixture site: completeness, privacy, politeness.

use std::collections::{BTreeMap, BTreeSet};

use regatta_lake::{FetchOutcome, Lake, RunStatus, history};
use regatta_tests::{Regatta, Site};
use regatta_testsite::{Fault, FaultKind, LoggedRequest};
use serde_json::Value;

fn statuses(report: &Value) -> BTreeMap<String, String> {
    let line = |s: &Value| {
        (s["source_id"].as_str().unwrap().to_owned(), s["status"].as_str().unwrap().to_owned())
    };
    report["sources"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn every_source_reads_its_fixtures_and_a_second_refresh_transfers_only_what_changed() {
    let site = Site::start();
    let regatta = Regatta::all(&site.url(), true);
    let first = regatta.json(&["refresh"]);
    let statuses_of_day_one = statuses(&first);
    assert_eq!(statuses_of_day_one.len(), 15);
    for (source, status) in &statuses_of_day_one {
        assert_eq!(status, "ok", "{source}");
    }
    // Every raw table is to be read in DuckDB, and traced to bytes of the lake.
    let tables = regatta.json(&["sql", "SELECT DISTINCT source_id FROM raw_table"]);
    assert_eq!(tables.as_array().unwrap().len(), 15);

    let _ = site.take_requests();
    let second = regatta.json(&["refresh"]);
    assert_eq!(second["outcome"], "unchanged");
    for (source, status) in statuses(&second) {
        assert_eq!(status, "unchanged", "{source}");
    }
    for request in site.take_requests() {
        // An answer to a POST cannot be asked for conditionally; a GET is.
        let unconditional = request.method == "POST" || request.status == 404;
        assert!(unconditional || request.status == 304, "{} {}", request.method, request.path);
    }

    site.day("day2");
    let third = regatta.json(&["refresh"]);
    assert_eq!(third["outcome"], "published");
    let details = |site: &Site| {
        let requests = site.take_requests();
        requests.iter().filter(|r| r.path.contains("queryDetail")).count()
    };
    // Of the NMPA's details only those of new or changed list rows are asked for.
    let asked = details(&site);
    assert!((1..20).contains(&asked), "{asked}");
}

#[test]
fn a_fault_on_one_host_leaves_the_others_refreshed() {
    let site = Site::start();
    let lake_of = |regatta: &Regatta| Lake::open(&regatta.lake()).unwrap();
    let regatta = Regatta::all(&site.url(), true);
    let _ = regatta.json(&["refresh"]);
    let hosts: BTreeSet<String> = site.take_requests().into_iter().map(|r| r.host).collect();
    assert!(hosts.len() >= 11, "{hosts:?}");
    let kinds = [FaultKind::Waf412, FaultKind::HtmlApology200, FaultKind::JsChallenge202];
    for (number, host) in hosts.iter().enumerate() {
        // Another day, so that there is something to fetch.
        site.day(if number % 2 == 0 { "day2" } else { "day1" });
        site.clear_faults();
        site.fault(Fault::new(kinds[number % kinds.len()].clone()).at(host, "/").always());
        let ran = regatta.run(&["--format", "json", "refresh", "--accept-shrink"]);
        assert_eq!(ran.code, 3, "{host}\n{}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let (good, bad): (Vec<_>, Vec<_>) = statuses(&report)
            .into_iter()
            .partition(|(_, status)| status == "ok" || status == "unchanged");
        assert!(!bad.is_empty() && bad.len() <= 3, "{host}: {bad:?}");
        assert_eq!(good.len() + bad.len(), 15);
        for (source, status) in bad {
            assert_eq!(status, "blocked", "{host} {source}");
            let id = source.parse().unwrap();
            let runs = history(&lake_of(&regatta), &id).unwrap();
            let run = runs.last().unwrap();
            assert!(run.fetches.iter().any(|f| f.outcome == FetchOutcome::Blocked), "{source}");
            // The data of the run before is still there to be served.
            assert!(runs.data_run().is_some(), "{source}");
            assert_ne!(run.status, RunStatus::Ok);
        }
    }
}

#[test]
fn requests_keep_to_the_pace_and_robots_txt_comes_first() {
    const INTERVAL_MS: f64 = 60.0;
    let site = Site::start();
    let regatta = Regatta::all(&site.url(), true);
    regatta.network("min_interval_ms = 0", "min_interval_ms = 60\nconcurrency = 1");
    let _ = regatta.json(&["refresh"]);
    let mut by_host: BTreeMap<String, Vec<LoggedRequest>> = BTreeMap::new();
    for request in site.take_requests() {
        by_host.entry(request.host.clone()).or_default().push(request);
    }
    for (host, mut requests) in by_host {
        requests.sort_by(|a, b| a.t.total_cmp(&b.t));
        assert_eq!(requests[0].path, "/robots.txt", "{host}");
        assert!(requests.iter().filter(|r| r.path == "/robots.txt").count() == 1, "{host}");
        for request in &requests {
            assert_eq!(request.concurrency, 1, "{host}{}", request.path);
        }
        for pair in requests.windows(2) {
            let gap = (pair[1].t - pair[0].t) * 1_000.0;
            assert!(gap >= INTERVAL_MS - 1.0, "{host}: {gap} ms before {}", pair[1].path);
        }
    }
}

#[test]
fn a_source_keeps_to_its_own_settings() {
    let site = Site::start();
    let regatta = Regatta::all(&site.url(), true);
    regatta.network("min_interval_ms = 0\n", "");
    let sources = ["us_purple_book", "eu_hma_mri", "cn_nmpa_pickup"];
    let mut arguments = vec!["refresh"];
    arguments.extend(sources.iter().flat_map(|s| ["--source", s]));
    let _ = regatta.json(&arguments);
    let mut last: BTreeMap<String, f64> = BTreeMap::new();
    let mut gaps = 0;
    for request in site.take_requests() {
        if let Some(before) = last.insert(request.host.clone(), request.t) {
            // The catalogue's least interval is two seconds for each of these.
            assert!(request.t - before >= 1.99, "{}: {}", request.host, request.t - before);
            gaps += 1;
        }
    }
    assert!(gaps >= 5, "{gaps}");
}

#[test]
fn no_personal_contact_reaches_the_lake() {
    let site = Site::start();
    let regatta = Regatta::all(&site.url(), true);
    let _ = regatta.json(&["refresh"]);
    let lake = Lake::open(&regatta.lake()).unwrap();
    for source in ["eu_ctis", "eu_euctr", "cn_drug_trials", "cn_chictr"] {
        let runs = history(&lake, &source.parse().unwrap()).unwrap();
        let run = runs.data_run().unwrap();
        let mut bodies = 0;
        for fetch in &run.fetches {
            let Some(sha) = fetch.body_sha256 else { continue };
            let body = lake.archive().get(sha).unwrap();
            let text = String::from_utf8_lossy(&body);
            assert_eq!(addresses(&text), Vec::<String>::new(), "{}", fetch.url);
            assert_eq!(phones(&text), Vec::<String>::new(), "{}", fetch.url);
            bodies += 1;
        }
        assert!(bodies > 1, "{source}");
    }
    // The raw tables of all sources, column by column, as text.
    let raw = regatta.json(&["sql", "SELECT raw_view AS view FROM raw_table"]);
    for row in raw.as_array().unwrap() {
        let view = row["view"].as_str().unwrap();
        let found = regatta.json(&[
            "sql",
            &format!(
                "SELECT t::VARCHAR AS row FROM {view} t \
                 WHERE regexp_matches(t::VARCHAR, '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]{{2,}}') \
                 OR regexp_matches(t::VARCHAR, '[+]\\d{{2}}[ -]\\d{{2,3}}[ -]\\d{{6,}}|[^\\d]1[3-9]\\d{{9}}[^\\d]')"
            ),
        ]);
        assert_eq!(found.as_array().unwrap().len(), 0, "{view}: {found}");
    }
}

/// The search itself finds what the fixtures hold before they are masked.
#[test]
fn the_fixtures_hold_contacts_to_mask() {
    let mut found = (0, 0);
    let mut folders =
        vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
                found.0 += addresses(&text).len();
                found.1 += phones(&text).len();
            }
        }
    }
    assert!(found.0 >= 10 && found.1 >= 5, "{found:?}");
}

/// Telephone numbers in a text: international ones, and Chinese mobile numbers.
fn phones(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_digit() || "+- ()".contains(c);
    text.split(|c: char| !is_part(c))
        .flat_map(|run| run.split("  "))
        .map(str::trim)
        .filter(|run| {
            let digits = run.chars().filter(char::is_ascii_digit).count();
            let international = run.starts_with('+') && (9..=15).contains(&digits);
            let bytes = run.as_bytes();
            let mobile = run.len() == 11
                && digits == 11
                && bytes[0] == b'1'
                && (b'3'..=b'9').contains(&bytes[1]);
            international || mobile
        })
        .map(str::to_owned)
        .collect()
}

/// E-mail addresses in a text.
fn addresses(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || "<>\"'();,：:".contains(c))
        .filter(|word| {
            word.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && host.contains('.') && host.is_ascii() && !host.starts_with('.')
            })
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn files_in_the_inbox_are_taken_in_place_of_a_crawl() {
    let site = Site::start();
    let regatta = Regatta::all(&site.url(), true);
    let _ = regatta.ok(&["crawl", "--source", "us_orange_book"]);
    let lake = Lake::open(&regatta.lake()).unwrap();
    let id = "us_orange_book".parse().unwrap();
    let runs = history(&lake, &id).unwrap();
    let sha = runs.data_run().unwrap().fetches[0].body_sha256.unwrap();
    // The same release as a file saved by hand, into another lake.
    let other = Regatta::all(&site.url(), true);
    let inbox = other.lake().join("inbox/us_orange_book");
    std::fs::create_dir_all(&inbox).unwrap();
    std::fs::write(inbox.join("EOBZIP_2024_02.zip"), lake.archive().get(sha).unwrap()).unwrap();
    std::fs::write(inbox.join(".partial"), "x").unwrap();
    site.fault(Fault::new(FaultKind::Waf412).at("www.fda.gov", "/").always());
    let report = other.json(&["refresh", "--source", "us_orange_book"]);
    assert_eq!(report["outcome"], "published");
    assert_eq!(other.ask("SELECT count(*) FROM listing WHERE source_id = 'us_orange_book'"), "63");
    assert_eq!(
        other.ask("SELECT DISTINCT url FROM raw.us_orange_book_products"),
        "import:EOBZIP_2024_02.zip"
    );
    assert!(!inbox.join("EOBZIP_2024_02.zip").exists());
    assert!(inbox.join("taken").exists() && inbox.join(".partial").exists());
}
