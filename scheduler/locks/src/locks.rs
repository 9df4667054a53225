//! Locks on blocks: asking, waiting, keeping, giving back (R40).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::config::LockConfig;
use crate::error::BackendError;
use crate::ids::{Ids, Owner, Token};
use crate::key::BlockKey;
use crate::metrics::{Metrics, add, count};

/// A lock that was granted: who holds what, under which token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The block.
    pub block: BlockKey,
    /// Who holds it.
    pub owner: Owner,
    /// Larger than that of every grant before.
    pub token: Token,
}

/// What became of one request for a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is ours until the expiry, unless renewed.
    Granted(Grant),
    /// Somebody else has it, for this long unless renewed.
    Held {
        /// Time to its expiry.
        remaining: Duration,
    },
}

/// Locks by block, with expiry, and tokens that only grow.
///
/// Every method may be repeated with the same arguments after a failure.
pub trait BlockLocks: Send + Sync + 'static {
    /// Asks once. An owner that has the lock already gets the same token, and
    /// the whole time to expiry again.
    fn try_acquire(
        &self,
        block: &BlockKey,
        owner: &Owner,
    ) -> impl Future<Output = Result<Attempt, BackendError>> + Send;

    /// Gives the lock the whole time to expiry again. False, and nothing
    /// changes, if the grant no longer holds.
    fn renew(&self, grant: &Grant) -> impl Future<Output = Result<bool, BackendError>> + Send;

    /// Gives the lock back. False, and nothing changes, if the grant no longer
    /// holds: nobody else's lock is ever released.
    fn release(&self, grant: &Grant) -> impl Future<Output = Result<bool, BackendError>> + Send;

    /// Expiry, renewal, waits.
    fn lock_config(&self) -> &LockConfig;

    /// Where to count.
    fn metrics(&self) -> &Arc<Metrics>;
}

/// What became of a lock that was waited for.
#[derive(Debug)]
pub enum Acquired<L: BlockLocks> {
    /// Held, and renewed until the guard is released or dropped.
    Held(Guard<L>),
    /// Still held by somebody else after all tries: put the work back on the
    /// queue and do something else.
    Requeue {
        /// Tries that were made.
        tries: u32,
    },
}

/// Asks for a lock up to the configured number of times, with waits between.
///
/// # Errors
/// The backend's.
pub async fn acquire<L: BlockLocks>(
    locks: &Arc<L>,
    block: &BlockKey,
    ids: &Ids,
) -> Result<Acquired<L>, BackendError> {
    let owner = ids.owner();
    let metrics = Arc::clone(locks.metrics());
    let (wait, tries) = (locks.lock_config().wait(), locks.lock_config().tries);
    for left in (0..tries).rev() {
        count(&metrics.lock_tries);
        // The lock counts from when it was asked for, never from the answer.
        let asked = Instant::now();
        match locks.try_acquire(block, &owner).await? {
            Attempt::Granted(grant) => {
                count(&metrics.locks_granted);
                return Ok(Acquired::Held(Guard::new(Arc::clone(locks), grant, asked)));
            }
            Attempt::Held { remaining } if left > 0 => {
                let wait = ids.spread(wait.min(remaining.max(Duration::from_millis(1))));
                count(&metrics.lock_waits);
                add(&metrics.lock_wait_ms, u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
                sleep(wait).await;
            }
            Attempt::Held { .. } => {}
        }
    }
    Ok(Acquired::Requeue { tries })
}

/// A held lock, renewed by a task of its own until it is released, dropped, or
/// lost.
#[derive(Debug)]
pub struct Guard<L: BlockLocks> {
    locks: Arc<L>,
    grant: Grant,
    lost: watch::Receiver<bool>,
    renewal: JoinHandle<()>,
    released: bool,
}

impl<L: BlockLocks> Guard<L> {
    fn new(locks: Arc<L>, grant: Grant, asked: Instant) -> Self {
        let (sender, lost) = watch::channel(false);
        let renewal = tokio::spawn(keep(Arc::clone(&locks), grant.clone(), asked, sender));
        Self { locks, grant, lost, renewal, released: false }
    }

    /// What is held.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The fencing token.
    #[must_use]
    pub fn token(&self) -> Token {
        self.grant.token
    }

    /// Tells when the lock is lost.
    #[must_use]
    pub fn watch(&self) -> LeaseWatch {
        LeaseWatch(self.lost.clone())
    }

    /// Gives the lock back; false if it had been lost.
    ///
    /// # Errors
    /// The backend's; the lock then expires by itself.
    pub async fn release(mut self) -> Result<bool, BackendError> {
        self.released = true;
        self.renewal.abort();
        let released = self.locks.release(&self.grant).await?;
        if released {
            count(&self.locks.metrics().releases);
        }
        Ok(released)
    }
}

impl<L: BlockLocks> Drop for Guard<L> {
    /// Without `release`, a panic say: gives the lock back in the background,
    /// where there still is a runtime. Otherwise it expires.
    fn drop(&mut self) {
        self.renewal.abort();
        if self.released {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let (locks, grant) = (Arc::clone(&self.locks), self.grant.clone());
            runtime.spawn(async move {
                if let Ok(true) = locks.release(&grant).await {
                    count(&locks.metrics().releases);
                }
            });
        }
    }
}

/// Tells whether a lock is still held, as far as its holder can know. Only a
/// help to stop early: what is committed is decided by the token.
#[derive(Clone, Debug)]
pub struct LeaseWatch(watch::Receiver<bool>);

impl LeaseWatch {
    /// Whether the lock is known to be lost.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        *self.0.borrow()
    }

    /// Comes back when the lock is lost; never, if it is released before.
    pub async fn lost(&mut self) {
        if self.0.wait_for(|lost| *lost).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Renews until the grant no longer holds, or could not be renewed for as long
/// as it lasts.
async fn keep<L: BlockLocks>(
    locks: Arc<L>,
    grant: Grant,
    asked: Instant,
    lost: watch::Sender<bool>,
) {
    let (expiry, interval) = (locks.lock_config().expiry(), locks.lock_config().renew());
    let mut held_until = asked + expiry;
    let mut next = asked + interval;
    loop {
        sleep_until(next).await;
        let asked = Instant::now();
        let answer = tokio::select! {
            answer = locks.renew(&grant) => answer,
            () = sleep_until(held_until) => break,
        };
        match answer {
            Ok(true) => {
                count(&locks.metrics().renewals);
                held_until = asked + expiry;
            }
            Ok(false) => break,
            // Repeated at the next interval, while it may still hold.
            Err(error) => {
                tracing::warn!(block = %grant.block, %error, "lock not renewed");
                if Instant::now() >= held_until {
                    break;
                }
            }
        }
        next = Instant::now() + interval;
    }
    count(&locks.metrics().lost_leases);
    tracing::warn!(block = %grant.block, token = %grant.token, "lock lost");
    lost.send_replace(true);
}
