//! Drug ids that stay the same from run to run (R32).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::code::coded_enum;
use crate::record::RecordId;

/// The ids of the drugs of a run, and what became of the earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment<Id> {
    /// The id of each component, in the order given.
    pub ids: Vec<Id>,
    /// What happened, ascending. Every earlier id has a row under its own name
    /// that says whether it was kept, went into others, or vanished.
    pub history: Vec<History<Id>>,
}

/// A row of `drug_id_history`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct History<Id> {
    /// The id that it is about.
    pub drug: Id,
    /// What happened to it.
    pub event: HistoryEvent,
    /// For `merged_into` where it went, for `split_from` where it came from.
    pub other: Option<Id>,
    /// How many records it concerns: of the drug for `new`, those that have
    /// stayed for `kept`, those of before for `vanished`, else those that both
    /// drugs share.
    pub records: usize,
}

coded_enum! {
    /// What happened to a drug id between two runs (R32).
    pub enum HistoryEvent {
        /// The drug goes on under its id.
        Kept = "kept", "保留";
        /// The id is given up; its records, or some of them, are in `other`. With
        /// several such rows the one with the most records is the successor.
        MergedInto = "merged_into", "并入";
        /// Records of it come from `other`, which goes on.
        SplitFrom = "split_from", "拆分自";
        /// A drug without any record of an earlier drug.
        New = "new", "新建";
        /// None of its records is there any more.
        Vanished = "vanished", "消失";
    }
}

/// Input that has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// A component has no record.
    #[error("component {0} has no record")]
    Empty(usize),
    /// A record is in two components.
    #[error("record {} is in two components", .0.0)]
    SharedRecord(RecordId),
    /// The caller gave an id as new that is or was in use.
    #[error("the new id for the drug of record {} is already in use", .0.0)]
    NotFresh(RecordId),
}

/// Gives each component the id of an earlier drug, or a new one (R32).
///
/// A component keeps the id of the earlier drug with which it shares most
/// records (tie: the older id, which is the smaller one). Where several
/// components claim one id, the one that shares most keeps it (tie: the one
/// with the smallest record), and each of the others may keep the next of its
/// own. All claims are settled together, so the order of the components does
/// not matter.
///
/// `previous` says to which drug a record belonged. `new_id` is called with
/// the records of a component without an id, components ascending by their
/// smallest record.
///
/// # Errors
/// [`IdentityError`].
pub fn assign_ids<Id, Records>(
    components: &[Records],
    previous: &BTreeMap<RecordId, Id>,
    mut new_id: impl FnMut(&[RecordId]) -> Id,
) -> Result<Assignment<Id>, IdentityError>
where
    Id: Ord + Clone,
    Records: AsRef<[RecordId]>,
{
    let smallest = smallest_records(components)?;
    let overlaps = overlaps(components, previous);
    let (mut assigned, keeper) = settle(&overlaps, &smallest);

    let mut in_use: BTreeSet<Id> = previous.values().cloned().collect();
    let mut without: Vec<usize> =
        (0..components.len()).filter(|component| assigned[*component].is_none()).collect();
    without.sort_unstable_by_key(|component| smallest[*component]);
    for component in without {
        let id = new_id(components[component].as_ref());
        if !in_use.insert(id.clone()) {
            return Err(IdentityError::NotFresh(smallest[component]));
        }
        assigned[component] = Some(id);
    }
    let ids: Vec<Id> = assigned.into_iter().flatten().collect();
    let history = history(components, previous, &overlaps, &ids, &keeper);
    Ok(Assignment { ids, history })
}

/// Records that a component shares with an earlier drug.
struct Overlap<'a, Id> {
    component: usize,
    drug: &'a Id,
    shared: usize,
}

