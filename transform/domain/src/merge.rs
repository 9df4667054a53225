//! Which records of a (generic, form) block are one drug (R25 to R29).
//!
//! The block is a graph: records on one side, link keys on the other. A link
//! key is what two records must share to be one drug: the corporate group of a
//! company, or the company itself where no group is known (R25). Drugs are the
//! connected components, so the result does not depend on the order in which
//! records arrive (R28).
//!
//! A company that occurs in the block with differing groups (a spin-off, or a
//! group known for one record only) is a link key of its own beside its
//! groups, so that two drugs of a block never share a company.

mod cluster;
mod conflict;
mod explain;
mod graph;
pub mod identity;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::record::{CompanyId, GroupId, Party, ReasonId, RecordId};

/// A record of the block.
#[derive(Debug, Clone, Copy)]
pub struct BlockRecord<'a> {
    /// The record; each at most once in a block.
    pub id: RecordId,
    /// One-off import (JT): such records merge only among themselves (R25).
    pub apart: bool,
    /// Its companies, historical ones included.
    pub parties: &'a [Party],
    /// Records with the same value are one product by the regulator's own
    /// number. They always stay together, within the limit of `apart`.
    pub same_product: Option<u32>,
}

/// A curated decision about two records (R29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PairDecision {
    /// One record.
    pub first: RecordId,
    /// The other; the order does not matter.
    pub second: RecordId,
    /// The row with author and reason.
    pub reason: ReasonId,
}

/// Curated decisions (R29). One value may serve many blocks: pairs with a
/// record outside the block are left aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    must_link: Vec<PairDecision>,
    must_not_link: Vec<PairDecision>,
}

/// A drug: records that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its records, ascending. The first has no link.
    pub records: Vec<Member>,
    /// Whether it consists of one-off imports (R25).
    pub apart: bool,
    /// Each single company or group that alone holds the drug together: without
    /// it the drug falls into parts of which at least two have other companies
    /// (R29). Ascending.
    pub bridges: Vec<LinkKey>,
}

/// A record of a drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The record.
    pub id: RecordId,
    /// Why it is in the drug (R29); `None` for the smallest record. Following
    /// the links leads to the smallest record, by as few steps as possible.
    pub link: Option<Link>,
}

/// The reason for which a record is in a drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What both share.
    pub key: LinkKey,
    /// The other record.
    pub with: RecordId,
}

/// What two records share. Where several would do, the smallest is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LinkKey {
    /// The regulator's own product number.
    SameProduct(u32),
    /// A company without a known group.
    Company(CompanyId),
    /// A corporate group.
    Group(GroupId),
    /// A curated decision.
    Decision(ReasonId),
}

/// Input that has no result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MergeError {
    /// A record stands in the block twice.
    #[error("record {} stands in the block twice", .0.0)]
    DuplicateRecord(RecordId),
    /// A `must_not_link` pair is held together by `must_link` decisions or by
    /// a product number (R29).
    #[error(
        "decision {} keeps records {} and {} apart, but {}",
        .apart.reason.0, .apart.first.0, .apart.second.0, held_by(.together)
    )]
    Contradiction {
        /// The decision that keeps the two records apart.
        apart: PairDecision,
        /// The decisions on the way from one to the other, as few as possible;
        /// none where a product number alone does it or both are one record.
        together: Vec<ReasonId>,
    },
    /// A `must_link` pair joins a one-off import to another record (R25).
    #[error(
        "decision {} links records {} and {}, only one of which is a one-off import",
        .0.reason.0, .0.first.0, .0.second.0
    )]
    ApartLinked(PairDecision),
}

/// The drugs of one block, by smallest record (R25 to R29).
///
/// Records without a company stand alone unless a product number or a decision
/// ties them. Without `must_not_link` decisions the drugs are the connected
/// components of the block. Where such a pair would end up in one component,
/// that component is built again in a canonical order, and a step that would
/// unite the two is left out:
///
/// 1. product numbers and `must_link` decisions;
/// 2. the link keys, those of fewer records first, then by key;
/// 3. within a key its records, ascending; each joins every drug of this key
///    that it may join, the one with the smallest record first.
///
/// So two drugs share a link key only if a decision keeps them apart.
///
/// # Errors
/// [`MergeError`] for a record given twice and for decisions that cannot all
/// be kept. Of several the one of the smallest pair is reported.
pub fn merge_block(
    records: &[BlockRecord<'_>],
    decisions: &Decisions,
) -> Result<Vec<Component>, MergeError> {
    let block = graph::Block::new(records, decisions)?;
    let clusters = cluster::clusters(&block)?;
    Ok(explain::components(&block, &clusters))
}

impl Decisions {
    /// Decisions in any order.
    #[must_use]
    pub fn new(must_link: Vec<PairDecision>, must_not_link: Vec<PairDecision>) -> Self {
        Self { must_link: canonical(must_link), must_not_link: canonical(must_not_link) }
    }

    /// The pairs that belong together, ascending, the smaller record first.
    #[must_use]
    pub fn must_link(&self) -> &[PairDecision] {
        &self.must_link
    }

    /// The pairs that are kept apart, ascending, the smaller record first.
    #[must_use]
    pub fn must_not_link(&self) -> &[PairDecision] {
        &self.must_not_link
    }
}

impl Component {
    /// The ids of its records, ascending.
    #[must_use]
    pub fn record_ids(&self) -> Vec<RecordId> {
        self.records.iter().map(|member| member.id).collect()
    }
}

impl LinkKey {
    /// Whether the key is a company or a group, and not a number or a decision.
    #[must_use]
    pub const fn is_company(self) -> bool {
        matches!(self, Self::Company(_) | Self::Group(_))
    }
}

fn canonical(mut pairs: Vec<PairDecision>) -> Vec<PairDecision> {
    for pair in &mut pairs {
        if pair.second < pair.first {
            std::mem::swap(&mut pair.first, &mut pair.second);
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn held_by(together: &[ReasonId]) -> String {
    match together {
        [] => "their product number holds them together".to_owned(),
        [reason] => format!("decision {} holds them together", reason.0),
        reasons => {
            let numbers: Vec<String> = reasons.iter().map(|reason| reason.0.to_string()).collect();
            format!("decisions {} hold them together", numbers.join(", "))
        }
    }
}
