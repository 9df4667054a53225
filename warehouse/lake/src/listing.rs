//! What lies in a folder. A file system that does not answer is an error here,
//! never "there is nothing": a sweep removes what nothing names.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::LakeError;

/// What is in `folder`, sorted; nothing where there is no such folder.
pub(crate) fn children(folder: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(LakeError::io("cannot list", folder)(e)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(LakeError::io("cannot list", folder))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The folders in `folder`, sorted. What a file manager or a hand left beside them
/// is none of ours.
pub(crate) fn folders(folder: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let mut found = Vec::new();
    for path in children(folder)? {
        match fs::metadata(&path) {
            Ok(what) if what.is_dir() => found.push(path),
            Ok(_) => {}
            // A link that leads nowhere, or taken away meanwhile.
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(LakeError::io("cannot look at", &path)(e)),
        }
    }
    Ok(found)
}

/// Whether there is something under this name; not where a file stands in the
/// place of its folder.
pub(crate) fn exists(path: &Path) -> Result<bool, LakeError> {
    match path.try_exists() {
        Err(e) if e.kind() == ErrorKind::NotADirectory => Ok(false),
        looked => looked.map_err(LakeError::io("cannot look at", path)),
    }
}

/// The last part of a path.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
