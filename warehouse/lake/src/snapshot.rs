//! The manifest of one published state of all tables.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{RunId, Sha256, SnapshotId, SourceId};

/// A published state of all tables. The file `current.json` is a copy of the
/// manifest of the snapshot being served; renaming it into place publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotManifest {
    /// Layout of this file.
    pub format: u32,
    /// Version of the table schemas (`warehouse/lake/src/schema`).
    pub schema_version: u32,
    /// This snapshot.
    pub snapshot_id: SnapshotId,
    /// When it was made.
    pub created_at: Timestamp,
    /// The snapshot before it and the digest of its manifest.
    pub previous: Option<SnapshotRef>,
    /// The raw data it was made from, by source.
    pub inputs: BTreeMap<SourceId, SnapshotInput>,
    /// Digest of all dictionaries applied, and of the order of regions that name
    /// the holder (R30) where it is not the default.
    pub dictionaries_sha256: Sha256,
    /// Version of the rules in code.
    pub rules_version: u32,
    /// The tables, by name.
    pub tables: Vec<SnapshotTable>,
    /// Files beside the tables: `datapackage.json`. Snapshots of earlier
    /// versions have none.
    #[serde(default)]
    pub files: Vec<SnapshotFile>,
    /// What changed since the snapshot before, counted.
    pub changes: Vec<ChangeCount>,
}

/// A link of the chain of snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotRef {
    /// The earlier snapshot.
    pub snapshot_id: SnapshotId,
    /// sha256 of its `manifest.json`.
    pub sha256: Sha256,
}

/// The raw data of one source in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotInput {
    /// The run that wrote the raw tables.
    pub data_run_id: RunId,
    /// sha256 of the manifest of that run.
    pub manifest_sha256: Sha256,
}

/// One table file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotTable {
    /// Table name.
    pub name: String,
    /// Path from the lake's root.
    pub path: String,
    /// Rows.
    pub rows: u64,
    /// Size, bytes.
    pub bytes: u64,
    /// Digest.
    pub sha256: Sha256,
}

/// A file of a snapshot that is no table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotFile {
    /// Path from the lake's root.
    pub path: String,
    /// Size, bytes.
    pub bytes: u64,
    /// Digest.
    pub sha256: Sha256,
}

/// How many entities changed, by source and kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeCount {
    /// Source, or empty for entities over all sources.
    pub source_id: String,
    /// `listing`, `drug`, …
    pub entity: String,
    /// `appeared`, `vanished`, `changed`.
    pub change: String,
    /// Entities, not fields.
    pub count: u64,
}

impl SnapshotManifest {
    /// A table of the snapshot.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&SnapshotTable> {
        self.tables.iter().find(|t| t.name == name)
    }

    /// The tables, data and rules are those of `other`: publishing this one
    /// would tell a reader nothing new.
    #[must_use]
    pub fn same_inputs(&self, other: &Self) -> bool {
        self.schema_version == other.schema_version
            && self.rules_version == other.rules_version
            && self.dictionaries_sha256 == other.dictionaries_sha256
            && self.inputs == other.inputs
    }
}
