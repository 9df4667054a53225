//! Which records end up together: union-find, with pairs that must not.

use super::graph::{Block, Incidence, Pair};
use super::{LinkKey, MergeError, conflict};

/// For each record by position the position of the smallest record of its
/// cluster.
pub(super) fn clusters(block: &Block) -> Result<Vec<usize>, MergeError> {
    let mut fixed = Forest::new(block.ids.len());
    for key in block.keys() {
        if matches!(key[0].key, LinkKey::SameProduct(_)) {
            unite_all(&mut fixed, key);
        }
    }
    for pair in &block.must_link {
        fixed.unite(pair.first, pair.second);
    }
    for pair in &block.must_not_link {
        if fixed.root(pair.first) == fixed.root(pair.second) {
            return Err(MergeError::Contradiction {
                apart: pair.decision,
                together: conflict::chain(block, pair),
            });
        }
    }

    let mut free = fixed.clone();
    for key in block.keys() {
        unite_all(&mut free, key);
    }
    let broken: Vec<&Pair> = block
        .must_not_link
        .iter()
        .filter(|pair| free.root(pair.first) == free.root(pair.second))
        .collect();
    if broken.is_empty() {
        return Ok(free.roots());
    }
    let mut rebuilt: Vec<usize> = broken.iter().map(|pair| free.root(pair.first)).collect();
    rebuilt.sort_unstable();
    rebuilt.dedup();
    Ok(constrained(block, fixed, &mut free, &rebuilt, &broken))
}

/// Builds the components `rebuilt` again without uniting a `broken` pair; the
/// others stay as they are.
fn constrained(
    block: &Block,
    fixed: Forest,
    free: &mut Forest,
    rebuilt: &[usize],
    broken: &[&Pair],
) -> Vec<usize> {
    let mut keys: Vec<&[Incidence]> = Vec::new();
    let mut forest = fixed;
    for key in block.keys() {
        // All records of a key are in one free component.
        if rebuilt.binary_search(&free.root(key[0].record)).is_ok() {
            keys.push(key);
        } else {
            unite_all(&mut forest, key);
        }
    }
    keys.sort_by_key(|key| (key.len(), key[0].apart, key[0].key));

    let mut rivals = Rivals::new(&mut forest, broken);
    for key in keys {
        // Clusters of this key that may not be united; at most as many as
        // there are decisions, plus one.
        let mut roots: Vec<usize> = Vec::new();
        for incidence in key {
            let mut joined = rivals.forest.root(incidence.record);
            if roots.contains(&joined) {
                continue;
            }
            for root in &roots {
                if rivals.may_unite(joined, *root) {
                    joined = rivals.unite(joined, *root);
                }
            }
            // Whatever was joined has a new root now.
            for root in &mut roots {
                *root = rivals.forest.root(*root);
            }
            roots.push(joined);
            roots.sort_unstable();
            roots.dedup();
        }
    }
    forest.roots()
}

/// The clusters with the records that each must not be united with.
struct Rivals<'a> {
    forest: &'a mut Forest,
    /// By root.
    of_root: Vec<Vec<usize>>,
}

impl<'a> Rivals<'a> {
    fn new(forest: &'a mut Forest, broken: &[&Pair]) -> Self {
        let mut of_root = vec![Vec::new(); forest.parents.len()];
        for pair in broken {
            of_root[forest.root(pair.first)].push(pair.second);
            of_root[forest.root(pair.second)].push(pair.first);
        }
        Self { forest, of_root }
    }

    fn may_unite(&mut self, left: usize, right: usize) -> bool {
        let (fewer, other) = if self.of_root[left].len() <= self.of_root[right].len() {
            (left, right)
        } else {
            (right, left)
        };
        let forest = &mut *self.forest;
        !self.of_root[fewer].iter().any(|rival| forest.root(*rival) == other)
    }

    fn unite(&mut self, left: usize, right: usize) -> usize {
        let root = self.forest.unite(left, right);
        let gone = if root == left { right } else { left };
        let moved = std::mem::take(&mut self.of_root[gone]);
        let mut kept = std::mem::take(&mut self.of_root[root]);
        if kept.len() < moved.len() {
            let mut larger = moved;
            larger.append(&mut kept);
            self.of_root[root] = larger;
        } else {
            kept.extend(moved);
            self.of_root[root] = kept;
        }
        root
    }
}

fn unite_all(forest: &mut Forest, key: &[Incidence]) {
    for pair in key.windows(2) {
        forest.unite(pair[0].record, pair[1].record);
    }
}

/// Disjoint sets, each named by its smallest member.
#[derive(Clone)]
struct Forest {
    parents: Vec<usize>,
}

impl Forest {
    fn new(size: usize) -> Self {
        Self { parents: (0..size).collect() }
    }

    /// The smallest member; halves the path to it on the way.
    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    /// Unites two sets and gives the smallest member of both.
    fn unite(&mut self, left: usize, right: usize) -> usize {
        let (left, right) = (self.root(left), self.root(right));
        let (smaller, larger) = (left.min(right), left.max(right));
        self.parents[larger] = smaller;
        smaller
    }

    fn roots(mut self) -> Vec<usize> {
        (0..self.parents.len()).map(|at| self.root(at)).collect()
    }
}
