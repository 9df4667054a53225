//! What can go wrong before the site stands.

use std::io;
use std::path::PathBuf;

/// Why a test site could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The fixture folder could not be read.
    #[error("reading fixtures at {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A `site.toml` or the files that it names are not as they should be.
    #[error("fixture {fixture}: {reason}")]
    Fixture {
        /// The file, relative to the fixture folder.
        fixture: String,
        /// The reason.
        reason: String,
    },
    /// No loopback port could be opened.
    #[error("opening a loopback port: {0}")]
    Bind(#[from] io::Error),
}

impl SiteError {
    pub(crate) fn fixture(fixture: &str, reason: impl Into<String>) -> Self {
        Self::Fixture { fixture: fixture.to_owned(), reason: reason.into() }
    }
}
