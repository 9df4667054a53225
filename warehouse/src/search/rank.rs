//! The best drugs for a query, without looking at more drugs than needed.
//!
//! One word: the classes are gone through from the best to the worst, within a
//! class the points, and within the same points the drugs in their order; it
//! ends when there are enough. Several words: see [`several`](super::several).

use std::collections::HashSet;

use super::entries::Entry;
use super::index::Index;
use super::matches::{ByCover, Matches};
use super::rule::{self, Class, KINDS, NUMBER, Query};
use super::several::best_of_words;
use super::varint::Ascending;

/// Why a drug matches a word: points, kind and term in one number, so that of
/// two reasons the better one is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Reason(u64);

impl Reason {
    pub(crate) fn new(points: u16, kind: u8, term: u32) -> Self {
        Self(u64::from(points) << 48 | u64::from(u8::MAX - kind) << 32 | u64::from(u32::MAX - term))
    }

    /// The number that it is; 0 for no reason.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn points(self) -> u16 {
        (self.0 >> 48) as u16
    }

    #[allow(clippy::cast_possible_truncation, reason = "the bits of the kind")]
    pub(crate) fn kind(self) -> u8 {
        u8::MAX - (self.0 >> 32) as u8
    }

    #[allow(clippy::cast_possible_truncation, reason = "the bits of the term")]
    pub(crate) fn term(self) -> u32 {
        u32::MAX - self.0 as u32
    }
}

/// A drug that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its number, which is its place in the order of drugs.
    pub drug: u32,
    /// Mean of the points.
    pub score: u16,
    /// The reason for each word; for a phrase one.
    pub reasons: Vec<Reason>,
    /// The phrase matched, not the words.
    pub phrase: bool,
}

/// The best `limit` drugs for `query`, best first.
pub(crate) fn best(index: &Index, query: &Query, limit: usize) -> Vec<Found> {
    let mut found = match query.words.as_slice() {
        [] => Vec::new(),
        [word] => best_of_word(index, word, limit, true),
        words => best_of_words(index, words, limit),
    };
    if let Some(phrase) = &query.phrase {
        let mut by_phrase = best_of_word(index, phrase, limit, false);
        for hit in &mut by_phrase {
            hit.phrase = true;
        }
        // Of the same drug, the better; among equals the phrase.
        found.extend(by_phrase);
        found.sort_by_key(|f| (f.drug, std::cmp::Reverse((f.score, f.phrase))));
        found.dedup_by_key(|f| f.drug);
        found.sort_by_key(order);
    }
    found.truncate(limit);
    found
}

/// Best first.
pub(crate) fn order(found: &Found) -> (std::cmp::Reverse<u16>, u32) {
    (std::cmp::Reverse(found.score), found.drug)
}

fn best_of_word(index: &Index, word: &str, limit: usize, suggest: bool) -> Vec<Found> {
    let mut matches = Matches::new(index, word);
    let mut top = Top { index, limit, seen: HashSet::new(), found: Vec::new() };
    for class in [Class::Exact, Class::Prefix, Class::Word, Class::Substring] {
        top.take_class(class, matches.of(class));
        if top.is_full() {
            return top.found;
        }
    }
    if suggest && top.found.is_empty() && matches.none() {
        let mut levels = Levels::default();
        for_similar(index, word, |points, term, entry| {
            levels.add(points - Class::Similar.base(), term, entry);
        });
        top.take_levels(Class::Similar, &mut levels, 0);
    }
    top.found
}

/// Calls `found` with points, term and entry of everything similar to `word`.
pub(crate) fn for_similar<'a>(
    index: &'a Index,
    word: &str,
    mut found: impl FnMut(u16, u32, Entry<'a>),
) {
    for (variant, edits) in index.suggestions().similar(word) {
        let mut matches = Matches::new(index, &variant);
        for class in [Class::Exact, Class::Prefix, Class::Word, Class::Substring] {
            for (cover, terms) in (0u16..).zip(matches.of(class)) {
                let mut cursor = index.entries.cursor();
                for term in terms {
                    cursor.visit(term, |entry| {
                        if entry.kind != NUMBER {
                            found(rule::similar_points(entry.kind, edits, cover), term, entry);
                        }
                    });
                }
            }
        }
    }
}

/// A kind of a term with its entities.
struct Item<'a> {
    kind: u8,
    term: u32,
    entities: Ascending<'a>,
}

