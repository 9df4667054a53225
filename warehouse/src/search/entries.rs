//! What each term leads to: its kinds, how it is shown, and its entities.
//!
//! Entities below the number of drugs are drugs themselves, in the order of
//! drugs; the others (generics, companies, ...) have lists of drugs.

use super::format::{Section, number, u32_of};
use super::front::BLOCK;
use super::varint::{Ascending, Reader, put, put_ascending};
use crate::WarehouseError;

/// How a term is shown, relative to its folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// As it is.
    Folded,
    /// In capitals.
    Capitals,
    /// The text of this number in the pool of texts.
    Text(u32),
}

/// A kind of a term with its entities.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub kind: u8,
    pub shown: Shown,
    pub entities: Ascending<'a>,
}

/// In the place of entries: those of the term before. Numbers that follow one
/// another are often of one drug.
const SAME: u8 = 0x0f;
const KIND: u8 = 0x0f;
const CAPITALS: u8 = 0x10;
const TEXT: u8 = 0x20;
const SINGLE: u8 = 0x40;
const LAST: u8 = 0x80;

/// Encodes the entries of terms, in order of the terms.
#[derive(Default)]
pub(crate) struct EntriesBuilder {
    offsets: Vec<u8>,
    data: Vec<u8>,
    terms: u32,
    /// The entries of the term before.
    before: Vec<u8>,
    entries: Vec<u8>,
}

impl EntriesBuilder {
    /// Adds the next term: its kinds, each with its ascending entities.
    pub(crate) fn add(&mut self, entries: &[(u8, Shown, Vec<u32>)]) -> Result<(), WarehouseError> {
        if self.terms.is_multiple_of(BLOCK) {
            self.offsets.extend_from_slice(&number(self.data.len())?.to_le_bytes());
            self.before.clear();
        }
        self.terms += 1;
        self.entries.clear();
        self.encode(entries)?;
        if self.entries == self.before {
            self.data.push(SAME);
        } else {
            self.data.extend_from_slice(&self.entries);
            std::mem::swap(&mut self.entries, &mut self.before);
        }
        Ok(())
    }

    fn encode(&mut self, entries: &[(u8, Shown, Vec<u32>)]) -> Result<(), WarehouseError> {
        let out = &mut self.entries;
        for (i, (kind, shown, entities)) in entries.iter().enumerate() {
            let shown_bits = match shown {
                Shown::Folded => 0,
                Shown::Capitals => CAPITALS,
                Shown::Text(_) => TEXT,
            };
            let single = if entities.len() == 1 { SINGLE } else { 0 };
            let last = if i + 1 == entries.len() { LAST } else { 0 };
            out.push(kind | shown_bits | single | last);
            if let Shown::Text(text) = shown {
                put(out, *text);
            }
            if single == 0 {
                put(out, number(entities.len())?);
            }
            put_ascending(out, entities);
        }
        Ok(())
    }

    /// Places of the blocks, and the blocks.
    pub(crate) fn finish(self) -> (Vec<u8>, Vec<u8>) {
        (self.offsets, self.data)
    }
}

/// The entries of all terms.
pub(crate) struct Entries {
    offsets: Section,
    data: Section,
}

impl Entries {
    pub(crate) fn new(offsets: Section, data: Section) -> Self {
        Self { offsets, data }
    }

    /// Reads entries; cheapest for terms in ascending order.
    pub(crate) fn cursor(&self) -> Cursor<'_> {
        let reader = Reader::new(&self.data, 0);
        Cursor { entries: self, next: 0, reader, before: reader }
    }
}

/// Where the entries of the next term begin.
pub(crate) struct Cursor<'a> {
    entries: &'a Entries,
    next: u32,
    reader: Reader<'a>,
    /// Where the entries of the term before are.
    before: Reader<'a>,
}

impl<'a> Cursor<'a> {
    /// Calls `found` with each entry of `term`.
    #[inline]
    pub(crate) fn visit(&mut self, term: u32, mut found: impl FnMut(Entry<'a>)) {
        let same_block = term / BLOCK == self.next / BLOCK && term >= self.next;
        if !same_block {
            let at = u32_of(&self.entries.offsets, (term / BLOCK) as usize) as usize;
            self.reader = Reader::new(&self.entries.data, at);
            self.next = term - term % BLOCK;
        }
        while self.next < term {
            self.read(&mut |_| ());
        }
        self.read(&mut found);
    }

    #[inline]
    fn read(&mut self, found: &mut impl FnMut(Entry<'a>)) {
        self.next += 1;
        let mut ahead = self.reader;
        if ahead.byte() == SAME {
            self.reader = ahead;
            read_entries(self.before, found);
        } else {
            self.before = self.reader;
            self.reader = read_entries(self.reader, found);
        }
    }
}

/// Calls `found` with the entries of a term; gives where they end.
#[inline]
fn read_entries<'a>(mut reader: Reader<'a>, found: &mut impl FnMut(Entry<'a>)) -> Reader<'a> {
    loop {
        let head = reader.byte();
        let shown = if head & TEXT != 0 {
            Shown::Text(reader.number())
        } else if head & CAPITALS != 0 {
            Shown::Capitals
        } else {
            Shown::Folded
        };
        let count = if head & SINGLE != 0 { 1 } else { reader.index() };
        let entities = Ascending::new(reader, count);
        found(Entry { kind: head & KIND, shown, entities });
        reader = entities.skip();
        // The second guards against bytes that end early.
        if head & LAST != 0 || reader.is_done() {
            return reader;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::format;

    #[test]
    fn entries_come_back_in_any_order() {
        let terms: Vec<Vec<(u8, Shown, Vec<u32>)>> = (0..100u32)
            .map(|i| {
                let mut entries = vec![(6, Shown::Capitals, vec![i / 4])];
                if i % 3 == 0 {
                    entries.push((1, Shown::Text(i * 1000), (0..i).collect()));
                }
                if i % 7 == 0 {
                    entries.push((0, Shown::Folded, vec![i, 1_000_000]));
                }
                entries
            })
            .collect();
        let mut builder = EntriesBuilder::default();
        for entries in &terms {
            builder.add(entries).unwrap();
        }
        let (offsets, data) = builder.finish();
        let bytes = format::write(&[offsets, data]).unwrap();
        let mut sections = format::read(bytes, 2).unwrap().into_iter();
        let entries = Entries::new(sections.next().unwrap(), sections.next().unwrap());
        let mut cursor = entries.cursor();
        for term in (0..100u32).chain((0..100).rev()).chain([5, 5, 6, 99, 0, 33]) {
            let mut found = Vec::new();
            cursor.visit(term, |e| found.push((e.kind, e.shown, e.entities.collect())));
            assert_eq!(found, terms[term as usize], "{term}");
        }
    }
}
