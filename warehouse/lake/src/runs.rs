//! Reading and writing run manifests, and what they say together.

use std::collections::BTreeSet;
use std::fs;

use jiff::Timestamp;

use crate::listing::{file_name, folders};
use crate::run::PreviousRun;
use crate::run_files::{
    DIGEST_FILE, MANIFEST, SUMMARY_FILE, as_text, manifest_files, read_manifest, read_summary,
    read_text,
};
use crate::{Lake, LakeError, RunId, RunManifest, Sha256, SourceId, install_dir};

/// The runs of one source, oldest first.
#[derive(Clone, Debug, Default)]
pub struct SourceHistory {
    /// All runs with a manifest. Those that nothing of today rests on are
    /// summaries, see [`history`].
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

    /// The latest crawl or import whose data may be served.
    #[must_use]
    pub fn last_good_crawl(&self) -> Option<&RunManifest> {
        self.runs.iter().rev().find(|r| r.status.is_good() && !r.is_feed())
    }

    /// When all of the data that is served was last seen: the age of the source.
    /// A feed tells what changed, not that the rest still holds, and so does an
    /// import of a part.
    #[must_use]
    pub fn seen_whole(&self) -> Option<Timestamp> {
        self.last_good_crawl().map(RunManifest::seen_whole)
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

/// The history of one source. The fetches of the last run, of the last good crawl
/// and whatever came after it, and of the runs behind the rows that are served
/// are read; all other runs are summaries without them. Years of runs are small
/// that way, however many pages a source has.
///
/// # Errors
/// When a manifest cannot be read or is damaged.
pub fn history(lake: &Lake, source: &SourceId) -> Result<SourceHistory, LakeError> {
    let files = manifest_files(lake, source)?;
    let runs = files.iter().map(|file| read_summary(file)).collect::<Result<_, _>>()?;
    let mut history = SourceHistory { runs };
    for at in history.rested_on() {
        history.runs[at] = read_manifest(&files[at])?;
    }
    Ok(history)
}

impl SourceHistory {
    /// Which runs something of today rests on, by their place.
    pub(crate) fn rested_on(&self) -> BTreeSet<usize> {
        let place = |run: &RunManifest| self.runs.binary_search_by_key(&&run.run_id, |r| &r.run_id);
        let mut found: BTreeSet<usize> = self.runs.len().checked_sub(1).into_iter().collect();
        if let Some(good) = self.last_good_crawl() {
            found.extend(place(good).unwrap_or_default()..self.runs.len());
        }
        let behind = self.data_run().map(|run| self.with_bases(run)).unwrap_or_default();
        found.extend(behind.into_iter().filter_map(|run| place(run).ok()));
        found
    }

    /// The run with its fetches, and those whose rows it took over.
    pub(crate) fn whole_with_bases(
        &self,
        lake: &Lake,
        run: &RunManifest,
    ) -> Result<Vec<RunManifest>, LakeError> {
        let whole = |run: &RunManifest| match run.counted {
            Some(_) => read_manifest(&lake.run_dir(&run.source_id, &run.run_id).join(MANIFEST)),
            None => Ok(run.clone()),
        };
        self.with_bases(run).into_iter().map(whole).collect()
    }
}

/// All run manifests of a source, oldest first.
///
/// # Errors
/// When a manifest cannot be read or is damaged.
pub fn run_manifests(lake: &Lake, source: &SourceId) -> Result<Vec<RunManifest>, LakeError> {
    manifest_files(lake, source)?.iter().map(|path| read_manifest(path)).collect()
}

/// The newest runs of a source, at most so many, oldest first and without their
/// fetches.
///
/// # Errors
/// As [`run_manifests`].
pub fn run_summaries(
    lake: &Lake,
    source: &SourceId,
    newest: usize,
) -> Result<Vec<RunManifest>, LakeError> {
    let files = manifest_files(lake, source)?;
    files[files.len().saturating_sub(newest)..].iter().map(|file| read_summary(file)).collect()
}

/// One run without its fetches.
///
/// # Errors
/// As [`run_manifests`].
pub fn run_summary(lake: &Lake, source: &SourceId, run: &RunId) -> Result<RunManifest, LakeError> {
    read_summary(&lake.run_dir(source, run).join(MANIFEST))
}

/// Sources that have runs in this lake, by name.
pub(crate) fn sources_with_runs(lake: &Lake) -> Result<Vec<SourceId>, LakeError> {
    let folders = folders(&lake.root().join("runs"))?;
    // In the order of their names.
    Ok(folders.iter().filter_map(|folder| file_name(folder).parse().ok()).collect())
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
        let file = folder.join(MANIFEST);
        let text = as_text(self, &file)?;
        fs::write(&file, &text).map_err(LakeError::io("cannot write", &file))?;
        let summary = folder.join(SUMMARY_FILE);
        let short = as_text(&self.clone().into_summary(), &summary)?;
        fs::write(&summary, short).map_err(LakeError::io("cannot write", &summary))?;
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
        let text = read_text(&path)?;
        let manifest: RunManifest =
            serde_json::from_slice(&text).map_err(|e| LakeError::damaged(&path, e))?;
        Ok(Some(Self { run_id: manifest.run_id, sha256: Sha256::of(&text) }))
    }
}

/// The id for a run that begins at `now`: later than any run of the source, so
/// that ids keep their order even when the clock steps back.
///
/// # Errors
/// When the history cannot be read, or the last run has a name that is no time.
pub fn next_run_id(lake: &Lake, source: &SourceId, now: Timestamp) -> Result<RunId, LakeError> {
    lake.check()?;
    let id = RunId::at(now);
    let last = PreviousRun::newest(lake, source)?.map(|last| last.run_id);
    let Some(last) = last.filter(|last| id <= *last) else { return Ok(id) };
    let after = last_millisecond(&last)
        .and_then(|at| at.checked_add(jiff::SignedDuration::from_millis(1)).ok());
    after.map(RunId::at).ok_or_else(|| {
        LakeError::damaged(&lake.run_dir(source, &last), "the name of a run is its time")
    })
}

fn last_millisecond(id: &RunId) -> Option<Timestamp> {
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

#[cfg(test)]
mod tests;
