//! What a refresh puts down for workers: the blocks to merge, in packs.
//!
//! ```text
//! work/job.json                 the job under way: its id, its packs
//! work/<job>/in/<n>.json.zst    a pack: the blocks whose key falls to n
//! work/<job>/out/<block>        the result of one block (results.rs)
//! ```
//!
//! Packs come first, then `job.json`, then the queue: whoever takes a block from
//! the queue finds its job. A block without a place in the job under way is of
//! an earlier one, whose results nobody waits for.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, bail};
use regatta_lake::Sha256;
use regatta_locks::BlockKey;
use regatta_remote::{RemoteError, Store};
use regatta_transform::Block;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

/// Where all of it lies, below the prefix of the object storage.
pub const FOLDER: &str = "work";
/// The job under way.
pub const CURRENT: &str = "work/job.json";
/// Version of these objects. A worker leaves a job of another one alone.
const FORMAT: u32 = 1;
/// Blocks in a pack, about: a few hundred kilobytes of JSON, so that a worker
/// reads little more than it merges.
const PACK: usize = 256;

/// The blocks of one refresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    format: u32,
    /// A name that no other job has.
    pub id: String,
    /// Digests of its packs, by number.
    packs: Vec<Sha256>,
}

/// The key of a block in locks and queue.
pub fn key(block: &Block) -> BlockKey {
    BlockKey::new(block.generic.as_str(), block.dosage_form.as_str())
}

/// A name for a block that every object storage takes.
pub fn name(key: &BlockKey) -> String {
    Sha256::of(key.encode().as_bytes()).to_string()
}

impl Job {
    /// Puts down the blocks of a new job, and makes it the one under way.
    ///
    /// # Errors
    /// The store refused or was not reached.
    pub async fn write(store: &Store, id: String, blocks: &[Block]) -> anyhow::Result<Self> {
        let count = blocks.len().div_ceil(PACK).max(1);
        let mut packs: Vec<Vec<&Block>> = vec![Vec::new(); count];
        for block in blocks {
            packs[pack_of(&key(block), count)].push(block);
        }
        let mut job = Self { format: FORMAT, id, packs: Vec::with_capacity(count) };
        for (number, pack) in packs.iter().enumerate() {
            let bytes = zstd::encode_all(&serde_json::to_vec(pack)?[..], 3)?;
            let digest = Sha256::of(&bytes);
            job.packs.push(digest);
            store.put(&job.pack_path(number), bytes, digest).await?;
        }
        let bytes = serde_json::to_vec(&job)?;
        let digest = Sha256::of(&bytes);
        store.put(CURRENT, bytes, digest).await?;
        Ok(job)
    }

    /// The job under way, if there is one that this version reads.
    ///
    /// # Errors
    /// The store refused, was not reached, or holds something else there.
    pub async fn current(store: &Store) -> anyhow::Result<Option<Self>> {
        let Some((bytes, _)) = store.read(CURRENT).await? else { return Ok(None) };
        let job: Self = serde_json::from_slice(&bytes)
            .with_context(|| format!("{}: expected a job of a refresh", store.url(CURRENT)))?;
        Ok(Some(job).filter(|j| j.format == FORMAT))
    }

    /// The folder of its results.
    pub fn results(&self) -> String {
        format!("{FOLDER}/{}/out", self.id)
    }

    fn pack_path(&self, number: usize) -> String {
        format!("{FOLDER}/{}/in/{number}.json.zst", self.id)
    }
}

/// Removes what lies in the folder of jobs but for that of `keep`.
///
/// # Errors
/// The store refused or was not reached; the next job tries again.
pub async fn sweep(store: &Store, keep: Option<&str>) -> Result<(), RemoteError> {
    let kept = keep.map(|id| format!("{FOLDER}/{id}/"));
    for (path, _) in store.list(FOLDER).await? {
        if path != CURRENT && !kept.as_ref().is_some_and(|k| path.starts_with(k.as_str())) {
            store.remove(&path).await?;
        }
    }
    Ok(())
}

fn pack_of(key: &BlockKey, packs: usize) -> usize {
    let digest = name(key);
    let number = u64::from_str_radix(digest.get(..15).unwrap_or_default(), 16).unwrap_or(0);
    usize::try_from(number % packs as u64).unwrap_or(0)
}

/// The packs that a worker has read, of one job.
#[derive(Debug)]
pub struct Packs {
    store: Store,
    read: Mutex<(String, HashMap<usize, Arc<Pack>>)>,
}

type Pack = HashMap<BlockKey, Arc<Block>>;

impl Packs {
    /// None read yet.
    pub fn new(store: Store) -> Self {
        Self { store, read: Mutex::default() }
    }

    /// The block of a key; none if it is not of this job.
    ///
    /// # Errors
    /// The store refused, was not reached, or holds other bytes than the job
    /// says.
    pub async fn block(&self, job: &Job, key: &BlockKey) -> anyhow::Result<Option<Arc<Block>>> {
        let number = pack_of(key, job.packs.len().max(1));
        // Held while reading: two lanes that want one pack read it once.
        let mut read = self.read.lock().await;
        if read.0 != job.id {
            *read = (job.id.clone(), HashMap::new());
        }
        if let Some(pack) = read.1.get(&number) {
            return Ok(pack.get(key).map(Arc::clone));
        }
        let Some(pack) = self.pack(job, number).await? else { return Ok(None) };
        let found = pack.get(key).map(Arc::clone);
        read.1.insert(number, Arc::new(pack));
        Ok(found)
    }

    /// None where the job has been cleared away since.
    async fn pack(&self, job: &Job, number: usize) -> anyhow::Result<Option<Pack>> {
        let Some(digest) = job.packs.get(number) else { return Ok(None) };
        let path = job.pack_path(number);
        let Some((bytes, _)) = self.store.read(&path).await? else { return Ok(None) };
        let found = Sha256::of(&bytes);
        if found != *digest {
            let url = self.store.url(&path);
            bail!("{url}: expected the sha256 {digest} that the job names, found {found}");
        }
        let blocks: Vec<Block> = zstd::decode_all(&bytes[..])
            .map_err(anyhow::Error::from)
            .and_then(|json| Ok(serde_json::from_slice(&json)?))
            .with_context(|| format!("{}: expected a pack of blocks", self.store.url(&path)))?;
        Ok(Some(blocks.into_iter().map(|b| (self::key(&b), Arc::new(b))).collect()))
    }
}
