//! What can go wrong with object storage, named by what the caller can do.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use regatta_lake::LakeError;

use crate::mask::addresses;

/// An error of publishing to object storage. What was served there before is
/// still served.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The settings cannot be used: correct them.
    #[error("{reason}")]
    Settings {
        /// What is wrong and what was expected.
        reason: String,
    },
    /// The store refused or could not be reached, after all retries: try again.
    #[error("cannot {action} {url}: {answer}", answer = told(answer.0.as_ref()))]
    Store {
        /// What was being done, e.g. `upload`.
        action: &'static str,
        /// Bucket and key.
        url: String,
        /// The store's answer. It names the endpoint, whose password must not be
        /// shown: it is told in this message only, and is no cause of it.
        answer: Answer,
    },
    /// An object is not what it must be: see the reason.
    #[error("{url}: expected {expected}, found {found}")]
    Mismatch {
        /// Bucket and key.
        url: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Switching would replace a state that must not be replaced.
    #[error("not switched: {reason}")]
    Refused {
        /// What is served there, and what may be done.
        reason: String,
    },
    /// A file of the lake cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The lake could not be read.
    #[error(transparent)]
    Lake(#[from] LakeError),
}

/// An answer of the store.
pub struct Answer(pub(crate) Box<object_store::Error>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&told(self.0.as_ref()))
    }
}

/// The error with its causes, addresses as they may be shown.
fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    addresses(&text)
}

impl RemoteError {
    /// Wraps an error of reading a local file.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
