//! Which decisions hold two records together, to name them in an error.

use std::collections::{BTreeMap, VecDeque};

use super::LinkKey;
use super::graph::{Block, Pair};
use crate::record::ReasonId;

/// The `must_link` decisions on a shortest way between the records of `pair`,
/// in the order of the way. Steps over a product number have no decision.
pub(super) fn chain(block: &Block, pair: &Pair) -> Vec<ReasonId> {
    let neighbours = neighbours(block);
    let mut came_from: BTreeMap<usize, (usize, Option<ReasonId>)> = BTreeMap::new();
    let mut queue = VecDeque::from([pair.first]);
    while let Some(at) = queue.pop_front() {
        if at == pair.second {
            break;
        }
        for (next, reason) in neighbours.get(&at).into_iter().flatten() {
            if *next != pair.first && !came_from.contains_key(next) {
                came_from.insert(*next, (at, *reason));
                queue.push_back(*next);
            }
        }
    }
    let mut reasons = Vec::new();
    let mut at = pair.second;
    while at != pair.first {
        let Some((before, reason)) = came_from.get(&at) else {
            break;
        };
        reasons.extend(*reason);
        at = *before;
    }
    reasons.reverse();
    reasons
}

type Neighbours = BTreeMap<usize, Vec<(usize, Option<ReasonId>)>>;

/// The records one step away, over product numbers first.
fn neighbours(block: &Block) -> Neighbours {
    let mut neighbours = Neighbours::new();
    let mut join = |first, second, reason| {
        neighbours.entry(first).or_default().push((second, reason));
        neighbours.entry(second).or_default().push((first, reason));
    };
    for key in block.keys() {
        if matches!(key[0].key, LinkKey::SameProduct(_)) {
            for pair in key.windows(2) {
                join(pair[0].record, pair[1].record, None);
            }
        }
    }
    for link in &block.must_link {
        join(link.first, link.second, Some(link.decision.reason));
    }
    neighbours
}
