//! The `[workers]` table of the configuration.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::ConfigError;

/// No lock, delivery or wait is longer: a worker that died would block its work for
/// as long, and times beyond what a clock counts end the task that adds them.
const LONGEST_MS: u64 = 24 * 60 * 60 * 1_000;

/// How blocks are shared among workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkersConfig {
    /// Blocks that one process works on at once. Default 2.
    pub parallel: usize,
    /// A refresh that touches fewer blocks merges them by itself. Default 1000.
    pub min_blocks: usize,
    /// How blocks are locked.
    pub locks: LockConfig,
    /// How changed blocks are queued.
    pub queue: QueueConfig,
    /// Where locks and queue are when several machines share a lake. Default:
    /// none, they are inside the process.
    pub redis: Option<RedisConfig>,
}

/// How blocks are locked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LockConfig {
    /// Time after which a lock that is not renewed is free again, ms. Default
    /// 30000.
    pub expiry_ms: u64,
    /// Time between two renewals, ms; at most half of `expiry_ms`, so that one
    /// may fail. Default 10000.
    pub renew_ms: u64,
    /// Wait before asking for a held lock again, ms; half as much is added or
    /// taken away at random. Default 500.
    pub wait_ms: u64,
    /// Times that a lock is asked for before its block goes back on the queue.
    /// Default 20.
    pub tries: u32,
}

/// How changed blocks are queued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueueConfig {
    /// Time after which a delivery that was neither acknowledged nor extended
    /// goes to another worker, ms. It is extended three times as often. Default
    /// 60000.
    pub visibility_ms: u64,
    /// Wait before an empty queue is asked again, ms, spread at random.
    /// Default 500.
    pub poll_ms: u64,
    /// Wait before a block whose lock stayed held is tried again, ms. Default
    /// 2000.
    pub busy_delay_ms: u64,
    /// Wait before a block whose merge failed is tried again, ms. Default
    /// 10000.
    pub failure_delay_ms: u64,
    /// Failures and expired deliveries after which a block is set aside as a
    /// dead letter; a held lock is none. Default 5.
    pub dead_after: u32,
}

/// Where Redis is. One server (or one primary), with its append-only file on.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedisConfig {
    /// `redis://[user:password@]host[:port][/database]` or
    /// `redis+unix:///path`. Default `redis://127.0.0.1:6379/`.
    pub url: String,
    /// First part of the names of all keys; one for each lake. Default
    /// `regatta`.
    pub prefix: String,
    /// Longest time for a connection to be made, ms. Default 2000.
    pub connect_timeout_ms: u64,
    /// Longest time for one answer, ms. Default 2000.
    pub response_timeout_ms: u64,
    /// Wait before a failed call is repeated, ms; it doubles with each further
    /// one and is spread at random. Default 50.
    pub backoff_first_ms: u64,
    /// Longest wait before a call is repeated, ms. Default 2000.
    pub backoff_max_ms: u64,
    /// Time after which a call that keeps failing is an error, ms. Default
    /// 60000.
    pub give_up_ms: u64,
}

impl Default for WorkersConfig {
    fn default() -> Self {
        Self {
            parallel: 2,
            min_blocks: 1_000,
            locks: LockConfig::default(),
            queue: QueueConfig::default(),
            redis: None,
        }
    }
}

impl Default for LockConfig {
    fn default() -> Self {
        Self { expiry_ms: 30_000, renew_ms: 10_000, wait_ms: 500, tries: 20 }
    }
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            visibility_ms: 60_000,
            poll_ms: 500,
            busy_delay_ms: 2_000,
            failure_delay_ms: 10_000,
            dead_after: 5,
        }
    }
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            url: "redis://127.0.0.1:6379/".to_owned(),
            prefix: "regatta".to_owned(),
            connect_timeout_ms: 2_000,
            response_timeout_ms: 2_000,
            backoff_first_ms: 50,
            backoff_max_ms: 2_000,
            give_up_ms: 60_000,
        }
    }
}

/// Without the password that the URL may hold.
impl std::fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisConfig")
            .field("url", &self.shown_url())
            .field("prefix", &self.prefix)
            .field("connect_timeout_ms", &self.connect_timeout_ms)
            .field("response_timeout_ms", &self.response_timeout_ms)
            .field("backoff_first_ms", &self.backoff_first_ms)
            .field("backoff_max_ms", &self.backoff_max_ms)
            .field("give_up_ms", &self.give_up_ms)
            .finish()
    }
}

