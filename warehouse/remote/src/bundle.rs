//! What is to be uploaded: the current snapshot of a lake, held open.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use regatta_lake::{
    Lake, LakeError, Sha256, SnapshotId, SnapshotManifest, SnapshotRef, check_duckdb_file,
    current_snapshot, duckdb_digests, published_snapshots, schema, snapshot_ref,
};

use crate::RemoteError;
use crate::document::{FORMAT, Served, ServedFile, short};

/// The current snapshot of a lake with its ledger tables and, where given, the
/// `DuckDB` file. All files are open: a refresh or a sweep of the lake at the
/// same time takes their names away, not their bytes.
#[derive(Debug)]
pub struct Bundle {
    /// The snapshot.
    pub manifest: SnapshotManifest,
    /// When the state was read from the lake.
    pub as_of: Timestamp,
    /// Digest of the manifest.
    pub(crate) manifest_sha256: Sha256,
    /// The snapshots before it that the lake knows of, newest first.
    pub(crate) ancestors: Vec<SnapshotRef>,
    /// No snapshot came before the last of them.
    pub(crate) from_the_first: bool,
    /// Its files.
    pub files: Vec<BundleFile>,
}

/// One file to upload.
#[derive(Clone, Debug)]
pub struct BundleFile {
    /// What it is.
    pub role: Role,
    /// How the state lists it.
    pub entry: ServedFile,
    /// Where it was found.
    pub local: PathBuf,
    pub(crate) file: Arc<File>,
}

/// What a file of a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A table of the snapshot.
    Table,
    /// A table that changes with every run.
    Ledger,
    /// The manifest, the data package.
    Other,
    /// The `DuckDB` file.
    DuckDb,
}

/// Tries when a sweep of the lake takes a snapshot away that is being opened.
const TRIES: u32 = 5;

