use regatta_domain::{
    BlockRecord, CompanyId, Component, Decisions, GroupId, Link, LinkKey, MergeError, PairDecision,
    Party, ReasonId, RecordId, Role, merge_block,
};

/// Companies from 100 on belong to the group of their hundreds.
fn parties(companies: &[u32]) -> Vec<Party> {
    let of = |company: &u32| Party {
        role: Role::Holder,
        company: CompanyId(*company),
        group: (*company >= 100).then_some(GroupId(*company / 100)),
    };
    companies.iter().map(of).collect()
}

struct Row(u32, Vec<Party>, bool, Option<u32>);

fn row(id: u32, companies: &[u32]) -> Row {
    Row(id, parties(companies), false, None)
}

fn pair(first: u32, second: u32, reason: u32) -> PairDecision {
    PairDecision { first: RecordId(first), second: RecordId(second), reason: ReasonId(reason) }
}

fn try_merge(rows: &[Row], decisions: &Decisions) -> Result<Vec<Component>, MergeError> {
    let records: Vec<BlockRecord<'_>> = rows
        .iter()
        .map(|Row(id, parties, apart, same_product)| BlockRecord {
            id: RecordId(*id),
            apart: *apart,
            parties,
            same_product: *same_product,
        })
        .collect();
    merge_block(&records, decisions)
}

fn merge(rows: &[Row], decisions: &Decisions) -> Vec<Component> {
    try_merge(rows, decisions).unwrap()
}

fn ids(components: &[Component]) -> Vec<Vec<u32>> {
    let of = |component: &Component| component.record_ids().iter().map(|id| id.0).collect();
    components.iter().map(of).collect()
}

fn none() -> Decisions {
    Decisions::default()
}

fn link(component: &Component, record: u32) -> Option<(LinkKey, u32)> {
    let member = component.records.iter().find(|member| member.id == RecordId(record)).unwrap();
    member.link.map(|Link { key, with }| (key, with.0))
}

#[test]
fn r25_records_that_share_a_company_are_one_drug() {
    let rows = [row(3, &[1, 2]), row(1, &[3]), row(2, &[2]), row(4, &[4]), row(5, &[4, 1])];
    let components = merge(&rows, &none());
    assert_eq!(ids(&components), [vec![1], vec![2, 3, 4, 5]]);
    assert!(merge(&[], &none()).is_empty());
}

#[test]
fn r25_group_counts_where_it_is_known() {
    let components = merge(&[row(1, &[101]), row(2, &[102]), row(3, &[201])], &none());
    assert_eq!(ids(&components), [vec![1, 2], vec![3]]);
    assert_eq!(link(&components[0], 2), Some((LinkKey::Group(GroupId(1)), 1)));
}

#[test]
fn r25_company_with_differing_groups_still_links() {
    let mut later = parties(&[101]);
    later[0].group = Some(GroupId(7));
    let mut unknown = parties(&[101]);
    unknown[0].group = None;
    let rows =
        [row(1, &[101]), Row(2, later, false, None), Row(3, unknown, false, None), row(4, &[701])];
    assert_eq!(ids(&merge(&rows, &none())), [vec![1, 2, 3, 4]]);
}

#[test]
fn r25_one_off_imports_merge_among_themselves() {
    let apart = |id, companies: &[u32], number| Row(id, parties(companies), true, number);
    let rows = [
        row(1, &[5]),
        apart(2, &[5], Some(9)),
        apart(3, &[5], None),
        Row(4, Vec::new(), false, Some(9)),
    ];
    let components = merge(&rows, &none());
    assert_eq!(ids(&components), [vec![1], vec![2, 3], vec![4]]);
    let apart: Vec<bool> = components.iter().map(|component| component.apart).collect();
    assert_eq!(apart, [false, true, false]);

    let linked = Decisions::new(vec![pair(2, 1, 6)], Vec::new());
    assert_eq!(try_merge(&rows, &linked), Err(MergeError::ApartLinked(pair(1, 2, 6))));
}

#[test]
fn r27_record_without_company_stands_alone_unless_tied() {
    let rows = [
        row(1, &[]),
        row(2, &[]),
        Row(3, Vec::new(), false, Some(7)),
        Row(4, parties(&[1]), false, Some(7)),
        row(5, &[]),
    ];
    let decisions = Decisions::new(vec![pair(5, 2, 30)], Vec::new());
    let components = merge(&rows, &decisions);
    assert_eq!(ids(&components), [vec![1], vec![2, 5], vec![3, 4]]);
    assert_eq!(link(&components[1], 5), Some((LinkKey::Decision(ReasonId(30)), 2)));
    assert_eq!(link(&components[2], 4), Some((LinkKey::SameProduct(7), 3)));
}

