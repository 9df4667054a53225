//! Sorted texts, front-coded: each is stored as how much it shares with the
//! one before and what follows. Numbered in order, found by binary search over
//! the first texts of blocks, which are whole.

use std::ops::Range;

use super::format::{Section, number, u32_of};
use super::varint::{Reader, put};
use crate::WarehouseError;

/// Texts in a block.
pub(crate) const BLOCK: u32 = 32;

/// A sorted list of distinct texts.
pub(crate) struct FrontCoded {
    offsets: Section,
    data: Section,
    count: u32,
}

/// Encodes sorted, distinct `texts`: the places of the blocks, and the blocks.
pub(crate) fn encode<T: AsRef<[u8]>>(
    texts: impl Iterator<Item = T>,
) -> Result<(Vec<u8>, Vec<u8>), WarehouseError> {
    let (mut offsets, mut data) = (Vec::new(), Vec::new());
    let mut before = Vec::new();
    for (i, text) in texts.enumerate() {
        let text = text.as_ref();
        if number(i)? % BLOCK == 0 {
            offsets.extend_from_slice(&number(data.len())?.to_le_bytes());
            before.clear();
        }
        let shared = before.iter().zip(text).take_while(|(a, b)| a == b).count();
        put_lengths(&mut data, number(shared)?, number(text.len() - shared)?);
        data.extend_from_slice(&text[shared..]);
        before.truncate(shared);
        before.extend_from_slice(&text[shared..]);
    }
    Ok((offsets, data))
}

/// Two lengths in one byte where both are below 15.
fn put_lengths(data: &mut Vec<u8>, shared: u32, rest: u32) {
    let both = if shared < 15 && rest < 16 { u8::try_from(shared << 4 | rest).ok() } else { None };
    if let Some(both) = both {
        data.push(both);
    } else {
        data.push(0xf0);
        put(data, shared);
        put(data, rest);
    }
}

#[inline]
fn lengths(reader: &mut Reader) -> (usize, usize) {
    let byte = reader.byte();
    if byte < 0xf0 {
        (usize::from(byte >> 4), usize::from(byte & 15))
    } else {
        (reader.index(), reader.index())
    }
}

impl FrontCoded {
    pub(crate) fn new(offsets: Section, data: Section, count: u32) -> Self {
        Self { offsets, data, count }
    }

    /// Sorted, distinct `texts` in memory.
    pub(crate) fn whole<T: AsRef<[u8]>>(texts: &[T]) -> Self {
        // More than 32 bits of places are left out.
        let (offsets, data) = encode(texts.iter()).unwrap_or_default();
        let count = if offsets.is_empty() { 0 } else { u32::try_from(texts.len()).unwrap_or(0) };
        Self::new(Section::whole(offsets), Section::whole(data), count)
    }

    /// How many texts there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// The text with the number `id`; empty where there is none.
    pub(crate) fn get(&self, id: u32) -> String {
        String::from_utf8_lossy(&self.bytes_of(id)).into_owned()
    }

    /// The bytes of the text with the number `id`; none where there is no text.
    pub(crate) fn bytes_of(&self, id: u32) -> Vec<u8> {
        let mut texts = self.from(id / BLOCK);
        for _ in 0..=id % BLOCK {
            if texts.next_text().is_none() {
                return Vec::new();
            }
        }
        texts.text
    }

