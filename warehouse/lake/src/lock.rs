//! One writer at a time.

use std::fs::{self, File, Metadata, TryLockError};
use std::os::unix::fs::MetadataExt;

use crate::{Lake, LakeError};

/// The right to write to a lake. The operating system gives it back when the
/// process ends in any way, so a crash leaves no lock behind.
#[derive(Debug)]
pub struct WriterLock {
    file: File,
}

impl WriterLock {
    /// Takes the lock, or says at once that somebody has it. What an earlier
    /// writer left unfinished in [`Lake::tmp_dir`] is removed.
    ///
    /// # Errors
    /// [`LakeError::Locked`] when another process writes.
    pub fn acquire(lake: &Lake) -> Result<Self, LakeError> {
        let path = lake.lock_file();
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(LakeError::io("cannot open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LakeError::Locked { path: lake.root().to_owned() });
            }
            Err(TryLockError::Error(e)) => return Err(LakeError::io("cannot lock", &path)(e)),
        }
        let tmp = lake.tmp_dir();
        if tmp.exists() {
            fs::remove_dir_all(&tmp).map_err(LakeError::io("cannot empty", &tmp))?;
        }
        Ok(Self { file })
    }

    /// That the lake is still the one that was locked. A volume that is unmounted
    /// or a folder that is moved leaves a daemon with the lock of a file that
    /// nobody else sees; it must not begin a new lake in the empty place.
    ///
    /// # Errors
    /// [`LakeError::Gone`] where it is not.
    pub fn check(&self, lake: &Lake) -> Result<(), LakeError> {
        let place = |of: std::io::Result<Metadata>| of.ok().map(|m| (m.dev(), m.ino()));
        let (held, there) = (self.file.metadata(), fs::metadata(lake.lock_file()));
        match (place(held), place(there)) {
            (Some(held), Some(there)) if held == there => lake.check(),
            _ => Err(LakeError::Gone { path: lake.root().to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_writer_is_refused_until_the_first_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        let first = WriterLock::acquire(&lake).unwrap();
        assert!(matches!(WriterLock::acquire(&lake), Err(LakeError::Locked { .. })));
        drop(first);
        WriterLock::acquire(&lake).unwrap();
    }

    #[test]
    fn a_lake_that_was_moved_away_is_not_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("lake");
        let lake = Lake::open_or_create(&root).unwrap();
        let lock = WriterLock::acquire(&lake).unwrap();
        lock.check(&lake).unwrap();
        fs::rename(&root, dir.path().join("elsewhere")).unwrap();
        assert!(matches!(lock.check(&lake), Err(LakeError::Gone { .. })));
        assert!(matches!(lake.scratch(), Err(LakeError::Gone { .. })));
        assert!(!root.exists());
        // Nor is another lake in its place.
        let other = Lake::open_or_create(&root).unwrap();
        let _theirs = WriterLock::acquire(&other).unwrap();
        assert!(matches!(lock.check(&lake), Err(LakeError::Gone { .. })));
    }
}
