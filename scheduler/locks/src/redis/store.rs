//! Committed blocks in Redis: for tables that are small, and for tests.

use std::sync::Arc;

use redis::{Script, ScriptInvocation};

use super::{Call, Link, RedisBackend, script};
use crate::error::BackendError;
use crate::ids::Token;
use crate::key::BlockKey;
use crate::store::{Base, Committed, FencedStore, Opened, StoreError};

/// Committed blocks in Redis.
#[derive(Debug)]
pub struct RedisStore {
    link: Arc<Link>,
    prefix: String,
    keep: usize,
    open: Script,
    commit: Script,
    history: Script,
}

impl RedisStore {
    /// Beside locks and queue. `keep`: number of commits of a block that stay
    /// readable, 0 for all.
    #[must_use]
    pub fn new(backend: &RedisBackend, keep: usize) -> Self {
        Self {
            link: Arc::clone(&backend.link),
            prefix: backend.prefix.clone(),
            keep,
            open: script!("store.lua", "open.lua"),
            commit: script!("store.lua", "commit.lua"),
            history: script!("store.lua", "history.lua"),
        }
    }

    /// The commits of a block that were kept, oldest first.
    ///
    /// # Errors
    /// Redis was not reached, or refused.
    pub async fn history(&self, block: &BlockKey) -> Result<Vec<Committed>, BackendError> {
        self.last(block, 0).await
    }

    /// The last commits of a block; all of them for 0.
    async fn last(&self, block: &BlockKey, n: usize) -> Result<Vec<Committed>, BackendError> {
        let mut call = self.call(&self.history, block);
        call.arg(n);
        let commits: Vec<Vec<u8>> = self.link.send("to read", Call::Script(call)).await?;
        commits.iter().map(|bytes| self.committed(bytes)).collect()
    }

    fn call<'a>(&self, script: &'a Script, block: &BlockKey) -> ScriptInvocation<'a> {
        let (prefix, block) = (&self.prefix, block.encode());
        let mut call = script.prepare_invoke();
        call.key(format!("{prefix}:state:{block}")).key(format!("{prefix}:commits:{block}"));
        call
    }

    /// The answer of a script, with its refusals as errors.
    async fn ask(
        &self,
        operation: &'static str,
        call: ScriptInvocation<'_>,
        block: &BlockKey,
        token: Token,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut answer: Vec<Vec<u8>> = self.link.send(operation, Call::Script(call)).await?;
        let rest = if answer.len() > 1 { answer.pop() } else { None };
        let block = block.clone();
        match answer.first().map(Vec::as_slice) {
            Some(b"done") => Ok(rest),
            Some(b"conflict") => Err(StoreError::Conflict { block, token }),
            Some(b"stale") => {
                let text = rest.and_then(|bytes| String::from_utf8(bytes).ok());
                let newest = text
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| self.link.foreign(operation, "a token", "another value"))?;
                Err(StoreError::Stale { block, token, newest: Token(newest) })
            }
            _ => Err(self
                .link
                .foreign(operation, "done, conflict or stale", format!("{answer:?}"))
                .into()),
        }
    }

    fn committed(&self, bytes: &[u8]) -> Result<Committed, BackendError> {
        let mut parts = bytes.splitn(2, |byte| *byte == b' ');
        let token = parts
            .next()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| digits.parse().ok());
        match (token, parts.next()) {
            (Some(token), Some(value)) => {
                Ok(Committed { token: Token(token), value: value.to_owned() })
            }
            _ => Err(self.link.foreign("to read", "a token and a value", "another value")),
        }
    }
}

impl FencedStore for RedisStore {
    async fn open(&self, block: &BlockKey, token: Token) -> Result<Opened, StoreError> {
        let mut call = self.call(&self.open, block);
        call.arg(token.0);
        let last = self.ask("to open", call, block, token).await?;
        let committed = last.map(|bytes| self.committed(&bytes)).transpose()?;
        let base = Base(committed.as_ref().map(|c| c.token.to_string()));
        Ok(Opened { committed, base })
    }

    async fn commit(
        &self,
        block: &BlockKey,
        token: Token,
        base: &Base,
        value: &[u8],
    ) -> Result<(), StoreError> {
        let mut call = self.call(&self.commit, block);
        call.arg(token.0).arg(base.0.as_deref().unwrap_or_default()).arg(self.keep).arg(value);
        self.ask("to commit", call, block, token).await.map(drop)
    }

    async fn read(&self, block: &BlockKey) -> Result<Option<Committed>, StoreError> {
        Ok(self.last(block, 1).await?.pop())
    }
}
