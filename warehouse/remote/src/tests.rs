//! Pushes over a store in memory that can be made to fail at any request.

mod failing;
mod sample;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;

use crate::{Event, Outcome, PushOptions, PushReport, RemoteError, Served, Store, push, served};
use failing::{Failing, Mode};
use sample::Sample;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn over(inner: Arc<dyn ObjectStore>) -> Store {
    Store::over(inner, Path::from("drugs/regatta"), "s3://data", true)
}

fn options(now: Timestamp) -> PushOptions<'static> {
    PushOptions { keep: 2, take_over: false, now, progress: &|_: Event<'_>| () }
}

/// As far from the real time, which the store stamps objects with, as said.
fn in_hours(hours: i64) -> Timestamp {
    Timestamp::now() + jiff::SignedDuration::from_hours(hours)
}

async fn push_at(
    store: &Store,
    sample: &Sample,
    now: Timestamp,
) -> Result<PushReport, RemoteError> {
    push(store, &sample.bundle(now), &options(now)).await
}

/// What a reader finds: the served state with every object as it says, and
/// every kept state too.
async fn whole(store: &Store) -> Option<Served> {
    let current = served(store).await.unwrap()?;
    let mut states = vec![current.clone()];
    for kept in &current.kept {
        let (text, _) = store.read(&kept.path).await.unwrap().expect("a kept state is there");
        assert_eq!(regatta_lake::Sha256::of(&text), kept.sha256);
        states.push(serde_json::from_slice(&text).unwrap());
    }
    for state in &states {
        let checked = crate::check(store, state, |_| ()).await.unwrap();
        assert_eq!(checked.findings, [], "{}", state.snapshot_id);
        assert_eq!(checked.objects, state.objects().count() as u64);
    }
    Some(current)
}

#[test]
fn a_push_is_served_and_a_second_one_sends_nothing() {
    runtime().block_on(async {
        let store = over(Arc::new(InMemory::new()));
        let lake = Sample::new();
        assert!(served(&store).await.unwrap().is_none());
        let first = lake.publish(1);
        let now = in_hours(0);
        let report = push_at(&store, &lake, now).await.unwrap();
        assert_eq!((report.outcome, report.uploaded, report.present), (Outcome::Switched, 8, 0));
        let state = whole(&store).await.unwrap();
        assert_eq!(state.snapshot_id, first);
        let names: Vec<&str> = state.tables.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["big", "drug", "fetch", "run", "source"]);
        let files: Vec<&str> = state.files.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(files, ["datapackage.json", "manifest.json", "regatta.duckdb"]);
        let again = push_at(&store, &lake, in_hours(0)).await.unwrap();
        assert_eq!((again.outcome, again.uploaded, again.present), (Outcome::Unchanged, 0, 8));
        assert_eq!(whole(&store).await.unwrap(), state);
    });
}

#[test]
fn newer_ledger_tables_are_a_new_state_of_the_same_snapshot() {
    runtime().block_on(async {
        let store = over(Arc::new(InMemory::new()));
        let lake = Sample::new();
        lake.publish(1);
        push_at(&store, &lake, in_hours(0)).await.unwrap();
        let first = whole(&store).await.unwrap();
        lake.ledger("later");
        lake.duckdb("later too");
        let earlier = lake.bundle(in_hours(-1));
        let report = push_at(&store, &lake, in_hours(0)).await.unwrap();
        // The DuckDB file differs in its ledger tables only: it is not sent again.
        assert_eq!((report.outcome, report.uploaded), (Outcome::Renewed, 3));
        let second = whole(&store).await.unwrap();
        assert_eq!(second.file("regatta.duckdb"), first.file("regatta.duckdb"));
        assert_eq!(second.kept.len(), 1);
        // What was read from the lake before that comes too late.
        lake.ledger("other");
        let belated = push(&store, &earlier, &options(in_hours(0))).await.unwrap();
        assert_eq!((belated.outcome, belated.uploaded), (Outcome::Unchanged, 0));
        assert_eq!(whole(&store).await.unwrap(), second);
        // The ledger tables of the state before the one before go, when they are old.
        let report = push_at(&store, &lake, in_hours(3)).await.unwrap();
        assert_eq!(report.removed.problem, None);
        assert_eq!(report.removed.objects, 4, "three tables and the document");
        whole(&store).await.unwrap();
    });
}

