//! What every backend promises, run against each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use regatta_locks::{
    Acquired, Attempt, BackendError, Base, BlockKey, BlockLocks, BlockStep, Committed, Delivery,
    FencedStore, Grant, Ids, MemoryBackend, MemoryStore, Merge, MergeIntoStore, RedisStore,
    Requeue, Requeued, StepError, StoreError, Token, Until, Work, WorkQueue, Worker, WorkersConfig,
    acquire,
};
use support::{RedisServer, block, config, eventually};
use tokio::sync::watch;

/// Each test once for every backend. The Redis one has a server of its own.
macro_rules! conformance {
    ($($test:ident($change:expr);)+) => {
        mod memory {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let mut config = config();
                let change: fn(&mut WorkersConfig) = $change;
                change(&mut config);
                let backend = Arc::new(MemoryBackend::new(&config, Arc::default()));
                super::$test(backend, Arc::new(MemoryStore::new(0)), config).await;
            })+
        }

        mod redis {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let Some(server) = RedisServer::start(stringify!($test), "no") else { return };
                let mut config = config();
                let change: fn(&mut WorkersConfig) = $change;
                change(&mut config);
                let backend = support::backend(&server, &config, 1);
                let store = Arc::new(RedisStore::new(&backend, 0));
                super::$test(backend, store, config).await;
            })+
        }
    };
}

conformance! {
    r40_a_lock_has_one_holder_and_only_that_one_releases_it(|_| {});
    r40_tokens_grow_over_all_blocks(|_| {});
    r40_a_lock_asked_for_again_by_its_owner_is_the_same(|_| {});
    r40_an_expired_lock_is_lost_to_its_owner(|c| c.locks.expiry_ms = 40);
    r40_a_guard_renews_and_gives_back_when_dropped(|c| {
        c.locks.expiry_ms = 300;
        c.locks.renew_ms = 20;
    });
    r40_a_guard_notices_that_it_lost_its_lock(|c| {
        c.locks.expiry_ms = 60_000;
        c.locks.renew_ms = 20;
    });
    r40_after_the_tries_the_work_goes_back(|c| c.locks.tries = 4);
    r40_the_newest_opener_shuts_out_older_tokens(|_| {});
    r40_a_commit_needs_what_was_read(|_| {});
    r40_a_repeated_commit_is_done_once(|_| {});
    r40_values_are_any_bytes(|_| {});
    a_block_waits_once_and_in_order(|_| {});
    a_block_pushed_while_out_waits_again(|_| {});
    a_delivery_that_is_not_acknowledged_comes_back(|c| c.queue.visibility_ms = 40);
    a_repeated_pop_gets_the_same_delivery(|_| {});
    a_block_that_fails_too_often_is_set_aside_until_pushed(|_| {});
    a_busy_block_is_never_set_aside(|_| {});
    a_delayed_block_is_not_handed_out_before(|_| {});
    a_pop_of_workers_that_died_sets_aside_in_the_end(|c| c.queue.visibility_ms = 10);
    workers_apply_every_change_once(|_| {});
    a_worker_goes_on_after_panics_and_failures(|_| {});
    a_stopped_worker_finishes_what_it_has(|_| {});
}

async fn grant(locks: &impl BlockLocks, ids: &Ids, block: &BlockKey) -> Grant {
    match locks.try_acquire(block, &ids.owner()).await.unwrap() {
        Attempt::Granted(grant) => grant,
        Attempt::Held { remaining } => panic!("{block} is held for {remaining:?}"),
    }
}

async fn is_free(locks: &impl BlockLocks, ids: &Ids, block: &BlockKey) -> bool {
    matches!(locks.try_acquire(block, &ids.owner()).await.unwrap(), Attempt::Granted(_))
}

async fn pop(queue: &impl WorkQueue, ids: &Ids) -> Delivery {
    queue.pop(&ids.lease()).await.unwrap().expect("a block is due")
}

async fn r40_a_lock_has_one_holder_and_only_that_one_releases_it<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    _: Arc<S>,
    config: WorkersConfig,
) {
    let ids = Ids::new(2);
    let ours = grant(&*locks, &ids, &block(1)).await;
    let other = locks.try_acquire(&block(1), &ids.owner()).await.unwrap();
    let Attempt::Held { remaining } = other else { panic!("two holders") };
    assert!(remaining <= Duration::from_millis(config.locks.expiry_ms), "{remaining:?}");
    // Neither another owner nor another token is us.
    let thief = Grant { owner: ids.owner(), ..ours.clone() };
    let older = Grant { token: Token(ours.token.0 - 1), ..ours.clone() };
    for wrong in [&thief, &older] {
        assert!(!locks.release(wrong).await.unwrap());
        assert!(!locks.renew(wrong).await.unwrap());
    }
    assert!(!is_free(&*locks, &ids, &block(1)).await);
    assert!(locks.renew(&ours).await.unwrap());
    assert!(locks.release(&ours).await.unwrap());
    assert!(!locks.release(&ours).await.unwrap());
    assert!(is_free(&*locks, &ids, &block(1)).await);
}

