use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use regatta_domain::{Assignment, History, HistoryEvent, IdentityError, RecordId, assign_ids};

fn records(ids: &[u32]) -> Vec<RecordId> {
    ids.iter().map(|id| RecordId(*id)).collect()
}

fn previous(drugs: &[(u32, &[u32])]) -> BTreeMap<RecordId, u32> {
    let pairs = drugs.iter().flat_map(|(drug, ids)| ids.iter().map(|id| (RecordId(*id), *drug)));
    pairs.collect()
}

fn assign(components: &[&[u32]], before: &BTreeMap<RecordId, u32>) -> Assignment<u32> {
    let components: Vec<Vec<RecordId>> = components.iter().map(|ids| records(ids)).collect();
    let mut next = 1000;
    let fresh = |_: &[RecordId]| {
        next += 1;
        next - 1
    };
    assign_ids(&components, before, fresh).unwrap()
}

fn row(drug: u32, event: HistoryEvent, other: Option<u32>, records: usize) -> History<u32> {
    History { drug, event, other, records }
}

#[test]
fn r32_first_run_and_unchanged_run() {
    let first = assign(&[&[1, 2], &[3]], &BTreeMap::new());
    assert_eq!(first.ids, [1000, 1001]);
    assert_eq!(
        first.history,
        [row(1000, HistoryEvent::New, None, 2), row(1001, HistoryEvent::New, None, 1)]
    );
    let again = assign(&[&[1, 2], &[3]], &previous(&[(8, &[1, 2]), (7, &[3])]));
    assert_eq!(again.ids, [8, 7]);
    assert_eq!(
        again.history,
        [row(7, HistoryEvent::Kept, None, 1), row(8, HistoryEvent::Kept, None, 2)]
    );
}

#[test]
fn r32_merge_keeps_the_larger_part_then_the_older_id() {
    let larger = assign(&[&[1, 2, 3]], &previous(&[(5, &[1]), (9, &[2, 3])]));
    assert_eq!(larger.ids, [9]);
    assert_eq!(
        larger.history,
        [row(5, HistoryEvent::MergedInto, Some(9), 1), row(9, HistoryEvent::Kept, None, 2)]
    );
    assert_eq!(assign(&[&[1, 2]], &previous(&[(9, &[1]), (5, &[2])])).ids, [5]);
}

#[test]
fn r32_split_keeps_the_larger_part_then_the_smallest_record() {
    let larger = assign(&[&[1], &[2, 3]], &previous(&[(5, &[1, 2, 3])]));
    assert_eq!(larger.ids, [1000, 5]);
    assert_eq!(
        larger.history,
        [row(5, HistoryEvent::Kept, None, 2), row(1000, HistoryEvent::SplitFrom, Some(5), 1)]
    );
    assert_eq!(assign(&[&[2], &[1]], &previous(&[(5, &[1, 2])])).ids, [1000, 5]);
}

#[test]
fn r32_who_loses_a_claim_keeps_its_next() {
    let before = previous(&[(1, &[1, 2, 3, 4, 5, 6, 7]), (2, &[8, 9])]);
    let after = assign(&[&[1, 2, 3, 4], &[5, 6, 7, 8, 9]], &before);
    assert_eq!(after.ids, [1, 2]);
    assert_eq!(
        after.history,
        [
            row(1, HistoryEvent::Kept, None, 4),
            row(2, HistoryEvent::Kept, None, 2),
            row(2, HistoryEvent::SplitFrom, Some(1), 3),
        ]
    );
}

#[test]
fn r32_vanished_and_replaced() {
    let after = assign(&[&[4]], &previous(&[(1, &[1, 2])]));
    assert_eq!(after.ids, [1000]);
    assert_eq!(
        after.history,
        [row(1, HistoryEvent::Vanished, None, 2), row(1000, HistoryEvent::New, None, 1)]
    );
}