impl WorkersConfig {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// The first key whose value is out of bounds.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |key, reason: String| Err(ConfigError { key, reason });
        if self.parallel == 0 {
            return wrong("parallel", "expected at least 1, found 0".to_owned());
        }
        let locks = &self.locks;
        if locks.renew_ms == 0 || locks.renew_ms.saturating_mul(2) > locks.expiry_ms {
            return wrong(
                "locks.renew_ms",
                format!(
                    "expected 1 to half of expiry_ms ({}), found {}",
                    locks.expiry_ms / 2,
                    locks.renew_ms
                ),
            );
        }
        for (key, value) in [
            ("locks.wait_ms", locks.wait_ms),
            ("locks.tries", locks.tries.into()),
            ("queue.poll_ms", self.queue.poll_ms),
            ("queue.dead_after", self.queue.dead_after.into()),
        ] {
            if value == 0 {
                return wrong(key, "expected at least 1, found 0".to_owned());
            }
        }
        for (key, value) in [
            ("locks.expiry_ms", locks.expiry_ms),
            ("locks.wait_ms", locks.wait_ms),
            ("queue.visibility_ms", self.queue.visibility_ms),
            ("queue.poll_ms", self.queue.poll_ms),
            ("queue.busy_delay_ms", self.queue.busy_delay_ms),
            ("queue.failure_delay_ms", self.queue.failure_delay_ms),
        ] {
            if value > LONGEST_MS {
                return wrong(key, format!("expected a day ({LONGEST_MS}) at most, found {value}"));
            }
        }
        if self.queue.visibility_ms < 3 {
            return wrong(
                "queue.visibility_ms",
                format!("expected at least 3, found {}", self.queue.visibility_ms),
            );
        }
        match &self.redis {
            Some(redis) => redis.check(),
            None => Ok(()),
        }
    }
}

impl RedisConfig {
    /// The URL without user and password.
    pub(crate) fn shown_url(&self) -> String {
        match self.url.rsplit_once('@') {
            Some((_, address)) => format!("redis://***@{address}"),
            None => self.url.clone(),
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |key, reason: String| Err(ConfigError { key, reason });
        if self.prefix.is_empty() || self.prefix.contains(['{', '}']) {
            return wrong(
                "redis.prefix",
                format!("expected a name without braces, found {:?}", self.prefix),
            );
        }
        for (key, value) in [
            ("redis.connect_timeout_ms", self.connect_timeout_ms),
            ("redis.response_timeout_ms", self.response_timeout_ms),
            ("redis.backoff_first_ms", self.backoff_first_ms),
            ("redis.backoff_max_ms", self.backoff_max_ms),
        ] {
            if value == 0 {
                return wrong(key, "expected at least 1, found 0".to_owned());
            }
        }
        Ok(())
    }
}

impl LockConfig {
    pub(crate) fn expiry(&self) -> Duration {
        Duration::from_millis(self.expiry_ms)
    }

    pub(crate) fn renew(&self) -> Duration {
        Duration::from_millis(self.renew_ms)
    }

    pub(crate) fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_usable_and_unknown_keys_refused() {
        WorkersConfig::default().check().unwrap();
        let config: WorkersConfig =
            serde_json::from_str(r#"{"locks": {"expiry_ms": 5000, "renew_ms": 1000}}"#).unwrap();
        assert_eq!((config.locks.expiry_ms, config.locks.tries), (5000, 20));
        for text in [r#"{"lock": {}}"#, r#"{"redis": {"host": "a"}}"#, r#"{"queue": {"dead": 1}}"#]
        {
            let error = serde_json::from_str::<WorkersConfig>(text).unwrap_err();
            assert!(error.to_string().contains("unknown field"), "{error}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_by_its_key() {
        let key = |change: fn(&mut WorkersConfig)| {
            let mut config =
                WorkersConfig { redis: Some(RedisConfig::default()), ..WorkersConfig::default() };
            change(&mut config);
            config.check().unwrap_err().key
        };
        assert_eq!(key(|c| c.parallel = 0), "parallel");
        assert_eq!(key(|c| c.locks.renew_ms = c.locks.expiry_ms), "locks.renew_ms");
        assert_eq!(key(|c| c.locks.tries = 0), "locks.tries");
        assert_eq!(key(|c| c.queue.visibility_ms = 0), "queue.visibility_ms");
        assert_eq!(key(|c| c.queue.visibility_ms = u64::MAX), "queue.visibility_ms");
        assert_eq!(key(|c| c.locks.expiry_ms = LONGEST_MS + 1), "locks.expiry_ms");
        assert_eq!(key(|c| c.redis.as_mut().unwrap().prefix = "{a}".to_owned()), "redis.prefix");
    }

    #[test]
    fn a_password_is_not_printed() {
        let config =
            RedisConfig { url: "redis://me:s3cret@host:1/".to_owned(), ..RedisConfig::default() };
        let text = format!("{config:?}");
        assert!(text.contains("host:1") && !text.contains("s3cret"), "{text}");
    }
}