async fn r40_tokens_grow_over_all_blocks<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    let mut last = Token(0);
    for n in 0..50 {
        let grant = grant(&*locks, &ids, &block(n % 5)).await;
        assert!(grant.token > last, "{} after {last}", grant.token);
        last = grant.token;
        assert!(locks.release(&grant).await.unwrap());
    }
}

async fn r40_a_lock_asked_for_again_by_its_owner_is_the_same<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    let first = grant(&*locks, &ids, &block(1)).await;
    let again = locks.try_acquire(&block(1), &first.owner).await.unwrap();
    assert_eq!(again, Attempt::Granted(first));
}

async fn r40_an_expired_lock_is_lost_to_its_owner<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    let late = grant(&*locks, &ids, &block(1)).await;
    let mut newer = None;
    eventually("the lock expires", async || {
        match locks.try_acquire(&block(1), &ids.owner()).await.unwrap() {
            Attempt::Granted(grant) => newer = Some(grant),
            Attempt::Held { .. } => {}
        }
        newer.is_some()
    })
    .await;
    assert!(newer.unwrap().token > late.token);
    assert!(!locks.renew(&late).await.unwrap());
    assert!(!locks.release(&late).await.unwrap());
}

async fn r40_a_guard_renews_and_gives_back_when_dropped<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    let Acquired::Held(guard) = acquire(&locks, &block(1), &ids).await.unwrap() else {
        panic!("not held")
    };
    let renewals = || locks.metrics().renewals.load(Ordering::Relaxed);
    eventually("it is renewed", async || renewals() >= 20).await;
    assert!(!guard.watch().is_lost());
    drop(guard);
    eventually("it is given back", async || is_free(&*locks, &ids, &block(1)).await).await;
    assert_eq!(locks.metrics().lost_leases.load(Ordering::Relaxed), 0);
}

async fn r40_a_guard_notices_that_it_lost_its_lock<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    let Acquired::Held(guard) = acquire(&locks, &block(1), &ids).await.unwrap() else {
        panic!("not held")
    };
    let mut watch = guard.watch();
    // Its grant is taken away behind its back.
    assert!(locks.release(guard.grant()).await.unwrap());
    watch.lost().await;
    assert!(watch.is_lost());
    assert!(!guard.release().await.unwrap());
    assert_eq!(locks.metrics().lost_leases.load(Ordering::Relaxed), 1);
}

async fn r40_after_the_tries_the_work_goes_back<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    let ours = grant(&*locks, &ids, &block(1)).await;
    let Acquired::Requeue { tries } = acquire(&locks, &block(1), &ids).await.unwrap() else {
        panic!("two holders")
    };
    assert_eq!(tries, 4);
    let metrics = locks.metrics().snapshot();
    assert_eq!((metrics.lock_tries, metrics.lock_waits, metrics.locks_granted), (4, 3, 0));
    locks.release(&ours).await.unwrap();
    assert!(matches!(acquire(&locks, &block(1), &ids).await.unwrap(), Acquired::Held(_)));
}

async fn r40_the_newest_opener_shuts_out_older_tokens<B: BlockLocks, S: FencedStore>(
    _: Arc<B>,
    store: Arc<S>,
    _: WorkersConfig,
) {
    let paused = store.open(&block(1), Token(5)).await.unwrap();
    let newer = store.open(&block(1), Token(6)).await.unwrap();
    // The newer one has not committed yet: the paused one must not slip in.
    let refused = store.commit(&block(1), Token(5), &paused.base, b"late").await.unwrap_err();
    assert!(matches!(refused, StoreError::Stale { newest: Token(6), .. }), "{refused}");
    assert!(matches!(store.open(&block(1), Token(5)).await.unwrap_err(), StoreError::Stale { .. }));
    store.commit(&block(1), Token(6), &newer.base, b"new").await.unwrap();
    let refused = store.commit(&block(1), Token(5), &paused.base, b"late").await.unwrap_err();
    assert!(matches!(refused, StoreError::Stale { .. }), "{refused}");
    let read = store.read(&block(1)).await.unwrap();
    assert_eq!(read, Some(Committed { token: Token(6), value: b"new".to_vec() }));
    assert_eq!(store.read(&block(2)).await.unwrap(), None);
}

