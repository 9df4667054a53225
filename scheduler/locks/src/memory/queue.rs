//! The table of the queue: pure, time is a parameter.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::LeaseId;
use crate::key::BlockKey;
use crate::queue::{DeadLetter, Delivery, QueueLength, Requeue, Requeued};

/// What is written about a block whose deliveries expired.
pub(crate) const EXPIRED: &str = "its deliveries expired: the workers ended or stood still";

/// Blocks that wait, are handed out, or were set aside.
#[derive(Debug, Default)]
pub(super) struct QueueTable {
    waiting: BTreeMap<BlockKey, Waiting>,
    /// The same blocks, by the time they are due.
    due: BTreeSet<(u64, BlockKey)>,
    leased: BTreeMap<LeaseId, Leased>,
    /// The same leases, by the time they end.
    ends: BTreeSet<(u64, LeaseId)>,
    dead: BTreeMap<BlockKey, (u32, String)>,
}

#[derive(Debug)]
struct Waiting {
    due: u64,
    failures: u32,
    requeues: u32,
}

#[derive(Debug)]
struct Leased {
    until: u64,
    /// When the block was due, so that it keeps its place if the lease ends.
    due: u64,
    delivery: Delivery,
}

/// What a request for work found.
#[derive(Debug, Default)]
pub(super) struct Popped {
    pub(super) delivery: Option<Delivery>,
    /// Deliveries that had expired.
    pub(super) expired: u64,
    /// Those of them that were set aside.
    pub(super) dead: u64,
}

impl QueueTable {
    pub(super) fn push(&mut self, blocks: &[BlockKey], now: u64) -> u64 {
        let mut new = 0;
        for block in blocks {
            self.dead.remove(block);
            new += u64::from(!self.waiting.contains_key(block));
            self.wait(block, now, 0, 0);
        }
        new
    }

    pub(super) fn pop(
        &mut self,
        lease: &LeaseId,
        now: u64,
        visibility: u64,
        dead_after: u32,
    ) -> Popped {
        let mut popped = self.expire(now, dead_after);
        if let Some(leased) = self.leased.get(lease) {
            popped.delivery = Some(leased.delivery.clone());
            return popped;
        }
        if self.due.first().is_none_or(|(due, _)| *due > now) {
            return popped;
        }
        let Some((due, block)) = self.due.pop_first() else { return popped };
        let Some(waiting) = self.waiting.remove(&block) else { return popped };
        let Waiting { failures, requeues, .. } = waiting;
        let delivery = Delivery { block, lease: lease.clone(), failures, requeues };
        let until = now + visibility;
        self.ends.insert((until, lease.clone()));
        self.leased.insert(lease.clone(), Leased { until, due, delivery: delivery.clone() });
        popped.delivery = Some(delivery);
        popped
    }

    pub(super) fn extend(&mut self, lease: &LeaseId, now: u64, visibility: u64) -> bool {
        let Some(leased) = self.leased.get_mut(lease) else { return false };
        self.ends.remove(&(leased.until, lease.clone()));
        leased.until = now + visibility;
        self.ends.insert((leased.until, lease.clone()));
        true
    }

    pub(super) fn ack(&mut self, lease: &LeaseId) -> bool {
        self.take(lease).is_some()
    }

    pub(super) fn requeue(
        &mut self,
        lease: &LeaseId,
        due: u64,
        why: &Requeue,
        dead_after: u32,
    ) -> Requeued {
        let Some(delivery) = self.take(lease) else { return Requeued::NotOurs };
        match why {
            Requeue::Busy => {
                self.wait(&delivery.block, due, delivery.failures, delivery.requeues + 1);
                Requeued::Waiting
            }
            Requeue::Failed(reason) => self.fail(delivery, due, reason, dead_after),
        }
    }

    pub(super) fn length(&self, now: u64) -> QueueLength {
        let waiting = self.due.iter().take_while(|(due, _)| *due <= now).count();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        QueueLength {
            waiting: count(waiting),
            delayed: count(self.due.len() - waiting),
            leased: count(self.leased.len()),
            dead: count(self.dead.len()),
        }
    }

    pub(super) fn dead_letters(&self) -> Vec<DeadLetter> {
        self.dead
            .iter()
            .map(|(block, (failures, reason))| DeadLetter {
                block: block.clone(),
                failures: *failures,
                reason: reason.clone(),
            })
            .collect()
    }

    /// Puts blocks back whose time is over.
    fn expire(&mut self, now: u64, dead_after: u32) -> Popped {
        let mut popped = Popped::default();
        while self.ends.first().is_some_and(|(until, _)| *until <= now) {
            let Some((_, lease)) = self.ends.pop_first() else { break };
            let Some(leased) = self.leased.remove(&lease) else { continue };
            popped.expired += 1;
            let became = self.fail(leased.delivery, leased.due, EXPIRED, dead_after);
            popped.dead += u64::from(became == Requeued::Dead);
        }
        popped
    }

    /// A block that waits already was pushed since: that is a new change, and a
    /// new chance, so it is not set aside.
    fn fail(&mut self, delivery: Delivery, due: u64, reason: &str, dead_after: u32) -> Requeued {
        let failures = delivery.failures + 1;
        let block = delivery.block;
        if failures >= dead_after {
            if self.waiting.contains_key(&block) {
                return Requeued::Waiting;
            }
            self.dead.insert(block, (failures, reason.to_owned()));
            return Requeued::Dead;
        }
        self.wait(&block, due, failures, delivery.requeues + 1);
        Requeued::Waiting
    }

    fn wait(&mut self, block: &BlockKey, due: u64, failures: u32, requeues: u32) {
        let waiting =
            self.waiting.entry(block.clone()).or_insert(Waiting { due, failures, requeues });
        self.due.remove(&(waiting.due, block.clone()));
        waiting.due = waiting.due.min(due);
        waiting.failures = waiting.failures.max(failures);
        waiting.requeues = waiting.requeues.max(requeues);
        self.due.insert((waiting.due, block.clone()));
    }

    fn take(&mut self, lease: &LeaseId) -> Option<Delivery> {
        let leased = self.leased.remove(lease)?;
        self.ends.remove(&(leased.until, lease.clone()));
        Some(leased.delivery)
    }
}