impl Bundle {
    /// Opens the current snapshot; none where nothing is published. `duckdb`
    /// opens the `DuckDB` file of the snapshot it is asked for, or gives none.
    ///
    /// # Errors
    /// When the lake cannot be read, or a file is not of the size its manifest
    /// says; what `duckdb` fails with.
    pub fn open<E: From<RemoteError>>(
        lake: &Lake,
        as_of: Timestamp,
        duckdb: impl Fn(&SnapshotId) -> Result<Option<File>, E>,
    ) -> Result<Option<Self>, E> {
        let mut tries = 1;
        loop {
            match Self::open_once(lake, as_of) {
                Ok(None) => return Ok(None),
                Ok(Some(mut bundle)) => {
                    if let Some(file) = duckdb(&bundle.manifest.snapshot_id)? {
                        bundle.add_duckdb(lake, file)?;
                    }
                    return Ok(Some(bundle));
                }
                Err(error) if tries < TRIES && vanished(&error) => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn open_once(lake: &Lake, as_of: Timestamp) -> Result<Option<Self>, RemoteError> {
        let Some(manifest) = current_snapshot(lake)? else { return Ok(None) };
        let folder = lake.snapshot_dir(&manifest.snapshot_id);
        let mut files = Vec::new();
        for table in &manifest.tables {
            let local = lake.root().join(&table.path);
            let file = open(&local)?;
            let entry = ServedFile {
                name: table.name.clone(),
                path: format!("snapshots/{}/{}", manifest.snapshot_id, file_name(&local)),
                rows: Some(table.rows),
                bytes: table.bytes,
                sha256: table.sha256,
            };
            let found = file.metadata().map_err(RemoteError::io(&local))?.len();
            if found != table.bytes {
                return Err(LakeError::Damaged {
                    path: local,
                    reason: format!("its manifest says {} bytes, found {found}", table.bytes),
                }
                .into());
            }
            files.push(BundleFile { role: Role::Table, entry, local, file: Arc::new(file) });
        }
        for local in others(&folder, &files)? {
            let path = format!("snapshots/{}/{}", manifest.snapshot_id, file_name(&local));
            files.push(hashed(Role::Other, file_name(&local), |_| path.clone(), local)?);
        }
        for name in schema::LEDGER {
            let local = lake.ledger_dir().join(format!("{name}.parquet"));
            if local.exists() {
                let path = |sha: Sha256| {
                    format!(
                        "snapshots/{}/ledger/{}/{name}.parquet",
                        manifest.snapshot_id,
                        short(sha)
                    )
                };
                files.push(hashed(Role::Ledger, (*name).to_owned(), path, local)?);
            }
        }
        let chain = published_snapshots(lake)?;
        let ancestors: Vec<SnapshotRef> = chain.iter().filter_map(|s| s.previous.clone()).collect();
        let from_the_first = chain.last().is_none_or(|s| s.previous.is_none());
        let manifest_sha256 = snapshot_ref(lake, &manifest)?.sha256;
        Ok(Some(Self { manifest, as_of, manifest_sha256, ancestors, from_the_first, files }))
    }

    fn add_duckdb(&mut self, lake: &Lake, mut file: File) -> Result<(), RemoteError> {
        let local = lake.duckdb_file();
        let (sha256, bytes) = Sha256::of_reader(&mut file).map_err(RemoteError::io(&local))?;
        let built = duckdb_digests(lake)?;
        if !built.is_empty() && !built.contains(&sha256) {
            // Says what is expected, and what is there.
            check_duckdb_file(lake)?;
        }
        let entry = ServedFile {
            name: "regatta.duckdb".to_owned(),
            path: format!(
                "snapshots/{}/duckdb/{}/regatta.duckdb",
                self.manifest.snapshot_id,
                short(sha256)
            ),
            rows: None,
            bytes,
            sha256,
        };
        self.files.push(BundleFile { role: Role::DuckDb, entry, local, file: Arc::new(file) });
        Ok(())
    }

    /// The state that these files are, keeping nothing yet.
    pub(crate) fn served(&self) -> Served {
        let mut tables: Vec<ServedFile> = self
            .files
            .iter()
            .filter(|f| matches!(f.role, Role::Table | Role::Ledger))
            .map(|f| f.entry.clone())
            .collect();
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        let mut files: Vec<ServedFile> = self
            .files
            .iter()
            .filter(|f| matches!(f.role, Role::Other | Role::DuckDb))
            .map(|f| f.entry.clone())
            .collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Served {
            format: FORMAT,
            snapshot_id: self.manifest.snapshot_id.clone(),
            created_at: self.manifest.created_at,
            as_of: self.as_of,
            schema_version: self.manifest.schema_version,
            manifest_sha256: self.manifest_sha256,
            tables,
            files,
            kept: Vec::new(),
        }
    }
}

/// Files of the snapshot's folder that are no tables.
fn others(folder: &Path, tables: &[BundleFile]) -> Result<Vec<PathBuf>, RemoteError> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(RemoteError::io(folder))? {
        let path = entry.map_err(RemoteError::io(folder))?.path();
        if path.is_file() && !tables.iter().any(|t| t.local == path) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn hashed(
    role: Role,
    name: String,
    path: impl Fn(Sha256) -> String,
    local: PathBuf,
) -> Result<BundleFile, RemoteError> {
    let mut file = open(&local)?;
    let (sha256, bytes) = Sha256::of_reader(&mut file).map_err(RemoteError::io(&local))?;
    file.seek(SeekFrom::Start(0)).map_err(RemoteError::io(&local))?;
    let entry = ServedFile { name, path: path(sha256), rows: None, bytes, sha256 };
    Ok(BundleFile { role, entry, local, file: Arc::new(file) })
}

fn open(path: &Path) -> Result<File, RemoteError> {
    File::open(path).map_err(RemoteError::io(path))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn vanished(error: &RemoteError) -> bool {
    match error {
        RemoteError::Io { source, .. } | RemoteError::Lake(LakeError::Io { source, .. }) => {
            source.kind() == std::io::ErrorKind::NotFound
        }
        _ => false,
    }
}
