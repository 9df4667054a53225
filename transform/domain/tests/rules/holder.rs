use std::collections::BTreeSet;

use proptest::prelude::*;
use regatta_domain::{
    CompanyId, CompanyRoles, GroupId, HolderSource, Party, RecordKind, Region, RegionOrder,
    RegionOrderError, Role, RoleRecord, company_roles,
};

fn party(role: Role, company: u32) -> Party {
    Party {
        role,
        company: CompanyId(company),
        group: (company >= 100).then_some(GroupId(company / 100)),
    }
}

fn record(kind: RecordKind, region: Region, parties: &[Party]) -> RoleRecord<'_> {
    RoleRecord { kind, region, parties }
}

fn of(records: &[RoleRecord<'_>]) -> CompanyRoles {
    company_roles(records, &RegionOrder::default())
}

fn ids(companies: &[CompanyId]) -> Vec<u32> {
    companies.iter().map(|company| company.0).collect()
}

#[test]
fn r30_an_order_has_each_region_once() {
    use Region::{Eu, Jp, Us};
    assert_eq!(RegionOrder::read(&["US", "EU", "JP"]), Ok(RegionOrder::default()));
    assert_eq!(RegionOrder::read(&["JP", "US", "EU"]), Ok(RegionOrder(vec![Jp, Us, Eu])));
    assert_eq!(RegionOrder::read(&["US", "EU", "JP", "CN"]), Ok(RegionOrder::default()));
    for (codes, error) in [
        (&["CN", "US", "EU", "JP"][..], RegionOrderError::China),
        (&["US", "EU"], RegionOrderError::Times(Jp, 0)),
        (&["US", "EU", "US", "JP"], RegionOrderError::Times(Us, 2)),
        (&[], RegionOrderError::Times(Us, 0)),
        (&["US", "EU", "UK"], RegionOrderError::Unknown("UK".into())),
    ] {
        assert_eq!(RegionOrder::read(codes), Err(error), "{codes:?}");
    }
}

#[test]
fn r30_tiers_of_the_holder() {
    let cn = [party(Role::Holder, 1)];
    let us = [party(Role::Holder, 2)];
    let eu = [party(Role::Holder, 3)];
    let jp = [party(Role::Holder, 4)];
    let applicant = [party(Role::Applicant, 5)];
    let sponsor = [party(Role::Sponsor, 6)];
    let weakest_first = [
        (record(RecordKind::Trial, Region::Eu, &sponsor), 6, HolderSource::Trial),
        (record(RecordKind::Registration, Region::Cn, &applicant), 5, HolderSource::Registration),
        (record(RecordKind::Listing, Region::Us, &us), 2, HolderSource::ForeignListing),
        (record(RecordKind::Listing, Region::Eu, &eu), 3, HolderSource::ForeignListing),
        (record(RecordKind::Listing, Region::Jp, &jp), 4, HolderSource::ForeignListing),
        (record(RecordKind::Listing, Region::Cn, &cn), 1, HolderSource::ChinaListing),
    ];
    let mut records = Vec::new();
    for (record, holder, source) in weakest_first {
        records.insert(0, record);
        let roles = of(&records);
        assert_eq!(roles.holder(), Some(CompanyId(holder)));
        assert_eq!(roles.holder_source, source);
    }
    assert_eq!(ids(&of(&records).partners), [2, 3, 4, 5, 6]);
}

#[test]
fn r30_configured_order() {
    let us = [party(Role::Holder, 2)];
    let jp = [party(Role::Holder, 4)];
    let records = [
        record(RecordKind::Listing, Region::Us, &us),
        record(RecordKind::Listing, Region::Jp, &jp),
    ];
    let holder = |order: &[Region]| company_roles(&records, &RegionOrder(order.to_vec())).holder();
    assert_eq!(holder(&[Region::Us, Region::Jp]), Some(CompanyId(4)));
    assert_eq!(holder(&[Region::Jp, Region::Us]), Some(CompanyId(2)));
    assert_eq!(holder(&[Region::Us]), Some(CompanyId(2)));
    assert_eq!(holder(&[]), None);
}

#[test]
fn r30_china_mark_makes_other_listings_partners() {
    let cn = [party(Role::Holder, 1), party(Role::Manufacturer, 7)];
    let us = [party(Role::Holder, 2), party(Role::Manufacturer, 8), party(Role::Historical, 9)];
    let us_record = record(RecordKind::Listing, Region::Us, &us);
    let alone = of(&[us_record]);
    assert_eq!((ids(&alone.holders), ids(&alone.partners)), (vec![2], vec![]));
    let both = of(&[us_record, record(RecordKind::Listing, Region::Cn, &cn)]);
    assert_eq!(ids(&both.holders), [1]);
    assert_eq!(ids(&both.partners), [2, 8]);
    assert_eq!(ids(&both.manufacturers), [7, 8]);
    assert_eq!(ids(&both.historical), [9]);
}

#[test]
fn r30_several_companies_of_cn_trials_and_jp_listings_are_partners_too() {
    let two = [party(Role::Holder, 1), party(Role::Holder, 2)];
    let one = [party(Role::Holder, 1)];
    let sponsors = [party(Role::Sponsor, 1), party(Role::Sponsor, 2)];
    let partners = |kind, region, parties| ids(&of(&[record(kind, region, parties)]).partners);
    assert_eq!(partners(RecordKind::Listing, Region::Jp, &two), [1, 2]);
    assert_eq!(partners(RecordKind::Listing, Region::Jp, &one), [0_u32; 0]);
    assert_eq!(partners(RecordKind::Listing, Region::Eu, &two), [0_u32; 0]);
    assert_eq!(partners(RecordKind::Trial, Region::Cn, &sponsors), [1, 2]);
    assert_eq!(partners(RecordKind::Trial, Region::Eu, &sponsors), [0_u32; 0]);
}

#[test]
fn r26_companies_of_registrations_are_partners_too() {
    let applicants = [party(Role::Applicant, 1)];
    let roles = of(&[record(RecordKind::Registration, Region::Cn, &applicants)]);
    assert_eq!((ids(&roles.holders), ids(&roles.partners)), (vec![1], vec![1]));
}

#[test]
fn r30_most_named_holder_goes_first() {
    let once = [party(Role::Holder, 1)];
    let twice = [party(Role::Holder, 5), party(Role::Holder, 5)];
    let roles = of(&[
        record(RecordKind::Listing, Region::Cn, &once),
        record(RecordKind::Listing, Region::Cn, &twice),
    ]);
    assert_eq!(ids(&roles.holders), [1, 5]);
    let roles = of(&[
        record(RecordKind::Listing, Region::Cn, &once),
        record(RecordKind::Listing, Region::Cn, &twice),
        record(RecordKind::Listing, Region::Cn, &twice),
    ]);
    assert_eq!(ids(&roles.holders), [5, 1]);
}

fn any_record() -> impl Strategy<Value = (RecordKind, Region, Vec<Party>)> {
    let parties = (prop::sample::select(Role::ALL), 0_u32..300)
        .prop_map(|(role, company)| party(role, company / 40 * 40));
    (
        prop::sample::select(RecordKind::ALL),
        prop::sample::select(Region::ALL),
        prop::collection::vec(parties, 0..4),
    )
}

proptest! {
    #[test]
    fn r31_union_of_roles_is_preserved(
        all in prop::collection::vec(any_record(), 0..8),
        order in prop::sample::subsequence(Region::ALL.to_vec(), 0..=4).prop_shuffle(),
    ) {
        let records: Vec<RoleRecord<'_>> = all
            .iter()
            .map(|(kind, region, parties)| record(*kind, *region, parties))
            .collect();
        let roles = company_roles(&records, &RegionOrder(order.clone()));
        let parties = || all.iter().flat_map(|(_, _, parties)| parties);
        let of_role = |role: Role| -> Vec<CompanyId> {
            let companies: BTreeSet<CompanyId> =
                parties().filter(|party| party.role == role).map(|party| party.company).collect();
            companies.into_iter().collect()
        };

        let union: BTreeSet<CompanyId> = parties().map(|party| party.company).collect();
        prop_assert_eq!(roles.all(), union.into_iter().collect::<Vec<_>>());
        let groups: BTreeSet<GroupId> = parties().filter_map(|party| party.group).collect();
        prop_assert_eq!(&roles.groups, &groups.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(&roles.manufacturers, &of_role(Role::Manufacturer));
        prop_assert_eq!(&roles.historical, &of_role(Role::Historical));
        for role in [Role::Holder, Role::Applicant, Role::Sponsor] {
            for company in of_role(role) {
                prop_assert!(roles.holders.contains(&company) || roles.partners.contains(&company));
            }
        }

        let mut turned = records.clone();
        turned.reverse();
        prop_assert_eq!(company_roles(&turned, &RegionOrder(order)), roles);
    }

    #[test]
    fn r30_china_listing_always_wins(all in prop::collection::vec(any_record(), 0..8), holder in 400_u32..500) {
        let cn = [party(Role::Holder, holder)];
        let mut records: Vec<RoleRecord<'_>> = all
            .iter()
            .filter(|(kind, region, _)| (*kind, *region) != (RecordKind::Listing, Region::Cn))
            .map(|(kind, region, parties)| record(*kind, *region, parties))
            .collect();
        records.push(record(RecordKind::Listing, Region::Cn, &cn));
        prop_assert_eq!(of(&records).holders, vec![CompanyId(holder)]);
    }
}
