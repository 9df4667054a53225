//! A lake of a few files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};

use jiff::Timestamp;
use regatta_lake::{
    Lake, Sha256, SnapshotId, SnapshotManifest, SnapshotRef, SnapshotTable, current_snapshot,
    hash_file, publish_snapshot, snapshot_ref,
};

use crate::{Bundle, RemoteError};

/// A lake in a temporary folder.
pub(super) struct Sample {
    folder: tempfile::TempDir,
    lake: Lake,
    published: RefCell<BTreeMap<u32, SnapshotId>>,
}

/// The snapshot of a day.
pub(super) fn id(day: u32) -> SnapshotId {
    SnapshotId::at(made(day))
}

fn made(day: u32) -> Timestamp {
    format!("2026-11-{day:02}T08:15:00Z").parse().unwrap()
}

impl Sample {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(&folder.path().join("lake")).unwrap();
        let sample = Self { folder, lake, published: RefCell::default() };
        sample.ledger("first");
        sample
    }

    /// Publishes a snapshot of two tables, one larger than a part of an upload.
    pub(super) fn publish(&self, day: u32) -> SnapshotId {
        let id = id(day);
        let staged = self.folder.path().join("staged");
        fs::create_dir(&staged).unwrap();
        fs::write(staged.join("datapackage.json"), format!("{{\"day\": {day}}}\n")).unwrap();
        let mut tables = Vec::new();
        for (name, bytes) in [("big", 150 * 1024), ("drug", 2_000)] {
            let file = staged.join(format!("{name}.parquet"));
            fs::write(&file, format!("{:08}", day * 7).repeat(bytes / 8)).unwrap();
            let (sha256, bytes) = hash_file(&file).unwrap();
            let path = format!("snapshots/{id}/{name}.parquet");
            tables.push(SnapshotTable { name: name.into(), path, rows: 10, bytes, sha256 });
        }
        let previous: Option<SnapshotRef> =
            current_snapshot(&self.lake).unwrap().map(|c| snapshot_ref(&self.lake, &c).unwrap());
        let manifest = SnapshotManifest {
            format: 1,
            schema_version: 2,
            snapshot_id: id.clone(),
            created_at: made(day),
            previous,
            inputs: BTreeMap::new(),
            dictionaries_sha256: Sha256::of(b""),
            rules_version: 1,
            tables,
            files: Vec::new(),
            changes: Vec::new(),
        };
        publish_snapshot(&self.lake, &staged, &manifest).unwrap();
        // As in a refresh: the file comes after the first publish.
        if !self.lake.duckdb_file().exists() {
            self.duckdb("first");
        }
        self.published.borrow_mut().insert(day, id.clone());
        id
    }

    /// Takes the folder of a snapshot away, as a sweep of the lake does.
    pub(super) fn forget(&self, day: u32) {
        fs::remove_dir_all(self.lake.snapshot_dir(&self.published.borrow()[&day])).unwrap();
    }

    pub(super) fn ledger(&self, text: &str) {
        fs::create_dir_all(self.lake.ledger_dir()).unwrap();
        for name in ["source", "run", "fetch"] {
            let file = self.lake.ledger_dir().join(format!("{name}.parquet"));
            fs::write(file, format!("{name} {text}")).unwrap();
        }
    }

    pub(super) fn duckdb(&self, text: &str) {
        fs::create_dir_all(self.lake.duckdb_file().parent().unwrap()).unwrap();
        fs::write(self.lake.duckdb_file(), text).unwrap();
    }

    pub(super) fn flip_a_byte(&self, id: &SnapshotId, table: &str) {
        let file = self.lake.snapshot_dir(id).join(format!("{table}.parquet"));
        let mut bytes = fs::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&file, bytes).unwrap();
    }

    pub(super) fn bundle(&self, as_of: Timestamp) -> Bundle {
        let duckdb = |_: &SnapshotId| Ok(Some(File::open(self.lake.duckdb_file()).unwrap()));
        Bundle::open::<RemoteError>(&self.lake, as_of, duckdb).unwrap().unwrap()
    }
}
