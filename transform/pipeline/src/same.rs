//! R39 within a block: drugs of a touched block that are made of the records they
//! were made of, none of which changed.
//!
//! A drug's rows are made of its records, of how they are linked, and of
//! dictionaries. Links join records of one drug only, unless a decision keeps
//! apart what would belong together (R29): in blocks with such decisions all
//! drugs are computed anew.

use std::collections::{HashMap, HashSet};

use regatta_dictionaries::Dictionaries;
use regatta_domain::Assignment;

use crate::blocks::{Drugs, EarlierIds};
use crate::records::Records;
use crate::touched::Touched;

/// The drugs of the blocks that are merged anew.
pub(crate) struct Same {
    /// Those whose rows stand.
    pub(crate) ids: Vec<u32>,
    /// The others.
    pub(crate) others: Drugs,
}

impl Same {
    /// Divides `drugs`. `ids` are those of the records, by their numbers.
    pub(crate) fn find(
        records: &Records<'_>,
        drugs: &Drugs,
        earlier: &EarlierIds,
        (touched, ids): (&Touched<'_>, &[&str]),
        dictionaries: &Dictionaries,
    ) -> Self {
        let mut was = vec![None; ids.len()];
        let mut sizes: HashMap<u32, usize> = HashMap::new();
        for (record, drug) in &earlier.drug_of {
            if let Some(place) = was.get_mut(record.0 as usize) {
                *place = Some(*drug);
            }
            *sizes.entry(*drug).or_default() += 1;
        }
        let decided = decided_blocks(records, dictionaries);
        let mut block_of = vec![None; ids.len()];
        for record in &records.list {
            if let Some(place) = block_of.get_mut(record.number.0 as usize) {
                *place = Some(record.block);
            }
        }
        let stands = |record: u32, drug: u32| {
            let at = record as usize;
            was.get(at).copied().flatten() == Some(drug)
                && ids.get(at).is_some_and(|id| !touched.records.contains(id))
                && !block_of.get(at).copied().flatten().is_none_or(|block| decided.contains(&block))
        };
        let mut same = Vec::new();
        let mut others = Drugs {
            components: Vec::new(),
            assignment: Assignment { ids: Vec::new(), history: Vec::new() },
        };
        for (component, id) in drugs.components.iter().zip(&drugs.assignment.ids) {
            if sizes.get(id) == Some(&component.records.len())
                && component.records.iter().all(|member| stands(member.id.0, *id))
            {
                same.push(*id);
            } else {
                others.components.push(component.clone());
                others.assignment.ids.push(*id);
            }
        }
        Self { ids: same, others }
    }
}

/// The blocks of records that decisions are about.
fn decided_blocks(records: &Records<'_>, dictionaries: &Dictionaries) -> HashSet<u32> {
    let named: HashSet<&str> = dictionaries
        .merge_decisions
        .rows()
        .flat_map(|(_, row)| [row.record_a.as_str(), row.record_b.as_str()])
        .collect();
    let decided = records.list.iter().filter(|record| named.contains(record.id));
    decided.map(|record| record.block).collect()
}
