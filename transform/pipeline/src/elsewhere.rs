//! Blocks whose merge is handed to somebody else (R40): a block as a value that
//! can travel, and what comes back.
//!
//! Numbers of records, companies and groups are those of one transform. They
//! mean nothing in another one, so a result is good for the transform only that
//! made its block.

use regatta_domain::{
    BlockRecord, Component, Decisions, PairDecision, Party, RecordId, merge_block,
};
use serde::{Deserialize, Serialize};

/// A block (generic, dosage form) with all that its merge needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Standard generic name.
    pub generic: String,
    /// Standard dosage form.
    pub dosage_form: String,
    records: Vec<Record>,
    must_link: Vec<PairDecision>,
    must_not_link: Vec<PairDecision>,
}

/// [`BlockRecord`], with parties of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    id: RecordId,
    apart: bool,
    parties: Vec<Party>,
    same_product: Option<u32>,
}

/// What a block came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merged {
    /// Its drugs.
    Drugs(Vec<Component>),
    /// Its decisions contradict each other (R29); how.
    Contradiction(String),
}

/// Merges blocks somewhere else than in the transform.
pub trait MergeElsewhere: Sync {
    /// The result of each block, in their order. A block for which there is
    /// none is merged by the caller: the transform does not depend on anybody
    /// else's being there.
    fn merge(&self, blocks: &[Block]) -> Vec<Option<Merged>>;

    /// Fewer blocks than this are not worth the way.
    fn least(&self) -> usize;
}

impl Block {
    /// Of the records of a block and of all decisions.
    pub(crate) fn new(
        (generic, dosage_form): (&str, &str),
        records: &[BlockRecord<'_>],
        decisions: &Decisions,
    ) -> Self {
        let mut ids: Vec<RecordId> = records.iter().map(|r| r.id).collect();
        ids.sort_unstable();
        // Pairs with a record outside are left aside by the merge as well.
        let within = |pairs: &[PairDecision]| {
            let has = |id| ids.binary_search(&id).is_ok();
            pairs.iter().filter(|p| has(p.first) && has(p.second)).copied().collect()
        };
        Self {
            generic: generic.to_owned(),
            dosage_form: dosage_form.to_owned(),
            must_link: within(decisions.must_link()),
            must_not_link: within(decisions.must_not_link()),
            records: records
                .iter()
                .map(|r| Record {
                    id: r.id,
                    apart: r.apart,
                    parties: r.parties.to_vec(),
                    same_product: r.same_product,
                })
                .collect(),
        }
    }

    /// Merges it (R25-R29).
    #[must_use]
    pub fn merge(&self) -> Merged {
        let records: Vec<BlockRecord<'_>> = self
            .records
            .iter()
            .map(|r| BlockRecord {
                id: r.id,
                apart: r.apart,
                parties: &r.parties,
                same_product: r.same_product,
            })
            .collect();
        let decisions = Decisions::new(self.must_link.clone(), self.must_not_link.clone());
        match merge_block(&records, &decisions) {
            Ok(drugs) => Merged::Drugs(drugs),
            Err(error) => Merged::Contradiction(error.to_string()),
        }
    }

    /// Whether `merged` can be the result of this block: its drugs hold each of
    /// the records once.
    pub(crate) fn fits(&self, merged: &Merged) -> bool {
        let Merged::Drugs(drugs) = merged else { return true };
        let mut found: Vec<RecordId> =
            drugs.iter().flat_map(|d| d.records.iter().map(|m| m.id)).collect();
        found.sort_unstable();
        let mut own: Vec<RecordId> = self.records.iter().map(|r| r.id).collect();
        own.sort_unstable();
        found == own
    }
}

#[cfg(test)]
mod tests {
    use regatta_domain::{CompanyId, ReasonId, Role};

    use super::*;

    fn party(company: u32) -> Vec<Party> {
        vec![Party { role: Role::Holder, company: CompanyId(company), group: None }]
    }

    fn block() -> Block {
        let parties = [party(1), party(1), party(2)];
        let records: Vec<BlockRecord<'_>> = parties
            .iter()
            .zip(4..)
            .map(|(parties, id)| BlockRecord {
                id: RecordId(id),
                apart: false,
                parties,
                same_product: None,
            })
            .collect();
        let pair = |first, second| PairDecision {
            first: RecordId(first),
            second: RecordId(second),
            reason: ReasonId(0),
        };
        // One inside, one with a record of another block.
        let decisions = Decisions::new(vec![pair(4, 6), pair(5, 99)], Vec::new());
        Block::new(("nevirapine", "tablet"), &records, &decisions)
    }

    #[test]
    fn a_block_that_has_travelled_gives_the_same_drugs() {
        let block = block();
        assert_eq!(block.must_link.len(), 1);
        let text = serde_json::to_string(&block).unwrap();
        let other: Block = serde_json::from_str(&text).unwrap();
        assert_eq!(other, block);
        let merged = block.merge();
        let Merged::Drugs(drugs) = &merged else { panic!("{merged:?}") };
        assert_eq!(drugs.len(), 1, "the decision unites them");
        let text = serde_json::to_string(&merged).unwrap();
        assert_eq!(serde_json::from_str::<Merged>(&text).unwrap(), merged);
    }

    #[test]
    fn a_result_of_other_records_does_not_fit() {
        let block = block();
        assert!(block.fits(&block.merge()));
        let mut fewer = block.clone();
        fewer.records.pop();
        fewer.must_link.clear();
        assert!(!block.fits(&fewer.merge()));
        assert!(!fewer.fits(&block.merge()));
    }
}
