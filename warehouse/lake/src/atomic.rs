//! Files and folders that appear whole or not at all.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::LakeError;

/// Writes `bytes` to `path` by a temporary file beside it, flushed to the disk,
/// and one rename: a reader sees the old content or the new, never a part.
///
/// # Errors
/// When the file system refuses; the old content is then still there.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    let folder = parent(path)?;
    let mut file = unfinished_in(folder)?;
    file.write_all(bytes).map_err(LakeError::io("cannot write", path))?;
    file.as_file().sync_all().map_err(LakeError::io("cannot flush", path))?;
    file.persist(path).map_err(|e| LakeError::io("cannot rename to", path)(e.error))?;
    sync_dir(folder)
}

/// A file that will be renamed within `folder`. Who may read it is for the umask
/// to say, as of any other file: left to itself it would be its owner's alone, and
/// analysts read the lake of a daemon that has a user of its own.
pub(crate) fn unfinished_in(folder: &Path) -> Result<tempfile::NamedTempFile, LakeError> {
    let mut file = tempfile::Builder::new();
    file.prefix(".new-");
    #[cfg(unix)]
    file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    file.tempfile_in(folder).map_err(LakeError::io("cannot create a file in", folder))
}

/// Makes `folder` where it is not there yet, but none above it: those of a lake
/// that was moved away must not come back empty.
///
/// # Errors
/// When the file system refuses, and where the folder above is not there.
pub fn make_folder(folder: &Path) -> Result<(), LakeError> {
    match fs::create_dir(folder) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(LakeError::io("cannot create", folder)(e)),
        Ok(()) => sync_dir(parent(folder)?),
    }
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
    make_folders(folder)?;
    fs::rename(from, to).map_err(LakeError::io("cannot rename to", to))?;
    sync_dir(folder)
}

/// Makes `folder` and those above it. What is renamed into a folder that is not
/// on the disk itself is lost with it.
pub(crate) fn make_folders(folder: &Path) -> Result<(), LakeError> {
    if folder.is_dir() {
        return Ok(());
    }
    make_folders(parent(folder)?)?;
    make_folder(folder)
}

fn parent(path: &Path) -> Result<&Path, LakeError> {
    path.parent().ok_or_else(|| LakeError::damaged(path, "a path without a folder"))
}

/// A rename is on the disk only when its folder is.
pub(crate) fn sync_dir(folder: &Path) -> Result<(), LakeError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(LakeError::io("cannot flush", folder))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::Archive;
    use crate::under_way::UnderWay;

    #[test]
    fn whoever_may_read_other_files_may_read_these() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let plain = folder.path().join("plain");
        fs::write(&plain, b"").unwrap();
        let atomic = folder.path().join("atomic");
        write_atomic(&atomic, b"").unwrap();
        write_atomic(&atomic, b"once more").unwrap();
        assert_eq!(mode(&atomic), mode(&plain));
        let archive = Archive::new(folder.path().join("bodies"), UnderWay::default());
        let body = archive.path(archive.put(b"a body").unwrap());
        assert_eq!(mode(&body), mode(&plain));
    }
}
