//! The queue in Redis.

use std::time::Duration;

use redis::{Script, ScriptInvocation};

use super::{Call, RedisBackend, script};
use crate::config::QueueConfig;
use crate::error::BackendError;
use crate::ids::LeaseId;
use crate::key::BlockKey;
use crate::memory::EXPIRED;
use crate::metrics::add;
use crate::queue::{DeadLetter, Delivery, QueueLength, Requeue, Requeued, WorkQueue};

/// Blocks in one call to push: few enough that others need not wait.
const PUSHED_AT_ONCE: usize = 500;

#[derive(Debug)]
pub(super) struct QueueScripts {
    push: Script,
    pop: Script,
    extend: Script,
    ack: Script,
    requeue: Script,
    length: Script,
    dead: Script,
}

impl QueueScripts {
    pub(super) fn new() -> Self {
        Self {
            push: script!("queue.lua", "push.lua"),
            pop: script!("queue.lua", "pop.lua"),
            extend: script!("queue.lua", "extend.lua"),
            ack: script!("queue.lua", "ack.lua"),
            requeue: script!("queue.lua", "requeue.lua"),
            length: script!("queue.lua", "length.lua"),
            dead: script!("queue.lua", "dead.lua"),
        }
    }
}

impl WorkQueue for RedisBackend {
    async fn push(&self, blocks: &[BlockKey]) -> Result<u64, BackendError> {
        let mut new = 0;
        for some in blocks.chunks(PUSHED_AT_ONCE) {
            let mut call = self.queue_call(&self.queue_scripts.push);
            for block in some {
                call.arg(block.encode());
            }
            new += self.link.send::<u64>("a push", Call::Script(call)).await?;
        }
        Ok(new)
    }

    async fn pop(&self, lease: &LeaseId) -> Result<Option<Delivery>, BackendError> {
        let mut call = self.queue_call(&self.queue_scripts.pop);
        call.arg(&*lease.0)
            .arg(self.queue_config.visibility_ms)
            .arg(self.queue_config.dead_after)
            .arg(EXPIRED);
        let answer: Vec<String> = self.link.send("a pop", Call::Script(call)).await?;
        let number = |at: usize| answer.get(at).and_then(|text| text.parse::<u32>().ok());
        let foreign = || self.link.foreign("a pop", "counts and a block", format!("{answer:?}"));
        let (Some(expired), Some(dead)) = (number(0), number(1)) else { return Err(foreign()) };
        add(&self.link.metrics.expired_deliveries, expired.into());
        add(&self.link.metrics.dead_letters, dead.into());
        if answer.len() == 2 {
            return Ok(None);
        }
        let block = answer.get(4).and_then(|text| BlockKey::decode(text));
        match (number(2), number(3), block) {
            (Some(failures), Some(requeues), Some(block)) => {
                Ok(Some(Delivery { block, lease: lease.clone(), failures, requeues }))
            }
            _ => Err(foreign()),
        }
    }

    async fn extend(&self, delivery: &Delivery) -> Result<bool, BackendError> {
        let mut call = self.queue_call(&self.queue_scripts.extend);
        call.arg(&*delivery.lease.0).arg(self.queue_config.visibility_ms);
        self.link.send("an extension", Call::Script(call)).await
    }

    async fn ack(&self, delivery: &Delivery) -> Result<bool, BackendError> {
        let mut call = self.queue_call(&self.queue_scripts.ack);
        call.arg(&*delivery.lease.0);
        self.link.send("an acknowledgement", Call::Script(call)).await
    }

    async fn requeue(
        &self,
        delivery: &Delivery,
        delay: Duration,
        why: Requeue,
    ) -> Result<Requeued, BackendError> {
        let reason = match why {
            Requeue::Busy => String::new(),
            // Empty means that it did not fail.
            Requeue::Failed(reason) if reason.is_empty() => "no reason given".to_owned(),
            Requeue::Failed(reason) => reason,
        };
        let mut call = self.queue_call(&self.queue_scripts.requeue);
        call.arg(&*delivery.lease.0)
            .arg(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
            .arg(self.queue_config.dead_after)
            .arg(reason);
        let became: String = self.link.send("a requeue", Call::Script(call)).await?;
        match became.as_str() {
            "waiting" => Ok(Requeued::Waiting),
            "dead" => Ok(Requeued::Dead),
            "not ours" => Ok(Requeued::NotOurs),
            _ => Err(self.link.foreign("a requeue", "waiting, dead or not ours", became)),
        }
    }

    async fn length(&self) -> Result<QueueLength, BackendError> {
        let call = self.queue_call(&self.queue_scripts.length);
        let (waiting, delayed, leased, dead) =
            self.link.send("the length", Call::Script(call)).await?;
        Ok(QueueLength { waiting, delayed, leased, dead })
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>, BackendError> {
        let call = self.queue_call(&self.queue_scripts.dead);
        let answer: Vec<(String, String)> =
            self.link.send("the dead letters", Call::Script(call)).await?;
        let mut letters = answer
            .into_iter()
            .map(|(block, text)| {
                let (failures, reason) = text.split_once(' ')?;
                Some(DeadLetter {
                    block: BlockKey::decode(&block)?,
                    failures: failures.parse().ok()?,
                    reason: reason.to_owned(),
                })
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| self.link.foreign("the dead letters", "a block", "another value"))?;
        letters.sort();
        Ok(letters)
    }

    fn queue_config(&self) -> &QueueConfig {
        &self.queue_config
    }
}

impl RedisBackend {
    fn queue_call<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        for key in &self.queue_keys {
            call.key(key);
        }
        call
    }
}
