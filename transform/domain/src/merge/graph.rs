//! The block as a graph of records and link keys, in flat sorted vectors.

use super::{BlockRecord, Decisions, LinkKey, MergeError, PairDecision};
use crate::record::{CompanyId, GroupId, RecordId};

/// A block with its records numbered by ascending id.
pub(super) struct Block {
    /// The ids, ascending; a position in here is how the kernel names a record.
    pub(super) ids: Vec<RecordId>,
    /// Whether the record is a one-off import, by position.
    pub(super) apart: Vec<bool>,
    /// Which record has which key: by `apart`, key and record. Decisions are
    /// not among them.
    pub(super) incidences: Vec<Incidence>,
    /// The decisions within the block.
    pub(super) must_link: Vec<Pair>,
    pub(super) must_not_link: Vec<Pair>,
}

/// A record has a key. One-off imports have keys of their own (R25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Incidence {
    pub(super) apart: bool,
    pub(super) key: LinkKey,
    pub(super) record: usize,
}

/// A decision about two records of the block, by position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) first: usize,
    pub(super) second: usize,
    pub(super) decision: PairDecision,
}

impl Block {
    pub(super) fn new(
        records: &[BlockRecord<'_>],
        decisions: &Decisions,
    ) -> Result<Self, MergeError> {
        let mut sorted: Vec<&BlockRecord<'_>> = records.iter().collect();
        sorted.sort_unstable_by_key(|record| record.id);
        let ids: Vec<RecordId> = sorted.iter().map(|record| record.id).collect();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(MergeError::DuplicateRecord(twice[0]));
        }
        let apart: Vec<bool> = sorted.iter().map(|record| record.apart).collect();
        let must_link = within(&decisions.must_link, &ids);
        let mixed = |pair: &&Pair| apart[pair.first] != apart[pair.second];
        if let Some(pair) = must_link.iter().find(mixed) {
            return Err(MergeError::ApartLinked(pair.decision));
        }
        Ok(Self {
            incidences: incidences(&sorted),
            must_not_link: within(&decisions.must_not_link, &ids),
            must_link,
            ids,
            apart,
        })
    }

    /// The incidences of each key.
    pub(super) fn keys(&self) -> impl Iterator<Item = &[Incidence]> {
        self.incidences.chunk_by(|left, right| (left.apart, left.key) == (right.apart, right.key))
    }
}

fn incidences(records: &[&BlockRecord<'_>]) -> Vec<Incidence> {
    let mixed = companies_of_several_groups(records);
    let mut incidences = Vec::new();
    for (position, record) in records.iter().enumerate() {
        let mut add = |key| {
            incidences.push(Incidence { apart: record.apart, key, record: position });
        };
        if let Some(number) = record.same_product {
            add(LinkKey::SameProduct(number));
        }
        for party in record.parties {
            if let Some(group) = party.group {
                add(LinkKey::Group(group));
            }
            if party.group.is_none() || mixed.binary_search(&party.company).is_ok() {
                add(LinkKey::Company(party.company));
            }
        }
    }
    incidences.sort_unstable();
    incidences.dedup();
    incidences
}

/// Companies that the block knows with more than one group, or with and
/// without one; ascending.
fn companies_of_several_groups(records: &[&BlockRecord<'_>]) -> Vec<CompanyId> {
    let mut known: Vec<(CompanyId, Option<GroupId>)> = records
        .iter()
        .flat_map(|record| record.parties)
        .map(|party| (party.company, party.group))
        .collect();
    known.sort_unstable();
    known.dedup();
    let mut mixed: Vec<CompanyId> =
        known.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].0).collect();
    mixed.dedup();
    mixed
}

/// The decisions whose records are both in the block, in the order given.
///
/// A block is mostly smaller than the list of all decisions, so the decisions
/// of each record are looked up and not the records of each decision.
fn within(decisions: &[PairDecision], ids: &[RecordId]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    if decisions.is_empty() {
        return pairs;
    }
    for (first, id) in ids.iter().enumerate() {
        let start = decisions.partition_point(|decision| decision.first < *id);
        let of_record = decisions[start..].iter().take_while(|decision| decision.first == *id);
        for decision in of_record {
            if let Ok(second) = ids.binary_search(&decision.second) {
                pairs.push(Pair { first, second, decision: *decision });
            }
        }
    }
    pairs
}
