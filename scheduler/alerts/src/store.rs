//! The alerts of a lake on the disk: `LAKE/alerts/`.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use regatta_lake::{Lake, LakeError, remove_noted, write_noted};

use crate::{Profile, State};

/// Profiles kept: those of this many snapshots.
const KEPT_PROFILES: usize = 180;

/// What can go wrong with the files of the alerts.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A file is there but is not what it must be.
    #[error("{path} is damaged: {reason}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A test cut the work off here, as a crash would.
    #[error("cut off at {0:?}")]
    CutOff(crate::Moment),
}

/// The folder of the alerts.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Makes the folder where there is none.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn open(lake: &Lake) -> Result<Self, StoreError> {
        let folder = lake.alerts_dir();
        let profiles = folder.join("profiles");
        lake.make_dir(&profiles)?;
        Ok(Self { folder })
    }

    /// The state as it is: of an empty lake the empty one.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn read(&self) -> Result<State, StoreError> {
        /// What a later version writes has other keys beside this one.
        #[derive(serde::Deserialize)]
        struct Layout {
            format: u32,
        }
        let path = self.state_file();
        let text = match fs::read(&path) {
            Ok(text) => text,
            // Nothing else is none: it would be written over.
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(State::default()),
            Err(e) => return Err(io("cannot read", &path, e)),
        };
        let Layout { format } = serde_json::from_slice(&text).map_err(|e| damaged(&path, e))?;
        if format > State::FORMAT {
            let reason = format!("format {format}, this version reads {}", State::FORMAT);
            return Err(damaged(&path, reason));
        }
        serde_json::from_slice(&text).map_err(|e| damaged(&path, e))
    }

    /// Changes the state: `change` sees the newest one, no other process
    /// changes it meanwhile, and the result replaces it by one rename.
    ///
    /// # Errors
    /// As [`Store::read`]; whatever `change` says. The state is then untouched.
    pub fn update<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let path = self.folder.join("lock");
        let lock = open(&path)?;
        lock.lock().map_err(|e| io("cannot lock", &path, e))?;
        let before = self.read()?;
        let mut state = before.clone();
        let result = change(&mut state)?;
        if state != before {
            let path = self.state_file();
            let mut text = serde_json::to_vec_pretty(&state).map_err(|e| damaged(&path, e))?;
            text.push(b'\n');
            write_noted(&path, &text)?;
        }
        Ok(result)
    }

    /// The right to evaluate, once nobody else does: from reading the facts to
    /// keeping what they mean.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn evaluator(&self) -> Result<File, StoreError> {
        let path = self.folder.join("evaluating.lock");
        let lock = open(&path)?;
        lock.lock().map_err(|e| io("cannot lock", &path, e))?;
        Ok(lock)
    }

    /// The right to empty the outbox; none while another process does. It is
    /// apart from the lock of the state, so that an acknowledgement need not
    /// wait for a slow receiver.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn sender(&self) -> Result<Option<File>, StoreError> {
        let path = self.folder.join("sending.lock");
        let lock = open(&path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(io("cannot lock", &path, e)),
        }
    }

    /// Keeps the profile of a snapshot, and forgets the oldest ones.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn keep_profile(&self, profile: &Profile) -> Result<(), StoreError> {
        let path = self.profiles_dir().join(format!("{}.json", profile.snapshot_id));
        let text = serde_json::to_vec(profile).map_err(|e| damaged(&path, e))?;
        write_noted(&path, &text)?;
        let files = self.profile_files()?;
        for old in &files[..files.len().saturating_sub(KEPT_PROFILES)] {
            remove_noted(old)?;
        }
        Ok(())
    }

    /// The kept profiles, oldest first. One that cannot be read is left out and
    /// named in the second value: statistics can do without it.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn profiles(&self) -> Result<(Vec<Profile>, Vec<PathBuf>), StoreError> {
        let mut profiles: Vec<Profile> = Vec::new();
        let mut unreadable = Vec::new();
        for path in self.profile_files()? {
            match fs::read(&path).ok().and_then(|t| serde_json::from_slice(&t).ok()) {
                Some(profile) => profiles.push(profile),
                None => unreadable.push(path),
            }
        }
        Ok((profiles, unreadable))
    }

    /// Where the feed lies if the configuration names no other place.
    #[must_use]
    pub fn feed_file(&self) -> PathBuf {
        self.folder.join("feed.xml")
    }

    fn state_file(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    fn profiles_dir(&self) -> PathBuf {
        self.folder.join("profiles")
    }

    /// Names are snapshot ids, which sort by time.
    fn profile_files(&self) -> Result<Vec<PathBuf>, StoreError> {
        let folder = self.profiles_dir();
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|e| io("cannot list", &folder, e))? {
            let path = entry.map_err(|e| io("cannot list", &folder, e))?.path();
            if path.extension().is_some_and(|e| e == "json") {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|e| io("cannot open", path, e))
}

fn io(action: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    LakeError::Io { action, path: path.to_owned(), source }.into()
}

fn damaged(path: &Path, reason: impl ToString) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), reason: reason.to_string() }
}
