//! Workers as processes that are killed and paused while Redis is restarted:
//! no change lost, none applied twice (R40).
//!
//! `REGATTA_LOCKS_EVENTS` (default 64) makes it longer, `REGATTA_LOCKS_SEED`
//! makes another run of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../../test-worker/changes.rs"]
mod changes;
#[path = "../support/mod.rs"]
mod support;
mod workers;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use regatta_locks::{
    BlockKey, Committed, FencedStore, Ids, MemoryBackend, MemoryStore, Merge, MergeIntoStore,
    Metrics, RedisBackend, RedisStore, Until, Work, WorkQueue, Worker, WorkersConfig,
};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::sleep;

use changes::{ChangeSet, Changes, Numbers, block, number};
use support::{End, RedisServer};
use workers::Workers;

const EXPIRY_MS: u64 = 400;
const VISIBILITY_MS: u64 = 500;
/// The last blocks of each batch, which have several changes in it.
const BUSY_BLOCKS: usize = 40;

/// What is run, and how badly it is treated.
struct Plan {
    test: &'static str,
    mode: &'static str,
    blocks: usize,
    batches: u64,
    events: u64,
    /// Of a hundred events.
    kills: u64,
    restarts: u64,
    seed: u64,
}

/// What was done, and what came of it.
#[derive(Debug, Default)]
struct Outcome {
    kills: u64,
    pauses: u64,
    restarts: u64,
    killed_redis: u64,
    /// Commits refused as stale, and for another reason.
    stale_commits: usize,
    conflicts: usize,
    stale_openings: usize,
    changes: usize,
    commits: usize,
    /// What is wrong with a block.
    damage: Vec<String>,
    /// Number and sum of the changes that were applied.
    table: BTreeMap<BlockKey, (usize, u64)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r40_workers_that_die_or_sleep_lose_nothing_and_double_nothing() {
    let plan = Plan {
        test: "r40_workers_that_die_or_sleep_lose_nothing_and_double_nothing",
        mode: "fenced",
        blocks: 10_000,
        batches: 4,
        events: variable("REGATTA_LOCKS_EVENTS", 64),
        kills: 40,
        restarts: 15,
        seed: variable("REGATTA_LOCKS_SEED", 40),
    };
    let Some((outcome, single)) = run(&plan).await else { return };
    assert_eq!(outcome.damage, Vec::<String>::new());
    assert!(outcome.table == single, "not what one process makes of it");
    assert!(outcome.stale_commits > 0, "the fence was never needed: {outcome:?}");
    assert!(outcome.kills > 0 && outcome.pauses > 0 && outcome.restarts > 0, "{outcome:?}");
}

/// The same without the fence: the damage must be there, and must be found. So
/// the test above can fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r40_without_the_fence_a_paused_worker_does_damage() {
    let plan = Plan {
        test: "r40_without_the_fence_a_paused_worker_does_damage",
        mode: "unfenced",
        blocks: 1_000,
        batches: 4,
        events: 16,
        kills: 0,
        restarts: 0,
        seed: variable("REGATTA_LOCKS_SEED", 40),
    };
    let Some((outcome, single)) = run(&plan).await else { return };
    assert!(!outcome.damage.is_empty());
    assert!(outcome.table != single);
}