async fn r40_a_commit_needs_what_was_read<B: BlockLocks, S: FencedStore>(
    _: Arc<B>,
    store: Arc<S>,
    _: WorkersConfig,
) {
    let first = store.open(&block(1), Token(5)).await.unwrap();
    assert_eq!(first.committed, None);
    store.commit(&block(1), Token(5), &first.base, b"1").await.unwrap();
    let second = store.open(&block(1), Token(7)).await.unwrap();
    assert_eq!(second.committed.unwrap().value, b"1");
    for wrong in [first.base, Base(Some("4".to_owned()))] {
        let refused = store.commit(&block(1), Token(7), &wrong, b"2").await.unwrap_err();
        assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");
    }
    store.commit(&block(1), Token(7), &second.base, b"2").await.unwrap();
    assert_eq!(store.read(&block(1)).await.unwrap().unwrap().value, b"2");
}

async fn r40_a_repeated_commit_is_done_once<B: BlockLocks, S: FencedStore>(
    _: Arc<B>,
    store: Arc<S>,
    _: WorkersConfig,
) {
    let opened = store.open(&block(1), Token(5)).await.unwrap();
    for _ in 0..3 {
        store.commit(&block(1), Token(5), &opened.base, b"once").await.unwrap();
    }
    let next = store.open(&block(1), Token(6)).await.unwrap();
    store.commit(&block(1), Token(6), &next.base, b"next").await.unwrap();
    assert!(store.commit(&block(1), Token(5), &opened.base, b"once").await.is_err());
    assert_eq!(store.read(&block(1)).await.unwrap().unwrap().value, b"next");
}

async fn r40_values_are_any_bytes<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    store: Arc<S>,
    _: WorkersConfig,
) {
    let value: Vec<u8> = (0..=255).chain([0, 32, 10, 13, 0]).collect();
    let odd = BlockKey::new("line\nbreak {brace} 7:", "\0 片剂");
    let grant = grant(&*locks, &Ids::new(3), &odd).await;
    let opened = store.open(&odd, grant.token).await.unwrap();
    store.commit(&odd, grant.token, &opened.base, &value).await.unwrap();
    assert_eq!(store.read(&odd).await.unwrap(), Some(Committed { token: grant.token, value }));
    let empty = store.open(&block(1), Token(1)).await.unwrap();
    store.commit(&block(1), Token(1), &empty.base, b"").await.unwrap();
    assert_eq!(store.read(&block(1)).await.unwrap().unwrap().value, b"");
}

async fn a_block_waits_once_and_in_order<B: WorkQueue, S: FencedStore>(
    queue: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    assert_eq!(queue.push(&[block(3), block(3)]).await.unwrap(), 1);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(queue.push(&[block(1), block(3)]).await.unwrap(), 1);
    assert_eq!(queue.length().await.unwrap().waiting, 2);
    // The one that has waited longest, although the other sorts before it.
    assert_eq!(pop(&*queue, &ids).await.block, block(3));
    let second = pop(&*queue, &ids).await;
    assert_eq!((second.block.clone(), second.failures, second.requeues), (block(1), 0, 0));
    assert_eq!(queue.pop(&ids.lease()).await.unwrap(), None);
    assert_eq!(queue.length().await.unwrap().leased, 2);
    assert!(queue.ack(&second).await.unwrap());
    assert!(!queue.ack(&second).await.unwrap());
    assert_eq!(queue.length().await.unwrap().leased, 1);
}

async fn a_block_pushed_while_out_waits_again<B: WorkQueue, S: FencedStore>(
    queue: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    queue.push(&[block(1)]).await.unwrap();
    let first = pop(&*queue, &ids).await;
    assert_eq!(queue.push(&[block(1)]).await.unwrap(), 1);
    let second = pop(&*queue, &ids).await;
    assert_eq!(second.block, block(1));
    assert!(queue.ack(&first).await.unwrap());
    assert!(queue.ack(&second).await.unwrap());
    assert!(queue.length().await.unwrap().is_drained());
}

