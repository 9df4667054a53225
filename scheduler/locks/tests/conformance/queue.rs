//! The queue: each block waits once, and comes back until it is acknowledged.

use std::sync::Arc;
use std::time::Duration;

use regatta_locks::{BlockLocks, FencedStore, Ids, Requeue, Requeued, WorkQueue, WorkersConfig};

use crate::pop;
use crate::support::{block, eventually};

pub async fn a_block_waits_once_and_in_order<B: WorkQueue, S: FencedStore>(
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

pub async fn a_block_pushed_while_out_waits_again<B: WorkQueue, S: FencedStore>(
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

pub async fn a_delivery_that_is_not_acknowledged_comes_back<B: WorkQueue, S: FencedStore>(
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

pub async fn a_repeated_pop_gets_the_same_delivery<B: WorkQueue, S: FencedStore>(
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

pub async fn a_block_that_fails_too_often_is_set_aside_until_pushed<
    B: WorkQueue,
    S: FencedStore,
>(
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

pub async fn a_busy_block_is_never_set_aside<B: WorkQueue, S: FencedStore>(
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

pub async fn a_delayed_block_is_not_handed_out_before<B: WorkQueue, S: FencedStore>(
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

pub async fn a_pop_of_workers_that_died_sets_aside_in_the_end<B: WorkQueue + BlockLocks, S>(
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
