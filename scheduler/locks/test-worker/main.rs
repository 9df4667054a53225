//! A worker for `tests/processes`, which kills and pauses it.
//!
//! `locks-test-worker FOLDER SEED fenced|unfenced`: configuration and changes
//! are in the folder; refused commits are appended to `refused.log` there. Ends
//! when its standard input ends, and prints its counters.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[allow(dead_code, reason = "shared with the test, which writes changes")]
mod changes;
mod stores;

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use regatta_locks::{
    Committed, FencedStore, Ids, Merge, MergeIntoStore, Metrics, RedisBackend, RedisStore, Until,
    Work, Worker, WorkersConfig,
};
use tokio::sync::watch;

use changes::{ChangeSet, Changes, Numbers, number};
use stores::{Recorded, Unfenced};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seed, mode] = &arguments[..] else { panic!("FOLDER SEED fenced|unfenced") };
    let (folder, seed) = (PathBuf::from(folder), seed.parse::<u64>().unwrap());
    let config: WorkersConfig =
        serde_json::from_slice(&fs::read(folder.join("config.json")).unwrap()).unwrap();
    config.check().unwrap();
    let (ids, metrics) = (Arc::new(Ids::new(seed.into())), Arc::new(Metrics::default()));
    let redis = config.redis.clone().expect("a Redis");
    let backend = RedisBackend::new(&config, &redis, Arc::clone(&ids), Arc::clone(&metrics));
    let backend = Arc::new(backend.unwrap());
    let store = RedisStore::new(&backend, 0);
    let merge =
        Apply { changes: Mutex::new(Changes::new(&folder)), waits: Mutex::new(Numbers(seed)) };
    match mode.as_str() {
        "fenced" => work(backend, ids, config, merge, Recorded::new(store, &folder)).await,
        "unfenced" => work(backend, ids, config, merge, Unfenced::new(store)).await,
        other => panic!("fenced or unfenced, not {other}"),
    }
    println!("{}", serde_json::to_string(&metrics.snapshot()).unwrap());
}

async fn work(
    backend: Arc<RedisBackend>,
    ids: Arc<Ids>,
    config: WorkersConfig,
    merge: Apply,
    store: impl FencedStore,
) {
    let (stop, stopped) = watch::channel(false);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        stop.send_replace(true);
    });
    let metrics = Arc::clone(regatta_locks::BlockLocks::metrics(&*backend));
    let merging = MergeIntoStore::new(merge, Arc::new(store), metrics);
    Worker::new(backend, merging, ids, config).run(stopped, Until::Stopped).await.unwrap();
}

/// Applies what is not yet applied, taking a few milliseconds for it.
struct Apply {
    changes: Mutex<Changes>,
    waits: Mutex<Numbers>,
}

impl Merge for Apply {
    async fn merge(
        &self,
        work: &Work,
        committed: Option<&Committed>,
    ) -> Result<Option<Vec<u8>>, String> {
        let before = match committed {
            Some(committed) => {
                serde_json::from_slice(&committed.value).map_err(|e| e.to_string())?
            }
            None => ChangeSet::default(),
        };
        let after = {
            let mut changes = self.changes.lock().unwrap();
            changes.read();
            let all = changes.of(number(&work.block));
            if before.to() >= all.len() {
                return Ok(None);
            }
            before.next(&all[before.to()..])
        };
        let wait = 1 + self.waits.lock().unwrap().below(16);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        serde_json::to_vec(&after).map(Some).map_err(|e| e.to_string())
    }
}
