//! What can stop a transform.

use std::path::PathBuf;

/// An error of the transform. Values that cannot be read are rows of the
/// tables `rejected` and `review_queue`, not errors.
#[derive(Debug, thiserror::Error)]
pub enum TransformError {
    /// The lake.
    #[error(transparent)]
    Lake(#[from] regatta_lake::LakeError),
    /// A table could not be computed: a defect, or a raw file that is not what
    /// its manifest says.
    #[error("cannot compute {table}: {source}")]
    Table {
        /// Which table.
        table: String,
        /// What Polars says.
        #[source]
        source: polars::error::PolarsError,
    },
    /// A dictionary that cannot be used.
    #[error(transparent)]
    Dictionary(#[from] regatta_dictionaries::DictionaryError),
    /// Curated decisions contradict each other (R29).
    #[error("decisions contradict each other in the block {generic} / {dosage_form}: {reason}")]
    Decisions {
        /// Generic of the block.
        generic: String,
        /// Form of the block.
        dosage_form: String,
        /// The pair and its reasons.
        reason: String,
    },
    /// The snapshot before keeps a contract that this version cannot read: its
    /// drug ids would be lost.
    #[error(
        "the snapshot {snapshot} keeps version {found} of the tables, this regatta reads {oldest} \
         to {newest}: use a regatta that knows both, or move current.json out of the lake to begin \
         with new drug ids"
    )]
    Contract {
        /// The snapshot.
        snapshot: String,
        /// Its version.
        found: u32,
        /// The earliest that can be read.
        oldest: u32,
        /// The latest.
        newest: u32,
    },
    /// A table of the snapshot before is not what it was published as.
    #[error(
        "{path} is not the file that was published: its sha256 is {found}, the manifest of its \
         snapshot has {expected}; `regatta verify` looks at all files",
        path = path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// As the manifest has it.
        expected: regatta_lake::Sha256,
        /// As it is.
        found: regatta_lake::Sha256,
    },
    /// A file could not be written or read.
    #[error("cannot access {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
}

/// Adds the table's name to a Polars error.
pub(crate) trait InTable<T> {
    fn in_table(self, table: &str) -> Result<T, TransformError>;
}

impl<T> InTable<T> for polars::error::PolarsResult<T> {
    fn in_table(self, table: &str) -> Result<T, TransformError> {
        self.map_err(|source| TransformError::Table { table: table.to_owned(), source })
    }
}
