//! Files and folders that appear whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::LakeError;

/// Writes `bytes` to `path` by a temporary file beside it, flushed to the disk,
/// and one rename: a reader sees the old content or the new, never a part.
///
/// # Errors
/// When the file system refuses; the old content is then still there.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    let folder = parent(path)?;
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)
        .map_err(LakeError::io("cannot create a file in", folder))?;
    file.write_all(bytes).map_err(LakeError::io("cannot write", path))?;
    file.as_file().sync_all().map_err(LakeError::io("cannot flush", path))?;
    file.persist(path).map_err(|e| LakeError::io("cannot rename to", path)(e.error))?;
    sync_dir(folder)
}

/// Moves a finished folder to its place by one rename, after flushing its
/// files, so that a crash cannot leave a named folder with empty files in it.
///
/// # Errors
/// When the file system refuses; `from` is then still there.
pub fn install_dir(from: &Path, to: &Path) -> Result<(), LakeError> {
    for entry in fs::read_dir(from).map_err(LakeError::io("cannot list", from))? {
        let path = entry.map_err(LakeError::io("cannot list", from))?.path();
        File::open(&path)
            .and_then(|f| f.sync_all())
            .map_err(LakeError::io("cannot flush", &path))?;
    }
    sync_dir(from)?;
    let folder = parent(to)?;
    fs::create_dir_all(folder).map_err(LakeError::io("cannot create", folder))?;
    fs::rename(from, to).map_err(LakeError::io("cannot rename to", to))?;
    sync_dir(folder)
}

fn parent(path: &Path) -> Result<&Path, LakeError> {
    path.parent().ok_or_else(|| LakeError::damaged(path, "a path without a folder"))
}

/// A rename is on the disk only when its folder is.
fn sync_dir(folder: &Path) -> Result<(), LakeError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(LakeError::io("cannot flush", folder))
}
