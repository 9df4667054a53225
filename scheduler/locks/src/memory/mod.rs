//! Locks, queue and store inside the process: the default.
//!
//! The same semantics as in Redis, expiry included: a guard that is dropped
//! gives its lock back at once, so expiry only matters where the renewals are
//! kept from running. Time is tokio's monotonic clock, so it stands still where
//! a test pauses it.

mod locks;
#[cfg(test)]
mod model;
mod queue;
mod store;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use self::queue::EXPIRED;
use crate::config::{LockConfig, QueueConfig, WorkersConfig};
use crate::error::BackendError;
use crate::ids::{LeaseId, Owner, Token};
use crate::key::BlockKey;
use crate::locks::{Attempt, BlockLocks, Grant};
use crate::metrics::{Metrics, add};
use crate::queue::{DeadLetter, Delivery, QueueLength, Requeue, Requeued, WorkQueue};
use crate::store::{Base, Committed, FencedStore, Opened, StoreError};

/// Locks and queue of one process.
#[derive(Debug)]
pub struct MemoryBackend {
    locks: Mutex<locks::LockTable>,
    queue: Mutex<queue::QueueTable>,
    began: Instant,
    lock_config: LockConfig,
    queue_config: QueueConfig,
    metrics: Arc<Metrics>,
}

impl MemoryBackend {
    /// Empty.
    #[must_use]
    pub fn new(config: &WorkersConfig, metrics: Arc<Metrics>) -> Self {
        Self {
            locks: Mutex::default(),
            queue: Mutex::default(),
            began: Instant::now(),
            lock_config: config.locks.clone(),
            queue_config: config.queue.clone(),
            metrics,
        }
    }

    /// Milliseconds since it was made.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl BlockLocks for MemoryBackend {
    async fn try_acquire(&self, block: &BlockKey, owner: &Owner) -> Result<Attempt, BackendError> {
        let expiry = self.lock_config.expiry_ms;
        Ok(match lock(&self.locks).try_acquire(block, owner, self.now(), expiry) {
            Ok(token) => {
                Attempt::Granted(Grant { block: block.clone(), owner: owner.clone(), token })
            }
            Err(remaining) => Attempt::Held { remaining: Duration::from_millis(remaining) },
        })
    }

    async fn renew(&self, grant: &Grant) -> Result<bool, BackendError> {
        Ok(lock(&self.locks).renew(grant, self.now(), self.lock_config.expiry_ms))
    }

    async fn release(&self, grant: &Grant) -> Result<bool, BackendError> {
        Ok(lock(&self.locks).release(grant, self.now()))
    }

    fn lock_config(&self) -> &LockConfig {
        &self.lock_config
    }

    fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }
}

impl WorkQueue for MemoryBackend {
    async fn push(&self, blocks: &[BlockKey]) -> Result<u64, BackendError> {
        Ok(lock(&self.queue).push(blocks, self.now()))
    }

    async fn pop(&self, lease: &LeaseId) -> Result<Option<Delivery>, BackendError> {
        let QueueConfig { visibility_ms, dead_after, .. } = self.queue_config;
        let popped = lock(&self.queue).pop(lease, self.now(), visibility_ms, dead_after);
        add(&self.metrics.expired_deliveries, popped.expired);
        add(&self.metrics.dead_letters, popped.dead);
        Ok(popped.delivery)
    }

    async fn extend(&self, delivery: &Delivery) -> Result<bool, BackendError> {
        let visibility = self.queue_config.visibility_ms;
        Ok(lock(&self.queue).extend(&delivery.lease, self.now(), visibility))
    }

    async fn ack(&self, delivery: &Delivery) -> Result<bool, BackendError> {
        Ok(lock(&self.queue).ack(&delivery.lease))
    }

    async fn requeue(
        &self,
        delivery: &Delivery,
        delay: Duration,
        why: Requeue,
    ) -> Result<Requeued, BackendError> {
        let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        let due = self.now().saturating_add(delay);
        let dead_after = self.queue_config.dead_after;
        Ok(lock(&self.queue).requeue(&delivery.lease, due, &why, dead_after))
    }

    async fn length(&self) -> Result<QueueLength, BackendError> {
        Ok(lock(&self.queue).length(self.now()))
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>, BackendError> {
        Ok(lock(&self.queue).dead_letters())
    }

    fn queue_config(&self) -> &QueueConfig {
        &self.queue_config
    }
}

/// Committed blocks of one process.
#[derive(Debug)]
pub struct MemoryStore {
    table: Mutex<store::StoreTable>,
    keep: usize,
}

impl MemoryStore {
    /// Empty. `keep`: number of commits of a block that stay readable, 0 for
    /// all.
    #[must_use]
    pub fn new(keep: usize) -> Self {
        Self { table: Mutex::default(), keep }
    }

    /// The commits of a block that were kept, oldest first.
    pub fn history(&self, block: &BlockKey) -> Vec<Committed> {
        lock(&self.table).history(block)
    }
}

impl FencedStore for MemoryStore {
    async fn open(&self, block: &BlockKey, token: Token) -> Result<Opened, StoreError> {
        lock(&self.table).open(block, token)
    }

    async fn commit(
        &self,
        block: &BlockKey,
        token: Token,
        base: &Base,
        value: &[u8],
    ) -> Result<(), StoreError> {
        lock(&self.table).commit(block, token, base, value, self.keep)
    }

    async fn read(&self, block: &BlockKey) -> Result<Option<Committed>, StoreError> {
        Ok(lock(&self.table).history(block).pop())
    }
}

/// The tables are whole after every call, so a panic elsewhere spoils nothing.
fn lock<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}