/// Points beyond those of a class: weight and cover.
const LEVELS: usize = rule::FULL_COVER + 10;

/// Items by their points beyond the class.
struct Levels<'a>(Vec<Vec<Item<'a>>>);

impl Default for Levels<'_> {
    fn default() -> Self {
        Self((0..LEVELS).map(|_| Vec::new()).collect())
    }
}

impl<'a> Levels<'a> {
    fn add(&mut self, level: u16, term: u32, entry: Entry<'a>) {
        self.0[usize::from(level)].push(Item { kind: entry.kind, term, entities: entry.entities });
    }
}

/// The drugs found so far.
struct Top<'a> {
    index: &'a Index,
    limit: usize,
    seen: HashSet<u32>,
    found: Vec<Found>,
}

impl<'a> Top<'a> {
    fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    /// Takes the terms of a class. Those that the word covers most come first;
    /// the weight of a kind can lift a term by less than ten points, so that a
    /// level is complete when all terms within that are read.
    fn take_class(&mut self, class: Class, terms: ByCover) {
        let heaviest = KINDS.iter().map(|k| k.weight).max().unwrap_or(0);
        let mut levels = Levels::default();
        for (cover, terms) in terms.iter().enumerate().rev() {
            let mut cursor = self.index.entries.cursor();
            let base = u16::try_from(cover).unwrap_or(0);
            for &term in terms {
                cursor.visit(term, |entry| {
                    let points = rule::points(class, entry.kind, 0, 1) - class.base();
                    levels.add(base + points, term, entry);
                });
            }
            let complete = if cover == 0 { 0 } else { cover + usize::from(heaviest) };
            self.take_levels(class, &mut levels, complete);
            if self.is_full() {
                return;
            }
        }
    }

    /// Takes all levels from the highest down to `least`.
    fn take_levels(&mut self, class: Class, levels: &mut Levels<'a>, least: usize) {
        for level in (least..LEVELS).rev() {
            let items = std::mem::take(&mut levels.0[level]);
            if !items.is_empty() && !self.is_full() {
                let points = class.base() + u16::try_from(level).unwrap_or(0);
                self.take_level(points, &items);
            }
        }
    }

    /// Takes the first drugs that have one of the items: all have the same points.
    fn take_level(&mut self, points: u16, items: &[Item<'a>]) {
        let wanted = self.limit - self.found.len();
        let mut first = First::new(wanted);
        for item in items {
            let reason = Reason::new(points, item.kind, item.term);
            for entity in item.entities {
                if entity < self.index.summary.drugs {
                    if entity > first.last {
                        // The others of the list are further down in the order.
                        break;
                    }
                    if !self.seen.contains(&entity) {
                        first.add(entity, reason);
                    }
                    continue;
                }
                let mut taken = 0;
                for drug in self.index.drugs_of(entity) {
                    if drug > first.last || taken == wanted {
                        break;
                    }
                    if !self.seen.contains(&drug) {
                        first.add(drug, reason);
                        taken += 1;
                    }
                }
            }
        }
        for (drug, reason) in first.finish() {
            self.seen.insert(drug);
            let reasons = vec![reason];
            self.found.push(Found { drug, score: reason.points(), reasons, phrase: false });
        }
    }
}

/// The first so many drugs of many, each with its best reason.
struct First {
    wanted: usize,
    /// No later drug is needed.
    last: u32,
    drugs: Vec<(u32, std::cmp::Reverse<Reason>)>,
}

impl First {
    fn new(wanted: usize) -> Self {
        Self { wanted, last: u32::MAX, drugs: Vec::new() }
    }

    #[inline]
    fn add(&mut self, drug: u32, reason: Reason) {
        self.drugs.push((drug, std::cmp::Reverse(reason)));
        if self.drugs.len() > 1024 + 4 * self.wanted {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        self.drugs.sort_unstable();
        self.drugs.dedup_by_key(|(drug, _)| *drug);
        self.drugs.truncate(self.wanted);
        if self.drugs.len() == self.wanted {
            self.last = self.drugs.last().map_or(u32::MAX, |(drug, _)| *drug);
        }
    }

    fn finish(mut self) -> impl Iterator<Item = (u32, Reason)> {
        self.shrink();
        self.drugs.into_iter().map(|(drug, reason)| (drug, reason.0))
    }
}
