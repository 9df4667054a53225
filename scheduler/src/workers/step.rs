//! What a worker does with a block: find its job, merge it, commit the result.

use std::sync::Arc;

use regatta_locks::{BlockStep, Committed, Merge, MergeIntoStore, Metrics, StepError, Work};
use regatta_remote::Store;
use regatta_transform::Block;

use super::job::{Job, Packs};
use super::results::Results;

/// The step of every worker, also of the refresh that waits for them.
#[derive(Debug)]
pub struct MergeBlock {
    store: Store,
    packs: Packs,
    metrics: Arc<Metrics>,
}

impl MergeBlock {
    /// For the lake in `store`.
    pub fn new(store: Store, metrics: Arc<Metrics>) -> Self {
        Self { packs: Packs::new(store.clone()), store, metrics }
    }

    /// The job under way and its block; none where nobody waits for it.
    async fn find(&self, work: &Work) -> anyhow::Result<Option<(Job, Arc<Block>)>> {
        // Read anew for each block: under the id of an earlier job the result
        // would be taken off the queue, and missed.
        let Some(job) = Job::current(&self.store).await? else { return Ok(None) };
        let block = self.packs.block(&job, &work.block).await?;
        Ok(block.map(|block| (job, block)))
    }
}

impl BlockStep for MergeBlock {
    async fn run(&self, work: Work) -> Result<(), StepError> {
        let found = self.find(&work).await.map_err(|e| StepError::Failed(format!("{e:#}")))?;
        let Some((job, block)) = found else {
            tracing::debug!(block = %work.block, "of no job under way");
            return Ok(());
        };
        let results = Arc::new(Results::of(self.store.clone(), &job));
        MergeIntoStore::new(One(block), results, Arc::clone(&self.metrics)).run(work).await
    }
}

/// The merge of one block, whose result does not change: what is committed is
/// up to date.
struct One(Arc<Block>);

impl Merge for One {
    async fn merge(
        &self,
        _: &Work,
        committed: Option<&Committed>,
    ) -> Result<Option<Vec<u8>>, String> {
        if committed.is_some() {
            return Ok(None);
        }
        let block = Arc::clone(&self.0);
        let merged = tokio::task::spawn_blocking(move || serde_json::to_vec(&block.merge()));
        match merged.await {
            Ok(bytes) => bytes.map(Some).map_err(|e| e.to_string()),
            Err(ended) => Err(format!("the merge ended early: {ended}")),
        }
    }
}
