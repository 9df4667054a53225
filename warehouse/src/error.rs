//! What can go wrong with the warehouse, named by what the caller can do.

use std::path::{Path, PathBuf};

use regatta_lake::LakeError;

/// An error of the warehouse.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// There is no `DuckDB` file: publish a snapshot, or build it again.
    #[error("{path} is not there", path = path.display())]
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
    #[error("{error}")]
    Query {
        /// What `DuckDB` says, with the place in the query. No source of this
        /// error: its own source is a code of the driver that says nothing.
        error: duckdb::Error,
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
    #[error("cannot {step}: {error}")]
    Step {
        /// What was being done.
        step: String,
        /// What `DuckDB` says; no source, as above.
        error: duckdb::Error,
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
        move |error| Self::Step { step, error }
    }

    /// Wraps what `DuckDB` says of a query that stands, as a subquery, one line
    /// further down than the person wrote it.
    pub(crate) fn query(error: duckdb::Error) -> Self {
        let error = match error {
            duckdb::Error::DuckDBFailure(code, Some(message)) => {
                duckdb::Error::DuckDBFailure(code, Some(line_before(&message)))
            }
            other => other,
        };
        Self::Query { error }
    }

    /// Wraps an I/O error with its context.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// The message with the line that it names counted down by one. The mark in the
/// line below stays under its place.
fn line_before(message: &str) -> String {
    let parts = message
        .split_once("\nLINE ")
        .and_then(|(said, rest)| Some((said, rest.split_once(':')?)))
        .and_then(|(said, (number, rest))| Some((said, number, number.parse::<u64>().ok()?, rest)));
    match parts {
        Some((said, number, line, rest)) if line > 1 => {
            let line = (line - 1).to_string();
            let width = number.len() - line.len();
            format!("{said}\nLINE {line}:{:width$}{rest}", "")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_query_is_the_one_that_was_written() {
        for (said, told) in [
            (
                "no a\n\nLINE 2: SELECT a\n               ^",
                "no a\n\nLINE 1: SELECT a\n               ^",
            ),
            ("no a\n\nLINE 10: a\n         ^", "no a\n\nLINE 9:  a\n         ^"),
            ("no a\n\nLINE 1: DESCRIBE", "no a\n\nLINE 1: DESCRIBE"),
            ("no place", "no place"),
        ] {
            assert_eq!(line_before(said), told);
        }
    }
}
