//! A refresh that shares its blocks with workers on other machines (R40).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use regatta_crawlers::CancellationToken;
use regatta_locks::{
    BlockKey, FencedStore, Metrics, MetricsSnapshot, RedisBackend, RedisConfig, Until, WorkQueue,
    Worker, WorkersConfig,
};
use regatta_remote::{RemoteError, Store};
use regatta_transform::{Block, MergeElsewhere, Merged};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::job::{self, Job};
use super::results::Results;
use super::step::MergeBlock;
use crate::metrics::{METRICS, float};

/// Blocks pushed by one call, and results read at once.
const PUSHED: usize = 500;
const READ: usize = 16;
/// Times that blocks without a result are pushed again: Redis may have lost the
/// end of its file. What is missing then is merged by the refresh itself.
const ROUNDS: usize = 3;
/// Between two lines in the log that say how far it is.
const TELL: Duration = Duration::from_secs(10);

/// Shares blocks by the queue in Redis and the object storage of the lake.
pub struct Sharing {
    /// Where results are waited for.
    pub runtime: Handle,
    pub store: Store,
    pub config: WorkersConfig,
    pub redis: RedisConfig,
    /// Ends the waiting; the refresh then finds the same and stops.
    pub cancel: CancellationToken,
}

impl MergeElsewhere for Sharing {
    fn merge(&self, blocks: &[Block]) -> Vec<Option<Merged>> {
        // On a thread of its own, since the caller's may belong to the runtime.
        let shared = std::thread::scope(|scope| {
            scope.spawn(|| self.runtime.block_on(self.share(blocks))).join()
        });
        match shared.unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
            Ok(results) => results,
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "blocks cannot be shared with workers; they are merged here"
                );
                Vec::new()
            }
        }
    }

    fn least(&self) -> usize {
        self.config.min_blocks
    }
}

impl Sharing {
    async fn share(&self, blocks: &[Block]) -> anyhow::Result<Vec<Option<Merged>>> {
        let ids = Arc::new(super::ids());
        let metrics = Arc::new(Metrics::default());
        let backend =
            RedisBackend::new(&self.config, &self.redis, Arc::clone(&ids), Arc::clone(&metrics))?;
        let backend = Arc::new(backend);
        for warning in backend.warnings().await? {
            tracing::warn!(warning, "Redis");
        }
        let id = format!("{}-{}", Timestamp::now().as_millisecond(), super::short(&ids));
        let job = Job::write(&self.store, id, blocks).await?;
        swept(job::sweep(&self.store, Some(&job.id)).await);
        let keys: Vec<BlockKey> = blocks.iter().map(job::key).collect();
        tracing::info!(blocks = keys.len(), job = job.id, "blocks shared with workers");
        let results = Results::of(self.store.clone(), &job);
        let step = MergeBlock::new(self.store.clone(), Arc::clone(&metrics));
        let worker = Worker::new(Arc::clone(&backend), step, ids, self.config.clone());
        let merged = self.until_merged(&worker, &backend, &keys, &results).await;
        let found = read(&results, &keys).await;
        if let Err(error) = merged {
            tracing::warn!(error = format!("{error:#}"), "not all blocks came back from workers");
        }
        let counted = metrics.snapshot();
        let taken = found.iter().flatten().count() as u64;
        count(&counted, taken, found.len() as u64);
        tracing::info!(
            results = taken,
            merged_by_this_process = counted.commits,
            lock_waits = counted.lock_waits,
            "results of workers taken"
        );
        // First the job: a worker that is late finds none, and does nothing.
        let cleared = async {
            self.store.remove(job::CURRENT).await?;
            job::sweep(&self.store, None).await
        };
        swept(cleared.await);
        Ok(found)
    }

    /// Works along with the others until every block has a result, or cannot
    /// have one.
    async fn until_merged(
        &self,
        worker: &Worker<RedisBackend, MergeBlock>,
        backend: &RedisBackend,
        keys: &[BlockKey],
        results: &Results,
    ) -> anyhow::Result<()> {
        let (stop, stopped) = watch::channel(false);
        let telling = async {
            loop {
                tokio::select! {
                    () = self.cancel.cancelled() => {
                        stop.send_replace(true);
                        std::future::pending::<()>().await;
                    }
                    () = tokio::time::sleep(TELL) => tell(backend).await,
                }
            }
        };
        let working = async {
            let mut missing: Vec<BlockKey> = keys.to_vec();
            for _ in 0..ROUNDS {
                for some in missing.chunks(PUSHED) {
                    backend.push(some).await?;
                }
                worker.run(stopped.clone(), Until::Drained).await?;
                let done: HashSet<String> = results.names().await?.into_iter().collect();
                missing.retain(|key| !done.contains(&job::name(key)));
                for dead in backend.dead_letters().await? {
                    if missing.contains(&dead.block) {
                        tracing::warn!(block = %dead.block, reason = dead.reason, "set aside");
                    }
                    missing.retain(|key| *key != dead.block);
                }
                if missing.is_empty() || *stopped.borrow() {
                    break;
                }
            }
            Ok(())
        };
        tokio::select! {
            ended = working => ended,
            () = telling => Ok(()),
        }
    }
}

/// For `/metrics` of a daemon.
fn count(counted: &MetricsSnapshot, taken: u64, blocks: u64) {
    let by_workers = taken.saturating_sub(counted.commits);
    for (merged_by, blocks) in [
        ("worker", by_workers),
        ("refresh", taken - by_workers),
        ("nobody", blocks.saturating_sub(taken)),
    ] {
        let labels = [("merged_by", merged_by)];
        METRICS.add("regatta_shared_blocks_total", &labels, float(blocks));
    }
    let waits = [("lock", "block")];
    METRICS.add("regatta_lock_waits_total", &waits, float(counted.lock_waits));
    let waited = float(counted.lock_wait_ms) / 1000.0;
    METRICS.add("regatta_lock_wait_seconds_total", &waits, waited);
}

async fn tell(backend: &RedisBackend) {
    if let Ok(length) = backend.length().await {
        tracing::info!(
            waiting = length.waiting + length.delayed,
            under_way = length.leased,
            set_aside = length.dead,
            "blocks with workers"
        );
    }
}

/// The results, in the order of the keys. One that cannot be read counts as
/// missing.
async fn read(results: &Results, keys: &[BlockKey]) -> Vec<Option<Merged>> {
    let one = async |key: &BlockKey| match results.read(key).await {
        Ok(committed) => serde_json::from_slice(&committed?.value).ok(),
        Err(error) => {
            tracing::warn!(block = %key, error = error.to_string(), "result not read");
            None
        }
    };
    stream::iter(keys).map(one).buffered(READ).collect().await
}

fn swept(result: Result<(), RemoteError>) {
    if let Err(error) = result {
        tracing::warn!(error = error.to_string(), "what earlier jobs left could not be removed");
    }
}
