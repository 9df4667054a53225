//! What every backend promises, run against each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod locks;
mod queue;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod workers;

use std::sync::Arc;

use regatta_locks::{
    Attempt, BlockKey, BlockLocks, Delivery, Grant, Ids, MemoryBackend, MemoryStore, RedisStore,
    WorkQueue, WorkersConfig,
};

use locks::*;
use queue::*;
use store::*;
use support::{RedisServer, config};
use workers::*;

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