#[test]
fn r29_links_lead_to_the_smallest_record_by_few_steps() {
    // 1 -a- 2 -b- 3 -c- 4, and 4 also shares d with 1.
    let rows = [row(1, &[10, 40]), row(2, &[10, 20]), row(3, &[20, 30]), row(4, &[30, 40])];
    let components = merge(&rows, &none());
    let company = |id| LinkKey::Company(CompanyId(id));
    let links: Vec<_> = (1..=4).map(|id| link(&components[0], id)).collect();
    assert_eq!(
        links,
        [None, Some((company(10), 1)), Some((company(20), 2)), Some((company(40), 1))]
    );
}

#[test]
fn r29_bridges() {
    let company = |id| LinkKey::Company(CompanyId(id));
    let cases: [(&[&[u32]], Vec<LinkKey>); 8] = [
        // 1 alone holds the companies 2 and 3 together.
        (&[&[1, 2], &[1, 3]], vec![company(1)]),
        (&[&[1, 2], &[1, 3], &[1]], vec![company(1)]),
        // Nothing else to hold together.
        (&[&[1], &[1]], vec![]),
        (&[&[1, 2], &[1]], vec![]),
        // A second way round.
        (&[&[1, 2], &[1, 3], &[2, 3]], vec![]),
        (&[&[1, 2, 9], &[1, 3, 9]], vec![]),
        // A chain: both inner companies.
        (&[&[1, 2], &[2, 3], &[3, 4]], vec![company(2), company(3)]),
        (&[&[1, 101], &[102, 3]], vec![LinkKey::Group(GroupId(1))]),
    ];
    for (rows, bridges) in cases {
        let rows: Vec<Row> = (1..).zip(rows).map(|(id, companies)| row(id, companies)).collect();
        let components = merge(&rows, &none());
        assert_eq!(components.len(), 1);
        assert_eq!(components[0].bridges, bridges, "{:?}", ids(&components));
    }
}

#[test]
fn r29_product_number_and_decision_hold_better_than_a_bridge() {
    let tied =
        |number| [Row(1, parties(&[1, 2]), false, number), Row(2, parties(&[1, 3]), false, number)];
    let linked = Decisions::new(vec![pair(1, 2, 5)], Vec::new());
    assert!(merge(&tied(Some(4)), &none())[0].bridges.is_empty());
    assert!(merge(&tied(None), &linked)[0].bridges.is_empty());
    assert_eq!(merge(&tied(None), &none())[0].bridges.len(), 1);
}

#[test]
fn r29_must_not_link_parts_a_component() {
    let rows = [row(1, &[1]), row(2, &[1]), row(3, &[1, 2]), row(4, &[2])];
    let apart = Decisions::new(Vec::new(), vec![pair(2, 1, 5)]);
    // 3 meets company 2 first, which fewer records have, and then joins the
    // drug of the smallest record.
    assert_eq!(ids(&merge(&rows, &apart)), [vec![1, 3, 4], vec![2]]);
    let apart = Decisions::new(Vec::new(), vec![pair(1, 4, 5)]);
    assert_eq!(ids(&merge(&rows, &apart)), [vec![1, 2], vec![3, 4]]);
}

#[test]
fn r29_must_link_goes_first() {
    let rows = [row(1, &[1]), row(2, &[1]), row(3, &[1])];
    let decisions = Decisions::new(vec![pair(2, 3, 8)], vec![pair(1, 2, 5)]);
    assert_eq!(ids(&merge(&rows, &decisions)), [vec![1], vec![2, 3]]);
}

#[test]
fn r29_must_not_link_without_effect() {
    let rows = [row(1, &[1]), row(2, &[2]), row(3, &[2])];
    let decisions = Decisions::new(Vec::new(), vec![pair(1, 2, 5), pair(2, 77, 6)]);
    assert_eq!(merge(&rows, &decisions), merge(&rows, &none()));
}

#[test]
fn r29_contradiction_names_pair_and_reasons() {
    let rows = [
        Row(1, Vec::new(), false, Some(1)),
        Row(2, Vec::new(), false, Some(1)),
        row(3, &[]),
        row(4, &[]),
    ];
    let decisions =
        Decisions::new(vec![pair(4, 3, 12), pair(3, 2, 11), pair(1, 77, 9)], vec![pair(4, 1, 5)]);
    let error = try_merge(&rows, &decisions).unwrap_err();
    assert_eq!(
        error,
        MergeError::Contradiction {
            apart: pair(1, 4, 5),
            together: vec![ReasonId(11), ReasonId(12)],
        }
    );
    assert_eq!(
        error.to_string(),
        "decision 5 keeps records 1 and 4 apart, but decisions 11, 12 hold them together"
    );

    let decisions = Decisions::new(Vec::new(), vec![pair(1, 2, 5)]);
    let error = try_merge(&rows, &decisions).unwrap_err();
    assert!(error.to_string().ends_with("their product number holds them together"));
}

#[test]
fn r28_record_twice_is_an_error() {
    let error = try_merge(&[row(2, &[1]), row(1, &[]), row(2, &[3])], &none());
    assert_eq!(error, Err(MergeError::DuplicateRecord(RecordId(2))));
}
