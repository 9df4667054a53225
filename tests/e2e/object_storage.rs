//! Publishing to object storage: a real S3 server, the real binary.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use regatta_tests::{Regatta, S3, Site};
use serde_json::Value;

fn current(regatta: &Regatta) -> String {
    let lake = regatta_lake::Lake::open(&regatta.lake()).unwrap();
    regatta_lake::current_snapshot(&lake).unwrap().unwrap().snapshot_id.to_string()
}

fn puts(log: &[String]) -> usize {
    log.iter().filter(|l| l.starts_with("PUT") || l.starts_with("POST")).count()
}

#[test]
fn a_refresh_publishes_there_too_and_a_second_push_sends_nothing() {
    let (site, s3) = (Site::start(), S3::start());
    let regatta = s3.regatta(&site.url(), "");
    let first = regatta.json(&["refresh"]);
    assert_eq!(first["object_storage"]["outcome"], "switched");
    assert_eq!(s3.served().unwrap(), current(&regatta));
    let status = regatta.json(&["push", "--status"]);
    assert_eq!(status["is_local_current"], true);
    assert_eq!(status["served_snapshot_id"], first["snapshot_id"]);

    let _ = s3.take_log();
    let again = regatta.json(&["push"]);
    assert_eq!((&again["outcome"], &again["uploaded"]), (&"unchanged".into(), &0.into()));
    assert_eq!(s3.take_log(), Vec::<String>::new());

    // Nothing changed at the regulators: the sources were confirmed, which the
    // ledger tables tell; no table and no DuckDB file is sent.
    let second = regatta.json(&["refresh"]);
    assert_eq!(second["outcome"], "unchanged");
    assert_eq!(second["object_storage"]["outcome"], "renewed");
    let log = s3.take_log();
    assert!(!log.iter().any(|l| l.contains("/duckdb/") || l.contains("/drug.parquet")), "{log:?}");
    assert!(puts(&log) <= 3 + 2, "{log:?}");

    site.day("day2");
    let third = regatta.json(&["refresh"]);
    assert_eq!(third["object_storage"]["outcome"], "switched");
    assert_eq!(s3.served().unwrap(), third["snapshot_id"].as_str().unwrap());
    let verified = regatta.json(&["push", "--status", "--verify"]);
    assert_eq!(verified["verified"]["findings"], Value::Array(vec![]));
    assert_eq!(verified["served"]["kept"][0]["snapshot_id"], first["snapshot_id"]);
    let shown = regatta.ok(&["push", "--status", "--verify"]);
    assert!(shown.contains("0 findings") && shown.contains("s3://data/drugs"), "{shown}");
}

#[test]
fn a_failing_store_does_not_undo_the_local_publish_and_the_next_refresh_makes_up_for_it() {
    let (site, s3) = (Site::start(), S3::start());
    let regatta = s3.regatta(&site.url(), "max_retries = 1\nretry_timeout_s = 2");
    let _ = regatta.ok(&["refresh"]);
    let before = s3.served().unwrap();
    site.day("day2");
    s3.fail(3, regatta_tests::Failure::FromThen);
    let ran = regatta.run(&["refresh"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("Published snapshot"), "{}", ran.out);
    assert!(
        ran.out
            .contains("Not brought to s3://data/drugs: cannot upload s3://data/drugs/snapshots/"),
        "{}",
        ran.out
    );
    assert!(s3.heal() > 0);
    let local = current(&regatta);
    assert_eq!(s3.served().unwrap(), before);
    let status = regatta.json(&["push", "--status"]);
    assert_eq!(status["is_local_current"], false);
    assert_eq!(status["local_snapshot_id"], local);
    // Nothing is new at the regulators; the snapshot is brought there now.
    let next = regatta.json(&["refresh"]);
    assert_eq!(next["outcome"], "unchanged");
    assert_eq!(next["object_storage"]["outcome"], "switched");
    assert_eq!(s3.served().unwrap(), local);
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains("nobody-may-see") && !text.contains("regatta-test-key"), "{text}");
    }
}

