//! Changes of blocks as files, and what applying them gives: shared by the
//! worker and the test that starts it.
//!
//! As in the lake, the changes are files that were renamed into place; the
//! queue only says which blocks have new ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use regatta_locks::BlockKey;
use serde::{Deserialize, Serialize};

/// One commit: a set of changes, appended to those before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangeSet {
    /// Number of changes applied before.
    pub from: usize,
    /// The changes.
    pub changes: Vec<u64>,
    /// Sum over all changes so far, in order.
    pub sum: u64,
}

impl ChangeSet {
    /// Number of changes applied with this one.
    pub fn to(&self) -> usize {
        self.from + self.changes.len()
    }

    /// The change set after this one.
    pub fn next(&self, changes: &[u64]) -> Self {
        let sum = changes.iter().fold(self.sum, |sum, change| add(sum, *change));
        Self { from: self.to(), changes: changes.to_vec(), sum }
    }
}

/// Order counts, and so does every single change.
fn add(sum: u64, change: u64) -> u64 {
    sum.wrapping_mul(1_099_511_628_211) ^ mix(change)
}

/// The changes of all blocks, as far as they have been written.
#[derive(Debug)]
pub struct Changes {
    folder: PathBuf,
    batches: usize,
    by_block: BTreeMap<usize, Vec<u64>>,
}

impl Changes {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), batches: 0, by_block: BTreeMap::new() }
    }

    /// Adds a batch: blocks by number, each with changes.
    pub fn write(&mut self, batch: &[(usize, u64)]) {
        let path = self.path(self.batches);
        let temporary = path.with_extension("new");
        fs::write(&temporary, serde_json::to_vec(batch).unwrap()).unwrap();
        fs::rename(temporary, path).unwrap();
        self.read();
    }

    /// Reads the batches that were written since.
    pub fn read(&mut self) {
        while let Ok(bytes) = fs::read(self.path(self.batches)) {
            let batch: Vec<(usize, u64)> = serde_json::from_slice(&bytes).unwrap();
            for (block, change) in batch {
                self.by_block.entry(block).or_default().push(change);
            }
            self.batches += 1;
        }
    }

    /// The changes of a block.
    pub fn of(&self, block: usize) -> &[u64] {
        self.by_block.get(&block).map_or(&[], Vec::as_slice)
    }

    fn path(&self, batch: usize) -> PathBuf {
        self.folder.join(format!("changes-{batch:04}.json"))
    }
}

/// The block with a number.
pub fn block(number: usize) -> BlockKey {
    BlockKey::new(format!("generic {number:05}"), "tablet")
}

/// Its number.
pub fn number(block: &BlockKey) -> usize {
    block.generic.rsplit(' ').next().unwrap().parse().unwrap()
}

/// A sequence of numbers that repeats with its seed.
#[derive(Clone, Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    /// Below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0) % bound
    }
}

fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}
