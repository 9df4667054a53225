//! R25-R32: records to drugs, block by block, and their ids.

use std::collections::BTreeMap;

use regatta_domain::{
    Assignment, BlockRecord, Component, Decisions, RecordId, assign_ids, merge_block,
};

use crate::TransformError;
use crate::records::Records;

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
pub(crate) fn merge(
    records: &Records<'_>,
    decisions: &Decisions,
    earlier: &EarlierIds,
) -> Result<Drugs, TransformError> {
    let mut components = Vec::new();
    let mut block: Vec<BlockRecord<'_>> = Vec::new();
    let by_block = records.by_block();
    for members in by_block.chunk_by(|a, b| a.block == b.block) {
        block.clear();
        block.extend(members.iter().map(|record| BlockRecord {
            id: record.number,
            apart: record.apart,
            parties: &record.parties,
            same_product: record.product,
        }));
        let merged = merge_block(&block, decisions).map_err(|e| TransformError::Decisions {
            generic: members[0].generic.to_owned(),
            dosage_form: members[0].form.to_owned(),
            reason: e.to_string(),
        })?;
        components.extend(merged);
    }
    components.sort_unstable_by_key(|c| c.records.first().map(|m| m.id));
    let ids: Vec<Vec<RecordId>> = components.iter().map(Component::record_ids).collect();
    let mut next = earlier.highest;
    let assignment = assign_ids(&ids, &earlier.drug_of, |_| {
        next += 1;
        next
    })
    .map_err(|e| TransformError::Decisions {
        generic: "all".into(),
        dosage_form: "all".into(),
        reason: e.to_string(),
    })?;
    Ok(Drugs { components, assignment })
}

/// `D0000001`.
pub(crate) fn drug_name(id: u32) -> String {
    format!("D{id:07}")
}

/// The number in `D0000001`.
pub(crate) fn drug_number(name: &str) -> Option<u32> {
    name.strip_prefix('D')?.parse().ok()
}
