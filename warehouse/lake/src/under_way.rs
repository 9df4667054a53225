//! Runs that are under way while a sweep goes over the lake.
//!
//! What a run has archived and written is named by no manifest until its end, so
//! to a sweep of the same process it looks like what nobody needs. One process
//! writes to a lake at a time: it is enough that this one remembers.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{RunId, Sha256, SourceId};

/// What is under way in a lake, shared by all clones of a [`crate::Lake`].
#[derive(Clone, Debug, Default)]
pub(crate) struct UnderWay(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Counts beginnings, ends and bodies.
    clock: u64,
    /// When runs and sweeps began that have not ended; of a run, which it is.
    open: BTreeMap<u64, Option<(SourceId, RunId)>>,
    /// Runs that ended while something older was open, and when.
    ended: BTreeMap<(SourceId, RunId), u64>,
    /// Bodies that were put while something was open, and when.
    bodies: BTreeMap<Sha256, u64>,
}

/// A run or a sweep under way: as long as this lives, no sweep takes away what
/// has been put into the lake since it was made.
#[must_use = "it ends when it is dropped"]
#[derive(Debug)]
pub struct InProgress {
    all: UnderWay,
    began: u64,
}

impl UnderWay {
    /// A run begins.
    pub(crate) fn run(&self, source: &SourceId, run: &RunId) -> InProgress {
        self.begin(Some((source.clone(), run.clone())))
    }

    /// A sweep begins: runs that end before it does are still remembered.
    pub(crate) fn sweep(&self) -> InProgress {
        self.begin(None)
    }

    fn begin(&self, what: Option<(SourceId, RunId)>) -> InProgress {
        let mut known = self.known();
        let began = known.tick();
        known.open.insert(began, what);
        InProgress { all: self.clone(), began }
    }

    /// A body is about to be put, or to be found there. To be called before
    /// looking for it.
    pub(crate) fn body(&self, sha256: Sha256) {
        let mut known = self.known();
        if !known.open.is_empty() {
            let now = known.tick();
            known.bodies.insert(sha256, now);
        }
    }

    /// Whether a run is under way, or was when the sweep began.
    pub(crate) fn has_run(&self, source: &SourceId, run: &str) -> bool {
        let known = self.known();
        let mut runs = known.open.values().flatten().chain(known.ended.keys());
        runs.any(|(s, r)| s == source && r.as_str() == run)
    }

    /// Removes a file of the archive, unless a run needs it; whether it did. No
    /// run puts the same body between the look and the removal.
    pub(crate) fn remove_body(&self, path: &Path, sha256: Option<Sha256>) -> io::Result<bool> {
        let known = self.known();
        let needed = match sha256 {
            Some(sha256) => known.bodies.contains_key(&sha256),
            // A body that is being written has no name yet.
            None => known.open.values().any(Option::is_some),
        };
        if needed {
            return Ok(false);
        }
        match fs::remove_file(path) {
            // It was being written, and has its name by now.
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        let mut known = self.all.known();
        let now = known.tick();
        if let Some(run) = known.open.remove(&self.began).flatten() {
            known.ended.insert(run, now);
        }
        let oldest = known.open.keys().next().copied().unwrap_or(u64::MAX);
        known.ended.retain(|_, at| *at > oldest);
        known.bodies.retain(|_, at| *at > oldest);
    }
}
