//! Workers: every change once, whatever their steps do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use regatta_locks::{
    BackendError, BlockKey, BlockLocks, BlockStep, Committed, FencedStore, Ids, Merge,
    MergeIntoStore, StepError, Until, Work, WorkQueue, Worker, WorkersConfig,
};
use tokio::sync::watch;

use crate::is_free;
use crate::support::{block, eventually};

/// Adds one to a number for each time it runs.
struct AddOne;

impl Merge for AddOne {
    async fn merge(&self, _: &Work, old: Option<&Committed>) -> Result<Option<Vec<u8>>, String> {
        let old: u64 = match old {
            None => 0,
            Some(old) => std::str::from_utf8(&old.value).unwrap().parse().unwrap(),
        };
        tokio::task::yield_now().await;
        Ok(Some((old + 1).to_string().into_bytes()))
    }
}

fn never() -> (watch::Sender<bool>, watch::Receiver<bool>) {
    watch::channel(false)
}

/// Many deliveries of few blocks at once: without the locks, additions would
/// be lost; without the queue's leases, blocks.
pub async fn workers_apply_every_change_once<B: BlockLocks + WorkQueue, S: FencedStore>(
    backend: Arc<B>,
    store: Arc<S>,
    config: WorkersConfig,
) {
    let (end, stopped) = never();
    let blocks: Vec<BlockKey> = (0..5).map(block).collect();
    let step = || MergeIntoStore::new(AddOne, Arc::clone(&store), Arc::clone(backend.metrics()));
    let workers: Vec<_> = (10..13)
        .map(|seed| {
            let ids = Arc::new(Ids::new(seed));
            let worker = Worker::new(Arc::clone(&backend), step(), ids, config.clone());
            let stopped = stopped.clone();
            tokio::spawn(async move { worker.run(stopped, Until::Stopped).await })
        })
        .collect();
    for _ in 0..100 {
        backend.push(&blocks).await.unwrap();
        tokio::task::yield_now().await;
    }
    eventually("all is done", async || backend.length().await.unwrap().is_drained()).await;
    drop(end);
    for worker in workers {
        worker.await.unwrap().unwrap();
    }
    let metrics = backend.metrics().snapshot();
    assert_eq!(metrics.acks, metrics.deliveries - metrics.busy_requeues, "{metrics:?}");
    assert_eq!(metrics.stale_commits + metrics.conflicting_commits, 0, "{metrics:?}");
    let mut additions = 0;
    for block in &blocks {
        let value = store.read(block).await.unwrap().unwrap().value;
        additions += String::from_utf8(value).unwrap().parse::<u64>().unwrap();
    }
    assert_eq!(additions, metrics.commits);
    assert_eq!(metrics.commits, metrics.acks);
    assert_eq!(metrics.releases, metrics.locks_granted);
}

/// Fails in all ways: block 0 panics always, block 1 once, block 2 fails once.
struct Troubled(AtomicU64);

impl BlockStep for Troubled {
    async fn run(&self, work: Work) -> Result<(), StepError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        assert!(work.block != block(0), "always");
        assert!(work.block != block(1) || work.failures == 1, "once");
        if work.block == block(2) && work.failures == 0 {
            return Err(StepError::Failed("not yet".to_owned()));
        }
        Ok(())
    }
}

pub async fn a_worker_goes_on_after_panics_and_failures<
    B: BlockLocks + WorkQueue,
    S: FencedStore,
>(
    backend: Arc<B>,
    _: Arc<S>,
    config: WorkersConfig,
) {
    let (_stop, stopped) = never();
    backend.push(&[block(0), block(1), block(2), block(3)]).await.unwrap();
    let step = Troubled(AtomicU64::new(0));
    let worker = Worker::new(Arc::clone(&backend), step, Arc::new(Ids::new(9)), config);
    worker.run(stopped, Until::Drained).await.unwrap();
    let letters = backend.dead_letters().await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].block, block(0));
    assert!(letters[0].reason.contains("panic"), "{}", letters[0].reason);
    let metrics = backend.metrics().snapshot();
    assert_eq!((metrics.acks, metrics.failed_requeues, metrics.dead_letters), (3, 4, 1));
    // No lock was left behind.
    for n in 0..4 {
        assert!(is_free(&*backend, &Ids::new(8), &block(n)).await);
    }
}

/// Says that it began, then waits to be let go.
struct Slow {
    began: watch::Sender<bool>,
    go: watch::Receiver<bool>,
}

impl BlockStep for Slow {
    async fn run(&self, _: Work) -> Result<(), StepError> {
        self.began.send_replace(true);
        self.go.clone().wait_for(|go| *go).await.map_err(|e| StepError::Failed(e.to_string()))?;
        Ok(())
    }
}

pub async fn a_stopped_worker_finishes_what_it_has<B: BlockLocks + WorkQueue, S: FencedStore>(
    backend: Arc<B>,
    _: Arc<S>,
    mut config: WorkersConfig,
) {
    config.parallel = 1;
    let (stop, stopped) = never();
    let (began, mut has_begun) = watch::channel(false);
    let (let_go, go) = watch::channel(false);
    backend.push(&[block(0), block(1)]).await.unwrap();
    let ids = Arc::new(Ids::new(9));
    let worker = Worker::new(Arc::clone(&backend), Slow { began, go }, ids, config);
    let running: tokio::task::JoinHandle<Result<(), BackendError>> =
        tokio::spawn(async move { worker.run(stopped, Until::Stopped).await });
    has_begun.wait_for(|began| *began).await.unwrap();
    stop.send_replace(true);
    let_go.send_replace(true);
    running.await.unwrap().unwrap();
    let length = backend.length().await.unwrap();
    assert_eq!((length.waiting, length.leased), (1, 0));
    assert_eq!(backend.metrics().snapshot().acks, 1);
}
