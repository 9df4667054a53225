//! Properties of the kernel, checked against slow and obvious definitions.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use regatta_domain::{
    BlockRecord, CompanyId, Component, Decisions, GroupId, LinkKey, MergeError, PairDecision,
    Party, ReasonId, RecordId, Role, merge_block,
};

#[derive(Debug, Clone)]
struct Row {
    id: u32,
    apart: bool,
    parties: Vec<Party>,
    same_product: Option<u32>,
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    // Twelve companies; the group follows from the company, except that it is
    // sometimes not known.
    let party = (0_u32..12, prop::bool::weighted(0.1)).prop_map(|(company, unknown)| Party {
        role: Role::Holder,
        company: CompanyId(company),
        group: (company % 3 == 0 && !unknown).then_some(GroupId(company / 6)),
    });
    let row = (
        prop::bool::weighted(0.15),
        prop::collection::vec(party, 0..3),
        prop::option::weighted(0.2, 0_u32..4),
    );
    prop::collection::vec(row, 0..14).prop_map(|rows| {
        let numbered = (0..).zip(rows);
        numbered
            .map(|(number, (apart, parties, same_product))| Row {
                // Gaps between the ids, so that ids and positions differ.
                id: number * 3 + 1,
                apart,
                parties,
                same_product,
            })
            .collect()
    })
}

fn any_decisions() -> impl Strategy<Value = Decisions> {
    let pairs = |most| {
        let pair =
            (0_u32..14, 0_u32..14, 0_u32..5).prop_map(|(first, second, reason)| PairDecision {
                first: RecordId(first * 3 + 1),
                second: RecordId(second * 3 + 1),
                reason: ReasonId(reason),
            });
        prop::collection::vec(pair, 0..most)
    };
    (pairs(2), pairs(5)).prop_map(|(together, apart)| Decisions::new(together, apart))
}

fn merge(rows: &[Row], decisions: &Decisions) -> Result<Vec<Component>, MergeError> {
    let records: Vec<BlockRecord<'_>> = rows
        .iter()
        .map(|row| BlockRecord {
            id: RecordId(row.id),
            apart: row.apart,
            parties: &row.parties,
            same_product: row.same_product,
        })
        .collect();
    merge_block(&records, decisions)
}

fn share_company(left: &Row, right: &Row) -> bool {
    left.parties.iter().any(|mine| {
        right.parties.iter().any(|theirs| {
            mine.company == theirs.company || (mine.group.is_some() && mine.group == theirs.group)
        })
    })
}

fn has_key(row: &Row, key: LinkKey) -> bool {
    match key {
        LinkKey::SameProduct(number) => row.same_product == Some(number),
        LinkKey::Company(company) => row.parties.iter().any(|party| party.company == company),
        LinkKey::Group(group) => row.parties.iter().any(|party| party.group == Some(group)),
        LinkKey::Decision(_) => false,
    }
}

fn tied(left: &Row, right: &Row, decisions: &Decisions) -> bool {
    let same_product = left.same_product.is_some() && left.same_product == right.same_product;
    let decided = decisions.must_link().iter().any(|pair| {
        let ids = (pair.first.0, pair.second.0);
        ids == (left.id, right.id) || ids == (right.id, left.id)
    });
    left.apart == right.apart && (same_product || decided)
}

/// The component of each record by repeated walking, without must-not-link.
fn components_by_definition(
    rows: &[Row],
    linked: impl Fn(&Row, &Row) -> bool,
) -> BTreeMap<u32, u32> {
    let mut smallest: BTreeMap<u32, u32> = rows.iter().map(|row| (row.id, row.id)).collect();
    loop {
        let mut changed = false;
        for left in rows {
            for right in rows.iter().filter(|right| linked(left, right)) {
                if smallest[&left.id] < smallest[&right.id] {
                    smallest.insert(right.id, smallest[&left.id]);
                    changed = true;
                }
            }
        }
        if !changed {
            return smallest;
        }
    }
}

fn found(components: &[Component]) -> BTreeMap<u32, u32> {
    let mut smallest = BTreeMap::new();
    for component in components {
        for member in &component.records {
            smallest.insert(member.id.0, component.records[0].id.0);
        }
    }
    smallest
}