async fn run(plan: &Plan) -> Option<(Outcome, BTreeMap<BlockKey, (usize, u64)>)> {
    // `always`: what Redis has answered, it has written. What happens
    // otherwise is tested in faults.rs.
    let mut server = RedisServer::start(plan.test, "always")?;
    let began = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let config = worker_config(&server);
    fs::write(folder.path().join("config.json"), serde_json::to_vec(&config).unwrap()).unwrap();
    let backend = support::backend(&server, &config, 1);
    let mut numbers = Numbers(plan.seed);
    let mut changes = Changes::new(folder.path());
    let mut workers = Workers::start(&folder, plan.mode, plan.seed);
    let mut outcome = Outcome::default();

    let (mut batches, mut events, mut since) = (0, 0, 0);
    loop {
        // The next changes come when half of the blocks are done, so that most
        // blocks need several commits; on a slow machine they come before.
        let waiting = backend.length().await.unwrap().waiting;
        let next = waiting < plan.blocks as u64 / 2 || since >= plan.events / plan.batches;
        if batches < plan.batches && (batches == 0 || next) {
            changes.write(&batch(plan.blocks, &mut numbers));
            push(&backend, plan.blocks).await;
            batches += 1;
            since = 0;
        } else if batches == plan.batches && events >= plan.events {
            break;
        }
        events += 1;
        since += 1;
        sleep(Duration::from_millis(100 + numbers.below(200))).await;
        workers.wake();
        let chance = numbers.below(100);
        if chance < plan.kills {
            workers.kill(numbers.below(4));
            outcome.kills += 1;
        } else if chance < plan.kills + plan.restarts {
            let end = if numbers.below(2) == 0 { End::Asked } else { End::Killed };
            server.stop(end);
            outcome.restarts += 1;
            outcome.killed_redis += u64::from(matches!(end, End::Killed));
            // Sometimes for longer than the locks last.
            sleep(Duration::from_millis(numbers.below(2 * EXPIRY_MS))).await;
            server.start_again();
        } else {
            let time = VISIBILITY_MS + 200 + numbers.below(800);
            outcome.pauses += u64::from(workers.pause(numbers.below(4), time));
        }
    }
    workers.wake_all();
    support::eventually("all is done", async || backend.length().await.unwrap().is_drained()).await;
    assert_eq!(backend.dead_letters().await.unwrap(), []);
    // Late commits of whoever was woken last come before these ends.
    workers.stop();

    refusals(folder.path(), &mut outcome);
    judge(&backend, &changes, plan.blocks, &mut outcome).await;
    let single = single_process(&folder, &changes, plan.blocks).await;
    let time = began.elapsed();
    let Outcome { kills, pauses, restarts, killed_redis, .. } = outcome;
    let _ = writeln!(
        std::io::stderr(),
        "{} ({}): {} blocks, {} changes in {} commits; {kills} workers killed, {pauses} paused \
         past the expiry, {restarts} restarts of Redis ({killed_redis} by SIGKILL); refused as \
         stale: {} commits, {} openings; refused as conflicting: {}; damaged blocks: {}; {:.1} s",
        plan.test,
        plan.mode,
        plan.blocks,
        outcome.changes,
        outcome.commits,
        outcome.stale_commits,
        outcome.stale_openings,
        outcome.conflicts,
        outcome.damage.len(),
        time.as_secs_f32()
    );
    Some((outcome, single))
}

fn worker_config(server: &RedisServer) -> WorkersConfig {
    let mut config = support::config();
    config.parallel = 8;
    config.redis = Some(support::redis_config(server));
    config.locks.expiry_ms = EXPIRY_MS;
    config.locks.renew_ms = EXPIRY_MS / 4;
    config.queue.visibility_ms = VISIBILITY_MS;
    // A block may be unlucky many times; that it fails is not the subject.
    config.queue.dead_after = 100;
    config
}

/// One change for each block, several for the last.
fn batch(blocks: usize, numbers: &mut Numbers) -> Vec<(usize, u64)> {
    let busy = (0..3).flat_map(|_| blocks - BUSY_BLOCKS..blocks);
    (0..blocks).chain(busy).map(|block| (block, numbers.below(1 << 50))).collect()
}

/// All blocks, and the busy ones several times more while they are worked on.
async fn push(backend: &RedisBackend, blocks: usize) {
    let all: Vec<BlockKey> = (0..blocks).map(block).collect();
    backend.push(&all).await.unwrap();
    for _ in 0..5 {
        sleep(Duration::from_millis(10)).await;
        backend.push(&all[blocks - BUSY_BLOCKS..]).await.unwrap();
    }
}

