use std::path::Path;

use super::*;
use crate::run::{Attempt, Counted, Fetch, FetchOutcome};
use crate::run_files::pack;
use crate::{RunStatus, WriterLock, collect_garbage, verify};

fn at(day: u32) -> jiff::Timestamp {
    format!("2026-11-{day:02}T05:00:00Z").parse().unwrap()
}

/// Commits a run of `day` with two fetches; its data is that of the run of `data`.
fn commit(lake: &Lake, day: u32, status: RunStatus, data: Option<u32>, feed_of: Option<u32>) {
    let source: SourceId = "cn_nmpa".parse().unwrap();
    let fetch = |number: u64| Fetch {
        key: format!("GET https://example.org/{day}/{number}"),
        url: format!("https://example.org/{day}/{number}"),
        outcome: FetchOutcome::Fetched,
        attempts: vec![Attempt { at: at(day), status: Some(200), problem: None, waited_ms: 0 }],
        fetched_at: Some(at(day)),
        checked_at: at(day),
        wire_bytes: 10 * number,
        body_bytes: 20,
        body_sha256: None,
        etag: None,
        last_modified: None,
        content_type: None,
        fingerprint: None,
        problem: None,
        duration_ms: 1,
    };
    let manifest = RunManifest {
        format: crate::FORMAT,
        run_id: RunId::at(at(day)),
        source_id: source.clone(),
        started_at: at(day),
        finished_at: at(day),
        status,
        failure: None,
        data_run_id: data.map(|day| RunId::at(at(day))),
        feed_of: feed_of.map(|day| RunId::at(at(day))),
        seen_whole_at: None,
        parser_version: 1,
        fetches: vec![fetch(1), fetch(2)],
        counted: None,
        tables: Vec::new(),
        issues: Vec::new(),
        unread: Vec::new(),
        gates: Vec::new(),
        steps: Vec::new(),
        previous: PreviousRun::newest(lake, &source).unwrap(),
    };
    manifest.commit(lake).unwrap();
}

/// A crawl that nothing rests on any more, the crawl whose rows are served, one
/// that failed, one that found the same, a poll that built on the rows, and one
/// that failed.
fn lake_with_a_past(folder: &Path) -> Lake {
    let lake = Lake::open_or_create(folder).unwrap();
    commit(&lake, 1, RunStatus::Ok, Some(1), None);
    commit(&lake, 2, RunStatus::Ok, Some(2), None);
    commit(&lake, 3, RunStatus::Failed, None, None);
    commit(&lake, 4, RunStatus::Unchanged, Some(2), None);
    commit(&lake, 5, RunStatus::Ok, Some(5), Some(2));
    commit(&lake, 6, RunStatus::Blocked, None, None);
    lake
}

fn whole(lake: &Lake) -> Vec<bool> {
    let history = history(lake, &"cn_nmpa".parse().unwrap()).unwrap();
    assert!(history.runs.iter().all(|r| (r.requests(), r.wire_bytes()) == (2, 30)));
    history
        .runs
        .iter()
        .map(|run| {
            assert_eq!(run.fetches.is_empty(), run.counted.is_some());
            run.counted.is_none()
        })
        .collect()
}

#[test]
fn runs_that_nothing_rests_on_come_without_their_fetches() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_a_past(folder.path());
    let expected = [false, true, false, true, true, true];
    assert_eq!(whole(&lake), expected);
    let source: SourceId = "cn_nmpa".parse().unwrap();
    let newest = run_summaries(&lake, &source, 2).unwrap();
    let ids: Vec<&RunId> = newest.iter().map(|r| &r.run_id).collect();
    assert_eq!(ids, [&RunId::at(at(5)), &RunId::at(at(6))]);
    let counted = Some(Counted { requests: 2, wire_bytes: 30 });
    assert!(newest.iter().all(|r| r.fetches.is_empty() && r.counted == counted));
    // Of runs of earlier versions there is no summary until they are swept.
    for manifest in manifest_files(&lake, &source).unwrap() {
        fs::remove_file(manifest.with_file_name(SUMMARY_FILE)).unwrap();
    }
    assert_eq!(whole(&lake), expected);
    swept(&lake);
    for manifest in manifest_files(&lake, &source).unwrap() {
        assert!(manifest.with_file_name(SUMMARY_FILE).exists());
    }
    assert_eq!(verify(&lake, |_| ()).unwrap().findings, []);
}