#[test]
fn an_earlier_snapshot_and_another_lake_are_refused() {
    let (site, s3) = (Site::start(), S3::start());
    let ours = s3.regatta(&site.url(), "");
    let _ = ours.ok(&["refresh"]);
    let other = s3.regatta(&site.url(), "after_publish = false");
    let report = other.json(&["refresh"]);
    assert_eq!(report["object_storage"], Value::Null);
    let ran = other.run(&["push"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("another lake") && ran.err.contains("--take-over"), "{}", ran.err);
    assert_eq!(s3.served().unwrap(), current(&ours));
    let taken = other.json(&["push", "--take-over"]);
    assert_eq!(taken["outcome"], "switched");
    assert_eq!(s3.served().unwrap(), current(&other));
    for arguments in [&["push"][..], &["push", "--take-over"]] {
        let ran = ours.run(arguments);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.err.contains("step back"), "{}", ran.err);
    }
    // A refresh that publishes nothing new is told the same, and is not undone.
    assert_eq!(ours.run(&["refresh"]).code, 3);
    assert_eq!(s3.served().unwrap(), current(&other));
}

#[test]
fn what_cannot_be_used_is_told_with_exit_code_2_or_1() {
    let (site, s3) = (Site::start(), S3::start());
    let without = Regatta::new(&site.url(), true);
    let _ = without.ok(&["refresh"]);
    let ran = without.run(&["push"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("[object_storage]"), "{}", ran.err);
    s3.configure(&without, "");
    let ran = without.run(&["push"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("AWS_ACCESS_KEY_ID"), "{}", ran.err);
    let wrong = without
        .with_env("AWS_ACCESS_KEY_ID", "regatta-test-key")
        .with_env("AWS_SECRET_ACCESS_KEY", "wrong");
    let ran = wrong.run(&["push"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("s3://data/drugs/current.json"), "{}", ran.err);
    wrong.configure("secret_access_key = \"x\"");
    assert_eq!(wrong.run(&["push"]).code, 2);
}

/// Readers go through the server as any client does, while pushes go on.
#[test]
fn readers_that_follow_current_json_never_fail_and_never_see_a_mixture() {
    let (site, s3) = (Site::start(), S3::start());
    let regatta = s3.regatta(&site.url(), "keep = 2");
    let _ = regatta.ok(&["refresh"]);
    let stop = AtomicBool::new(false);
    let endpoint = s3.endpoint().to_owned();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    let mut seen = std::collections::BTreeSet::new();
                    let mut reads = 0;
                    while !stop.load(Ordering::Relaxed) {
                        seen.insert(runtime.block_on(read_state(&endpoint)));
                        reads += 1;
                    }
                    (seen, reads)
                })
            })
            .collect();
        let mut published = std::collections::BTreeSet::from([current(&regatta)]);
        for day in ["day2", "day1", "day2", "day1"] {
            site.day(day);
            let ran = regatta.run(&["refresh", "--accept-shrink"]);
            assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
            published.insert(current(&regatta));
        }
        stop.store(true, Ordering::Relaxed);
        assert_eq!(published.len(), 5);
        for reader in readers {
            let (seen, reads) = reader.join().unwrap();
            assert!(seen.is_subset(&published) && reads >= seen.len(), "{seen:?}");
        }
    });
    assert_eq!(s3.served().unwrap(), current(&regatta));
    // Others are swept; s3s-fs leaves their folders.
    let kept = std::fs::read_dir(s3.root().join("snapshots"))
        .unwrap()
        .filter(|e| e.as_ref().unwrap().path().join("manifest.json").exists())
        .count();
    assert_eq!(kept, 2);
}

/// Reads the served state and all its tables; the snapshot they are of.
async fn read_state(endpoint: &str) -> String {
    let [(_, key), (_, secret)] = S3::credentials();
    let store = AmazonS3Builder::new()
        .with_bucket_name("data")
        .with_region("us-east-1")
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .with_access_key_id(key)
        .with_secret_access_key(secret)
        .build()
        .unwrap();
    let text = store.get(&Path::from("drugs/current.json")).await.unwrap().bytes().await.unwrap();
    let state: Value = serde_json::from_slice(&text).unwrap();
    let id = state["snapshot_id"].as_str().unwrap();
    for table in state["tables"].as_array().unwrap() {
        let path = format!("drugs/{}", table["path"].as_str().unwrap());
        let bytes = store.get(&Path::from(path)).await.unwrap().bytes().await.unwrap();
        assert_eq!(table["sha256"], regatta_lake::Sha256::of(&bytes).to_string());
    }
    // What is listed below the snapshot is at least what the state names.
    let listed: Vec<_> =
        store.list(Some(&Path::from(format!("drugs/snapshots/{id}")))).try_collect().await.unwrap();
    assert!(listed.len() >= state["tables"].as_array().unwrap().len());
    id.to_owned()
}
