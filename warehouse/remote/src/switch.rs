//! The one put that makes a state the served one.

use crate::document::{CURRENT, kept_after};
use crate::read::{State, state};
use crate::{RemoteError, Served, Store};

/// How a switch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switched {
    /// The state is served.
    Done,
    /// Another publisher switched since the state before was read.
    SomebodyElse,
}

/// Puts `current.json` in the place of what was read as `before` (R42). The
/// same bytes are put under a name of their own first: the next state keeps
/// this one by that name.
pub(crate) async fn switch(
    store: &Store,
    before: Option<&State>,
    next: &mut Served,
    keep: usize,
) -> Result<Switched, RemoteError> {
    next.kept = kept_after(before.map(|b| (&b.served, b.sha256)), &next.snapshot_id, keep);
    let (text, own) = next
        .text()
        .map_err(|e| RemoteError::Settings { reason: format!("cannot write {CURRENT}: {e}") })?;
    store.put(&own.path, text.clone(), own.sha256).await?;
    let version = before.map(|b| b.version.clone());
    if store.replace(CURRENT, text, version).await? {
        // Without conditions on a put, somebody may have been later.
        if store.conditional_put || is_served(store, next).await? {
            return Ok(Switched::Done);
        }
        return Ok(Switched::SomebodyElse);
    }
    // A put whose answer was lost is sent again, and then meets itself.
    let served = is_served(store, next).await?;
    Ok(if served { Switched::Done } else { Switched::SomebodyElse })
}

async fn is_served(store: &Store, next: &Served) -> Result<bool, RemoteError> {
    Ok(state(store).await?.is_some_and(|s| s.served == *next))
}
