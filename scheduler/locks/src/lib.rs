//! Workers that share the blocks of a refresh (R40).
//!
//! A block is a pair of generic name and dosage form: the unit that is merged
//! anew when one of its records changes (R39). Workers take changed blocks from
//! a [`WorkQueue`], lock each with [`BlockLocks`], and run a [`BlockStep`] that
//! merges it and commits. Both come in two backends of the same semantics:
//! [`MemoryBackend`] for threads of one process, [`RedisBackend`] for several
//! machines.
//!
//! A lock that expires cannot keep a paused owner from writing when it wakes.
//! Each grant therefore carries a [`Token`] that is larger than every one
//! granted before, and a [`FencedStore`] refuses a commit with a token older
//! than the newest that has opened the block. The locks save double work; the
//! store keeps the tables right. `docs/workers.md` has the protocol and what
//! holds under which failure.
//!
//! Every operation may be repeated: the caller makes the identifiers
//! ([`Ids`]), so that a call whose answer was lost can be sent again.

mod config;
mod error;
mod ids;
mod key;
mod locks;
mod memory;
mod merge;
mod metrics;
mod queue;
mod redis;
mod store;
mod worker;

pub use config::{LockConfig, QueueConfig, RedisConfig, WorkersConfig};
pub use error::{BackendError, ConfigError};
pub use ids::{Ids, LeaseId, Owner, Token};
pub use key::BlockKey;
pub use locks::{Acquired, Attempt, BlockLocks, Grant, Guard, LeaseWatch, acquire};
pub use memory::{MemoryBackend, MemoryStore};
pub use merge::{Merge, MergeIntoStore};
pub use metrics::{Metrics, MetricsSnapshot};
pub use queue::{DeadLetter, Delivery, QueueLength, Requeue, Requeued, WorkQueue};
pub use redis::{RedisBackend, RedisStore};
pub use store::{Base, Committed, FencedStore, Opened, StoreError};
pub use worker::{BlockStep, StepError, Until, Work, Worker};
