//! What can be wrong with a dictionary.

use std::path::PathBuf;

/// A dictionary that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    /// A row that cannot be used.
    #[error("{file}, line {line}: {reason}", file = file.display())]
    Row {
        /// The file.
        file: PathBuf,
        /// Its line.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A decision that would make its file unusable; nothing was written.
    #[error("the decision for {value:?} cannot be kept: {reason}")]
    Decision {
        /// What was decided about: a value, or two record ids.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A folder that is named and not there.
    #[error("there is no folder {path} of dictionaries", path = path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file that cannot be read or written.
    #[error("cannot access {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The names do not fit into one search automaton.
    #[error("cannot build the search for drug names: {reason}")]
    Automaton {
        /// What the library says.
        reason: String,
    },
}
