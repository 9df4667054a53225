//! The drop folder: `LAKE/inbox/<source>/` takes files that an operator saved
//! or exported, where a site does not let programs in.

mod folder;
mod looks;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use regatta_crawlers::ImportFile;
use regatta_lake::{Lake, RunManifest, Sha256, SnapshotId, SourceId};
use regatta_sources::Source;
use tracing::{info, warn};

pub use folder::{Stray, refused, strays};

use crate::config::Config;
use folder::{REFUSED, TAKEN};
use looks::{LOOKS, QUIET, Stamp};

/// After a file that could not be taken over (a full disk, damage in the lake) the
/// inbox of its source rests for this long: the file stays, and is read again then.
const REST: Duration = Duration::from_mins(15);

/// When the last import of a source came to no end.
static BROKE_DOWN: Mutex<BTreeMap<SourceId, Instant>> = Mutex::new(BTreeMap::new());

/// Notes that the import of a source came to no end.
pub fn broke_down(id: &SourceId) {
    let mut broke_down = BROKE_DOWN.lock().unwrap_or_else(PoisonError::into_inner);
    broke_down.insert(id.clone(), Instant::now());
}

/// Whether the inbox of a source rests after an import that came to no end.
pub fn rests(id: &SourceId) -> bool {
    let broke_down = BROKE_DOWN.lock().unwrap_or_else(PoisonError::into_inner);
    broke_down.get(id).is_some_and(|at| at.elapsed() < REST)
}

/// A file as it was read.
#[derive(Debug)]
pub struct Read {
    path: PathBuf,
    sha256: Sha256,
    pub file: ImportFile,
}

/// A file that was refused, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub path: PathBuf,
    pub reason: String,
}

/// All files that lie there for a source, whole or not. The folder is made, so
/// that an operator sees where to put them.
pub fn waiting(lake: &Lake, source: &SourceId) -> Vec<PathBuf> {
    let folder = folder::of(lake, source);
    // A lake that cannot be written to has no inbox; the crawl will say more.
    let _ = lake.make_dir(&folder);
    folder::files(&folder)
}

/// How many files lie there for a source; nothing is made where there is none.
pub fn lying(lake: &Lake, source: &SourceId) -> usize {
    folder::files(&folder::of(lake, source)).len()
}

/// The files that may be taken: nothing writes to them any more.
pub fn settled(lake: &Lake, source: &SourceId) -> Vec<PathBuf> {
    let now = Instant::now();
    let waiting = waiting(lake, source);
    LOOKS.keep_only(&folder::of(lake, source), &waiting);
    let whole = waiting.into_iter().filter(|path| !folder::is_unfinished(path));
    whole
        .filter(|path| Stamp::of(path).is_some_and(|stamp| LOOKS.stands(path, stamp, now)))
        .collect()
}

/// For a process that looks only once: looks, and where there are files waits
/// for so long that a second look can tell whether they stand still.
pub async fn look_twice(lake: &Lake, sources: &[&'static dyn Source]) {
    let unsettled = || {
        let of = |source: &&'static dyn Source| {
            let id = &source.spec().id;
            let settled = settled(lake, id);
            let open = |path: &PathBuf| !folder::is_unfinished(path) && !settled.contains(path);
            waiting(lake, id).into_iter().filter(open).count()
        };
        sources.iter().map(of).sum::<usize>()
    };
    let files = unsettled();
    if files == 0 {
        return;
    }
    info!(
        files,
        seconds = QUIET.as_secs(),
        "waiting to see whether files of the inbox stand still"
    );
    tokio::time::sleep(QUIET + Duration::from_millis(100)).await;
    let files = unsettled();
    if files > 0 {
        warn!(files, "files of the inbox are still being written; they are left for the next time");
    }
}

/// Reads a file. None where it was written to meanwhile: it is left there.
pub fn load(path: &Path) -> io::Result<Option<Read>> {
    let before = Stamp::of(path);
    let data = fs::read(path)?;
    if before.is_none() || Stamp::of(path) != before {
        return Ok(None);
    }
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let sha256 = Sha256::of(&data);
    Ok(Some(Read { path: path.to_owned(), sha256, file: ImportFile { name, data } }))
}

