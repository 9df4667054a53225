//! Telling somebody how a crawl goes.

use regatta_lake::{RunId, RunManifest, SourceId};

/// Is told how a crawl goes. All methods do nothing unless implemented.
pub trait ProgressSink: Send + Sync {
    /// A run began.
    fn started(&self, _source: &SourceId, _run: &RunId) {}

    /// A request is done: `done` of the `known` ones so far; pages may bring
    /// further ones.
    fn fetched(&self, _source: &SourceId, _done: u64, _known: u64, _wire_bytes: u64) {}

    /// A page was read: rows of the run so far.
    fn parsed(&self, _source: &SourceId, _rows: u64) {}

    /// The run has its manifest.
    fn finished(&self, _manifest: &RunManifest) {}
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl ProgressSink for NoProgress {}
