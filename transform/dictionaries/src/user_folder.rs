//! Writing into a user's folder of dictionaries, which several people and
//! processes may share.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::DictionaryError;

/// Beside the files while one of them is changed.
const LOCK: &str = ".regatta.lock";

/// The right to change the files of a folder: to be held from reading a file to
/// writing it, or what somebody else wrote in between is lost. The operating
/// system gives it back when the process ends in any way.
#[derive(Debug)]
pub(crate) struct FolderLock {
    path: PathBuf,
    _file: File,
}

impl FolderLock {
    /// Waits until nobody else changes files of `folder`, which is made as needed.
    pub(crate) fn wait(folder: &Path) -> Result<Self, DictionaryError> {
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let path = folder.join(LOCK);
        loop {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
                .map_err(failed(&path))?;
            file.lock().map_err(failed(&path))?;
            // Whoever had it before took its file away: the one that lies there
            // now, if any, is what others lock.
            let held = file.metadata().map_err(failed(&path))?;
            let is_held =
                |there: fs::Metadata| (there.dev(), there.ino()) == (held.dev(), held.ino());
            if fs::metadata(&path).is_ok_and(is_held) {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for FolderLock {
    /// The folder is often a checkout: nothing that is not a dictionary stays.
    fn drop(&mut self) {
        // One that stays is in nobody's way.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes a file whole, under a name of its own beside it, and renames it: a
/// reader sees the old content or the new, never a part, and after a crash one
/// of the two is there. The folder has to be there. Of a link, the file that it
/// leads to is written.
///
/// The permissions are those that every new file gets, or those of the file
/// that is replaced: people share these folders.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result<(), DictionaryError> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(failed(folder))?;
    file.write_all(text.as_bytes()).map_err(failed(file.path()))?;
    if let Ok(old) = fs::metadata(&path) {
        fs::set_permissions(file.path(), old.permissions()).map_err(failed(file.path()))?;
    }
    file.as_file().sync_all().map_err(failed(file.path()))?;
    file.persist(&path).map_err(|e| failed(&path)(e.error))?;
    // A rename is on the disk only when its folder is.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> DictionaryError {
    let path = path.to_owned();
    move |source| DictionaryError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_at_a_time_has_the_folder_and_nothing_is_left_in_it() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("new/folder");
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    for _ in 0..50 {
                        let _lock = FolderLock::wait(&folder).unwrap();
                        let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                        most.fetch_max(now, Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 1);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }

    #[test]
    fn permissions_and_links_stay_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target.csv"), folder.path().join("link.csv"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        write_whole(&target, "a").unwrap();
        assert_eq!(mode(&target), mode(&plain));
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write_whole(&link, "b").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!((fs::read_to_string(&target).unwrap(), mode(&target)), ("b".into(), 0o640));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left beside them");
    }
}
