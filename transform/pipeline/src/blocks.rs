//! R25-R32: records to drugs, block by block, and their ids.

use std::collections::BTreeMap;

use regatta_domain::{
    Assignment, BlockRecord, Component, Decisions, RecordId, assign_ids, merge_block,
};

use crate::TransformError;
use crate::elsewhere::{Block, MergeElsewhere, Merged};
use crate::records::{Record, Records};

/// The drugs of all blocks.
pub(crate) struct Drugs {
    /// Components in the order of their smallest record.
    pub(crate) components: Vec<Component>,
    /// Their ids, and what became of the earlier ones.
    pub(crate) assignment: Assignment<u32>,
}

/// What earlier snapshots knew of ids.
#[derive(Default)]
pub(crate) struct EarlierIds {
    /// Drug of each record in the snapshot before.
    pub(crate) drug_of: BTreeMap<RecordId, u32>,
    /// The highest id ever given.
    pub(crate) highest: u32,
}

/// Merges every block (generic, dosage form) and gives ids (R32): a new drug
/// gets the next number, so that the smaller of two ids is the older.
///
/// Where there are many blocks they may be merged `elsewhere` (R40). Ids are
/// given here, over all of them, so that they do not depend on who merged what.
pub(crate) fn merge(
    records: &Records<'_>,
    decisions: &Decisions,
    earlier: &EarlierIds,
    elsewhere: Option<&dyn MergeElsewhere>,
) -> Result<Drugs, TransformError> {
    let by_block = records.by_block();
    let blocks: Vec<&[&Record<'_>]> = by_block.chunk_by(|a, b| a.block == b.block).collect();
    let mut components = match elsewhere.filter(|e| blocks.len() >= e.least()) {
        Some(elsewhere) => merged_elsewhere(&blocks, decisions, elsewhere)?,
        None => merged_here(&blocks, decisions)?,
    };
    components.sort_unstable_by_key(|c| c.records.first().map(|m| m.id));
    let ids: Vec<Vec<RecordId>> = components.iter().map(Component::record_ids).collect();
    let mut next = earlier.highest;
    let assignment = assign_ids(&ids, &earlier.drug_of, |_| {
        next += 1;
        next
    })
    .map_err(|e| contradiction(("all", "all"), e.to_string()))?;
    Ok(Drugs { components, assignment })
}

fn merged_here(
    blocks: &[&[&Record<'_>]],
    decisions: &Decisions,
) -> Result<Vec<Component>, TransformError> {
    let mut components = Vec::new();
    let mut block: Vec<BlockRecord<'_>> = Vec::new();
    for members in blocks {
        block.clear();
        block.extend(members.iter().map(|record| block_record(record)));
        let merged = merge_block(&block, decisions)
            .map_err(|e| contradiction((members[0].generic, members[0].form), e.to_string()))?;
        components.extend(merged);
    }
    Ok(components)
}

fn merged_elsewhere(
    blocks: &[&[&Record<'_>]],
    decisions: &Decisions,
    elsewhere: &dyn MergeElsewhere,
) -> Result<Vec<Component>, TransformError> {
    let blocks: Vec<Block> = blocks
        .iter()
        .map(|members| {
            let records: Vec<BlockRecord<'_>> = members.iter().map(|r| block_record(r)).collect();
            Block::new((members[0].generic, members[0].form), &records, decisions)
        })
        .collect();
    let results = elsewhere.merge(&blocks);
    let mut components = Vec::new();
    let mut here = 0_usize;
    let results = results.into_iter().chain(std::iter::repeat_with(|| None));
    for (block, result) in blocks.iter().zip(results) {
        let merged = result.filter(|r| block.fits(r)).unwrap_or_else(|| {
            here += 1;
            block.merge()
        });
        match merged {
            Merged::Drugs(drugs) => components.extend(drugs),
            Merged::Contradiction(reason) => {
                return Err(contradiction((&block.generic, &block.dosage_form), reason));
            }
        }
    }
    if here > 0 {
        tracing::warn!(here, of = blocks.len(), "blocks without a usable result, merged here");
    }
    Ok(components)
}

fn block_record<'a>(record: &'a Record<'_>) -> BlockRecord<'a> {
    BlockRecord {
        id: record.number,
        apart: record.apart,
        parties: &record.parties,
        same_product: record.product,
    }
}

fn contradiction((generic, dosage_form): (&str, &str), reason: String) -> TransformError {
    TransformError::Decisions {
        generic: generic.to_owned(),
        dosage_form: dosage_form.to_owned(),
        reason,
    }
}

/// `D0000001`.
pub(crate) fn drug_name(id: u32) -> String {
    format!("D{id:07}")
}

/// The number in `D0000001`.
pub(crate) fn drug_number(name: &str) -> Option<u32> {
    name.strip_prefix('D')?.parse().ok()
}