fn row(rows: &[Row], id: RecordId) -> &Row {
    rows.iter().find(|row| row.id == id.0).unwrap()
}

/// R29 word for word: which company or group splits the drug.
fn bridges_by_definition(
    rows: &[Row],
    component: &Component,
    decisions: &Decisions,
) -> Vec<LinkKey> {
    let members: Vec<Row> =
        component.records.iter().map(|member| row(rows, member.id).clone()).collect();
    let keys: BTreeSet<LinkKey> = members
        .iter()
        .flat_map(|row| &row.parties)
        .map(|party| party.group.map_or(LinkKey::Company(party.company), LinkKey::Group))
        .collect();
    let is_bridge = |key: &LinkKey| {
        let others = |row: &Row| -> BTreeSet<LinkKey> {
            let own = row.parties.iter();
            own.map(|party| party.group.map_or(LinkKey::Company(party.company), LinkKey::Group))
                .filter(|other| other != key)
                .collect()
        };
        let parts = components_by_definition(&members, |left, right| {
            !others(left).is_disjoint(&others(right)) || tied(left, right, decisions)
        });
        let with_others: BTreeSet<u32> = members
            .iter()
            .filter(|row| !others(row).is_empty())
            .map(|row| parts[&row.id])
            .collect();
        with_others.len() >= 2
    };
    keys.iter().copied().filter(is_bridge).collect()
}

