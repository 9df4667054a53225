//! The usual step: read what is committed, merge, commit.

use std::future::Future;
use std::sync::Arc;

use crate::metrics::{Metrics, count};
use crate::store::{Committed, FencedStore, StoreError};
use crate::worker::{BlockStep, StepError, Work};

/// Computes a block anew.
pub trait Merge: Send + Sync + 'static {
    /// From what is committed to what is to be committed; nothing if that is up
    /// to date. May run twice for one change, so it must not write anywhere
    /// else. Long computing belongs on a thread of its own (`spawn_blocking`).
    ///
    /// # Errors
    /// The reason, for the log and the dead letter.
    fn merge(
        &self,
        work: &Work,
        committed: Option<&Committed>,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, String>> + Send;
}

/// A step that commits what a [`Merge`] computes in a [`FencedStore`].
#[derive(Debug)]
pub struct MergeIntoStore<M, S> {
    merge: M,
    store: Arc<S>,
    metrics: Arc<Metrics>,
}

impl<M: Merge, S: FencedStore> MergeIntoStore<M, S> {
    /// Of a merge and a store.
    pub fn new(merge: M, store: Arc<S>, metrics: Arc<Metrics>) -> Self {
        Self { merge, store, metrics }
    }

    fn refused(&self, error: StoreError) -> StepError {
        match &error {
            StoreError::Stale { .. } => count(&self.metrics.stale_commits),
            StoreError::Conflict { .. } => count(&self.metrics.conflicting_commits),
            StoreError::Backend(_) => return StepError::Failed(error.to_string()),
        }
        StepError::Superseded(error.to_string())
    }
}

impl<M: Merge, S: FencedStore> BlockStep for MergeIntoStore<M, S> {
    async fn run(&self, work: Work) -> Result<(), StepError> {
        // Only here, under the lock: what was read before may be out of date.
        let opened = self.store.open(&work.block, work.token).await.map_err(|e| self.refused(e))?;
        let merged =
            self.merge.merge(&work, opened.committed.as_ref()).await.map_err(StepError::Failed)?;
        if let Some(value) = merged {
            self.store
                .commit(&work.block, work.token, &opened.base, &value)
                .await
                .map_err(|e| self.refused(e))?;
            count(&self.metrics.commits);
        }
        Ok(())
    }
}
