//! Lists turned round: the entities of each drug, and the terms of each entity.
//! They follow from what is stored, and are made when the index is read.

use super::index::Index;

/// The entities that each drug belongs to.
pub(crate) struct Links {
    starts: Vec<u32>,
    entities: Vec<u32>,
}

impl Links {
    /// From the ascending drugs of each entity. The numbers of entities follow
    /// those of the drugs.
    pub(crate) fn new<L>(drugs: u32, lists: impl Iterator<Item = L> + Clone) -> Self
    where
        L: Iterator<Item = u32>,
    {
        let mut starts = vec![0; drugs as usize + 1];
        for drug in lists.clone().flatten() {
            if let Some(start) = starts.get_mut(drug as usize + 1) {
                *start += 1;
            }
        }
        let total = add_up(&mut starts);
        let mut next = starts.clone();
        let mut entities = vec![0; total as usize];
        for (entity, list) in (drugs..).zip(lists) {
            for drug in list {
                place(&mut next, drug, |at| entities[at] = entity);
            }
        }
        Self { starts, entities }
    }

    /// The entities of `drug`, ascending.
    #[inline]
    pub(crate) fn get(&self, drug: u32) -> &[u32] {
        let (from, to) = span(&self.starts, drug);
        self.entities.get(from..to).unwrap_or_default()
    }
}

/// The terms that name each entity and each drug, with their kinds.
pub(crate) struct TermsOf {
    starts: Vec<u32>,
    terms: Vec<u32>,
    kinds: Vec<u8>,
}

impl TermsOf {
    /// From the entries of the terms.
    pub(crate) fn new(index: &Index) -> Self {
        let all = index.summary.drugs as usize + index.summary.entities as usize;
        let mut starts = vec![0; all + 1];
        let mut cursor = index.entries.cursor();
        for term in 0..index.summary.terms {
            cursor.visit(term, |entry| {
                for entity in entry.entities {
                    if let Some(start) = starts.get_mut(entity as usize + 1) {
                        *start += 1;
                    }
                }
            });
        }
        let total = add_up(&mut starts) as usize;
        let mut next = starts.clone();
        let (mut terms, mut kinds) = (vec![0; total], vec![0; total]);
        let mut cursor = index.entries.cursor();
        for term in 0..index.summary.terms {
            cursor.visit(term, |entry| {
                for entity in entry.entities {
                    place(&mut next, entity, |at| {
                        terms[at] = term;
                        kinds[at] = entry.kind;
                    });
                }
            });
        }
        Self { starts, terms, kinds }
    }

    /// Terms and kinds of an entity or a drug.
    #[inline]
    pub(crate) fn get(&self, entity: u32) -> impl Iterator<Item = (u32, u8)> {
        let (from, to) = span(&self.starts, entity);
        let terms = self.terms.get(from..to).unwrap_or_default();
        let kinds = self.kinds.get(from..to).unwrap_or_default();
        terms.iter().copied().zip(kinds.iter().copied())
    }
}

/// Turns counts, each one place further on, into starts; gives their sum.
fn add_up(starts: &mut [u32]) -> u32 {
    let mut sum = 0;
    for start in starts {
        sum += *start;
        *start = sum;
    }
    sum
}

/// Calls `write` with the next free place of a list.
#[inline]
fn place(next: &mut [u32], list: u32, write: impl FnOnce(usize)) {
    if let Some(at) = next.get_mut(list as usize) {
        write(*at as usize);
        *at += 1;
    }
}

#[inline]
fn span(starts: &[u32], list: u32) -> (usize, usize) {
    let at = |i: usize| starts.get(i).map_or(0, |start| *start as usize);
    (at(list as usize), at(list as usize + 1))
}