fn smallest_records<Records: AsRef<[RecordId]>>(
    components: &[Records],
) -> Result<Vec<RecordId>, IdentityError> {
    let mut all: Vec<RecordId> = Vec::new();
    let mut smallest = Vec::with_capacity(components.len());
    for (number, component) in components.iter().enumerate() {
        let records = component.as_ref();
        smallest.push(*records.iter().min().ok_or(IdentityError::Empty(number))?);
        all.extend_from_slice(records);
    }
    all.sort_unstable();
    match all.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(IdentityError::SharedRecord(pair[0])),
        None => Ok(smallest),
    }
}

/// All overlaps, by component and then by drug.
fn overlaps<'a, Id: Ord, Records: AsRef<[RecordId]>>(
    components: &[Records],
    previous: &'a BTreeMap<RecordId, Id>,
) -> Vec<Overlap<'a, Id>> {
    let mut overlaps = Vec::new();
    for (component, records) in components.iter().enumerate() {
        let mut drugs: Vec<&Id> =
            records.as_ref().iter().filter_map(|record| previous.get(record)).collect();
        drugs.sort_unstable();
        overlaps.extend(drugs.chunk_by(|left, right| left == right).map(|same| Overlap {
            component,
            drug: same[0],
            shared: same.len(),
        }));
    }
    overlaps
}

type Keepers<'a, Id> = BTreeMap<&'a Id, usize>;

/// The id of each component as far as it keeps one, and the component that
/// keeps an id.
fn settle<'a, Id: Ord + Clone>(
    overlaps: &[Overlap<'a, Id>],
    smallest: &[RecordId],
) -> (Vec<Option<Id>>, Keepers<'a, Id>) {
    let mut claims: Vec<&Overlap<'a, Id>> = overlaps.iter().collect();
    claims.sort_unstable_by_key(|claim| {
        (Reverse(claim.shared), claim.drug, smallest[claim.component])
    });
    let mut assigned = vec![None; smallest.len()];
    let mut keeper = Keepers::new();
    for claim in claims {
        if assigned[claim.component].is_none() && !keeper.contains_key(claim.drug) {
            assigned[claim.component] = Some(claim.drug.clone());
            keeper.insert(claim.drug, claim.component);
        }
    }
    (assigned, keeper)
}

fn history<Id: Ord + Clone, Records: AsRef<[RecordId]>>(
    components: &[Records],
    previous: &BTreeMap<RecordId, Id>,
    overlaps: &[Overlap<'_, Id>],
    ids: &[Id],
    keeper: &Keepers<'_, Id>,
) -> Vec<History<Id>> {
    let mut rows = Vec::new();
    let mut from_earlier = vec![false; components.len()];
    let mut surviving: BTreeSet<&Id> = BTreeSet::new();
    for overlap in overlaps {
        from_earlier[overlap.component] = true;
        surviving.insert(overlap.drug);
        let id = ids[overlap.component].clone();
        let (drug, event, other) = match keeper.get(overlap.drug) {
            Some(component) if *component == overlap.component => (id, HistoryEvent::Kept, None),
            Some(_) => (id, HistoryEvent::SplitFrom, Some(overlap.drug.clone())),
            None => (overlap.drug.clone(), HistoryEvent::MergedInto, Some(id)),
        };
        rows.push(History { drug, event, other, records: overlap.shared });
    }
    for (component, records) in components.iter().enumerate() {
        if !from_earlier[component] {
            rows.push(History {
                drug: ids[component].clone(),
                event: HistoryEvent::New,
                other: None,
                records: records.as_ref().len(),
            });
        }
    }
    let mut vanished: BTreeMap<&Id, usize> = BTreeMap::new();
    for drug in previous.values().filter(|drug| !surviving.contains(drug)) {
        *vanished.entry(drug).or_default() += 1;
    }
    rows.extend(vanished.into_iter().map(|(drug, records)| History {
        drug: drug.clone(),
        event: HistoryEvent::Vanished,
        other: None,
        records,
    }));
    rows.sort_unstable();
    rows
}
