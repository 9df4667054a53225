//! What the tests of this crate share.
#![allow(dead_code, reason = "each test takes what it needs")]

mod server;

use std::sync::Arc;
use std::time::Duration;

use regatta_locks::{BlockKey, Ids, Metrics, RedisBackend, RedisConfig, WorkersConfig};

#[allow(unused_imports, reason = "each test takes what it needs")]
pub use server::{End, RedisServer, signal};

/// Waits short enough for tests.
pub fn config() -> WorkersConfig {
    let mut config = WorkersConfig { parallel: 4, ..WorkersConfig::default() };
    config.locks.expiry_ms = 60_000;
    config.locks.wait_ms = 5;
    config.locks.tries = 3;
    config.queue.poll_ms = 5;
    config.queue.busy_delay_ms = 20;
    config.queue.failure_delay_ms = 5;
    config.queue.dead_after = 3;
    config
}

/// How the server is reached.
pub fn redis_config(server: &RedisServer) -> RedisConfig {
    RedisConfig {
        url: server.url(),
        connect_timeout_ms: 500,
        response_timeout_ms: 1_000,
        backoff_first_ms: 10,
        backoff_max_ms: 200,
        give_up_ms: 30_000,
        ..RedisConfig::default()
    }
}

/// A backend of its own, with identifiers of its own.
pub fn backend(server: &RedisServer, config: &WorkersConfig, seed: u128) -> Arc<RedisBackend> {
    let (ids, metrics) = (Arc::new(Ids::new(seed)), Arc::new(Metrics::default()));
    Arc::new(RedisBackend::new(config, &redis_config(server), ids, metrics).unwrap())
}

pub fn block(n: usize) -> BlockKey {
    BlockKey::new(format!("generic {n:05}"), "tablet")
}

/// Asks until the answer is true; a minute at most.
pub async fn eventually<F: AsyncFnMut() -> bool>(what: &str, mut ask: F) {
    for _ in 0..6_000 {
        if ask().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}
