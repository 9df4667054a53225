//! Where everything in a lake lies.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::atomic::make_folders;
use crate::under_way::UnderWay;
use crate::{Archive, InProgress, LakeError, RunId, Sha256, SnapshotId, SourceId, write_atomic};

/// The format of the layout that this version reads and writes.
pub const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct LakeFile {
    format: u32,
}

/// A lake on a local disk. Its clones know of the runs under way in each other;
/// one that is opened anew does not.
#[derive(Clone, Debug)]
pub struct Lake {
    root: PathBuf,
    under_way: UnderWay,
}

impl Lake {
    /// Opens the lake at `root`, making an empty one where there is none.
    ///
    /// # Errors
    /// When the folder cannot be made or has another format.
    pub fn open_or_create(root: &Path) -> Result<Self, LakeError> {
        let marker = root.join("lake.json");
        if !marker.exists() {
            fs::create_dir_all(root).map_err(LakeError::io("cannot create", root))?;
            let text = format!("{{\"format\":{FORMAT}}}\n");
            write_atomic(&marker, text.as_bytes())?;
        }
        Self::open(root)
    }

    /// Opens an existing lake.
    ///
    /// # Errors
    /// [`LakeError::Io`] when there is none, or it may not be read; when it has
    /// another format.
    pub fn open(root: &Path) -> Result<Self, LakeError> {
        let marker = root.join("lake.json");
        let text = fs::read(&marker).map_err(LakeError::io("cannot read", &marker))?;
        let found: LakeFile =
            serde_json::from_slice(&text).map_err(|e| LakeError::damaged(&marker, e))?;
        if found.format != FORMAT {
            return Err(LakeError::Format {
                path: root.to_owned(),
                found: found.format,
                expected: FORMAT,
            });
        }
        let root = root.canonicalize().map_err(LakeError::io("cannot resolve", root))?;
        Ok(Self { root, under_way: UnderWay::default() })
    }

    /// That there still is a lake at its root.
    ///
    /// # Errors
    /// [`LakeError::Gone`] where there is none.
    pub fn check(&self) -> Result<(), LakeError> {
        if self.root.join("lake.json").exists() {
            return Ok(());
        }
        Err(LakeError::Gone { path: self.root.clone() })
    }

    /// Makes a folder in the lake and those above it, where they are not there yet,
    /// and flushes them; never the lake itself, which may have been moved or
    /// unmounted.
    ///
    /// # Errors
    /// [`LakeError::Gone`]; when the folder cannot be made.
    pub fn make_dir(&self, folder: &Path) -> Result<(), LakeError> {
        self.check()?;
        make_folders(folder)
    }

    /// The lake's folder, absolute.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The archive of original bytes.
    #[must_use]
    pub fn archive(&self) -> Archive {
        Archive::new(self.root.join("bodies"), self.under_way.clone())
    }

    /// A run begins: until what this gives is dropped, which is to be after the
    /// commit of its manifest, no sweep takes away what it puts into the lake.
    pub fn run_begins(&self, source: &SourceId, run: &RunId) -> InProgress {
        self.under_way.run(source, run)
    }

    pub(crate) fn under_way(&self) -> &UnderWay {
        &self.under_way
    }

    /// The folder of a run's raw Parquet files.
    #[must_use]
    pub fn raw_dir(&self, source: &SourceId, run: &RunId) -> PathBuf {
        self.root.join("raw").join(source.as_str()).join(run.as_str())
    }

    /// The folder of all runs of a source.
    #[must_use]
    pub fn runs_dir(&self, source: &SourceId) -> PathBuf {
        self.root.join("runs").join(source.as_str())
    }

    /// The folder of one run's manifest.
    #[must_use]
    pub fn run_dir(&self, source: &SourceId, run: &RunId) -> PathBuf {
        self.runs_dir(source).join(run.as_str())
    }

    /// The folder of one snapshot.
    #[must_use]
    pub fn snapshot_dir(&self, id: &SnapshotId) -> PathBuf {
        self.snapshots_dir().join(id.as_str())
    }

    /// The folder of all snapshots.
    #[must_use]
    pub fn snapshots_dir(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// The file whose rename publishes a snapshot.
    #[must_use]
    pub fn current_file(&self) -> PathBuf {
        self.root.join("current.json")
    }

    /// The `DuckDB` file that analysts open.
    #[must_use]
    pub fn duckdb_file(&self) -> PathBuf {
        self.root.join("warehouse").join("regatta.duckdb")
    }

    /// The folder of the tables `source`, `run` and `fetch`.
    #[must_use]
    pub fn ledger_dir(&self) -> PathBuf {
        self.root.join("ledger")
    }

    /// The folder of the records of refreshes.
    #[must_use]
    pub fn refreshes_dir(&self) -> PathBuf {
        self.root.join("refreshes")
    }

    /// The snapshot that a transform has made and that is not yet published.
    #[must_use]
    pub fn staged_dir(&self) -> PathBuf {
        self.root.join("staged")
    }

    /// The folder of robots.txt files as last fetched.
    #[must_use]
    pub fn robots_dir(&self) -> PathBuf {
        self.root.join("robots")
    }

    /// The folder of journals: what crawls that did not finish have fetched.
    #[must_use]
    pub fn journals_dir(&self) -> PathBuf {
        self.root.join("journals")
    }

    /// The journal of one source: one JSON line per finished request.
    #[must_use]
    pub fn journal_file(&self, source: &SourceId) -> PathBuf {
        self.journals_dir().join(format!("{source}.jsonl"))
    }

    /// The folder of alerts: their state, outbox and profiles of snapshots.
    #[must_use]
    pub fn alerts_dir(&self) -> PathBuf {
        self.root.join("alerts")
    }

    /// The folder of what polls of feeds of changes came to.
    #[must_use]
    pub fn feeds_dir(&self) -> PathBuf {
        self.root.join("feeds")
    }

    /// What the last poll of one source's feed came to.
    #[must_use]
    pub fn feed_file(&self, source: &SourceId) -> PathBuf {
        self.feeds_dir().join(format!("{source}.json"))
    }

    /// The file that marks a lake of made-up rows, which `regatta demo` fills.
    #[must_use]
    pub fn demo_file(&self) -> PathBuf {
        self.root.join("demo")
    }

    /// The writer's lock file.
    #[must_use]
    pub fn lock_file(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// A fresh folder for unfinished work, on the same file system as its
    /// later place. It is removed when dropped.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn scratch(&self) -> Result<tempfile::TempDir, LakeError> {
        let tmp = self.tmp_dir();
        self.make_dir(&tmp)?;
        tempfile::tempdir_in(&tmp).map_err(LakeError::io("cannot create a folder in", &tmp))
    }

    /// Where unfinished work lies; the next writer empties it.
    #[must_use]
    pub fn tmp_dir(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// `path` as written into manifests: relative to the root, with `/`.
    #[must_use]
    pub fn relative(&self, path: &Path) -> String {
        let inner = path.strip_prefix(&self.root).unwrap_or(path);
        inner.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    /// The size and digest of a file of the lake, with its manifest path.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn describe(&self, path: &Path) -> Result<(String, Sha256, u64), LakeError> {
        let (sha256, bytes) = crate::hash_file(path)?;
        Ok((self.relative(path), sha256, bytes))
    }
}
