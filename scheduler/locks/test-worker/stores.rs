//! The store with a record of refusals, and one without its fence.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use regatta_locks::{
    Base, BlockKey, Committed, FencedStore, Opened, RedisStore, StoreError, Token,
};

/// Writes down each refused commit, at once: the process may be killed.
pub struct Recorded {
    store: RedisStore,
    log: File,
}

impl Recorded {
    pub fn new(store: RedisStore, folder: &Path) -> Self {
        let log = File::options().append(true).create(true).open(folder.join("refused.log"));
        Self { store, log: log.unwrap() }
    }

    fn record(&self, what: &str, error: &StoreError) {
        let kind = match error {
            StoreError::Stale { .. } => "stale",
            StoreError::Conflict { .. } => "conflict",
            StoreError::Backend(_) => "unreachable",
        };
        (&self.log).write_all(format!("{what} {kind}: {error}\n").as_bytes()).unwrap();
    }
}

impl FencedStore for Recorded {
    async fn open(&self, block: &BlockKey, token: Token) -> Result<Opened, StoreError> {
        self.store.open(block, token).await.inspect_err(|e| self.record("open", e))
    }

    async fn commit(
        &self,
        block: &BlockKey,
        token: Token,
        base: &Base,
        value: &[u8],
    ) -> Result<(), StoreError> {
        let done = self.store.commit(block, token, base, value).await;
        done.inspect_err(|e| self.record("commit", e))
    }

    async fn read(&self, block: &BlockKey) -> Result<Option<Committed>, StoreError> {
        self.store.read(block).await
    }
}

/// Takes every commit, whoever is late: what a lock with expiry alone gives.
pub struct Unfenced {
    store: RedisStore,
    next: AtomicU64,
}

impl Unfenced {
    pub fn new(store: RedisStore) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        Self { store, next: AtomicU64::new(u64::try_from(now).unwrap()) }
    }
}

impl FencedStore for Unfenced {
    async fn open(&self, block: &BlockKey, _: Token) -> Result<Opened, StoreError> {
        Ok(Opened { committed: self.store.read(block).await?, base: Base(None) })
    }

    async fn commit(
        &self,
        block: &BlockKey,
        _: Token,
        _: &Base,
        value: &[u8],
    ) -> Result<(), StoreError> {
        loop {
            let token = Token(self.next.fetch_add(1, Ordering::Relaxed));
            let opened = match self.store.open(block, token).await {
                Err(StoreError::Stale { newest, .. }) => {
                    self.next.fetch_max(newest.0 + 1, Ordering::Relaxed);
                    continue;
                }
                opened => opened?,
            };
            match self.store.commit(block, token, &opened.base, value).await {
                Err(StoreError::Stale { .. } | StoreError::Conflict { .. }) => {}
                done => return done,
            }
        }
    }

    async fn read(&self, block: &BlockKey) -> Result<Option<Committed>, StoreError> {
        self.store.read(block).await
    }
}
