//! Locks: one holder, tokens that only grow, leases that are renewed or lost.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use regatta_locks::{
    Acquired, Attempt, BlockLocks, FencedStore, Grant, Ids, Token, WorkersConfig, acquire,
};

use crate::support::{block, eventually};
use crate::{grant, is_free};

pub async fn r40_a_lock_has_one_holder_and_only_that_one_releases_it<
    B: BlockLocks,
    S: FencedStore,
>(
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

pub async fn r40_tokens_grow_over_all_blocks<B: BlockLocks, S: FencedStore>(
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

pub async fn r40_a_lock_asked_for_again_by_its_owner_is_the_same<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    _: Arc<S>,
    _: WorkersConfig,
) {
    let ids = Ids::new(2);
    let first = grant(&*locks, &ids, &block(1)).await;
    let again = locks.try_acquire(&block(1), &first.owner).await.unwrap();
    assert_eq!(again, Attempt::Granted(first));
}

pub async fn r40_an_expired_lock_is_lost_to_its_owner<B: BlockLocks, S: FencedStore>(
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

pub async fn r40_a_guard_renews_and_gives_back_when_dropped<B: BlockLocks, S: FencedStore>(
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

pub async fn r40_a_guard_notices_that_it_lost_its_lock<B: BlockLocks, S: FencedStore>(
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

pub async fn r40_after_the_tries_the_work_goes_back<B: BlockLocks, S: FencedStore>(
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
