//! The drop folder: `LAKE/inbox/<source>/` takes files that an operator saved
//! or exported, where a site does not let programs in.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use regatta_crawlers::ImportFile;
use regatta_lake::{Lake, RunManifest, SourceId};
use tracing::{info, warn};

/// A file younger than this may still be in the making.
const SETTLED: Duration = Duration::from_secs(2);

/// The files that wait for a source, by name. The folder is made, so that an
/// operator sees where to put them.
pub fn waiting(lake: &Lake, source: &SourceId) -> Vec<PathBuf> {
    let folder = folder(lake, source);
    // A lake that cannot be written to has no inbox; the crawl will say more.
    let _ = fs::create_dir_all(&folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file() && !is_hidden(path) && is_settled(path))
        .collect();
    files.sort();
    files
}

/// Reads the files.
pub fn load(files: &[PathBuf]) -> std::io::Result<Vec<ImportFile>> {
    files
        .iter()
        .map(|path| {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            Ok(ImportFile { name: name.unwrap_or_default(), data: fs::read(path)? })
        })
        .collect()
}

/// Moves the files of an import out of the way: to `taken/<run>/` when the run
/// is good (their bytes are in the archive then), else to `refused/<run>/`.
pub fn settle(lake: &Lake, run: &RunManifest, files: &[PathBuf]) {
    let verdict = if run.status.is_good() { "taken" } else { "refused" };
    move_to(&folder(lake, &run.source_id).join(verdict).join(run.run_id.as_str()), files);
    let (source_id, count) = (run.source_id.as_str(), files.len());
    info!(source_id, count, verdict, "files of the inbox");
}

/// Moves files that the source does not know to `refused/`.
pub fn refuse(lake: &Lake, source: &SourceId, files: &[PathBuf], reason: &str) {
    let source_id = source.as_str();
    warn!(source_id, reason, "the files of the inbox cannot be imported");
    move_to(&folder(lake, source).join("refused"), files);
}

fn move_to(target: &Path, files: &[PathBuf]) {
    let moved = fs::create_dir_all(target).and_then(|()| {
        files.iter().try_for_each(|file| match file.file_name() {
            Some(name) => fs::rename(file, target.join(name)),
            None => Ok(()),
        })
    });
    if let Err(error) = moved {
        warn!(%error, folder = %target.display(), "files of the inbox could not be moved");
    }
}

fn folder(lake: &Lake, source: &SourceId) -> PathBuf {
    lake.root().join("inbox").join(source.as_str())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_none_or(|n| n.to_string_lossy().starts_with('.'))
}

fn is_settled(path: &Path) -> bool {
    let written = path.metadata().and_then(|m| m.modified()).ok();
    let age = written.and_then(|at| SystemTime::now().duration_since(at).ok());
    age.is_some_and(|age| age >= SETTLED)
}