/// The same rows with a group for every company that has one.
fn with_all_groups(rows: Vec<Row>) -> Vec<Row> {
    let complete = |mut row: Row| {
        for party in &mut row.parties {
            let company = party.company.0;
            party.group = (company % 3 == 0).then_some(GroupId(company / 6));
        }
        row
    };
    rows.into_iter().map(complete).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn r28_any_permutation_gives_the_same(
        (rows, shuffled) in any_rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        decisions in any_decisions(),
    ) {
        let turned = |pairs: &[PairDecision]| -> Vec<PairDecision> {
            let swap = |pair: &PairDecision| PairDecision { first: pair.second, second: pair.first, ..*pair };
            pairs.iter().rev().map(swap).collect()
        };
        let same = Decisions::new(turned(decisions.must_link()), turned(decisions.must_not_link()));
        prop_assert_eq!(merge(&rows, &decisions), merge(&shuffled, &same));
    }

    #[test]
    fn r28_components_are_those_of_the_definition(rows in any_rows()) {
        let decisions = Decisions::default();
        let components = merge(&rows, &decisions).unwrap();
        let expected = components_by_definition(&rows, |left, right| {
            left.apart == right.apart && (share_company(left, right) || tied(left, right, &decisions))
        });
        prop_assert_eq!(found(&components), expected);
    }

    #[test]
    fn r28_members_are_chained_by_keys_that_both_have(rows in any_rows(), decisions in any_decisions()) {
        let Ok(components) = merge(&rows, &decisions) else { return Ok(()) };
        for component in &components {
            let inside: BTreeSet<RecordId> = component.records.iter().map(|member| member.id).collect();
            prop_assert_eq!(component.records[0].link, None);
            for member in &component.records[1..] {
                let link = member.link.unwrap();
                prop_assert!(inside.contains(&link.with));
                let (left, right) = (row(&rows, member.id), row(&rows, link.with));
                let decided = matches!(link.key, LinkKey::Decision(_)) && tied(left, right, &decisions);
                prop_assert!(decided || (has_key(left, link.key) && has_key(right, link.key)));
                // The chain ends at the smallest record.
                let mut at = *member;
                for _ in 0..inside.len() {
                    let Some(link) = at.link else { break };
                    at = *component.records.iter().find(|other| other.id == link.with).unwrap();
                }
                prop_assert_eq!(at.id, component.records[0].id);
            }
        }
    }

    #[test]
    fn r28_two_components_share_a_key_only_by_decision(rows in any_rows(), decisions in any_decisions()) {
        let Ok(components) = merge(&rows, &decisions) else { return Ok(()) };
        let of = found(&components);
        for left in &rows {
            for right in rows.iter().filter(|right| right.apart == left.apart) {
                if of[&left.id] == of[&right.id] {
                    continue;
                }
                prop_assert!(!tied(left, right, &decisions));
                if share_company(left, right) {
                    let apart = decisions.must_not_link().iter().any(|pair| {
                        let ends = (of.get(&pair.first.0), of.get(&pair.second.0));
                        let (one, other) = (of.get(&left.id), of.get(&right.id));
                        ends == (one, other) || ends == (other, one)
                    });
                    prop_assert!(apart, "{} and {}", left.id, right.id);
                }
            }
        }
    }

    #[test]
    fn r29_decisions_are_kept_or_contradict(rows in any_rows(), decisions in any_decisions()) {
        let closure = components_by_definition(&rows, |left, right| tied(left, right, &decisions));
        let inside = |pair: &&PairDecision| {
            closure.contains_key(&pair.first.0) && closure.contains_key(&pair.second.0)
        };
        let contradiction = decisions.must_not_link().iter().filter(inside)
            .any(|pair| closure[&pair.first.0] == closure[&pair.second.0]);
        let mixed = decisions.must_link().iter().filter(inside)
            .any(|pair| row(&rows, pair.first).apart != row(&rows, pair.second).apart);
        match merge(&rows, &decisions) {
            Err(MergeError::ApartLinked(_)) => prop_assert!(mixed),
            Err(error) => prop_assert!(contradiction, "{}", error),
            Ok(components) => {
                prop_assert!(!contradiction && !mixed);
                let of = found(&components);
                for pair in decisions.must_link().iter().filter(inside) {
                    prop_assert_eq!(of[&pair.first.0], of[&pair.second.0]);
                }
                for pair in decisions.must_not_link().iter().filter(inside) {
                    prop_assert_ne!(of[&pair.first.0], of[&pair.second.0]);
                }
            }
        }
    }

    #[test]
    fn r29_bridges_are_those_of_the_definition(rows in any_rows(), decisions in any_decisions()) {
        let rows = with_all_groups(rows);
        let Ok(components) = merge(&rows, &decisions) else { return Ok(()) };
        for component in &components {
            let expected = bridges_by_definition(&rows, component, &decisions);
            prop_assert_eq!(&component.bridges, &expected, "{:?}", component);
        }
    }

    #[test]
    fn r25_output_is_sorted_and_complete(rows in any_rows(), decisions in any_decisions()) {
        let Ok(components) = merge(&rows, &decisions) else { return Ok(()) };
        prop_assert!(components.is_sorted_by_key(|component| component.records[0].id));
        let mut seen: Vec<u32> = Vec::new();
        for component in &components {
            prop_assert!(component.records.is_sorted_by(|left, right| left.id < right.id));
            for member in &component.records {
                prop_assert_eq!(row(&rows, member.id).apart, component.apart);
                seen.push(member.id.0);
            }
        }
        seen.sort_unstable();
        prop_assert_eq!(seen, rows.iter().map(|row| row.id).collect::<Vec<_>>());
    }
}

#[test]
fn r28_large_blocks_take_near_linear_time() {
    // A long chain, a key that everybody shares, and many decisions: what a
    // quadratic or recursive step would not survive.
    const RECORDS: u32 = 200_000;
    let rows: Vec<Row> = (0..RECORDS)
        .map(|id| {
            let companies = [id + 10, id + 11, 1];
            let parties = companies.map(|company| Party {
                role: Role::Holder,
                company: CompanyId(company),
                group: None,
            });
            Row {
                id,
                apart: false,
                parties: if id % 2 == 0 { parties.to_vec() } else { parties[..2].to_vec() },
                same_product: None,
            }
        })
        .collect();
    let apart = (0..50).map(|number| PairDecision {
        first: RecordId(number * 1000),
        second: RecordId(number * 1000 + 999),
        reason: ReasonId(number),
    });
    let whole = merge(&rows, &Decisions::default()).unwrap();
    assert_eq!(whole.len(), 1);
    let parted = merge(&rows, &Decisions::new(Vec::new(), apart.collect())).unwrap();
    assert!(parted.len() > 1);
}
