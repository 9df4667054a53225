//! Where merged blocks are committed: the place that refuses late writers.

use std::future::Future;

use crate::error::BackendError;
use crate::ids::Token;
use crate::key::BlockKey;

/// What is committed under a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Token of the owner that committed it.
    pub token: Token,
    /// The value.
    pub value: Vec<u8>,
}

/// The state of a block when it was opened; only the store reads it (a token, an
/// `ETag`). None: nothing was committed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Base(pub Option<String>);

/// A block as its owner found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What is committed.
    pub committed: Option<Committed>,
    /// To be handed back with the commit.
    pub base: Base,
}

/// A commit or an opening that was not done.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer owner has opened the block. What was computed is to be thrown
    /// away; the newer owner does the work.
    #[error("{block}: token {token} is older than {newest}, which has opened the block")]
    Stale {
        /// The block.
        block: BlockKey,
        /// The token that was refused.
        token: Token,
        /// The newest that the store has seen.
        newest: Token,
    },
    /// The block is not as it was when it was opened. What was computed is to be
    /// thrown away, and the block to be opened again.
    #[error("{block}: changed since token {token} opened it")]
    Conflict {
        /// The block.
        block: BlockKey,
        /// The token that was refused.
        token: Token,
    },
    /// The store could not be asked.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// A store that takes a commit only from the newest owner of a block, and only
/// upon what that owner has read.
///
/// Two rules, both checked in one indivisible step with the write:
///
/// 1. a token smaller than the largest that has **opened** the block is stale.
///    It is not enough to remember the largest that has committed: a late owner
///    could then write between the newer one's reading and writing;
/// 2. the block's last commit is the one that was there when it was opened.
///    This holds even where the record of rule 1 was lost.
///
/// A token commits a block once: the same commit sent again is answered as
/// done, and changes nothing.
pub trait FencedStore: Send + Sync + 'static {
    /// Reads a block and shuts out all smaller tokens.
    fn open(
        &self,
        block: &BlockKey,
        token: Token,
    ) -> impl Future<Output = Result<Opened, StoreError>> + Send;

    /// Replaces the value of a block.
    fn commit(
        &self,
        block: &BlockKey,
        token: Token,
        base: &Base,
        value: &[u8],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Reads a block without shutting anybody out.
    fn read(
        &self,
        block: &BlockKey,
    ) -> impl Future<Output = Result<Option<Committed>, StoreError>> + Send;
}