/// Reads the commits of every block: each must continue the one before, and
/// together they must be all changes, each once.
async fn judge(backend: &RedisBackend, changes: &Changes, blocks: usize, outcome: &mut Outcome) {
    let store = RedisStore::new(backend, 0);
    for n in 0..blocks {
        let wanted = changes.of(n);
        outcome.changes += wanted.len();
        let commits = store.history(&block(n)).await.unwrap();
        outcome.commits += commits.len();
        if !commits.is_sorted_by(|a, b| a.token < b.token) {
            outcome.damage.push(format!("block {n}: tokens out of order"));
        }
        let sets: Vec<ChangeSet> =
            commits.iter().map(|c| serde_json::from_slice(&c.value).unwrap()).collect();
        let applied: Vec<u64> = sets.iter().flat_map(|set| set.changes.clone()).collect();
        let mut before = ChangeSet::default();
        for set in &sets {
            if *set != before.next(&set.changes) {
                outcome.damage.push(format!("block {n}: {set:?} does not follow {before:?}"));
            }
            before = set.clone();
        }
        if applied != wanted {
            outcome.damage.push(format!("block {n}: applied {applied:?}, were {wanted:?}"));
        }
        outcome.table.insert(block(n), (applied.len(), before.sum));
    }
}

fn refusals(folder: &Path, outcome: &mut Outcome) {
    let log = fs::read_to_string(folder.join("refused.log")).unwrap_or_default();
    let count = |what: &str| log.lines().filter(|line| line.starts_with(what)).count();
    outcome.stale_commits = count("commit stale");
    outcome.stale_openings = count("open stale");
    outcome.conflicts = count("commit conflict");
}

/// The same changes, one after the other, in this process.
async fn single_process(
    folder: &TempDir,
    changes: &Changes,
    blocks: usize,
) -> BTreeMap<BlockKey, (usize, u64)> {
    let mut config = support::config();
    config.parallel = 1;
    let metrics = Arc::new(Metrics::default());
    let backend = Arc::new(MemoryBackend::new(&config, Arc::clone(&metrics)));
    let store = Arc::new(MemoryStore::new(1));
    let mut again = Changes::new(folder.path());
    again.read();
    let step = MergeIntoStore::new(OneByOne(Mutex::new(again)), Arc::clone(&store), metrics);
    let worker = Worker::new(Arc::clone(&backend), step, Arc::new(Ids::new(2)), config);
    let all: Vec<BlockKey> = (0..blocks).map(block).collect();
    let most = all.iter().map(|b| changes.of(number(b)).len()).max().unwrap();
    let (_stop, stopped) = watch::channel(false);
    for _ in 0..most {
        backend.push(&all).await.unwrap();
        worker.run(stopped.clone(), Until::Drained).await.unwrap();
    }
    let mut table = BTreeMap::new();
    for block in all {
        let committed = store.read(&block).await.unwrap().unwrap();
        let set: ChangeSet = serde_json::from_slice(&committed.value).unwrap();
        table.insert(block, (set.to(), set.sum));
    }
    table
}

/// Applies one change at a time.
struct OneByOne(Mutex<Changes>);

impl Merge for OneByOne {
    async fn merge(
        &self,
        work: &Work,
        committed: Option<&Committed>,
    ) -> Result<Option<Vec<u8>>, String> {
        let before: ChangeSet =
            committed.map(|c| serde_json::from_slice(&c.value).unwrap()).unwrap_or_default();
        let changes = self.0.lock().unwrap();
        let next = changes.of(number(&work.block)).get(before.to()).copied();
        Ok(next.map(|change| serde_json::to_vec(&before.next(&[change])).unwrap()))
    }
}

fn variable(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: expected a number: {text}")),
        Err(_) => default,
    }
}
