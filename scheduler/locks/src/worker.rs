//! The worker: takes a block, locks it, runs the step, acknowledges (R40).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::config::WorkersConfig;
use crate::error::BackendError;
use crate::ids::{Ids, Token};
use crate::key::BlockKey;
use crate::locks::{Acquired, BlockLocks, LeaseWatch, acquire};
use crate::metrics::count;
use crate::queue::{Delivery, Requeue, Requeued, WorkQueue};

/// A block to be merged, under its lock.
#[derive(Clone, Debug)]
pub struct Work {
    /// The block.
    pub block: BlockKey,
    /// The token to commit with.
    pub token: Token,
    /// Failures of this block so far.
    pub failures: u32,
    /// Tells whether the lock is lost: long work may stop then.
    pub lease: LeaseWatch,
}

/// Why a step did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A newer owner has the block. Not a failure: it is looked at again.
    #[error("superseded: {0}")]
    Superseded(String),
    /// It failed, and is tried again until it is a dead letter.
    #[error("{0}")]
    Failed(String),
}

/// Merges a block and commits it, with the token where the store checks it.
pub trait BlockStep: Send + Sync + 'static {
    /// Done when it comes back without an error: the block is then taken off
    /// the queue. May run again for a block that is up to date.
    fn run(&self, work: Work) -> impl Future<Output = Result<(), StepError>> + Send;
}

/// When a worker ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When it is told to.
    Stopped,
    /// When nothing waits and nothing is under way, at any worker.
    Drained,
}

/// Works on blocks of a queue.
#[derive(Debug)]
pub struct Worker<B, S> {
    backend: Arc<B>,
    step: Arc<S>,
    ids: Arc<Ids>,
    config: Arc<WorkersConfig>,
}

// Not derived: neither backend nor step need be `Clone`.
impl<B, S> Clone for Worker<B, S> {
    fn clone(&self) -> Self {
        Self {
            backend: Arc::clone(&self.backend),
            step: Arc::clone(&self.step),
            ids: Arc::clone(&self.ids),
            config: Arc::clone(&self.config),
        }
    }
}

impl<B: BlockLocks + WorkQueue, S: BlockStep> Worker<B, S> {
    /// Of a backend and a step. `ids` must come from a random number of this
    /// process.
    pub fn new(backend: Arc<B>, step: S, ids: Arc<Ids>, config: WorkersConfig) -> Self {
        Self { backend, step: Arc::new(step), ids, config: Arc::new(config) }
    }

    /// Works, `parallel` blocks at once, until the end. What is under way when
    /// `stop` becomes true (or its sender is dropped) is finished.
    ///
    /// # Errors
    /// The backend was not to be reached for the configured time, or refused.
    /// What was under way is delivered again when its leases expire.
    pub async fn run(&self, stop: watch::Receiver<bool>, until: Until) -> Result<(), BackendError> {
        let mut lanes = JoinSet::new();
        for _ in 0..self.config.parallel {
            let (worker, stop) = (self.clone(), stop.clone());
            lanes.spawn(async move { worker.lane(stop, until).await });
        }
        while let Some(ended) = lanes.join_next().await {
            match ended {
                Ok(result) => result?,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // Only when the runtime shuts down.
                    Err(_) => return Ok(()),
                },
            }
        }
        Ok(())
    }

    async fn lane(
        &self,
        mut stop: watch::Receiver<bool>,
        until: Until,
    ) -> Result<(), BackendError> {
        let poll = Duration::from_millis(self.config.queue.poll_ms);
        while !*stop.borrow() && stop.has_changed().is_ok() {
            if let Some(delivery) = self.backend.pop(&self.ids.lease()).await? {
                count(&self.backend.metrics().deliveries);
                self.deliver(delivery).await?;
                continue;
            }
            if until == Until::Drained && self.backend.length().await?.is_drained() {
                break;
            }
            tokio::select! {
                () = sleep(self.ids.spread(poll)) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
        Ok(())
    }

    /// From delivery to acknowledgement.
    async fn deliver(&self, delivery: Delivery) -> Result<(), BackendError> {
        let _extension = Extension::start(Arc::clone(&self.backend), delivery.clone());
        let guard = match acquire(&self.backend, &delivery.block, &self.ids).await? {
            Acquired::Held(guard) => guard,
            Acquired::Requeue { tries } => {
                tracing::debug!(block = %delivery.block, tries, "lock stays held");
                count(&self.backend.metrics().busy_requeues);
                let delay = Duration::from_millis(self.config.queue.busy_delay_ms);
                self.backend.requeue(&delivery, self.ids.spread(delay), Requeue::Busy).await?;
                return Ok(());
            }
        };
        let work = Work {
            block: delivery.block.clone(),
            token: guard.token(),
            failures: delivery.failures,
            lease: guard.watch(),
        };
        match self.step(work).await {
            Ok(()) => {
                if self.backend.ack(&delivery).await? {
                    count(&self.backend.metrics().acks);
                }
            }
            // The newer owner may have read before the change that this delivery
            // stands for: so it is looked at once more, not dropped.
            Err(StepError::Superseded(reason)) => {
                tracing::info!(block = %delivery.block, reason, "superseded");
                self.backend.requeue(&delivery, Duration::ZERO, Requeue::Busy).await?;
            }
            Err(StepError::Failed(reason)) => self.failed(&delivery, reason).await?,
        }
        // A failure to release costs others a wait, no more.
        if let Err(error) = guard.release().await {
            tracing::warn!(block = %delivery.block, %error, "lock not released; it expires");
        }
        Ok(())
    }

    /// A task of its own, so that a panic is a failure of this block only.
    async fn step(&self, work: Work) -> Result<(), StepError> {
        let step = Arc::clone(&self.step);
        let mut task = Aborting(tokio::spawn(async move { step.run(work).await }));
        match (&mut task.0).await {
            Ok(result) => result,
            Err(error) => Err(StepError::Failed(format!("the merge ended early: {error}"))),
        }
    }

    async fn failed(&self, delivery: &Delivery, reason: String) -> Result<(), BackendError> {
        let delay = Duration::from_millis(self.config.queue.failure_delay_ms);
        let why = Requeue::Failed(reason.clone());
        match self.backend.requeue(delivery, self.ids.spread(delay), why).await? {
            Requeued::Dead => {
                count(&self.backend.metrics().dead_letters);
                tracing::error!(block = %delivery.block, reason, "block set aside");
            }
            Requeued::Waiting => {
                count(&self.backend.metrics().failed_requeues);
                tracing::warn!(block = %delivery.block, reason, "merge failed, to be repeated");
            }
            Requeued::NotOurs => {
                tracing::warn!(block = %delivery.block, reason, "merge failed after its delivery");
            }
        }
        Ok(())
    }
}

/// Extends a delivery until dropped.
struct Extension(#[expect(dead_code, reason = "aborts when dropped")] Aborting<()>);

impl Extension {
    fn start<B: WorkQueue>(queue: Arc<B>, delivery: Delivery) -> Self {
        let interval = Duration::from_millis(queue.queue_config().visibility_ms / 3);
        Self(Aborting(tokio::spawn(async move {
            loop {
                sleep(interval).await;
                match queue.extend(&delivery).await {
                    Ok(true) => {}
                    // Gone to somebody else: lock and token settle who commits.
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(block = %delivery.block, %error, "delivery not extended");
                    }
                }
            }
        })))
    }
}

/// A task that ends with this value.
struct Aborting<T>(JoinHandle<T>);

impl<T> Drop for Aborting<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
