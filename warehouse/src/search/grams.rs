//! Which blocks of terms may hold a text: postings of n-grams.
//!
//! Chinese and Japanese characters are indexed alone and in pairs with their
//! neighbour, all other text in threes. The postings name blocks of the
//! dictionary, not terms: neighbours in it share most of their text, so that
//! this takes a fraction of the space; the terms of a block are then looked at.

use std::collections::HashMap;

use super::format::{Section, number, u32_of, u64_of};
use super::varint::{Ascending, Reader, put};
use crate::WarehouseError;
use crate::fold::is_cjk;

/// Up to three characters, 21 bits each.
pub(crate) type Gram = u64;

/// The grams of `text`, in order, with repetitions.
pub(crate) fn grams(text: &str) -> impl Iterator<Item = Gram> {
    let (mut second, mut first) = (None::<char>, None::<char>);
    text.chars().flat_map(move |c| {
        let single = is_cjk(c).then_some(u64::from(c));
        let pair =
            first.filter(|&p| is_cjk(p) || is_cjk(c)).map(|p| u64::from(p) << 21 | u64::from(c));
        let triple = second
            .zip(first)
            .filter(|&(a, b)| ![a, b, c].into_iter().any(is_cjk))
            .map(|(a, b)| u64::from(a) << 42 | u64::from(b) << 21 | u64::from(c));
        (second, first) = (first, Some(c));
        [single, pair, triple].into_iter().flatten()
    })
}

/// Collects the postings while the dictionary is written.
#[derive(Default)]
pub(crate) struct GramsBuilder {
    lists: HashMap<Gram, List>,
}

#[derive(Default)]
struct List {
    count: u32,
    /// One more than the last block.
    end: u32,
    data: Vec<u8>,
}

impl GramsBuilder {
    /// Adds a term of `block`. Blocks come in ascending order.
    pub(crate) fn add(&mut self, block: u32, term: &str) {
        for gram in grams(term) {
            let list = self.lists.entry(gram).or_default();
            if list.end != block + 1 {
                put(&mut list.data, block + 1 - list.end);
                list.end = block + 1;
                list.count += 1;
            }
        }
    }

    /// Grams, places of their postings, postings.
    pub(crate) fn finish(self) -> Result<[Vec<u8>; 3], WarehouseError> {
        let mut lists: Vec<(Gram, List)> = self.lists.into_iter().collect();
        lists.sort_unstable_by_key(|(gram, _)| *gram);
        let (mut keys, mut offsets, mut data) = (Vec::new(), Vec::new(), Vec::new());
        for (gram, list) in lists {
            keys.extend_from_slice(&gram.to_le_bytes());
            offsets.extend_from_slice(&number(data.len())?.to_le_bytes());
            put(&mut data, list.count);
            data.extend_from_slice(&list.data);
        }
        Ok([keys, offsets, data])
    }
}

/// The postings.
pub(crate) struct Grams {
    keys: Section,
    offsets: Section,
    data: Section,
}

impl Grams {
    pub(crate) fn new(keys: Section, offsets: Section, data: Section) -> Self {
        Self { keys, offsets, data }
    }

    /// The blocks that have all grams of `text`, ascending. A text without
    /// grams gives none: it is too short to be looked for inside terms.
    pub(crate) fn blocks(&self, text: &str) -> Vec<u32> {
        let mut wanted: Vec<Gram> = grams(text).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut lists = Vec::with_capacity(wanted.len());
        for gram in wanted {
            match self.list(gram) {
                Some(list) => lists.push(list),
                None => return Vec::new(),
            }
        }
        lists.sort_by_key(Ascending::left);
        let mut lists = lists.into_iter();
        let mut blocks: Vec<u32> = lists.next().into_iter().flatten().map(|end| end - 1).collect();
        for mut list in lists {
            // Looking at few blocks is cheaper than reading another long list.
            if blocks.len() * 64 < list.left() {
                break;
            }
            let mut end = list.next();
            blocks.retain(|block| {
                while end.is_some_and(|e| e <= *block) {
                    end = list.next();
                }
                end == Some(block + 1)
            });
        }
        blocks
    }

    fn list(&self, gram: Gram) -> Option<Ascending<'_>> {
        let (mut low, mut high) = (0, self.keys.len() / 8);
        while low < high {
            let middle = low + (high - low) / 2;
            if u64_of(&self.keys, middle) < gram {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if low == self.keys.len() / 8 || u64_of(&self.keys, low) != gram {
            return None;
        }
        let mut reader = Reader::new(&self.data, u32_of(&self.offsets, low) as usize);
        let count = reader.index();
        Some(Ascending::new(reader, count))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn r43_a_substring_has_only_grams_of_its_text(
            before in "[ab 片剂]{0,5}", inside in "[ab 片剂]{1,5}", after in "[ab 片剂]{0,5}",
        ) {
            let all: Vec<Gram> = grams(&format!("{before}{inside}{after}")).collect();
            for gram in grams(&inside) {
                prop_assert!(all.contains(&gram));
            }
            let searchable = inside.chars().count() > 2 || inside.chars().any(is_cjk);
            prop_assert_eq!(grams(&inside).next().is_some(), searchable);
        }
    }
}
