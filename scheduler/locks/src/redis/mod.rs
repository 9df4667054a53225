//! Locks, queue and store in Redis, for several processes and machines.
//!
//! One server, or one primary, is the only authority; its time is the only
//! clock. Each operation is one script, so it happens whole or not at all, also
//! in the append-only file. All keys begin with `{prefix}:`, so that a cluster
//! keeps them on one node.

mod link;
mod locks;
mod queue;
mod store;

use std::sync::Arc;

use self::link::{Call, Link};
use self::locks::LockScripts;
use self::queue::QueueScripts;
pub use self::store::RedisStore;
use crate::config::{LockConfig, QueueConfig, RedisConfig, WorkersConfig};
use crate::error::BackendError;
use crate::ids::Ids;
use crate::metrics::Metrics;

/// A script with what all scripts share before it.
macro_rules! script {
    ($($file:literal),+) => {
        ::redis::Script::new(concat!(
            include_str!("scripts/common.lua"),
            $(include_str!(concat!("scripts/", $file)),)+
        ))
    };
}
use script;

/// Locks and queue in Redis.
#[derive(Debug)]
pub struct RedisBackend {
    link: Arc<Link>,
    prefix: String,
    lock_scripts: LockScripts,
    queue_scripts: QueueScripts,
    queue_keys: [String; 5],
    lock_config: LockConfig,
    queue_config: QueueConfig,
}

impl RedisBackend {
    /// For the Redis of `redis`, with the locks and queue of `config`. Connects
    /// with the first call. `ids` spreads the waits.
    ///
    /// # Errors
    /// The URL cannot be used.
    pub fn new(
        config: &WorkersConfig,
        redis: &RedisConfig,
        ids: Arc<Ids>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, BackendError> {
        let prefix = format!("{{{}}}", redis.prefix);
        let queue_key = |name| format!("{prefix}:queue:{name}");
        Ok(Self {
            link: Arc::new(Link::new(redis, ids, metrics)?),
            lock_scripts: LockScripts::new(),
            queue_scripts: QueueScripts::new(),
            queue_keys: ["due", "counts", "ends", "leased", "dead"].map(queue_key),
            prefix,
            lock_config: config.locks.clone(),
            queue_config: config.queue.clone(),
        })
    }

    /// What speaks against this server: no append-only file, or a limit of
    /// memory at which it throws keys away. Empty if nothing does.
    ///
    /// # Errors
    /// It was not reached, or refused.
    pub async fn warnings(&self) -> Result<Vec<String>, BackendError> {
        let info: String = self.link.send("INFO", Call::Command(redis::cmd("INFO"))).await?;
        let value = |name: &str| {
            info.lines().find_map(|line| line.split_once(':').filter(|(n, _)| *n == name))
        };
        let is = |name: &str, wanted: &str| value(name).is_some_and(|(_, v)| v.trim() == wanted);
        let mut warnings = Vec::new();
        if !is("aof_enabled", "1") {
            warnings.push(
                "appendonly is off: a restart forgets the queue; set `appendonly yes`".to_owned(),
            );
        }
        if !is("maxmemory", "0") && !is("maxmemory_policy", "noeviction") {
            warnings.push(
                "maxmemory-policy throws locks and fences away when memory is short; set \
                 `maxmemory-policy noeviction`"
                    .to_owned(),
            );
        }
        Ok(warnings)
    }
}