    /// The number of `text`, if it is in the list.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        let id = self.first_at_least(text.as_bytes());
        (self.get(id) == text && !text.is_empty()).then_some(id)
    }

    /// The numbers of all texts that begin with `prefix`.
    pub(crate) fn beginning_with(&self, prefix: &[u8]) -> Range<u32> {
        let mut after = prefix.to_vec();
        let start = self.first_at_least(&after);
        // The smallest text that is greater than all of them.
        while after.pop_if(|b| *b == 0xff).is_some() {}
        match after.last_mut() {
            Some(last) => *last += 1,
            None => return start..self.count,
        }
        start..self.first_at_least(&after).max(start)
    }

    /// The number of the first text that is not before `key`.
    fn first_at_least(&self, key: &[u8]) -> u32 {
        let (mut low, mut high) = (0, self.count.div_ceil(BLOCK));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.from(middle).next_text().is_some_and(|first| first < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let Some(block) = low.checked_sub(1) else { return 0 };
        let mut texts = self.block(block);
        while let Some(text) = texts.next_text() {
            if text >= key {
                return texts.id();
            }
        }
        (low * BLOCK).min(self.count)
    }

    /// The texts of one block.
    pub(crate) fn block(&self, block: u32) -> Texts<'_> {
        let mut texts = self.from(block);
        texts.end = texts.end.min((block + 1) * BLOCK);
        texts
    }

    /// The texts from the beginning of a block to the end of the list.
    pub(crate) fn from(&self, block: u32) -> Texts<'_> {
        let at = u32_of(&self.offsets, block as usize) as usize;
        Texts {
            reader: Reader::new(&self.data, at),
            next: block.saturating_mul(BLOCK).min(self.count),
            end: self.count,
            text: Vec::new(),
        }
    }
}

/// Texts one after the other.
pub(crate) struct Texts<'a> {
    reader: Reader<'a>,
    next: u32,
    end: u32,
    text: Vec<u8>,
}

impl Texts<'_> {
    /// The next text.
    #[inline]
    pub(crate) fn next_text(&mut self) -> Option<&[u8]> {
        self.next_with_shared().map(|(_, text)| text)
    }

    /// The next text, with how many bytes it has from the one before it.
    #[inline]
    pub(crate) fn next_with_shared(&mut self) -> Option<(usize, &[u8])> {
        if self.next >= self.end {
            return None;
        }
        self.next += 1;
        let (shared, rest) = lengths(&mut self.reader);
        self.text.truncate(shared);
        self.text.extend_from_slice(self.reader.bytes(rest));
        Some((shared, &self.text))
    }

    /// The number of the next text.
    #[inline]
    pub(crate) fn next_id(&self) -> u32 {
        self.next
    }

    /// The length of the next text in bytes, without the text.
    #[inline]
    pub(crate) fn next_length(&mut self) -> Option<usize> {
        if self.next >= self.end {
            return None;
        }
        self.next += 1;
        let (shared, rest) = lengths(&mut self.reader);
        self.reader.bytes(rest);
        Some(shared + rest)
    }

    /// The number of the text that was read last.
    #[inline]
    pub(crate) fn id(&self) -> u32 {
        self.next.saturating_sub(1)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::search::format;

    pub(crate) fn front_coded(texts: &BTreeSet<String>) -> FrontCoded {
        let (offsets, data) = encode(texts.iter().map(String::as_str)).unwrap();
        let bytes = format::write(&[offsets, data]).unwrap();
        let mut sections = format::read(bytes, 2).unwrap().into_iter();
        FrontCoded::new(
            sections.next().unwrap(),
            sections.next().unwrap(),
            u32::try_from(texts.len()).unwrap(),
        )
    }

    proptest! {
        #[test]
        fn texts_come_back_and_are_found(
            texts in prop::collection::btree_set("[ab片\u{10ffff}]{1,20}", 0..200),
            prefix in "[ab片]{0,3}",
        ) {
            let list = front_coded(&texts);
            for (i, text) in texts.iter().enumerate() {
                let id = u32::try_from(i).unwrap();
                prop_assert_eq!(&list.get(id), text);
                prop_assert_eq!(list.find(text), Some(id));
            }
            let mut all = list.from(0);
            for text in &texts {
                prop_assert_eq!(all.next_text(), Some(text.as_bytes()));
            }
            prop_assert!(all.next_text().is_none());
            let mut lengths = list.from(0);
            for text in &texts {
                prop_assert_eq!(lengths.next_length(), Some(text.len()));
            }
            let range = list.beginning_with(prefix.as_bytes());
            let begin = texts.iter().filter(|t| t.starts_with(&prefix)).count();
            prop_assert_eq!(range.len(), begin);
            for id in range {
                prop_assert!(list.get(id).starts_with(&prefix));
            }
            prop_assert_eq!(list.get(list.count()), "");
        }
    }
}
