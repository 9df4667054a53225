//! Which blocks of terms may hold a text: postings of n-grams.
//!
//! Chinese and Japanese characters are indexed alone and in pairs with their
//! neighbour, all other text in threes. The postings name blocks of the
//! dictionary, not terms: neighbours in it share most of their text, so that
//! this takes a fraction of the space; the terms of a block are then looked at.
//! They follow from the terms, and are not stored but made when they are needed.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::format::{Section, u32_of, u64_of};
use super::front::{BLOCK, FrontCoded};
use super::varint::{Ascending, Reader, put};
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

/// The postings of one gram, while they are collected.
#[derive(Default)]
struct List {
    count: u32,
    /// One more than the last block.
    end: u32,
    data: Vec<u8>,
}

impl List {
    /// Adds `block`, unless it was the last one. Blocks come in ascending order.
    fn add(&mut self, block: u32) {
        if self.end != block + 1 {
            put(&mut self.data, block + 1 - self.end);
            self.end = block + 1;
            self.count += 1;
        }
    }
}

/// Grams are spread well enough by a multiplication.
#[derive(Default)]
struct GramHasher(u64);

impl Hasher for GramHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, gram: u64) {
        self.0 = (self.0 ^ gram).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

/// The part of a text that has grams which the text before it does not have:
/// what follows the `shared` bytes, and two characters before.
fn new_part(text: &[u8], shared: usize) -> &str {
    let inside_character = |at: usize| text.get(at).is_some_and(|b| b & 0xc0 == 0x80);
    let mut from = shared;
    for _ in 0..3 {
        // Bytes may be shared that are not a whole character.
        while from > 0 && inside_character(from) {
            from -= 1;
        }
        from = from.saturating_sub(1);
    }
    while from > 0 && inside_character(from) {
        from -= 1;
    }
    std::str::from_utf8(&text[from..]).unwrap_or_default()
}

/// The postings.
pub(crate) struct Grams {
    keys: Section,
    offsets: Section,
    data: Section,
}

impl Grams {
    /// The postings of all `terms`.
    pub(crate) fn of(terms: &FrontCoded) -> Self {
        let mut lists: HashMap<Gram, List, BuildHasherDefault<GramHasher>> = HashMap::default();
        for block in 0..terms.count().div_ceil(BLOCK) {
            let mut texts = terms.block(block);
            while let Some((shared, text)) = texts.next_with_shared() {
                for gram in grams(new_part(text, shared)) {
                    lists.entry(gram).or_default().add(block);
                }
            }
        }
        let mut lists: Vec<(Gram, List)> = lists.into_iter().collect();
        lists.sort_unstable_by_key(|(gram, _)| *gram);
        let (mut keys, mut offsets, mut data) = (Vec::new(), Vec::new(), Vec::new());
        for (gram, list) in lists {
            keys.extend_from_slice(&gram.to_le_bytes());
            // Places are 32 bits wide, and the terms too: there are at most some grams a byte.
            let at = u32::try_from(data.len()).unwrap_or(u32::MAX);
            offsets.extend_from_slice(&at.to_le_bytes());
            put(&mut data, list.count);
            data.extend_from_slice(&list.data);
        }
        Self {
            keys: Section::whole(keys),
            offsets: Section::whole(offsets),
            data: Section::whole(data),
        }
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
    use crate::search::front::tests::front_coded;

    proptest! {
        #[test]
        fn r43_blocks_are_those_of_all_grams(
            texts in prop::collection::btree_set("[ab]{1,4}|[ab片剂é]{1,6}", 0..150),
            text in "[ab]{3}|[片剂]{1,2}|[ab]片|片é",
        ) {
            let postings = Grams::of(&front_coded(&texts));
            let wanted: Vec<Gram> = grams(&text).collect();
            let all: Vec<&String> = texts.iter().collect();
            let of_block = |block: &[&String]| -> Vec<Gram> {
                block.iter().flat_map(|t| grams(t)).collect()
            };
            let expected: Vec<u32> = (0u32..)
                .zip(all.chunks(BLOCK as usize))
                .filter(|(_, block)| {
                    let found = of_block(block);
                    wanted.iter().all(|gram| found.contains(gram))
                })
                .map(|(i, _)| i)
                .collect();
            prop_assert_eq!(postings.blocks(&text), expected);
        }

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
