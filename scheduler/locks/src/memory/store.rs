//! The table of committed blocks: pure.

use std::collections::BTreeMap;

use crate::ids::Token;
use crate::key::BlockKey;
use crate::store::{Base, Committed, Opened, StoreError};

/// Blocks with their commits, the newest last.
#[derive(Debug, Default)]
pub(super) struct StoreTable {
    blocks: BTreeMap<BlockKey, Block>,
}

#[derive(Debug, Default)]
struct Block {
    /// The largest token that has opened the block.
    fence: u64,
    commits: Vec<Committed>,
}

impl StoreTable {
    pub(super) fn open(&mut self, block: &BlockKey, token: Token) -> Result<Opened, StoreError> {
        let entry = self.blocks.entry(block.clone()).or_default();
        entry.check(block, token)?;
        entry.fence = token.0;
        Ok(Opened { committed: entry.commits.last().cloned(), base: entry.base() })
    }

    /// `keep`: number of commits that stay readable, 0 for all.
    pub(super) fn commit(
        &mut self,
        block: &BlockKey,
        token: Token,
        base: &Base,
        value: &[u8],
        keep: usize,
    ) -> Result<(), StoreError> {
        let entry = self.blocks.entry(block.clone()).or_default();
        entry.check(block, token)?;
        if entry.commits.last().is_some_and(|last| last.token == token) {
            return Ok(());
        }
        if entry.base() != *base {
            return Err(StoreError::Conflict { block: block.clone(), token });
        }
        entry.fence = token.0;
        entry.commits.push(Committed { token, value: value.to_owned() });
        if keep > 0 && entry.commits.len() > keep {
            entry.commits.drain(..entry.commits.len() - keep);
        }
        Ok(())
    }

    pub(super) fn history(&self, block: &BlockKey) -> Vec<Committed> {
        self.blocks.get(block).map(|b| b.commits.clone()).unwrap_or_default()
    }
}

impl Block {
    fn check(&self, block: &BlockKey, token: Token) -> Result<(), StoreError> {
        if token.0 < self.fence {
            let newest = Token(self.fence);
            return Err(StoreError::Stale { block: block.clone(), token, newest });
        }
        Ok(())
    }

    fn base(&self) -> Base {
        Base(self.commits.last().map(|last| last.token.to_string()))
    }
}