/// Where a file was and what was read of it.
#[derive(Debug)]
pub struct Proof {
    path: PathBuf,
    sha256: Sha256,
}

impl Read {
    /// Its bytes for the parsers, and what it takes to file it away afterwards.
    pub fn split(self) -> (ImportFile, Proof) {
        (self.file, Proof { path: self.path, sha256: self.sha256 })
    }
}

/// Moves the files of an import out of the way: to `taken/<run>/` when the run
/// is good (their bytes are in the archive then), else to `refused/<run>/`. A
/// file that is not what was read stays: the next time reads it again.
pub fn settle(lake: &Lake, run: &RunManifest, files: &[Proof]) {
    let verdict = if run.status.is_good() { TAKEN } else { REFUSED };
    let target = folder::of(lake, &run.source_id).join(verdict).join(run.run_id.as_str());
    let source_id = run.source_id.as_str();
    if let Err(error) = lake.make_dir(&target) {
        warn!(
            source_id,
            %error,
            "files of the inbox were read and cannot be moved away; remove them"
        );
        for file in files {
            LOOKS.stays(&file.path);
        }
        return;
    }
    let mut count = 0;
    for file in files {
        match file_away(file, &target) {
            Ok(true) => count += 1,
            Ok(false) => warn!(
                source_id,
                file = %file.path.display(),
                "the file was written to while it was read; it stays and is read again"
            ),
            Err(error) => {
                LOOKS.stays(&file.path);
                warn!(
                    source_id,
                    %error,
                    file = %file.path.display(),
                    "a file of the inbox was read and cannot be moved away; remove it"
                );
            }
        }
    }
    // Empty where no file could be moved.
    let _ = fs::remove_dir(&target);
    info!(source_id, count, verdict, "files of the inbox");
}

/// Moves a file; false where it is not what was read. It is compared after the
/// move, when nobody can put another one in its place, and goes back if need be.
fn file_away(file: &Proof, folder: &Path) -> io::Result<bool> {
    let Some(name) = file.path.file_name() else { return Ok(false) };
    let target = folder.join(name);
    fs::rename(&file.path, &target)?;
    if Sha256::of(&fs::read(&target)?) == file.sha256 {
        return Ok(true);
    }
    // Somebody may have put the whole file there since: that one is the newer.
    if !file.path.exists() {
        fs::rename(&target, &file.path)?;
    }
    Ok(false)
}

/// Moves files that cannot be taken to a folder of this moment under
/// `refused/`, so that nothing is overwritten.
pub fn refuse(lake: &Lake, source: &SourceId, files: &[Refused]) {
    let source_id = source.as_str();
    let moved = new_folder(&folder::of(lake, source).join(REFUSED)).and_then(|target| {
        files.iter().try_for_each(|refused| match refused.path.file_name() {
            Some(name) => fs::rename(&refused.path, target.join(name)),
            None => Ok(()),
        })
    });
    for Refused { path, reason } in files {
        warn!(source_id, reason, file = %path.display(), "a file of the inbox is refused");
    }
    if let Err(error) = moved {
        for file in files {
            LOOKS.stays(&file.path);
        }
        warn!(source_id, %error, "refused files of the inbox could not be moved");
    }
}

/// A folder that was not there before, named by the time.
fn new_folder(parent: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(parent)?;
    let time = SnapshotId::at(Timestamp::now());
    let mut number = 1;
    loop {
        let folder = parent.join(match number {
            1 => time.to_string(),
            n => format!("{time}-{n}"),
        });
        match fs::create_dir(&folder) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|()| folder),
        }
    }
}

/// Tells of files that nobody takes where they lie: each folder once.
pub fn tell_strays(lake: &Lake, config: &Config) -> Vec<Stray> {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let strays = strays(lake, config);
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    for stray in &strays {
        if told.insert(stray.folder.clone()) {
            let Stray { folder, files, why } = stray;
            warn!(folder, files, why, "files of the inbox that nobody takes");
        }
    }
    // What was put right and comes back is told again.
    told.retain(|folder| strays.iter().any(|stray| stray.folder == *folder));
    strays
}

#[cfg(test)]
mod tests;
