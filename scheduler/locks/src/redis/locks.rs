//! Locks in Redis: a key with expiry for each, whose value names token and
//! owner.

use std::sync::Arc;
use std::time::Duration;

use redis::Script;

use super::{Call, RedisBackend, script};
use crate::config::LockConfig;
use crate::error::BackendError;
use crate::ids::{Owner, Token};
use crate::key::BlockKey;
use crate::locks::{Attempt, BlockLocks, Grant};
use crate::metrics::Metrics;

#[derive(Debug)]
pub(super) struct LockScripts {
    acquire: Script,
    renew: Script,
    release: Script,
}

impl LockScripts {
    pub(super) fn new() -> Self {
        Self {
            acquire: script!("acquire.lua"),
            renew: script!("renew.lua"),
            release: script!("release.lua"),
        }
    }
}

impl BlockLocks for RedisBackend {
    async fn try_acquire(&self, block: &BlockKey, owner: &Owner) -> Result<Attempt, BackendError> {
        let mut call = self.lock_scripts.acquire.prepare_invoke();
        call.key(self.lock_key(block)).key(format!("{}:token", self.prefix));
        call.arg(&*owner.0).arg(self.lock_config.expiry_ms);
        let (became, number): (String, String) =
            self.link.send("a lock", Call::Script(call)).await?;
        let number = number
            .parse()
            .map_err(|_| self.link.foreign("a lock", "a token or a time", &number))?;
        Ok(if became == "granted" {
            Attempt::Granted(Grant {
                block: block.clone(),
                owner: owner.clone(),
                token: Token(number),
            })
        } else {
            Attempt::Held { remaining: Duration::from_millis(number) }
        })
    }

    async fn renew(&self, grant: &Grant) -> Result<bool, BackendError> {
        let mut call = self.lock_scripts.renew.prepare_invoke();
        call.key(self.lock_key(&grant.block)).arg(held(grant)).arg(self.lock_config.expiry_ms);
        self.link.send("a renewal", Call::Script(call)).await
    }

    async fn release(&self, grant: &Grant) -> Result<bool, BackendError> {
        let mut call = self.lock_scripts.release.prepare_invoke();
        call.key(self.lock_key(&grant.block)).arg(held(grant));
        self.link.send("a release", Call::Script(call)).await
    }

    fn lock_config(&self) -> &LockConfig {
        &self.lock_config
    }

    fn metrics(&self) -> &Arc<Metrics> {
        &self.link.metrics
    }
}

impl RedisBackend {
    fn lock_key(&self, block: &BlockKey) -> String {
        format!("{}:lock:{}", self.prefix, block.encode())
    }
}

fn held(grant: &Grant) -> String {
    format!("{} {}", grant.token, grant.owner.0)
}