#[test]
fn an_earlier_snapshot_never_replaces_a_later_one_and_another_lake_only_when_told() {
    runtime().block_on(async {
        let store = over(Arc::new(InMemory::new()));
        let lake = Sample::new();
        lake.publish(1);
        let old = lake.bundle(in_hours(0));
        let second = lake.publish(2);
        push_at(&store, &lake, in_hours(0)).await.unwrap();
        let refused = push(&store, &old, &options(in_hours(0))).await.unwrap_err();
        assert!(refused.to_string().contains("step back"), "{refused}");
        assert_eq!(whole(&store).await.unwrap().snapshot_id, second);
        let other = Sample::new();
        other.publish(3);
        let refused = push_at(&store, &other, in_hours(0)).await.unwrap_err();
        assert!(refused.to_string().contains("another lake"), "{refused}");
        let told = PushOptions { take_over: true, ..options(in_hours(0)) };
        push(&store, &other.bundle(in_hours(0)), &told).await.unwrap();
        assert_eq!(whole(&store).await.unwrap().snapshot_id.as_str(), sample::id(3).as_str());
        // Not even then a step back.
        let told = PushOptions { take_over: true, ..options(in_hours(0)) };
        assert!(push(&store, &lake.bundle(in_hours(0)), &told).await.is_err());
    });
}

#[test]
fn a_lake_that_skipped_pushes_or_swept_its_chain_goes_on() {
    runtime().block_on(async {
        let store = over(Arc::new(InMemory::new()));
        let lake = Sample::new();
        lake.publish(1);
        push_at(&store, &lake, in_hours(0)).await.unwrap();
        lake.publish(2);
        lake.publish(3);
        push_at(&store, &lake, in_hours(0)).await.unwrap();
        for day in 4..8 {
            lake.publish(day);
        }
        lake.forget(3);
        lake.forget(5);
        let report = push_at(&store, &lake, in_hours(0)).await.unwrap();
        assert_eq!(report.outcome, Outcome::Switched);
        assert_eq!(report.served_before.unwrap().as_str(), sample::id(3).as_str());
    });
}

#[test]
fn only_so_many_snapshots_stay_and_none_that_is_served_or_kept_goes() {
    runtime().block_on(async {
        let inner = Arc::new(InMemory::new());
        let store = over(inner);
        let lake = Sample::new();
        for day in 1..=5 {
            lake.publish(day);
            // Old enough to go, were it not kept.
            push_at(&store, &lake, in_hours(2)).await.unwrap();
            whole(&store).await.unwrap();
        }
        let folders: BTreeSet<String> =
            store.folders("snapshots").await.unwrap().into_iter().collect();
        let expected = BTreeSet::from([sample::id(4).to_string(), sample::id(5).to_string()]);
        assert_eq!(folders, expected);
        // A later snapshot that somebody is uploading is left alone.
        let later = format!("snapshots/{}/drug.parquet", sample::id(9));
        store.put(&later, b"x".to_vec(), regatta_lake::Sha256::of(b"x")).await.unwrap();
        lake.publish(6);
        push_at(&store, &lake, in_hours(2)).await.unwrap();
        assert!(store.head(&later).await.unwrap().is_some());
        whole(&store).await.unwrap();
    });
}

