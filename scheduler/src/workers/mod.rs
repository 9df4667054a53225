//! Workers on several machines that share the blocks of a refresh (R40): the
//! queue and the locks are in Redis, blocks and results in the object storage
//! of the lake.
//!
//! The refresh stays the only one that writes tables. It puts the blocks down,
//! works along, takes the results, and gives ids over all of them; what no
//! worker has merged it merges by itself. So the tables are those of a single
//! process whatever becomes of the workers.

mod job;
mod results;
mod share;
mod step;

use std::sync::Arc;

use regatta_crawlers::CancellationToken;
use regatta_locks::{Ids, Metrics, MetricsSnapshot, RedisBackend, RedisConfig, Until, Worker};
use regatta_remote::Store;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::config::{Config, ConfigError};
pub use share::Sharing;
use step::MergeBlock;

/// How the refresh of `config` shares its blocks; none where no Redis is
/// configured. Called within a runtime.
///
/// # Errors
/// A setting that cannot be used.
pub fn sharing(
    config: &Config,
    cancel: &CancellationToken,
) -> Result<Option<Sharing>, ConfigError> {
    let Some(redis) = config.workers.redis.clone() else { return Ok(None) };
    Ok(Some(Sharing {
        runtime: Handle::current(),
        store: store(config)?,
        config: config.workers.clone(),
        redis,
        cancel: cancel.clone(),
    }))
}

/// Works on the blocks of whatever refresh shares some, until `stopped`, or,
/// with [`Until::Drained`], until there is nothing to do. Gives its counters.
///
/// # Errors
/// A setting that cannot be used; a Redis that stays away.
pub async fn work(
    config: &Config,
    stopped: watch::Receiver<bool>,
    until: Until,
) -> anyhow::Result<MetricsSnapshot> {
    let redis = redis(config)?;
    let store = store(config)?;
    let (ids, metrics) = (Arc::new(ids()), Arc::new(Metrics::default()));
    let backend =
        RedisBackend::new(&config.workers, redis, Arc::clone(&ids), Arc::clone(&metrics))?;
    for warning in backend.warnings().await? {
        tracing::warn!(warning, "Redis");
    }
    tracing::info!(
        store = store.url(""),
        redis = ?redis,
        parallel = config.workers.parallel,
        "waiting for blocks"
    );
    let step = MergeBlock::new(store, Arc::clone(&metrics));
    Worker::new(Arc::new(backend), step, ids, config.workers.clone()).run(stopped, until).await?;
    Ok(metrics.snapshot())
}

fn redis(config: &Config) -> Result<&RedisConfig, ConfigError> {
    config.workers.redis.as_ref().ok_or_else(|| {
        ConfigError::new("no queue to share: set `url` under [workers.redis] in the configuration")
    })
}

/// The object storage, which has to compare versions.
fn store(config: &Config) -> Result<Store, ConfigError> {
    let store = config.object_storage.open()?.ok_or_else(|| {
        ConfigError::new(
            "workers share blocks by object storage: set `url` under [object_storage] in the \
             configuration",
        )
    })?;
    if !store.has_conditional_put() {
        return Err(ConfigError::new(
            "workers need an object storage with conditional puts, and [object_storage] says \
             conditional_put = false",
        ));
    }
    Ok(store)
}

/// Identifiers from a random number of this process.
fn ids() -> Ids {
    let mut random = [0; 16];
    // Without a source of random numbers, the process and the time have to do.
    if getrandom::fill(&mut random).is_err() {
        let now = jiff::Timestamp::now().as_nanosecond().unsigned_abs();
        return Ids::new(now << 32 | u128::from(std::process::id()));
    }
    Ids::new(u128::from_le_bytes(random))
}

/// A short name that another process does not have.
fn short(ids: &Ids) -> String {
    ids.owner().0.chars().take(8).collect()
}
