//! The store: a commit is taken from the newest opener, upon what it has read.

use std::sync::Arc;

use regatta_locks::{
    Base, BlockKey, BlockLocks, Committed, FencedStore, Ids, StoreError, Token, WorkersConfig,
};

use crate::grant;
use crate::support::block;

pub async fn r40_the_newest_opener_shuts_out_older_tokens<B: BlockLocks, S: FencedStore>(
    _: Arc<B>,
    store: Arc<S>,
    _: WorkersConfig,
) {
    let paused = store.open(&block(1), Token(5)).await.unwrap();
    let newer = store.open(&block(1), Token(6)).await.unwrap();
    // The newer one has not committed yet: the paused one must not slip in.
    let refused = store.commit(&block(1), Token(5), &paused.base, b"late").await.unwrap_err();
    assert!(matches!(refused, StoreError::Stale { newest: Token(6), .. }), "{refused}");
    assert!(matches!(store.open(&block(1), Token(5)).await.unwrap_err(), StoreError::Stale { .. }));
    store.commit(&block(1), Token(6), &newer.base, b"new").await.unwrap();
    let refused = store.commit(&block(1), Token(5), &paused.base, b"late").await.unwrap_err();
    assert!(matches!(refused, StoreError::Stale { .. }), "{refused}");
    let read = store.read(&block(1)).await.unwrap();
    assert_eq!(read, Some(Committed { token: Token(6), value: b"new".to_vec() }));
    assert_eq!(store.read(&block(2)).await.unwrap(), None);
}

pub async fn r40_a_commit_needs_what_was_read<B: BlockLocks, S: FencedStore>(
    _: Arc<B>,
    store: Arc<S>,
    _: WorkersConfig,
) {
    let first = store.open(&block(1), Token(5)).await.unwrap();
    assert_eq!(first.committed, None);
    store.commit(&block(1), Token(5), &first.base, b"1").await.unwrap();
    let second = store.open(&block(1), Token(7)).await.unwrap();
    assert_eq!(second.committed.unwrap().value, b"1");
    for wrong in [first.base, Base(Some("4".to_owned()))] {
        let refused = store.commit(&block(1), Token(7), &wrong, b"2").await.unwrap_err();
        assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");
    }
    store.commit(&block(1), Token(7), &second.base, b"2").await.unwrap();
    assert_eq!(store.read(&block(1)).await.unwrap().unwrap().value, b"2");
}

pub async fn r40_a_repeated_commit_is_done_once<B: BlockLocks, S: FencedStore>(
    _: Arc<B>,
    store: Arc<S>,
    _: WorkersConfig,
) {
    let opened = store.open(&block(1), Token(5)).await.unwrap();
    for _ in 0..3 {
        store.commit(&block(1), Token(5), &opened.base, b"once").await.unwrap();
    }
    let next = store.open(&block(1), Token(6)).await.unwrap();
    store.commit(&block(1), Token(6), &next.base, b"next").await.unwrap();
    assert!(store.commit(&block(1), Token(5), &opened.base, b"once").await.is_err());
    assert_eq!(store.read(&block(1)).await.unwrap().unwrap().value, b"next");
}

pub async fn r40_values_are_any_bytes<B: BlockLocks, S: FencedStore>(
    locks: Arc<B>,
    store: Arc<S>,
    _: WorkersConfig,
) {
    let value: Vec<u8> = (0..=255).chain([0, 32, 10, 13, 0]).collect();
    let odd = BlockKey::new("line\nbreak {brace} 7:", "\0 片剂");
    let grant = grant(&*locks, &Ids::new(3), &odd).await;
    let opened = store.open(&odd, grant.token).await.unwrap();
    store.commit(&odd, grant.token, &opened.base, &value).await.unwrap();
    assert_eq!(store.read(&odd).await.unwrap(), Some(Committed { token: grant.token, value }));
    let empty = store.open(&block(1), Token(1)).await.unwrap();
    store.commit(&block(1), Token(1), &empty.base, b"").await.unwrap();
    assert_eq!(store.read(&block(1)).await.unwrap().unwrap().value, b"");
}
