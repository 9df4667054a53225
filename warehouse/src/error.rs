//! What can go wrong with the warehouse, named by what the caller can do.

use std::path::{Path, PathBuf};

use regatta_lake::LakeError;

/// An error of the warehouse.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// There is no `DuckDB` file yet: publish a snapshot first.
    #[error("{path} is not there yet: nothing has been published", path = path.display())]
    NotBuilt {
        /// Where the file would be.
        path: PathBuf,
    },
    /// The statement is not one that may be run: ask with a single SELECT.
    #[error("refused: {reason}")]
    Refused {
        /// Why, and what would be accepted.
        reason: String,
    },
    /// The query is wrong, or asks for something that is not there: change it.
    #[error("{source}")]
    Query {
        /// What `DuckDB` says, with the place in the query.
        #[source]
        source: duckdb::Error,
    },
    /// An export cannot be made as it was asked for: ask for it differently.
    #[error("{reason}")]
    Export {
        /// What is in the way, and what would do.
        reason: String,
    },
    /// A table file does not keep the contract of its table: build the
    /// snapshot anew.
    #[error("table {table}: {reason}")]
    Contract {
        /// The table.
        table: String,
        /// What is missing or wrong.
        reason: String,
    },
    /// The search index of the file cannot be used: build the file anew. Until
    /// then search goes through SQL.
    #[error("the search index cannot be used: {reason}")]
    SearchIndex {
        /// What is wrong with it.
        reason: String,
    },
    /// A step of the building or reading failed inside `DuckDB`: the file being
    /// served is untouched; the message names the step.
    #[error("cannot {step}: {source}")]
    Step {
        /// What was being done.
        step: String,
        /// What `DuckDB` says.
        #[source]
        source: duckdb::Error,
    },
    /// The file system refused; the file being served is untouched.
    #[error("{action} {path}: {source}", path = path.display())]
    Io {
        /// What was being done, e.g. `cannot rename to`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The lake could not be read or written.
    #[error(transparent)]
    Lake(#[from] LakeError),
}

impl WarehouseError {
    /// Wraps an error of `DuckDB` with the step that failed.
    pub(crate) fn step(step: impl Into<String>) -> impl FnOnce(duckdb::Error) -> Self {
        let step = step.into();
        move |source| Self::Step { step, source }
    }

    /// Wraps an I/O error with its context.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