/// Each request that changes something fails in turn, before or after it took
/// effect: a reader finds the earlier state or the new one, whole; the next
/// push brings the rest.
#[test]
fn whichever_request_fails_a_reader_finds_a_whole_state_r42() {
    for mode in [Mode::Before, Mode::After] {
        let mut failures = 0;
        let mut at = 0;
        loop {
            let done = runtime().block_on(async {
                let inner = Arc::new(InMemory::new());
                let failing = Arc::new(Failing::over(inner.clone()));
                let store = over(failing.clone());
                let reader = over(inner);
                let lake = Sample::new();
                let first = lake.publish(1);
                push_at(&store, &lake, in_hours(2)).await.unwrap();
                lake.publish(2);
                push_at(&store, &lake, in_hours(2)).await.unwrap();
                let third = lake.publish(3);
                failing.fail(at, mode);
                let pushed = push_at(&store, &lake, in_hours(2)).await;
                let state = whole(&reader).await.unwrap();
                assert!(state.snapshot_id > first);
                if pushed.is_ok() {
                    assert_eq!(state.snapshot_id, third, "request {at}, {mode:?}");
                }
                let failed = failing.has_failed();
                failing.never();
                push_at(&store, &lake, in_hours(2)).await.unwrap();
                assert_eq!(whole(&reader).await.unwrap().snapshot_id, third);
                failures += usize::from(failed);
                !failed
            });
            if done {
                break;
            }
            at += 1;
        }
        // Eight files, one of them in three parts with a beginning and an end;
        // the document, the switch, and the sweep of the first snapshot.
        assert!(failures >= 14, "{failures} requests failed");
    }
}

#[test]
fn of_two_publishers_at_once_the_later_snapshot_wins() {
    runtime().block_on(async {
        let store = over(Arc::new(InMemory::new()));
        let lake = Sample::new();
        lake.publish(1);
        push_at(&store, &lake, in_hours(0)).await.unwrap();
        lake.publish(2);
        let earlier = lake.bundle(in_hours(0));
        let third = lake.publish(3);
        let later = lake.bundle(in_hours(0));
        let (early_options, late_options) = (options(in_hours(0)), options(in_hours(0)));
        let (one, two) = tokio::join!(
            push(&store, &earlier, &early_options),
            push(&store, &later, &late_options)
        );
        two.unwrap();
        if let Err(error) = one {
            assert!(matches!(error, RemoteError::Refused { .. }), "{error}");
        }
        assert_eq!(whole(&store).await.unwrap().snapshot_id, third);
    });
}

#[test]
fn what_somebody_took_away_or_changed_is_found_and_brought_again() {
    runtime().block_on(async {
        let store = over(Arc::new(InMemory::new()));
        let lake = Sample::new();
        let id = lake.publish(1);
        push_at(&store, &lake, in_hours(0)).await.unwrap();
        let (drug, big) =
            (format!("snapshots/{id}/drug.parquet"), format!("snapshots/{id}/big.parquet"));
        store.remove(&drug).await.unwrap();
        store.put(&big, b"short".to_vec(), regatta_lake::Sha256::of(b"short")).await.unwrap();
        let state = served(&store).await.unwrap().unwrap();
        let found = crate::check(&store, &state, |_| ()).await.unwrap().findings;
        assert_eq!(found.len(), 2);
        assert!(found[0].url.starts_with("s3://data/drugs/regatta/snapshots/"), "{}", found[0].url);
        let report = push_at(&store, &lake, in_hours(0)).await.unwrap();
        assert_eq!((report.outcome, report.uploaded), (Outcome::Unchanged, 2));
        whole(&store).await.unwrap();
    });
}

#[test]
fn a_damaged_file_of_the_lake_is_not_passed_on() {
    runtime().block_on(async {
        for table in ["drug", "big"] {
            let store = over(Arc::new(InMemory::new()));
            let lake = Sample::new();
            lake.publish(1);
            push_at(&store, &lake, in_hours(0)).await.unwrap();
            let second = lake.publish(2);
            lake.flip_a_byte(&second, table);
            let error = push_at(&store, &lake, in_hours(0)).await.unwrap_err();
            assert!(error.to_string().contains("is damaged"), "{error}");
            assert_eq!(whole(&store).await.unwrap().snapshot_id, sample::id(1));
        }
    });
}

#[test]
fn something_else_under_the_name_of_the_state_is_not_replaced() {
    runtime().block_on(async {
        let store = over(Arc::new(InMemory::new()));
        let lake = Sample::new();
        lake.publish(1);
        for text in ["{\"format\": 2}", "not json"] {
            let bytes = text.as_bytes();
            store
                .put("current.json", bytes.to_vec(), regatta_lake::Sha256::of(bytes))
                .await
                .unwrap();
            let error = push_at(&store, &lake, in_hours(0)).await.unwrap_err();
            assert!(
                error.to_string().contains("s3://data/drugs/regatta/current.json: expected"),
                "{error}"
            );
        }
    });
}
