//! The results of a job: one object a block, written by conditional puts.
//!
//! The store's own comparison of versions is the second rule of a fenced store
//! (`docs/workers.md`): a commit replaces what its owner has read, or nothing.
//! The token stands in the first line of the object, so that two commits are
//! never the same bytes and a commit that is sent again is recognised.

use regatta_locks::{
    BackendError, Base, BlockKey, Committed, FencedStore, Opened, StoreError, Token,
};
use regatta_remote::{RemoteError, Store, UpdateVersion};

use super::job::{self, Job};

/// Where the results of one job go.
#[derive(Clone, Debug)]
pub struct Results {
    store: Store,
    folder: String,
}

impl Results {
    /// Of a job.
    pub fn of(store: Store, job: &Job) -> Self {
        Self { store, folder: job.results() }
    }

    /// The names of the blocks that have one.
    ///
    /// # Errors
    /// The store refused or was not reached.
    pub async fn names(&self) -> Result<Vec<String>, RemoteError> {
        let found = self.store.list(&self.folder).await?;
        let name = |path: String| path.rsplit('/').next().map(str::to_owned);
        Ok(found.into_iter().filter_map(|(path, _)| name(path)).collect())
    }

    fn path(&self, block: &BlockKey) -> String {
        format!("{}/{}", self.folder, job::name(block))
    }

    async fn find(
        &self,
        block: &BlockKey,
    ) -> Result<Option<(Committed, UpdateVersion)>, StoreError> {
        let path = self.path(block);
        let Some((bytes, version)) = self.store.read(&path).await.map_err(unreachable)? else {
            return Ok(None);
        };
        let committed = parse(&bytes).ok_or_else(|| {
            let url = self.store.url(&path);
            BackendError::Store(format!("{url}: expected a token and a result"))
        })?;
        Ok(Some((committed, version)))
    }
}

impl FencedStore for Results {
    async fn open(&self, block: &BlockKey, token: Token) -> Result<Opened, StoreError> {
        match self.find(block).await? {
            None => Ok(Opened { committed: None, base: Base(None) }),
            Some((committed, _)) if committed.token > token => {
                Err(StoreError::Stale { block: block.clone(), token, newest: committed.token })
            }
            Some((committed, version)) => {
                Ok(Opened { committed: Some(committed), base: Base(version.e_tag) })
            }
        }
    }

    async fn commit(
        &self,
        block: &BlockKey,
        token: Token,
        base: &Base,
        value: &[u8],
    ) -> Result<(), StoreError> {
        let before =
            base.0.clone().map(|e_tag| UpdateVersion { e_tag: Some(e_tag), version: None });
        let mut bytes = format!("{token}\n").into_bytes();
        bytes.extend_from_slice(value);
        if self.store.replace(&self.path(block), bytes, before).await.map_err(unreachable)? {
            return Ok(());
        }
        match self.find(block).await? {
            // An earlier try had succeeded, and its answer was lost.
            Some((there, _)) if there.token == token => Ok(()),
            Some((there, _)) if there.token > token => {
                Err(StoreError::Stale { block: block.clone(), token, newest: there.token })
            }
            _ => Err(StoreError::Conflict { block: block.clone(), token }),
        }
    }

    async fn read(&self, block: &BlockKey) -> Result<Option<Committed>, StoreError> {
        Ok(self.find(block).await?.map(|(committed, _)| committed))
    }
}

fn parse(bytes: &[u8]) -> Option<Committed> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let token = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
    Some(Committed { token: Token(token), value: bytes[end + 1..].to_vec() })
}

fn unreachable(error: RemoteError) -> StoreError {
    BackendError::Store(error.to_string()).into()
}
