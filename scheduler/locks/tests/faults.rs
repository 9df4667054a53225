//! A Redis that goes away, comes back, forgets, or is not what it should be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use regatta_locks::{
    Acquired, Attempt, BackendError, BlockLocks, FencedStore, Grant, Ids, Metrics, RedisBackend,
    RedisConfig, RedisStore, StoreError, WorkQueue, acquire,
};
use support::{End, RedisServer, backend, block, config, eventually, redis_config, signal};

async fn grant(locks: &RedisBackend, ids: &Ids, n: usize) -> Grant {
    match locks.try_acquire(&block(n), &ids.owner()).await.unwrap() {
        Attempt::Granted(grant) => grant,
        Attempt::Held { remaining } => panic!("block {n} is held for {remaining:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r40_locks_queue_and_commits_outlive_a_restart() {
    let test = "r40_locks_queue_and_commits_outlive_a_restart";
    for end in [End::Asked, End::Killed] {
        let Some(mut server) = RedisServer::start(test, "always") else { return };
        let (backend, ids) = (backend(&server, &config(), 1), Ids::new(2));
        let store = RedisStore::new(&backend, 1);
        backend.push(&[block(1), block(2)]).await.unwrap();
        let delivery = backend.pop(&ids.lease()).await.unwrap().unwrap();
        let held = grant(&backend, &ids, 1).await;
        let opened = store.open(&block(1), held.token).await.unwrap();
        server.stop(end);
        server.start_again();
        // The connection of before is gone; nothing else is.
        assert!(backend.renew(&held).await.unwrap(), "{end:?}");
        let length = backend.length().await.unwrap();
        assert_eq!((length.waiting, length.leased), (1, 1), "{end:?}");
        store.commit(&block(1), held.token, &opened.base, b"1").await.unwrap();
        assert!(backend.ack(&delivery).await.unwrap());
        let next = grant(&backend, &ids, 2).await;
        assert!(next.token > held.token);
        assert!(backend.metrics().snapshot().backend_retries > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_waits_for_a_redis_that_is_away() {
    let test = "a_call_waits_for_a_redis_that_is_away";
    let Some(mut server) = RedisServer::start(test, "always") else { return };
    let backend = backend(&server, &config(), 1);
    backend.push(&[block(1)]).await.unwrap();
    server.stop(End::Asked);
    let asking = {
        let backend = Arc::clone(&backend);
        tokio::spawn(async move { backend.pop(&Ids::new(2).lease()).await })
    };
    // It has failed at least twice before there is a server again.
    let retries = || backend.metrics().snapshot().backend_retries;
    eventually("it is tried again", async || retries() >= 2).await;
    server.start_again();
    assert_eq!(asking.await.unwrap().unwrap().unwrap().block, block(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_stays_away_is_an_error_that_says_where() {
    // A port on which nobody listens.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let redis = RedisConfig {
        url: format!("redis://user:s3cret@{address}/"),
        give_up_ms: 200,
        backoff_first_ms: 10,
        ..RedisConfig::default()
    };
    let ids = Arc::new(Ids::new(1));
    let backend = RedisBackend::new(&config(), &redis, ids, Arc::default()).unwrap();
    let error = backend.push(&[block(1)]).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { tries: 2.., .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(&address.to_string()) && text.contains("a push"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_or_url_is_refused_at_once() {
    let test = "a_wrong_password_or_url_is_refused_at_once";
    let Some(server) = RedisServer::start(test, "no") else { return };
    let make = |url: String| {
        let redis = RedisConfig { url, ..redis_config(&server) };
        RedisBackend::new(&config(), &redis, Arc::new(Ids::new(1)), Arc::default())
    };
    let url = server.url().replace("://", "://nobody:s3cret@");
    let error = make(url).unwrap().push(&[block(1)]).await.unwrap_err();
    assert!(matches!(error, BackendError::Refused { .. }), "{error:?}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
    let error = make("http://nobody:s3cret@host/".to_owned()).unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_somebody_else_is_an_error() {
    let test = "data_of_somebody_else_is_an_error";
    let Some(server) = RedisServer::start(test, "no") else { return };
    let backend = backend(&server, &config(), 1);
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    redis::cmd("SET").arg("{regatta}:queue:leased").arg("text").exec(&mut connection).unwrap();
    let error = backend.length().await.unwrap_err();
    assert!(error.to_string().contains("WRONGTYPE"), "{error}");
    redis::cmd("ZADD")
        .arg("{regatta}:queue:due")
        .arg(1)
        .arg("no block")
        .exec(&mut connection)
        .unwrap();
    redis::cmd("DEL").arg("{regatta}:queue:leased").exec(&mut connection).unwrap();
    let error = backend.pop(&Ids::new(2).lease()).await.unwrap_err();
    assert!(matches!(error, BackendError::Foreign { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forgets_is_warned_of() {
    let Some(server) = RedisServer::start("a_server_that_forgets_is_warned_of", "no") else {
        return;
    };
    let backend = backend(&server, &config(), 1);
    assert_eq!(backend.warnings().await.unwrap(), Vec::<String>::new());
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    for (name, value) in
        [("appendonly", "no"), ("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")]
    {
        redis::cmd("CONFIG").arg("SET").arg(name).arg(value).exec(&mut connection).unwrap();
    }
    let warnings = backend.warnings().await.unwrap();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

/// The clock of the server alone: a lock is lost while Redis stands still for
/// longer than it lasts, and its guard finds out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r40_a_guard_whose_redis_hangs_loses_its_lock() {
    let test = "r40_a_guard_whose_redis_hangs_loses_its_lock";
    let Some(server) = RedisServer::start(test, "no") else { return };
    let mut config = config();
    config.locks.expiry_ms = 500;
    config.locks.renew_ms = 50;
    let (backend, ids) = (backend(&server, &config, 1), Ids::new(2));
    let Acquired::Held(guard) = acquire(&backend, &block(1), &ids).await.unwrap() else {
        panic!("not held")
    };
    signal("STOP", server.pid());
    // Redis does not answer: only the time since the last renewal tells.
    let mut watch = guard.watch();
    watch.lost().await;
    signal("CONT", server.pid());
    assert_eq!(backend.metrics().snapshot().lost_leases, 1);
    eventually("somebody else gets it", async || {
        let asked = backend.try_acquire(&block(1), &ids.owner()).await.unwrap();
        matches!(asked, Attempt::Granted(_))
    })
    .await;
    assert!(!guard.release().await.unwrap());
}

/// A connection that swallows everything without ending: a new one is made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_only_times_out_is_replaced() {
    let test = "a_connection_that_only_times_out_is_replaced";
    let Some(server) = RedisServer::start(test, "no") else { return };
    let deaf = Arc::new(AtomicBool::new(false));
    let url = proxy(&server, Arc::clone(&deaf));
    let redis = RedisConfig { url, response_timeout_ms: 200, ..redis_config(&server) };
    let metrics = Arc::new(Metrics::default());
    let ids = Arc::new(Ids::new(1));
    let backend = RedisBackend::new(&config(), &redis, ids, Arc::clone(&metrics)).unwrap();
    backend.push(&[block(1)]).await.unwrap();
    deaf.store(true, Ordering::SeqCst);
    backend.push(&[block(2)]).await.unwrap();
    assert_eq!(backend.length().await.unwrap().waiting, 2);
    assert!(metrics.snapshot().backend_retries > 0);
}

/// Passes connections on. When `deaf` is set, it swallows what comes over
/// those that are open, and passes on only new ones.
fn proxy(server: &RedisServer, deaf: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let target = server.url().replace("redis://", "").replace('/', "");
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(&target).unwrap();
            let swallow = (!deaf.load(Ordering::SeqCst)).then(|| Arc::clone(&deaf));
            let (client_too, server_too) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || copy(client, server, swallow.as_deref()));
            thread::spawn(move || copy(server_too, client_too, None));
        }
    });
    format!("redis://{address}/")
}

fn copy(mut from: TcpStream, mut to: TcpStream, swallow: Option<&AtomicBool>) {
    let mut buffer = [0; 4_096];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        if !swallow.is_some_and(|deaf| deaf.load(Ordering::SeqCst))
            && to.write_all(&buffer[..n]).is_err()
        {
            return;
        }
    }
}

/// The last second of the append-only file is lost: locks, tokens, queue and
/// commits go back together. Nobody gets a token for the second time, and
/// nobody who remembers the lost second can commit upon it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r40_a_lost_end_of_the_journal_lets_no_stale_commit_in() {
    let test = "r40_a_lost_end_of_the_journal_lets_no_stale_commit_in";
    let Some(mut server) = RedisServer::start(test, "always") else { return };
    let mut config = config();
    config.queue.visibility_ms = 50;
    let (backend, ids) = (backend(&server, &config, 1), Ids::new(2));
    let store = RedisStore::new(&backend, 0);
    backend.push(&[block(1)]).await.unwrap();
    let before = server.journal();

    // In the second that is lost: A commits and acknowledges, B opens.
    let delivery = backend.pop(&ids.lease()).await.unwrap().unwrap();
    let a = grant(&backend, &ids, 1).await;
    let opened = store.open(&block(1), a.token).await.unwrap();
    store.commit(&block(1), a.token, &opened.base, b"a").await.unwrap();
    assert!(backend.ack(&delivery).await.unwrap());
    assert!(backend.release(&a).await.unwrap());
    let b = grant(&backend, &ids, 1).await;
    let opened_by_b = store.open(&block(1), b.token).await.unwrap();
    assert_eq!(opened_by_b.committed.as_ref().unwrap().value, b"a");
    backend.push(&[block(2)]).await.unwrap();

    server.stop(End::Killed);
    server.set_journal(&before);
    server.start_again();

    // The acknowledged block is there again; the push of block 2 is not, which
    // is why the producer pushes what is not up to date.
    assert_eq!(store.read(&block(1)).await.unwrap(), None);
    let again = backend.pop(&ids.lease()).await.unwrap().unwrap();
    assert_eq!(again.block, block(1));
    assert!(backend.length().await.unwrap().waiting == 0);
    assert!(!backend.renew(&b).await.unwrap());

    // B still computes upon what A had written. The fence has forgotten B, and
    // so would let it in: that the block is not as B read it does not.
    let refused = store.commit(&block(1), b.token, &opened_by_b.base, b"ab").await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");

    // C is newer than A and B, although their tokens are forgotten.
    let c = grant(&backend, &ids, 1).await;
    assert!(c.token > b.token, "{} after {}", c.token, b.token);
    let opened_by_c = store.open(&block(1), c.token).await.unwrap();
    let refused = store.commit(&block(1), b.token, &opened_by_b.base, b"ab").await.unwrap_err();
    assert!(matches!(refused, StoreError::Stale { .. }), "{refused}");
    store.commit(&block(1), c.token, &opened_by_c.base, b"c").await.unwrap();
    assert_eq!(store.history(&block(1)).await.unwrap().len(), 1);
}

/// A journal cut within a script's effects: the script happened whole or not
/// at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_is_in_one_place_wherever_the_journal_ends() {
    let test = "a_block_is_in_one_place_wherever_the_journal_ends";
    let Some(mut server) = RedisServer::start(test, "always") else { return };
    let (backend, ids) = (backend(&server, &config(), 1), Ids::new(2));
    backend.push(&[block(1)]).await.unwrap();
    let pushed = server.journal().len();
    backend.pop(&ids.lease()).await.unwrap().unwrap();
    server.stop(End::Asked);
    let journal = server.journal();
    let steps = 8;
    for step in 0..=steps {
        let end = journal.len() - (journal.len() - pushed) * step / steps;
        server.set_journal(&journal[..end]);
        server.start_again();
        let length = backend.length().await.unwrap();
        assert_eq!(length.waiting + length.leased, 1, "cut {step}/{steps}: {length:?}");
        assert_eq!(length.leased == 1, step == 0, "cut {step}/{steps}: {length:?}");
        server.stop(End::Asked);
    }
}