#[test]
fn r32_input_without_a_result() {
    let before = previous(&[(1, &[9])]);
    let run = |components: &[Vec<RecordId>], id: u32| assign_ids(components, &before, |_| id);
    assert_eq!(run(&[vec![]], 2), Err(IdentityError::Empty(0)));
    let shared = [records(&[1, 2]), records(&[2])];
    assert_eq!(run(&shared, 2), Err(IdentityError::SharedRecord(RecordId(2))));
    assert_eq!(run(&[records(&[3])], 1), Err(IdentityError::NotFresh(RecordId(3))));
    assert_eq!(run(&[records(&[3]), records(&[4])], 2), Err(IdentityError::NotFresh(RecordId(4))));
}

/// Twenty records, each in one of six components (or nowhere) now and before.
fn partition() -> impl Strategy<Value = Vec<Option<u32>>> {
    prop::collection::vec(prop::option::weighted(0.9, 0_u32..6), 20)
}

fn grouped(partition: &[Option<u32>]) -> Vec<Vec<RecordId>> {
    let mut groups: BTreeMap<u32, Vec<RecordId>> = BTreeMap::new();
    for (record, group) in (0..).zip(partition) {
        if let Some(group) = group {
            groups.entry(*group).or_default().push(RecordId(record));
        }
    }
    groups.into_values().collect()
}

fn as_previous(partition: &[Option<u32>]) -> BTreeMap<RecordId, u32> {
    let pairs =
        (0..).zip(partition).filter_map(|(record, drug)| Some((RecordId(record), (*drug)?)));
    pairs.collect()
}

fn run(components: &[Vec<RecordId>], before: &BTreeMap<RecordId, u32>) -> Assignment<u32> {
    // A new id that depends on the component alone.
    assign_ids(components, before, |records| 1000 + records[0].0).unwrap()
}

proptest! {
    #[test]
    fn r32_same_components_keep_their_ids(before in partition(), now in partition()) {
        let components = grouped(&now);
        let first = run(&components, &as_previous(&before));
        let mut drugs = BTreeMap::new();
        for (records, id) in components.iter().zip(&first.ids) {
            drugs.extend(records.iter().map(|record| (*record, *id)));
        }
        let second = run(&components, &drugs);
        prop_assert_eq!(&second.ids, &first.ids);
        prop_assert!(second.history.iter().all(|row| row.event == HistoryEvent::Kept));
    }

    #[test]
    fn r32_order_of_components_does_not_matter(before in partition(), now in partition()) {
        let before = as_previous(&before);
        let components = grouped(&now);
        let mut turned = components.clone();
        turned.reverse();
        let one = run(&components, &before);
        let mut other = run(&turned, &before);
        other.ids.reverse();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn r32_ids_are_unique_and_every_earlier_id_resolves(before in partition(), now in partition()) {
        let before = as_previous(&before);
        let components = grouped(&now);
        let after = run(&components, &before);
        let ids: BTreeSet<u32> = after.ids.iter().copied().collect();
        prop_assert_eq!(ids.len(), components.len());
        for drug in before.values() {
            let rows: Vec<_> = after.history.iter().filter(|row| row.drug == *drug).collect();
            let kept = rows.iter().any(|row| row.event == HistoryEvent::Kept);
            prop_assert_eq!(kept, ids.contains(drug));
            prop_assert!(!rows.is_empty());
            let resolves = rows.iter().all(|row| {
                let other = row.other.is_none_or(|other| ids.contains(&other));
                row.event == HistoryEvent::SplitFrom || other
            });
            prop_assert!(resolves);
        }
    }

    #[test]
    fn r32_nobody_lost_an_id_to_a_lesser_claim(before in partition(), now in partition()) {
        let before = as_previous(&before);
        let components = grouped(&now);
        let after = run(&components, &before);
        let shared = |component: usize, drug: u32| {
            components[component].iter().filter(|record| before.get(record) == Some(&drug)).count()
        };
        for component in 0..components.len() {
            for drug in 0..6 {
                let wish = shared(component, drug);
                let own = after.ids[component];
                if wish == 0 || wish <= shared(component, own) {
                    continue;
                }
                // It would rather have this drug's id: then who has it shares at least as much.
                let keeper = after.ids.iter().position(|id| *id == drug);
                prop_assert!(keeper.is_some_and(|keeper| shared(keeper, drug) >= wish));
            }
        }
    }
}
