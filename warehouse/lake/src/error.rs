//! What can go wrong with a lake, named by what the caller can do about it.

use std::path::{Path, PathBuf};

/// An error of the lake.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The file system refused; the caller may retry when the cause is gone
    /// (disk full, missing permission).
    #[error("{action} {path}: {source}", path = path.display())]
    Io {
        /// What was being done, e.g. `cannot read`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// A file is there but is not what it must be: restore it or take it away.
    #[error("{path} is damaged: {reason}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process writes to this lake; wait for it.
    #[error("another regatta process is writing to the lake {path} (its lock file is held)", path = path.display())]
    Locked {
        /// The lake's root.
        path: PathBuf,
    },
    /// The lake is not where it was when it was opened.
    #[error("the lake {path} is not the one that was opened: is its volume unmounted, or was the folder moved? Nothing is written there", path = path.display())]
    Gone {
        /// The lake's root.
        path: PathBuf,
    },
    /// The lake was written by a version with another layout.
    #[error("the lake {path} has format {found}, this version reads format {expected}", path = path.display())]
    Format {
        /// The lake's root.
        path: PathBuf,
        /// What `lake.json` says.
        found: u32,
        /// What this version writes.
        expected: u32,
    },
}

impl LakeError {
    /// Builds the closure that wraps an I/O error with its context.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// A damaged file, with the reason.
    pub(crate) fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }
}
