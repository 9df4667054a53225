//! What the last poll of a feed came to: `LAKE/feeds/<source>.json`. A poll
//! that changed nothing makes no run, so that polls every few minutes do not
//! swell the history; this small file is rewritten instead.

use std::fs;
use std::io;

use jiff::Timestamp;
use regatta_lake::{Fetch, Lake, LakeError, RunFailure, RunId, RunStatus, SourceId, write_atomic};
use serde::{Deserialize, Serialize};

/// The last poll of a source's feed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FeedState {
    /// The crawl that `fetches` came after; with a newer one they are void,
    /// because it may have read more than they did.
    pub after: Option<RunId>,
    /// When the feed was last asked.
    pub polled_at: Option<Timestamp>,
    /// When it was last read to its end.
    pub good_at: Option<Timestamp>,
    /// How the last poll ended, where it failed.
    pub status: Option<RunStatus>,
    /// Why.
    pub failure: Option<RunFailure>,
    /// Polls that failed since the last good one.
    pub failures_in_a_row: u32,
    /// What good polls fetched since that crawl.
    pub fetches: Vec<Fetch>,
}

impl FeedState {
    /// The state of a source; a file that cannot be read is as none: the feed
    /// is then read as for the first time.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn load(lake: &Lake, source: &SourceId) -> Result<Self, LakeError> {
        let path = lake.feed_file(source);
        match fs::read(&path) {
            Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_default()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(LakeError::Io { action: "cannot read", path, source }),
        }
    }

    pub(crate) fn save(&self, lake: &Lake, source: &SourceId) -> Result<(), LakeError> {
        let path = lake.feed_file(source);
        if let Some(folder) = path.parent() {
            lake.make_dir(folder)?;
        }
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|e| LakeError::Damaged { path: path.clone(), reason: e.to_string() })?;
        text.push(b'\n');
        write_atomic(&path, &text)
    }
}
