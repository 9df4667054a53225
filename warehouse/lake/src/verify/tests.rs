//! What is found that no chain of manifests tells.

use super::*;
use crate::publish_snapshot;

/// A lake with one snapshot of one table.
fn published(root: &Path) -> (Lake, SnapshotManifest) {
    let lake = Lake::open_or_create(root).unwrap();
    let id = "20261123T120000Z";
    let rows = b"rows";
    let folder = lake.scratch().unwrap().keep();
    fs::write(folder.join("drug.parquet"), rows).unwrap();
    let sha256 = Sha256::of(rows);
    let manifest: SnapshotManifest = serde_json::from_value(serde_json::json!({
        "format": 1, "schema_version": 1, "snapshot_id": id,
        "created_at": "2026-11-23T12:00:00Z", "previous": null, "inputs": {},
        "dictionaries_sha256": sha256, "rules_version": 1,
        "tables": [{
            "name": "drug", "path": format!("snapshots/{id}/drug.parquet"), "rows": 1,
            "bytes": rows.len(), "sha256": sha256,
        }],
        "changes": [],
    }))
    .unwrap();
    publish_snapshot(&lake, &folder, &manifest).unwrap();
    (lake, manifest)
}

#[test]
fn of_two_manifests_that_differ_the_tables_tell_which_was_altered() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, manifest) = published(folder.path());
    assert_eq!(verify(&lake, |_| ()).unwrap().findings, []);
    let own = lake.snapshot_dir(&manifest.snapshot_id).join("manifest.json");
    let good = fs::read_to_string(&own).unwrap();
    let other = Sha256::of(b"other rows").to_string();
    let sha256 = Sha256::of(b"rows").to_string();
    let (dictionaries, table) = good.split_once("\"tables\"").unwrap();
    let altered = format!("{dictionaries}\"tables\"{}", table.replace(&sha256, &other));
    let found = |path: &Path, text: &str| {
        fs::write(path, text).unwrap();
        let findings = verify(&lake, |_| ()).unwrap().findings;
        fs::write(path, &good).unwrap();
        findings.into_iter().map(|f| f.path).collect::<Vec<_>>()
    };
    let (own_path, table) = (lake.relative(&own), manifest.tables[0].path.clone());
    assert_eq!(found(&own, &altered), [own_path.as_str()]);
    assert_eq!(found(&own, &good[..good.len() / 2]), [own_path.as_str()]);
    // The tables are held against what is served, so they are told as well.
    assert_eq!(found(&lake.current_file(), &altered), ["current.json", table.as_str()]);
    // Nothing tells where both name the tables that are there.
    let later = good.replace("2026-11-23T12:00:00Z", "2026-11-24T12:00:00Z");
    assert_eq!(found(&own, &later), ["current.json"]);
    fs::remove_file(&own).unwrap();
    let findings = verify(&lake, |_| ()).unwrap().findings;
    assert_eq!(findings.iter().map(|f| &f.path).collect::<Vec<_>>(), [&own_path]);
}

#[test]
fn bodies_that_a_crawl_or_a_poll_will_take_up_again_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(folder.path()).unwrap();
    let source: SourceId = "us_test".parse().unwrap();
    let [journalled, polled, nobodys] = [b"in a journal".as_slice(), b"of a poll", b"nobody's"]
        .map(|body| {
            let sha = lake.archive().put(body).unwrap();
            let damaged = fs::read(lake.archive().path(sha)).unwrap();
            fs::write(lake.archive().path(sha), &damaged[..damaged.len() - 1]).unwrap();
            sha
        });
    let journal = format!("{{\"parser_version\":1}}\n{{\"body_sha256\":\"{journalled}\"}}\n{{\"b");
    lake.make_dir(&lake.journals_dir()).unwrap();
    fs::write(lake.journal_file(&source), journal).unwrap();
    let fetch = serde_json::json!({
        "key": "GET https://example.org/", "url": "https://example.org/", "outcome": "fetched",
        "attempts": [], "fetched_at": null, "checked_at": "2026-11-23T12:00:00Z",
        "wire_bytes": 1, "body_bytes": 1, "body_sha256": polled, "etag": null,
        "last_modified": null, "content_type": null, "fingerprint": null, "problem": null,
        "duration_ms": 1,
    });
    lake.make_dir(&lake.feeds_dir()).unwrap();
    let state = serde_json::json!({ "fetches": [fetch] }).to_string();
    fs::write(lake.feed_file(&source), state).unwrap();
    let report = verify(&lake, |_| ()).unwrap();
    let mut expected = [journalled, polled].map(|sha| lake.relative(&lake.archive().path(sha)));
    expected.sort();
    assert_eq!(report.findings.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), expected);
    assert_eq!(report.bodies, 2, "{nobodys} is what a sweep takes away");
}
