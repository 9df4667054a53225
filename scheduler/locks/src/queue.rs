//! The queue of changed blocks.

use std::future::Future;
use std::time::Duration;

use crate::config::QueueConfig;
use crate::error::BackendError;
use crate::ids::LeaseId;
use crate::key::BlockKey;

/// A block handed out, for the visibility time unless extended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The block.
    pub block: BlockKey,
    /// The lease under which it was handed out.
    pub lease: LeaseId,
    /// Failed merges and expired deliveries so far.
    pub failures: u32,
    /// Times that it was put back, for whatever reason.
    pub requeues: u32,
}

/// Why a block is put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// Its lock is held, or a newer owner was faster: no failure.
    Busy,
    /// Its merge failed, with the reason.
    Failed(String),
}

/// What became of a block that was put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeued {
    /// It waits again.
    Waiting,
    /// It failed too often and was set aside.
    Dead,
    /// The delivery had expired and the block is somebody else's by now.
    NotOurs,
}

/// What is in a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueLength {
    /// Blocks that can be handed out now.
    pub waiting: u64,
    /// Blocks that wait for their time.
    pub delayed: u64,
    /// Deliveries that were neither acknowledged nor put back.
    pub leased: u64,
    /// Blocks that were set aside.
    pub dead: u64,
}

impl QueueLength {
    /// Whether there is nothing to do and nothing under way.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.waiting == 0 && self.delayed == 0 && self.leased == 0
    }
}

/// A block that failed too often. It comes back when it is pushed again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeadLetter {
    /// The block.
    pub block: BlockKey,
    /// Failures it had.
    pub failures: u32,
    /// The last reason.
    pub reason: String,
}

/// A queue in which a block waits at most once, however often it is pushed.
///
/// A block that is pushed while it is being worked on waits again, for what has
/// changed since it was read. So it may be delivered twice at the same time;
/// its lock puts one after the other.
///
/// Every method may be repeated with the same arguments after a failure.
pub trait WorkQueue: Send + Sync + 'static {
    /// Adds blocks that are to be handed out as soon as possible; the number of
    /// those that did not wait before. Brings dead letters back, with their
    /// failures forgotten.
    fn push(&self, blocks: &[BlockKey]) -> impl Future<Output = Result<u64, BackendError>> + Send;

    /// Takes the block that has been due for the longest time; nothing if none
    /// is due. A lease that was used before gets what it got before.
    fn pop(
        &self,
        lease: &LeaseId,
    ) -> impl Future<Output = Result<Option<Delivery>, BackendError>> + Send;

    /// Gives a delivery the whole visibility time again; false if it has gone
    /// to somebody else.
    fn extend(
        &self,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<bool, BackendError>> + Send;

    /// The block is done; false if it has gone to somebody else.
    fn ack(&self, delivery: &Delivery) -> impl Future<Output = Result<bool, BackendError>> + Send;

    /// Puts a block back, to be handed out after a time. If it waits already,
    /// the earlier time holds, and the larger counts.
    fn requeue(
        &self,
        delivery: &Delivery,
        delay: Duration,
        why: Requeue,
    ) -> impl Future<Output = Result<Requeued, BackendError>> + Send;

    /// How much there is to do.
    fn length(&self) -> impl Future<Output = Result<QueueLength, BackendError>> + Send;

    /// The blocks that were set aside, sorted.
    fn dead_letters(&self) -> impl Future<Output = Result<Vec<DeadLetter>, BackendError>> + Send;

    /// Visibility, delays, failures.
    fn queue_config(&self) -> &QueueConfig;
}
