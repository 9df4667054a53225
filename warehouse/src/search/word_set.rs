//! All drugs that one word of several matches, with the reason for each.

use super::index::Index;
use super::matches::Matches;
use super::rank::{Reason, for_similar};
use super::rule::{self, Class};

/// The drugs of a word: through entities, and directly.
pub(crate) struct WordSet {
    /// Reasons of entities that stand for several drugs, by their number. As
    /// numbers: zeros are allocated without being written.
    entities: Vec<u64>,
    /// Those that have a reason.
    matched: Vec<u32>,
    /// Reasons of drugs, by their number.
    drugs: Vec<u64>,
    /// Drugs that have one.
    direct: Vec<u32>,
    /// The reasons of entities are given to their drugs too.
    spread: bool,
    cost: usize,
    most: u16,
}

impl WordSet {
    fn empty(index: &Index) -> Self {
        Self {
            entities: vec![0; index.summary.entities as usize],
            matched: Vec::new(),
            drugs: vec![0; index.summary.drugs as usize],
            direct: Vec::new(),
            spread: false,
            cost: 0,
            most: 0,
        }
    }

    /// Everything that is similar to `word`.
    pub(crate) fn of_similar(index: &Index, word: &str) -> Self {
        let mut set = Self::empty(index);
        for_similar(index, word, |points, term, entry| {
            let reason = Reason::new(points, entry.kind, term);
            entry.entities.for_each(|entity| set.add(index, entity, reason));
        });
        set
    }

    /// Everything that a word matches.
    pub(crate) fn new(index: &Index, mut matches: Matches) -> Self {
        let mut set = Self::empty(index);
        for class in [Class::Exact, Class::Prefix, Class::Word, Class::Substring] {
            for (cover, terms) in matches.of(class).into_iter().enumerate() {
                let mut cursor = index.entries.cursor();
                for term in terms {
                    cursor.visit(term, |entry| {
                        let points = rule::points(class, entry.kind, cover, rule::FULL_COVER);
                        let reason = Reason::new(points, entry.kind, term);
                        entry.entities.for_each(|entity| set.add(index, entity, reason));
                    });
                }
            }
        }
        set
    }

    #[inline]
    fn add(&mut self, index: &Index, entity: u32, reason: Reason) {
        let drugs = index.summary.drugs;
        let (reasons, list, place) = if entity < drugs {
            (&mut self.drugs, &mut self.direct, entity)
        } else {
            (&mut self.entities, &mut self.matched, entity - drugs)
        };
        let Some(best) = reasons.get_mut(place as usize) else { return };
        if *best == 0 {
            list.push(entity);
            self.cost += if entity < drugs { 1 } else { index.drugs_of(entity).left() };
        }
        *best = reason.bits().max(*best);
        self.most = self.most.max(reason.points());
    }

    /// The most points that it gives to any drug.
    pub(crate) fn most_points(&self) -> u16 {
        self.most
    }

    /// About how many drugs there are; 0 for none.
    pub(crate) fn cost(&self) -> usize {
        self.cost
    }

    /// Gives every drug its best reason, so that looking it up is cheap.
    /// Returns the drugs, in no order.
    pub(crate) fn spread(&mut self, index: &Index) -> Vec<u32> {
        let mut all = std::mem::take(&mut self.direct);
        for entity in &self.matched {
            let reason = self.entities[(entity - index.summary.drugs) as usize];
            for drug in index.drugs_of(*entity) {
                let Some(best) = self.drugs.get_mut(drug as usize) else { continue };
                if *best == 0 {
                    all.push(drug);
                }
                *best = reason.max(*best);
            }
        }
        self.spread = true;
        all
    }

    /// The best reason of a drug; none (no points) where it does not match.
    #[inline]
    pub(crate) fn reason(&self, index: &Index, drug: u32) -> Reason {
        let direct = self.drugs.get(drug as usize).copied().unwrap_or(0);
        if self.spread {
            return Reason::from_bits(direct);
        }
        let first = index.summary.drugs;
        let through = index
            .links
            .get(drug)
            .iter()
            .map(|entity| self.entities.get((entity - first) as usize).copied().unwrap_or(0));
        Reason::from_bits(through.fold(direct, u64::max))
    }
}
