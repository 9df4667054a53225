//! Whether one word matches a given drug, found from the drug's terms: for a
//! common word beside a rare one, whose drugs are few.

use std::cell::RefCell;

use super::front::BLOCK;
use super::index::Index;
use super::links::TermsOf;
use super::matches::Matches;
use super::rank::Reason;
use super::rule;

/// A word that is looked for in the terms of drugs.
pub(crate) struct Probe<'a> {
    index: &'a Index,
    terms_of: &'a TermsOf,
    matches: Matches<'a>,
    /// A bit for each block of terms that may have the word inside.
    blocks: Vec<u64>,
    /// Reasons of entities that were asked for: many drugs share them.
    known: RefCell<Vec<u64>>,
}

/// In the place of a reason: it was looked for, and there is none.
const NONE: u64 = u64::MAX;

impl<'a> Probe<'a> {
    pub(crate) fn new(index: &'a Index, matches: Matches<'a>) -> Self {
        let mut blocks = vec![0; (index.summary.terms / BLOCK / 64 + 1) as usize];
        for block in matches.blocks() {
            if let Some(bits) = blocks.get_mut((block / 64) as usize) {
                *bits |= 1 << (block % 64);
            }
        }
        let known = RefCell::new(vec![0; index.summary.entities as usize]);
        Self { index, terms_of: index.terms_of(), matches, blocks, known }
    }

    /// The most points that it gives to any drug.
    pub(crate) fn most_points(&self) -> u16 {
        self.matches.most_points()
    }

    /// The best reason of a drug; none (no points) where it does not match.
    pub(crate) fn reason(&self, drug: u32) -> Reason {
        let shared = self.index.links.get(drug).iter().map(|entity| self.of_shared(*entity));
        shared.fold(self.look(drug), Reason::max)
    }

    fn of_shared(&self, entity: u32) -> Reason {
        let mut known = self.known.borrow_mut();
        let place = entity.wrapping_sub(self.index.summary.drugs) as usize;
        let Some(known) = known.get_mut(place) else { return Reason::default() };
        if *known == 0 {
            let reason = self.look(entity);
            *known = if reason.is_none() { NONE } else { reason.bits() };
        }
        if *known == NONE { Reason::default() } else { Reason::from_bits(*known) }
    }

    /// The best of an entity's own terms.
    #[inline]
    fn look(&self, entity: u32) -> Reason {
        let mut best = Reason::default();
        for (term, kind) in self.terms_of.get(entity) {
            let block = term / BLOCK;
            let bits = self.blocks.get((block / 64) as usize).copied().unwrap_or(0);
            if let Some((class, cover)) = self.matches.class_of(term, bits >> (block % 64) & 1 == 1)
            {
                let points = rule::points(class, kind, cover, rule::FULL_COVER);
                best = best.max(Reason::new(points, kind, term));
            }
        }
        best
    }
}