fn swept(lake: &Lake) {
    let lock = WriterLock::acquire(lake).unwrap();
    let _ = collect_garbage(lake, 1, &lock).unwrap();
}

#[test]
fn the_manifest_of_a_run_that_ends_during_a_sweep_is_not_packed() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_a_past(folder.path());
    let source: SourceId = "cn_nmpa".parse().unwrap();
    // The sweep has read the history, and packs all of it.
    let closed = history(&lake, &source).unwrap().runs.into_iter().map(|r| r.run_id).collect();
    commit(&lake, 7, RunStatus::Ok, Some(7), None);
    pack(&lake, &source, &closed).unwrap();
    let is_packed: Vec<bool> =
        manifest_files(&lake, &source).unwrap().iter().map(|file| !file.exists()).collect();
    assert_eq!(is_packed, [true, true, true, true, true, true, false]);
    assert_eq!(verify(&lake, |_| ()).unwrap().findings, []);
}

#[test]
fn manifests_that_nothing_rests_on_are_packed_and_the_chain_goes_on_through_them() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_a_past(folder.path());
    let source: SourceId = "cn_nmpa".parse().unwrap();
    let files = manifest_files(&lake, &source).unwrap();
    let texts: Vec<Vec<u8>> = files.iter().map(|file| read_text(file).unwrap()).collect();
    let before = run_manifests(&lake, &source).unwrap();
    swept(&lake);
    swept(&lake);
    let there: Vec<bool> = files.iter().map(|file| file.exists()).collect();
    assert_eq!(there, [false, true, false, true, true, true]);
    assert_eq!(manifest_files(&lake, &source).unwrap(), files);
    let now: Vec<Vec<u8>> = files.iter().map(|file| read_text(file).unwrap()).collect();
    assert_eq!(now, texts);
    let ids =
        |runs: &[RunManifest]| -> Vec<RunId> { runs.iter().map(|r| r.run_id.clone()).collect() };
    assert_eq!(ids(&run_manifests(&lake, &source).unwrap()), ids(&before));
    assert_eq!(whole(&lake), [false, true, false, true, true, true]);
    assert_eq!(verify(&lake, |_| ()).unwrap().findings, []);
    commit(&lake, 7, RunStatus::Ok, Some(7), None);
    swept(&lake);
    assert_eq!(verify(&lake, |_| ()).unwrap().findings, []);
    // A flipped byte is found in there too.
    let packed = files[0].with_file_name("manifest.json.zst");
    let mut bytes = fs::read(&packed).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&packed, &bytes).unwrap();
    assert!(!verify(&lake, |_| ()).unwrap().findings.is_empty());
}

#[test]
fn a_summary_that_is_not_its_manifest_is_found_and_one_that_is_none_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_a_past(folder.path());
    let files = manifest_files(&lake, &"cn_nmpa".parse().unwrap()).unwrap();
    let summary = files[0].with_file_name(SUMMARY_FILE);
    let text = fs::read_to_string(&summary).unwrap();
    fs::write(&summary, text.replace("\"wire_bytes\": 30", "\"wire_bytes\": 31")).unwrap();
    let findings = verify(&lake, |_| ()).unwrap().findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].path, lake.relative(&summary));
    fs::write(&summary, &text[..text.len() / 2]).unwrap();
    assert_eq!(verify(&lake, |_| ()).unwrap().findings.len(), 1);
    assert_eq!(whole(&lake).len(), 6);
}

#[test]
fn ids_go_on_when_the_clock_steps_back_and_a_name_that_is_no_time_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(folder.path()).unwrap();
    let source: SourceId = "cn_nmpa".parse().unwrap();
    assert_eq!(next_run_id(&lake, &source, at(1)).unwrap(), RunId::at(at(1)));
    commit(&lake, 2, RunStatus::Ok, Some(2), None);
    assert_eq!(next_run_id(&lake, &source, at(1)).unwrap().as_str(), "20261102T050000001Z");
    assert_eq!(next_run_id(&lake, &source, at(2)).unwrap().as_str(), "20261102T050000001Z");
    assert_eq!(next_run_id(&lake, &source, at(3)).unwrap(), RunId::at(at(3)));

    let file = lake.run_dir(&source, &RunId::at(at(2))).join(MANIFEST);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("20261102T050000000Z", "last")).unwrap();
    let refused = next_run_id(&lake, &source, at(3));
    assert!(matches!(refused, Err(LakeError::Damaged { .. })), "{refused:?}");
}