async fn a_delivery_that_is_not_acknowledged_comes_back<B: WorkQueue, S: FencedStore>(
    queue: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    queue.push(&[block(1)]).await.unwrap();
    let first = pop(&*queue, &ids).await;
    let mut second = None;
    eventually("it comes back", async || {
        second = queue.pop(&ids.lease()).await.unwrap();
        second.is_some()
    })
    .await;
    let second = second.unwrap();
    assert_eq!((second.block.clone(), second.failures), (block(1), 1));
    // Whoever had it before can do nothing to it.
    assert!(!queue.extend(&first).await.unwrap());
    assert!(!queue.ack(&first).await.unwrap());
    let late = queue.requeue(&first, Duration::ZERO, Requeue::Busy).await.unwrap();
    assert_eq!(late, Requeued::NotOurs);
    assert!(queue.extend(&second).await.unwrap());
    assert!(queue.ack(&second).await.unwrap());
}

async fn a_repeated_pop_gets_the_same_delivery<B: WorkQueue, S: FencedStore>(
    queue: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let lease = Ids::new(2).lease();
    queue.push(&[block(1), block(2)]).await.unwrap();
    let first = queue.pop(&lease).await.unwrap();
    assert_eq!(queue.pop(&lease).await.unwrap(), first);
    assert_eq!(queue.length().await.unwrap().waiting, 1);
}

async fn a_block_that_fails_too_often_is_set_aside_until_pushed<B: WorkQueue, S: FencedStore>(
    queue: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    let why = Requeue::Failed("no such form: pill 2 a day".to_owned());
    queue.push(&[block(1)]).await.unwrap();
    for expected in [Requeued::Waiting, Requeued::Waiting, Requeued::Dead] {
        let delivery = pop(&*queue, &ids).await;
        let became = queue.requeue(&delivery, Duration::ZERO, why.clone()).await.unwrap();
        assert_eq!(became, expected);
    }
    let length = queue.length().await.unwrap();
    assert!(length.is_drained());
    assert_eq!(length.dead, 1);
    let letters = queue.dead_letters().await.unwrap();
    assert_eq!((letters[0].block.clone(), letters[0].failures), (block(1), 3));
    assert_eq!(letters[0].reason, "no such form: pill 2 a day");
    assert_eq!(queue.push(&[block(1)]).await.unwrap(), 1);
    assert!(queue.dead_letters().await.unwrap().is_empty());
    assert_eq!(pop(&*queue, &ids).await.failures, 0);
}

async fn a_busy_block_is_never_set_aside<B: WorkQueue, S: FencedStore>(
    queue: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    queue.push(&[block(1)]).await.unwrap();
    for n in 0..20 {
        let delivery = pop(&*queue, &ids).await;
        assert_eq!((delivery.failures, delivery.requeues), (0, n));
        let became = queue.requeue(&delivery, Duration::ZERO, Requeue::Busy).await.unwrap();
        assert_eq!(became, Requeued::Waiting);
    }
}

async fn a_delayed_block_is_not_handed_out_before<B: WorkQueue, S: FencedStore>(
    queue: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    queue.push(&[block(1)]).await.unwrap();
    let delivery = pop(&*queue, &ids).await;
    queue.requeue(&delivery, Duration::from_hours(1), Requeue::Busy).await.unwrap();
    let length = queue.length().await.unwrap();
    assert_eq!((length.waiting, length.delayed, length.leased), (0, 1, 0));
    assert_eq!(queue.pop(&ids.lease()).await.unwrap(), None);
    // A new change does not wait for the delay of an old one.
    assert_eq!(queue.push(&[block(1)]).await.unwrap(), 0);
    assert_eq!(pop(&*queue, &ids).await.requeues, 1);
    assert_eq!(queue.length().await.unwrap().delayed, 0);
}

async fn a_pop_of_workers_that_died_sets_aside_in_the_end<B: WorkQueue + BlockLocks, S>(
    queue: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    queue.push(&[block(1)]).await.unwrap();
    eventually("its workers have died often enough", async || {
        queue.pop(&ids.lease()).await.unwrap();
        queue.length().await.unwrap().dead == 1
    })
    .await;
    assert_eq!(queue.dead_letters().await.unwrap()[0].failures, 3);
    let metrics = queue.metrics().snapshot();
    assert_eq!((metrics.expired_deliveries, metrics.dead_letters), (3, 1));
}

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
async fn workers_apply_every_change_once<B: BlockLocks + WorkQueue, S: FencedStore>(
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

async fn a_worker_goes_on_after_panics_and_failures<B: BlockLocks + WorkQueue, S: FencedStore>(
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

async fn a_stopped_worker_finishes_what_it_has<B: BlockLocks + WorkQueue, S: FencedStore>(
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
