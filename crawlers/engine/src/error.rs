//! What stops a crawl without a manifest, named by what the caller can do.
//!
//! A regulator that fails is not among these: that is a run with its manifest.

use std::path::PathBuf;

use regatta_lake::{LakeError, SourceId};

/// Why a crawl or an import left no manifest.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// The caller asked for it. What was fetched is in the journal; the next
    /// crawl takes it up.
    #[error("cancelled; what was fetched so far is kept for the next crawl")]
    Cancelled,
    /// The settings cannot be used: correct the configuration.
    #[error("the network settings cannot be used: {0}")]
    Config(String),
    /// The lake cannot be read or written.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A raw table could not be read again.
    #[error("cannot read {path}: {reason}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reader's own words.
        reason: String,
    },
    /// A raw table could not be written.
    #[error("cannot write {path}: {reason}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The writer's own words.
        reason: String,
    },
    /// An operator gave a file that this source has no use for.
    #[error("{source_id} knows no file like {file:?}")]
    UnknownFile {
        /// The source.
        source_id: SourceId,
        /// The file, with the archive that it is in.
        file: String,
    },
    /// An operator gave a workbook of a kind that is not read: save it anew.
    #[error("{file:?} is an Excel 97-2003 workbook (.xls); save it as .xlsx")]
    OldWorkbook {
        /// The file, with the archive that it is in.
        file: String,
    },
    /// A defect of regatta itself: report it.
    #[error("a defect of regatta: {0}")]
    Defect(String),
}

/// Runs `work` where it may block, so that the network goes on meanwhile.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CrawlError> + Send + 'static,
) -> Result<T, CrawlError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| CrawlError::Defect(e.to_string()))?
}
