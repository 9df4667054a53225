//! Whether a file stands still: what earlier looks saw of it.
//!
//! The time of a file says little: a copy may stall for minutes, `cp -p` gives
//! it the time of the original, and a clock that is ahead one that has not come.
//! What counts is that it was the same at an earlier look.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// So long a file must be the same, in size and time of its last change.
pub const QUIET: Duration = Duration::from_secs(30);

/// The looks of this process.
pub static LOOKS: LazyLock<Looks> = LazyLock::new(Looks::default);

/// What is seen of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    size: u64,
    changed: Option<SystemTime>,
}

impl Stamp {
    /// Of a file; none where it is not there or is no file.
    pub fn of(path: &Path) -> Option<Self> {
        path.metadata().ok().filter(Metadata::is_file).map(|m| Self::from(&m))
    }
}

impl From<&Metadata> for Stamp {
    fn from(of: &Metadata) -> Self {
        Self { size: of.len(), changed: of.modified().ok() }
    }
}

/// Since when each file is as it is.
#[derive(Debug, Default)]
pub struct Looks(Mutex<BTreeMap<PathBuf, Seen>>);

#[derive(Debug)]
struct Seen {
    stamp: Stamp,
    since: Instant,
    /// It was taken, and lies there still because it cannot be moved.
    taken: bool,
}

impl Looks {
    /// Notes that the file was taken and stays: taken again and again, it would
    /// make old data look new. Once it is another one it counts anew.
    pub fn stays(&self, path: &Path) {
        let Some(stamp) = Stamp::of(path) else { return };
        let seen = Seen { stamp, since: Instant::now(), taken: true };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), seen);
    }

    /// Looks at a file; true where it has been the same for [`QUIET`], and was not
    /// taken yet.
    pub fn stands(&self, path: &Path, stamp: Stamp, now: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Seen { stamp, since: now, taken: false };
        match seen.get_mut(path) {
            Some(before) if before.stamp == stamp => {
                !before.taken && now.duration_since(before.since) >= QUIET
            }
            Some(before) => {
                *before = new;
                false
            }
            None => {
                seen.insert(path.to_owned(), new);
                false
            }
        }
    }

    /// Forgets the files of a folder that are not among `there`.
    pub fn keep_only(&self, folder: &Path, there: &[PathBuf]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|path, _| path.parent() != Some(folder) || there.contains(path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(size: u64, changed: SystemTime) -> Stamp {
        Stamp { size, changed: Some(changed) }
    }

    #[test]
    fn a_file_stands_still_once_it_was_the_same_for_long_enough_whatever_its_time() {
        let (looks, begin) = (Looks::default(), Instant::now());
        let file = Path::new("inbox/a/file.zip");
        let at = |seconds| begin + Duration::from_secs(seconds);
        // A clock that is ahead, and the old time that `cp -p` gives.
        for changed in [
            SystemTime::now() + Duration::from_hours(9),
            SystemTime::now() - Duration::from_hours(900),
        ] {
            looks.keep_only(Path::new("inbox/a"), &[]);
            assert!(!looks.stands(file, stamp(10, changed), at(0)), "the first look");
            assert!(!looks.stands(file, stamp(10, changed), at(29)));
            assert!(looks.stands(file, stamp(10, changed), at(30)));
            // It grows after it stood still: the waiting begins anew.
            assert!(!looks.stands(file, stamp(11, changed), at(40)));
            assert!(!looks.stands(file, stamp(11, changed + QUIET), at(69)));
            assert!(!looks.stands(file, stamp(11, changed + QUIET), at(98)));
            assert!(looks.stands(file, stamp(11, changed + QUIET), at(99)));
        }
    }

    #[test]
    fn a_file_that_was_taken_and_stays_counts_again_once_it_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file.zip");
        std::fs::write(&file, "old").unwrap();
        let (looks, begin) = (Looks::default(), Instant::now());
        let look = |seconds| {
            let now = begin + Duration::from_secs(seconds);
            looks.stands(&file, Stamp::of(&file).unwrap(), now)
        };
        assert!(!look(0));
        assert!(look(30));
        looks.stays(&file);
        assert!(!look(60) && !look(1_000));
        std::fs::write(&file, "newer").unwrap();
        assert!(!look(1_010));
        assert!(look(1_040));
    }

    #[test]
    fn a_file_that_went_and_came_back_is_new() {
        let (looks, begin) = (Looks::default(), Instant::now());
        let file = PathBuf::from("inbox/a/file.zip");
        let seen = stamp(10, SystemTime::now());
        assert!(!looks.stands(&file, seen, begin));
        looks.keep_only(Path::new("inbox/b"), &[]);
        assert!(looks.stands(&file, seen, begin + QUIET), "another folder");
        looks.keep_only(Path::new("inbox/a"), &[]);
        assert!(!looks.stands(&file, seen, begin + QUIET));
    }
}
