//! Numbers of one to five bytes, small ones short: LEB128.

/// Appends `value`.
#[allow(clippy::cast_possible_truncation, reason = "seven bits at a time")]
pub(crate) fn put(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends an ascending list, as differences. A list in another order, as of tables
/// that their checks will refuse, comes back as well and only takes more room.
pub(crate) fn put_ascending(out: &mut Vec<u8>, values: &[u32]) {
    let mut before = 0_u32;
    for &value in values {
        put(out, value.wrapping_sub(before));
        before = value;
    }
}

/// Reads numbers one after the other. Past the end it gives zeros: what it
/// reads has a checksum, so that this does not happen; it must not panic.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    #[inline]
    pub(crate) fn number(&mut self) -> u32 {
        let first = self.byte();
        if first < 0x80 {
            return u32::from(first);
        }
        let mut value = u32::from(first & 0x7f);
        for shift in [7, 14, 21, 28] {
            let byte = self.byte();
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }

    #[inline]
    pub(crate) fn index(&mut self) -> usize {
        self.number() as usize
    }

    /// The next `length` bytes, or what is left of them.
    #[inline]
    pub(crate) fn bytes(&mut self, length: usize) -> &'a [u8] {
        let start = self.at.min(self.bytes.len());
        let end = (start + length).min(self.bytes.len());
        self.at += length;
        &self.bytes[start..end]
    }

    #[cfg(test)]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_done(&self) -> bool {
        self.at >= self.bytes.len()
    }
}

/// An ascending list of `count` numbers.
#[derive(Clone, Copy)]
pub(crate) struct Ascending<'a> {
    reader: Reader<'a>,
    left: usize,
    before: u32,
}

impl<'a> Ascending<'a> {
    pub(crate) fn new(reader: Reader<'a>, count: usize) -> Self {
        Self { reader, left: count, before: 0 }
    }

    /// How many are still to come.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Where the list ends; reads to its end.
    pub(crate) fn skip(mut self) -> Reader<'a> {
        while self.next().is_some() {}
        self.reader
    }
}

#[allow(
    clippy::copy_iterator,
    reason = "a place in a list that is gone through from there more than once"
)]
impl Iterator for Ascending<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        self.before = self.before.wrapping_add(self.reader.number());
        Some(self.before)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(values in prop::collection::vec(any::<u32>(), 0..50)) {
            let mut out = Vec::new();
            for &value in &values {
                put(&mut out, value);
            }
            let mut reader = Reader::new(&out, 0);
            for &value in &values {
                prop_assert_eq!(reader.number(), value);
            }
            prop_assert_eq!(reader.at(), out.len());
            prop_assert_eq!(reader.number(), 0);
        }

        #[test]
        fn ascending_lists_come_back(
            mut values in prop::collection::vec(any::<u32>(), 0..50),
            in_order in any::<bool>(),
        ) {
            if in_order {
                values.sort_unstable();
            }
            let mut out = Vec::new();
            put_ascending(&mut out, &values);
            let list = Ascending::new(Reader::new(&out, 0), values.len());
            prop_assert_eq!(list.skip().at(), out.len());
            prop_assert_eq!(list.collect::<Vec<_>>(), values);
        }
    }
}
