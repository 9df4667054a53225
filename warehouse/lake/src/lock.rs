//! One writer at a time.

use std::fs::{self, File, TryLockError};

use crate::{Lake, LakeError};

/// The right to write to a lake. The operating system gives it back when the
/// process ends in any way, so a crash leaves no lock behind.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock, or says at once that somebody has it. Whatever an
    /// earlier writer left unfinished is removed.
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
        Ok(Self { _file: file })
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
}
