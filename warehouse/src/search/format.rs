//! The bytes of the index: a header with version and checksum, then sections.
//!
//! ```text
//! "regattaS"   8 bytes
//! version      u32, little endian, as all numbers
//! checksum     u32: CRC-32 of everything after it
//! sections     u32: how many
//! lengths      u64 each
//! the sections, one after the other
//! ```

use std::ops::{Deref, Range};
use std::sync::Arc;

use super::varint::{Reader, put_ascending};
use crate::WarehouseError;

/// The version of the format that is written and read. Another one is refused:
/// the index is built anew with the `DuckDB` file.
pub(crate) const VERSION: u32 = 3;

const MAGIC: &[u8; 8] = b"regattaS";

/// Where the checksum ends.
const CHECKED: usize = 16;

/// A part of the bytes, which it keeps alive.
#[derive(Clone)]
pub(crate) struct Section {
    all: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Section {
    /// Bytes that are one section.
    pub(crate) fn whole(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { all: Arc::new(bytes), range }
    }
}

impl Deref for Section {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.all[self.range.clone()]
    }
}

/// Puts `sections` together.
pub(crate) fn write(sections: &[Vec<u8>]) -> Result<Vec<u8>, WarehouseError> {
    let total: usize = sections.iter().map(Vec::len).sum();
    let mut bytes = Vec::with_capacity(total + CHECKED + 4 + 8 * sections.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&number(sections.len())?.to_le_bytes());
    for section in sections {
        // Places in a section are 32 bits wide.
        number(section.len())?;
        bytes.extend_from_slice(&(section.len() as u64).to_le_bytes());
    }
    for section in sections {
        bytes.extend_from_slice(section);
    }
    let checksum = crc32fast::hash(&bytes[CHECKED..]);
    bytes[CHECKED - 4..CHECKED].copy_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// Takes the bytes apart into `count` sections.
///
/// # Errors
/// [`WarehouseError::SearchIndex`] when they are damaged or of another version.
pub(crate) fn read(bytes: Vec<u8>, count: usize) -> Result<Vec<Section>, WarehouseError> {
    let damaged = |what: &str| WarehouseError::SearchIndex { reason: what.to_owned() };
    if !bytes.starts_with(MAGIC) {
        return Err(damaged("it does not begin as one"));
    }
    match u32_at(&bytes, 8) {
        Some(VERSION) => {}
        Some(other) => {
            return Err(damaged(&format!("format {other}, this version reads {VERSION}")));
        }
        None => return Err(damaged("it is cut off")),
    }
    let found = bytes.get(CHECKED..).map(crc32fast::hash);
    if found.is_none() || found != u32_at(&bytes, CHECKED - 4) {
        return Err(damaged("its checksum is wrong"));
    }
    if u32_at(&bytes, CHECKED).map(|n| n as usize) != Some(count) {
        return Err(damaged("it has another number of sections"));
    }
    let all = Arc::new(bytes);
    let mut start = CHECKED + 4 + 8 * count;
    let mut sections = Vec::with_capacity(count);
    for i in 0..count {
        let length = u64_at(&all, CHECKED + 4 + 8 * i).and_then(|n| usize::try_from(n).ok());
        let end = length.and_then(|n| start.checked_add(n)).filter(|&end| end <= all.len());
        let Some(end) = end else { return Err(damaged("a section is cut off")) };
        sections.push(Section { all: all.clone(), range: start..end });
        start = end;
    }
    Ok(sections)
}

/// Ascending numbers of four bytes each, as they are stored: as differences.
pub(crate) fn pack(numbers: &[u8]) -> Vec<u8> {
    let numbers: Vec<u32> = (0..numbers.len() / 4).map(|i| u32_of(numbers, i)).collect();
    let mut out = Vec::with_capacity(2 * numbers.len());
    put_ascending(&mut out, &numbers);
    out
}

/// What [`pack`] was given.
pub(crate) fn unpack(packed: &[u8]) -> Section {
    let mut reader = Reader::new(packed, 0);
    let mut out = Vec::with_capacity(4 * packed.len());
    let mut number = 0u32;
    while !reader.is_done() {
        number = number.wrapping_add(reader.number());
        out.extend_from_slice(&number.to_le_bytes());
    }
    Section::whole(out)
}

/// `count` as a number of 32 bits.
pub(crate) fn number(count: usize) -> Result<u32, WarehouseError> {
    u32::try_from(count).map_err(|_| WarehouseError::SearchIndex {
        reason: format!("{count} is more than it can hold"),
    })
}

/// The `i`th of the numbers in `bytes`; 0 past the end.
#[inline]
pub(crate) fn u32_of(bytes: &[u8], i: usize) -> u32 {
    u32_at(bytes, 4 * i).unwrap_or(0)
}

/// The `i`th of the numbers in `bytes`; 0 past the end.
#[inline]
pub(crate) fn u64_of(bytes: &[u8], i: usize) -> u64 {
    u64_at(bytes, 8 * i).unwrap_or(0)
}

#[inline]
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

#[inline]
fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sections_come_back_and_any_damage_is_seen(
            sections in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..5),
            at in any::<prop::sample::Index>(),
            flip in 1..=255u8,
        ) {
            let bytes = write(&sections).unwrap();
            let read_back = read(bytes.clone(), sections.len()).unwrap();
            for (section, back) in sections.iter().zip(&read_back) {
                prop_assert_eq!(&section[..], &back[..]);
            }
            let mut damaged = bytes.clone();
            damaged[at.index(bytes.len())] ^= flip;
            prop_assert!(read(damaged, sections.len()).is_err());
            let cut = at.index(bytes.len());
            prop_assert!(read(bytes[..cut].to_vec(), sections.len()).is_err());
        }
    }

    proptest! {
        #[test]
        fn packed_numbers_come_back(mut numbers in prop::collection::vec(any::<u32>(), 0..50)) {
            numbers.sort_unstable();
            let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            prop_assert_eq!(&unpack(&pack(&bytes))[..], &bytes[..]);
        }
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = write(&[vec![1]]).unwrap();
        bytes[8] = 9;
        let error = read(bytes, 1).err().unwrap();
        assert!(error.to_string().contains("format 9"), "{error}");
    }
}
