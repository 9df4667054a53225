//! The document `current.json`: which state is served, and its files.

use jiff::Timestamp;
use regatta_lake::{Sha256, SnapshotId};
use serde::{Deserialize, Serialize};

/// Layout of the store that this version reads and writes.
pub const FORMAT: u32 = 1;

/// The object whose put switches, below the prefix.
pub const CURRENT: &str = "current.json";

/// One state of the store, whole: a snapshot, with the ledger tables and the
/// `DuckDB` file that belong to it. Later versions may add fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Layout of the store.
    pub format: u32,
    /// The snapshot.
    pub snapshot_id: SnapshotId,
    /// When the snapshot was made.
    pub created_at: Timestamp,
    /// When this state was read from the lake: orders states of one snapshot,
    /// which differ in their ledger tables.
    pub as_of: Timestamp,
    /// Version of the table schemas.
    pub schema_version: u32,
    /// sha256 of the snapshot's manifest.
    pub manifest_sha256: Sha256,
    /// The tables, by name.
    pub tables: Vec<ServedFile>,
    /// Everything else: `manifest.json`, `datapackage.json`, `regatta.duckdb`.
    pub files: Vec<ServedFile>,
    /// Earlier states that can still be read, newest first.
    pub kept: Vec<Kept>,
}

/// One object of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedFile {
    /// Table name, or file name.
    pub name: String,
    /// Key below the prefix.
    pub path: String,
    /// Rows, where the snapshot's manifest says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Size, bytes.
    pub bytes: u64,
    /// Digest.
    pub sha256: Sha256,
}

/// An earlier state: its own document, the bytes that `current.json` was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its snapshot.
    pub snapshot_id: SnapshotId,
    /// Key of the document below the prefix.
    pub path: String,
    /// Digest of the document.
    pub sha256: Sha256,
}

impl Served {
    /// All objects of the state.
    pub fn objects(&self) -> impl Iterator<Item = &ServedFile> {
        self.tables.iter().chain(&self.files)
    }

    /// The object at this key.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&ServedFile> {
        self.objects().find(|f| f.path == path)
    }

    /// A file that is no table.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&ServedFile> {
        self.files.iter().find(|f| f.name == name)
    }

    /// The same snapshot with the same files: serving `other` instead would
    /// tell a reader nothing new.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.snapshot_id == other.snapshot_id
            && self.manifest_sha256 == other.manifest_sha256
            && self.tables == other.tables
            && self.files == other.files
    }

    /// The bytes of the document, and where a copy of them lies for good.
    pub(crate) fn text(&self) -> Result<(Vec<u8>, Kept), serde_json::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        let kept = document_of(&self.snapshot_id, Sha256::of(&text));
        Ok((text, kept))
    }
}

/// Where the document with this digest lies.
pub(crate) fn document_of(snapshot: &SnapshotId, sha256: Sha256) -> Kept {
    let path = format!("snapshots/{snapshot}/served/{}.json", short(sha256));
    Kept { snapshot_id: snapshot.clone(), path, sha256 }
}

/// The first 16 digits: enough to tell the states of one snapshot apart; the
/// whole digest stands in the document.
pub(crate) fn short(sha256: Sha256) -> String {
    sha256.to_string()[..16].to_owned()
}

/// What the next state keeps: the state before it, whatever that was, because
/// somebody may be reading it; then the last state of each earlier snapshot, so
/// that `keep` snapshots are there in all (two at least).
pub(crate) fn kept_after(
    before: Option<(&Served, Sha256)>,
    next: &SnapshotId,
    keep: usize,
) -> Vec<Kept> {
    let Some((before, sha256)) = before else { return Vec::new() };
    let mut kept = vec![document_of(&before.snapshot_id, sha256)];
    let mut seen = vec![next, &before.snapshot_id];
    for earlier in &before.kept {
        if !seen.contains(&&earlier.snapshot_id) {
            seen.push(&earlier.snapshot_id);
            kept.push(earlier.clone());
        }
    }
    let mut snapshots = 1;
    kept.retain(|k| {
        snapshots += usize::from(k.snapshot_id != *next);
        snapshots <= keep.max(2)
    });
    kept
}
