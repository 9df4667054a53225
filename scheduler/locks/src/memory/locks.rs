//! The table of locks: pure, time is a parameter.

use std::collections::BTreeMap;

use crate::ids::{Owner, Token};
use crate::key::BlockKey;
use crate::locks::Grant;

/// Locks and the last token.
#[derive(Debug, Default)]
pub(super) struct LockTable {
    held: BTreeMap<BlockKey, Held>,
    last: u64,
}

#[derive(Debug)]
struct Held {
    owner: Owner,
    token: Token,
    /// Free from here on, ms.
    until: u64,
}

impl LockTable {
    /// The token, or the time for which somebody else has the lock, ms.
    pub(super) fn try_acquire(
        &mut self,
        block: &BlockKey,
        owner: &Owner,
        now: u64,
        expiry: u64,
    ) -> Result<Token, u64> {
        let until = now + expiry;
        if let Some(held) = self.held.get_mut(block).filter(|held| held.until > now) {
            if held.owner != *owner {
                return Err(held.until - now);
            }
            held.until = until;
            return Ok(held.token);
        }
        self.last += 1;
        let token = Token(self.last);
        self.held.insert(block.clone(), Held { owner: owner.clone(), token, until });
        Ok(token)
    }

    pub(super) fn renew(&mut self, grant: &Grant, now: u64, expiry: u64) -> bool {
        match self.ours(grant, now) {
            Some(held) => {
                held.until = now + expiry;
                true
            }
            None => false,
        }
    }

    pub(super) fn release(&mut self, grant: &Grant, now: u64) -> bool {
        let ours = self.ours(grant, now).is_some();
        if ours {
            self.held.remove(&grant.block);
        }
        ours
    }

    fn ours(&mut self, grant: &Grant, now: u64) -> Option<&mut Held> {
        self.held.get_mut(&grant.block).filter(|held| {
            held.until > now && held.owner == grant.owner && held.token == grant.token
        })
    }
}
