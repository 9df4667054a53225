//! Random schedules against models that are written another way: they keep
//! what happened and look through all of it. Time is a number.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::locks::LockTable;
use super::queue::QueueTable;
use super::store::StoreTable;
use crate::ids::{Ids, LeaseId, Owner, Token};
use crate::key::BlockKey;
use crate::locks::Grant;
use crate::queue::{Delivery, Requeue, Requeued};
use crate::store::{Base, StoreError};

const EXPIRY: u64 = 100;
const VISIBILITY: u64 = 200;
const DEAD_AFTER: u32 = 3;

fn block(n: u8) -> BlockKey {
    BlockKey::new(format!("generic {n}"), "tablet")
}

#[derive(Clone, Debug)]
enum LockOp {
    Pass(u64),
    Acquire { block: u8, owner: usize },
    Renew(usize),
    Release(usize),
}

fn lock_op() -> impl Strategy<Value = LockOp> {
    prop_oneof![
        (0..150_u64).prop_map(LockOp::Pass),
        (0..3_u8, 0..4_usize).prop_map(|(block, owner)| LockOp::Acquire { block, owner }),
        (0..40_usize).prop_map(LockOp::Renew),
        (0..40_usize).prop_map(LockOp::Release),
    ]
}

/// All grants that there ever were, with the time until which each holds.
#[derive(Default)]
struct Grants(Vec<(Grant, u64)>);

impl Grants {
    fn holder(&mut self, block: &BlockKey, now: u64) -> Option<&mut (Grant, u64)> {
        let mut holders: Vec<_> =
            self.0.iter_mut().filter(|(g, until)| g.block == *block && *until > now).collect();
        assert!(holders.len() <= 1, "two hold {block}");
        holders.pop()
    }
}

#[derive(Clone, Debug)]
enum QueueOp {
    Pass(u64),
    Push(Vec<u8>),
    Pop,
    /// With a lease that was used before.
    PopAgain(usize),
    Extend(usize),
    Ack(usize),
    Requeue {
        lease: usize,
        delay: u64,
        failed: bool,
    },
}

fn queue_op() -> impl Strategy<Value = QueueOp> {
    let lease = 0..12_usize;
    prop_oneof![
        1 => (0..150_u64).prop_map(QueueOp::Pass),
        2 => prop::collection::vec(0..5_u8, 0..4).prop_map(QueueOp::Push),
        3 => Just(QueueOp::Pop),
        1 => lease.clone().prop_map(QueueOp::PopAgain),
        1 => lease.clone().prop_map(QueueOp::Extend),
        1 => lease.clone().prop_map(QueueOp::Ack),
        2 => (lease, 0..150_u64, any::<bool>())
            .prop_map(|(lease, delay, failed)| QueueOp::Requeue { lease, delay, failed }),
    ]
}

/// A queue as two lists and a map, searched from end to end.
#[derive(Default)]
struct NaiveQueue {
    /// block, due, failures, requeues
    waiting: Vec<(BlockKey, u64, u32, u32)>,
    /// end, time when it was due, delivery
    out: Vec<(u64, u64, Delivery)>,
    dead: BTreeMap<BlockKey, u32>,
}

impl NaiveQueue {
    fn wait(&mut self, block: BlockKey, due: u64, failures: u32, requeues: u32) -> bool {
        let same = self.waiting.iter().position(|w| w.0 == block);
        let old = same.map(|at| self.waiting.remove(at));
        let (d, f, r) = old.clone().map_or((due, 0, 0), |(_, d, f, r)| (d, f, r));
        self.waiting.push((block, due.min(d), failures.max(f), requeues.max(r)));
        old.is_none()
    }

    fn fail(&mut self, delivery: Delivery, due: u64) -> Requeued {
        let Delivery { block, failures, requeues, .. } = delivery;
        if failures + 1 < DEAD_AFTER {
            self.wait(block, due, failures + 1, requeues + 1);
        } else if !self.waiting.iter().any(|w| w.0 == block) {
            self.dead.insert(block, failures + 1);
            return Requeued::Dead;
        }
        Requeued::Waiting
    }

    fn expire(&mut self, now: u64) {
        let mut ended: Vec<_> = self.out.iter().filter(|out| out.0 <= now).cloned().collect();
        self.out.retain(|out| out.0 > now);
        ended.sort_by(|a, b| (a.0, &a.2.lease).cmp(&(b.0, &b.2.lease)));
        for (_, due, delivery) in ended {
            self.fail(delivery, due);
        }
    }

