//! Reading and writing run manifests, and what they say together.

use std::fs;
use std::path::PathBuf;

use crate::run::PreviousRun;
use crate::{Lake, LakeError, RunId, RunManifest, Sha256, SourceId, install_dir};

/// The runs of one source, oldest first.
#[derive(Clone, Debug, Default)]
pub struct SourceHistory {
    /// All runs with a manifest.
    pub runs: Vec<RunManifest>,
}

impl SourceHistory {
    /// The latest run.
    #[must_use]
    pub fn last(&self) -> Option<&RunManifest> {
        self.runs.last()
    }

    /// The latest run whose data may be served.
    #[must_use]
    pub fn last_good(&self) -> Option<&RunManifest> {
        self.runs.iter().rev().find(|r| r.status.is_good())
    }

    /// The latest crawl or import: polls of a feed of changes do not count.
    #[must_use]
    pub fn last_crawl(&self) -> Option<&RunManifest> {
        self.runs.iter().rev().find(|r| !r.is_feed())
    }

    /// The latest crawl or import whose data may be served. Its end is the age
    /// of the source: a feed tells what changed, not that the rest still holds.
    #[must_use]
    pub fn last_good_crawl(&self) -> Option<&RunManifest> {
        self.runs.iter().rev().find(|r| r.status.is_good() && !r.is_feed())
    }

    /// The run and, for a poll of a feed, the runs whose rows it took over,
    /// newest first: together their fetches are behind its rows.
    #[must_use]
    pub fn with_bases<'a>(&'a self, run: &'a RunManifest) -> Vec<&'a RunManifest> {
        let mut all = vec![run];
        while let Some(base) = all.last().and_then(|r| r.feed_of.as_ref()) {
            // Ids only go back, so this ends even with a damaged manifest.
            let Some(run) = self
                .runs
                .iter()
                .find(|r| &r.run_id == base && all.iter().all(|a| a.run_id > r.run_id))
            else {
                break;
            };
            all.push(run);
        }
        all
    }

    /// The run whose raw tables are served now.
    #[must_use]
    pub fn data_run(&self) -> Option<&RunManifest> {
        let id = self.last_good()?.data_run_id.as_ref()?;
        self.runs.iter().rev().find(|r| &r.run_id == id)
    }
}

/// The history of one source.
///
/// # Errors
/// When a manifest cannot be read or is damaged.
pub fn history(lake: &Lake, source: &SourceId) -> Result<SourceHistory, LakeError> {
    Ok(SourceHistory { runs: run_manifests(lake, source)? })
}

/// All run manifests of a source, oldest first.
///
/// # Errors
/// When a manifest cannot be read or is damaged.
pub fn run_manifests(lake: &Lake, source: &SourceId) -> Result<Vec<RunManifest>, LakeError> {
    let mut manifests = Vec::new();
    for path in manifest_files(lake, source)? {
        let text = fs::read(&path).map_err(LakeError::io("cannot read", &path))?;
        let manifest = serde_json::from_slice(&text).map_err(|e| LakeError::damaged(&path, e))?;
        manifests.push(manifest);
    }
    Ok(manifests)
}

/// Beside a run's manifest: its digest, as `sha256sum -c` reads it.
pub(crate) const DIGEST_FILE: &str = "manifest.sha256";

/// Paths of a source's manifests, oldest run first.
pub(crate) fn manifest_files(lake: &Lake, source: &SourceId) -> Result<Vec<PathBuf>, LakeError> {
    let folder = lake.runs_dir(source);
    let mut files = Vec::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in fs::read_dir(&folder).map_err(LakeError::io("cannot list", &folder))? {
        let file =
            entry.map_err(LakeError::io("cannot list", &folder))?.path().join("manifest.json");
        if file.exists() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Sources that have runs in this lake, by name.
pub(crate) fn sources_with_runs(lake: &Lake) -> Result<Vec<SourceId>, LakeError> {
    let folder = lake.root().join("runs");
    let mut sources = Vec::new();
    if !folder.exists() {
        return Ok(sources);
    }
    for entry in fs::read_dir(&folder).map_err(LakeError::io("cannot list", &folder))? {
        let entry = entry.map_err(LakeError::io("cannot list", &folder))?;
        if let Ok(id) = entry.file_name().to_string_lossy().parse() {
            sources.push(id);
        }
    }
    sources.sort();
    Ok(sources)
}

impl RunManifest {
    /// Writes this manifest as the last act of its run.
    ///
    /// # Errors
    /// When the file system refuses; the run then never happened.
    pub fn commit(&self, lake: &Lake) -> Result<(), LakeError> {
        let scratch = lake.scratch()?;
        let folder = scratch.path().join("run");
        fs::create_dir(&folder).map_err(LakeError::io("cannot create", &folder))?;
        let file = folder.join("manifest.json");
        let mut text = serde_json::to_vec_pretty(self).map_err(|e| LakeError::damaged(&file, e))?;
        text.push(b'\n');
        fs::write(&file, &text).map_err(LakeError::io("cannot write", &file))?;
        // The manifest after this one names its digest; until there is one,
        // this file does.
        let digest = folder.join(DIGEST_FILE);
        fs::write(&digest, format!("{}  manifest.json\n", Sha256::of(&text)))
            .map_err(LakeError::io("cannot write", &digest))?;
        install_dir(&folder, &lake.run_dir(&self.source_id, &self.run_id))
    }
}

impl PreviousRun {
    /// The link to the newest run of `source`, for the manifest after it.
    ///
    /// # Errors
    /// When its manifest cannot be read.
    pub fn newest(lake: &Lake, source: &SourceId) -> Result<Option<Self>, LakeError> {
        let Some(path) = manifest_files(lake, source)?.pop() else { return Ok(None) };
        let text = fs::read(&path).map_err(LakeError::io("cannot read", &path))?;
        let manifest: RunManifest =
            serde_json::from_slice(&text).map_err(|e| LakeError::damaged(&path, e))?;
        Ok(Some(Self { run_id: manifest.run_id, sha256: Sha256::of(&text) }))
    }
}

/// The id for a run that begins at `now`: later than any run of the source, so
/// that ids keep their order even when the clock steps back.
///
/// # Errors
/// When the history cannot be read.
pub fn next_run_id(
    lake: &Lake,
    source: &SourceId,
    now: jiff::Timestamp,
) -> Result<RunId, LakeError> {
    let mut at = now;
    if let Some(last) = PreviousRun::newest(lake, source)? {
        while RunId::at(at) <= last.run_id {
            let floor = last_millisecond(&last.run_id).unwrap_or(at);
            at = floor.max(at) + jiff::SignedDuration::from_millis(1);
        }
    }
    Ok(RunId::at(at))
}

fn last_millisecond(id: &RunId) -> Option<jiff::Timestamp> {
    let text = id.as_str();
    let iso = format!(
        "{}-{}-{}T{}:{}:{}.{}Z",
        text.get(0..4)?,
        text.get(4..6)?,
        text.get(6..8)?,
        text.get(9..11)?,
        text.get(11..13)?,
        text.get(13..15)?,
        text.get(15..18)?
    );
    iso.parse().ok()
}