    fn pop(&mut self, lease: &LeaseId, now: u64) -> Option<Delivery> {
        self.expire(now);
        if let Some((_, _, delivery)) = self.out.iter().find(|out| out.2.lease == *lease) {
            return Some(delivery.clone());
        }
        let first = self.waiting.iter().map(|w| (w.1, &w.0)).filter(|w| w.0 <= now).min()?;
        let at = self.waiting.iter().position(|w| w.0 == *first.1)?;
        let (block, due, failures, requeues) = self.waiting.remove(at);
        let delivery = Delivery { block, lease: lease.clone(), failures, requeues };
        self.out.push((now + VISIBILITY, due, delivery.clone()));
        Some(delivery)
    }

    fn take(&mut self, lease: &LeaseId) -> Option<Delivery> {
        let at = self.out.iter().position(|out| out.2.lease == *lease)?;
        Some(self.out.remove(at).2)
    }
}

#[derive(Clone, Debug)]
enum StoreOp {
    Open(u64),
    /// With the base that the token found when it opened, or with another one.
    Commit {
        token: u64,
        forged: bool,
    },
}

fn store_op() -> impl Strategy<Value = StoreOp> {
    prop_oneof![
        (1..20_u64).prop_map(StoreOp::Open),
        (1..20_u64, prop::bool::weighted(0.1))
            .prop_map(|(token, forged)| StoreOp::Commit { token, forged }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn r40_one_holder_at_a_time_and_tokens_grow(ops in prop::collection::vec(lock_op(), 1..80)) {
        let ids = Ids::new(1);
        let owners: Vec<Owner> = (0..4).map(|_| ids.owner()).collect();
        let (mut table, mut grants, mut now) = (LockTable::default(), Grants::default(), 0);
        for op in ops {
            match op {
                LockOp::Pass(time) => now += time,
                LockOp::Acquire { block: n, owner } => {
                    let (block, owner) = (block(n), owners[owner].clone());
                    let got = table.try_acquire(&block, &owner, now, EXPIRY);
                    let newest = grants.0.iter().map(|g| g.0.token).max();
                    match grants.holder(&block, now) {
                        Some((grant, until)) if grant.owner == owner => {
                            prop_assert_eq!(got, Ok(grant.token));
                            *until = now + EXPIRY;
                        }
                        Some((_, until)) => prop_assert_eq!(got, Err(*until - now)),
                        None => {
                            let token = got.unwrap();
                            prop_assert!(Some(token) > newest);
                            grants.0.push((Grant { block, owner, token }, now + EXPIRY));
                        }
                    }
                }
                LockOp::Renew(n) if n < grants.0.len() => {
                    let (grant, until) = &mut grants.0[n];
                    prop_assert_eq!(table.renew(grant, now, EXPIRY), *until > now);
                    if *until > now {
                        *until = now + EXPIRY;
                    }
                }
                LockOp::Release(n) if n < grants.0.len() => {
                    let (grant, until) = &mut grants.0[n];
                    prop_assert_eq!(table.release(grant, now), *until > now);
                    *until = (*until).min(now);
                }
                LockOp::Renew(_) | LockOp::Release(_) => {}
            }
        }
    }

    #[test]
    fn r40_no_block_is_lost_or_waits_twice(ops in prop::collection::vec(queue_op(), 1..80)) {
        let ids = Ids::new(1);
        let (mut table, mut naive, mut now) = (QueueTable::default(), NaiveQueue::default(), 0);
        let mut leases: Vec<LeaseId> = Vec::new();
        // What must be somewhere: pushed, and not done since.
        let mut open: BTreeSet<BlockKey> = BTreeSet::new();
        for op in ops {
            match op {
                QueueOp::Pass(time) => now += time,
                QueueOp::Push(blocks) => {
                    let blocks: Vec<BlockKey> = blocks.into_iter().map(block).collect();
                    let mut new = 0;
                    for block in &blocks {
                        naive.dead.remove(block);
                        new += u64::from(naive.wait(block.clone(), now, 0, 0));
                        open.insert(block.clone());
                    }
                    prop_assert_eq!(table.push(&blocks, now), new);
                }
                QueueOp::Pop => {
                    let lease = ids.lease();
                    let popped = table.pop(&lease, now, VISIBILITY, DEAD_AFTER);
                    prop_assert_eq!(popped.delivery, naive.pop(&lease, now));
                    leases.push(lease);
                }
                QueueOp::PopAgain(n) if n < leases.len() => {
                    let popped = table.pop(&leases[n], now, VISIBILITY, DEAD_AFTER);
                    prop_assert_eq!(popped.delivery, naive.pop(&leases[n], now));
                }
                QueueOp::Extend(n) if n < leases.len() => {
                    let ours = naive.out.iter_mut().find(|out| out.2.lease == leases[n]);
                    prop_assert_eq!(table.extend(&leases[n], now, VISIBILITY), ours.is_some());
                    if let Some((end, ..)) = ours {
                        *end = now + VISIBILITY;
                    }
                }
                QueueOp::Ack(n) if n < leases.len() => {
                    let done = naive.take(&leases[n]);
                    prop_assert_eq!(table.ack(&leases[n]), done.is_some());
                    if let Some(done) = done {
                        open.remove(&done.block);
                        // Unless it was pushed again, or is out twice.
                        open.extend(naive.waiting.iter().map(|w| w.0.clone()));
                        open.extend(naive.out.iter().map(|o| o.2.block.clone()));
                        open.extend(naive.dead.keys().cloned());
                    }
                }
                QueueOp::Requeue { lease, delay, failed } if lease < leases.len() => {
                    let lease = &leases[lease];
                    let why = if failed {
                        Requeue::Failed("a reason".to_owned())
                    } else {
                        Requeue::Busy
                    };
                    let became = table.requeue(lease, now + delay, &why, DEAD_AFTER);
                    let expected = match naive.take(lease) {
                        None => Requeued::NotOurs,
                        Some(delivery) if failed => naive.fail(delivery, now + delay),
                        Some(d) => {
                            naive.wait(d.block, now + delay, d.failures, d.requeues + 1);
                            Requeued::Waiting
                        }
                    };
                    prop_assert_eq!(became, expected);
                }
                _ => {}
            }
            let length = table.length(now);
            prop_assert_eq!(length.waiting + length.delayed, naive.waiting.len() as u64);
            prop_assert_eq!(length.leased, naive.out.len() as u64);
            let dead: BTreeMap<BlockKey, u32> =
                table.dead_letters().into_iter().map(|d| (d.block, d.failures)).collect();
            prop_assert_eq!(&dead, &naive.dead);
            let somewhere: BTreeSet<BlockKey> = naive
                .waiting
                .iter()
                .map(|w| w.0.clone())
                .chain(naive.out.iter().map(|o| o.2.block.clone()))
                .chain(dead.into_keys())
                .collect();
            prop_assert!(open.is_subset(&somewhere), "lost: {:?}", open.difference(&somewhere));
        }
        // Whatever is still open is handed out in the end.
        now += 10_000;
        let mut handed = BTreeSet::new();
        while let Some(delivery) = table.pop(&ids.lease(), now, VISIBILITY, DEAD_AFTER).delivery {
            prop_assert!(handed.insert(delivery.block.clone()), "{} waited twice", delivery.block);
        }
        let dead = table.dead_letters().into_iter().map(|d| d.block);
        prop_assert!(open.is_subset(&handed.into_iter().chain(dead).collect()));
    }

    #[test]
    fn r40_each_commit_follows_the_one_it_read(ops in prop::collection::vec(store_op(), 1..60)) {
        let (mut table, block) = (StoreTable::default(), block(0));
        let mut bases: BTreeMap<u64, Base> = BTreeMap::new();
        let mut commits: Vec<u64> = Vec::new();
        let mut newest = 0;
        for op in ops {
            match op {
                StoreOp::Open(token) => match table.open(&block, Token(token)) {
                    Ok(opened) => {
                        prop_assert!(token >= newest);
                        newest = token;
                        let last = opened.committed.map(|c| c.token.0);
                        prop_assert_eq!(last, commits.last().copied());
                        bases.insert(token, opened.base);
                    }
                    Err(error) => {
                        prop_assert!(token < newest, "{error}");
                    }
                },
                StoreOp::Commit { token, forged } => {
                    let read = bases.get(&token).filter(|_| !forged).cloned();
                    let base = read.clone().unwrap_or(Base(Some("0".to_owned())));
                    let now = Base(commits.last().map(u64::to_string));
                    match table.commit(&block, Token(token), &base, b"value", 0) {
                        Ok(()) if commits.last() == Some(&token) => {}
                        Ok(()) => {
                            prop_assert!(token >= newest, "{token} is older than {newest}");
                            prop_assert_eq!(base, now, "not what was read");
                            commits.push(token);
                            newest = token;
                        }
                        Err(StoreError::Stale { newest: known, .. }) => {
                            prop_assert!(token < newest);
                            prop_assert_eq!(known.0, newest);
                        }
                        Err(_) => prop_assert_ne!(base, now),
                    }
                }
            }
        }
        let kept: Vec<u64> = table.history(&block).iter().map(|c| c.token.0).collect();
        prop_assert!(kept.is_sorted_by(|a, b| a < b));
        prop_assert_eq!(kept, commits);
    }
}
