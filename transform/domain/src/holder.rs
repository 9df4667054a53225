//! Holder, partners and the other company roles of a drug (R30, R31).

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::code::coded_enum;
use crate::record::{CompanyId, GroupId, Party, RecordKind, Region, Role};

/// The part of a record that decides about the companies of its drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleRecord<'a> {
    /// Listing, registration or trial.
    pub kind: RecordKind,
    /// Where it is from.
    pub region: Region,
    /// Its companies. A listing whose holder was filled from the manufacturer
    /// (R12) carries both roles.
    pub parties: &'a [Party],
}

/// The order of the regions whose listings name the holder where no Chinese
/// listing does: a later one overrides an earlier one (R30). China needs no
/// place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionOrder(pub Vec<Region>);

impl Default for RegionOrder {
    fn default() -> Self {
        Self(vec![Region::Us, Region::Eu, Region::Jp])
    }
}

/// Why a list of regions is no order of R30.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegionOrderError {
    /// Not a region.
    #[error("{0:?} is no region: expected US, EU and JP in any order")]
    Unknown(String),
    /// A region that stands twice, or not at all.
    #[error("US, EU and JP must each stand there once; {0} stands there {1} times")]
    Times(Region, usize),
    /// China elsewhere than at the end.
    #[error("the holder of a Chinese listing overrides all others: CN can only be the last")]
    China,
}

impl RegionOrder {
    /// The order that is written as codes of regions. Each region outside China
    /// has its place, so that no listing is left without a say; `CN` may stand at
    /// the end, where it is in any case.
    ///
    /// # Errors
    /// [`RegionOrderError`].
    pub fn read<S: AsRef<str>>(codes: &[S]) -> Result<Self, RegionOrderError> {
        let region = |code: &S| {
            let code = code.as_ref();
            code.parse::<Region>().map_err(|_| RegionOrderError::Unknown(code.to_owned()))
        };
        let mut order = codes.iter().map(region).collect::<Result<Vec<_>, _>>()?;
        if order.last() == Some(&Region::Cn) {
            order.pop();
        }
        if order.contains(&Region::Cn) {
            return Err(RegionOrderError::China);
        }
        for wanted in [Region::Us, Region::Eu, Region::Jp] {
            let times = order.iter().filter(|region| **region == wanted).count();
            if times != 1 {
                return Err(RegionOrderError::Times(wanted, times));
            }
        }
        Ok(Self(order))
    }
}

coded_enum! {
    /// Which records named the holder (R30), the weakest first.
    pub enum HolderSource {
        /// No record names a company that could be it.
        Nobody = "nobody", "无";
        /// Sponsors of trials.
        Trial = "trial", "临床试验申办者";
        /// Applicants of registrations.
        Registration = "registration", "注册申请人";
        /// Listings outside China.
        ForeignListing = "foreign_listing", "境外上市药品";
        /// Listings in China.
        ChinaListing = "china_listing", "中国上市药品";
    }
}

/// The companies of a drug by role. A company may stand in several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyRoles {
    /// The holders, the one that most of the deciding records name first, then
    /// by number. More than one where these records disagree.
    pub holders: Vec<CompanyId>,
    /// Which records decided.
    pub holder_source: HolderSource,
    /// Partners (合作企业), ascending. A holder stands here too where R26 or
    /// R30 store the companies of a record "also" as partners.
    pub partners: Vec<CompanyId>,
    /// Manufacturers, ascending.
    pub manufacturers: Vec<CompanyId>,
    /// Historical companies, ascending.
    pub historical: Vec<CompanyId>,
    /// Groups of all of them, ascending.
    pub groups: Vec<GroupId>,
}

impl CompanyRoles {
    /// The first of the holders.
    #[must_use]
    pub fn holder(&self) -> Option<CompanyId> {
        self.holders.first().copied()
    }

    /// Every company of the drug in any role, ascending: the union over its
    /// records.
    #[must_use]
    pub fn all(&self) -> Vec<CompanyId> {
        let roles = [&self.holders, &self.partners, &self.manufacturers, &self.historical];
        let union: BTreeSet<CompanyId> = roles.into_iter().flatten().copied().collect();
        union.into_iter().collect()
    }
}

/// The companies of a drug from all of its records, in any order (R30, R31).
///
/// Holder: of the Chinese listings; else of the last region in `order` that
/// names one; else the applicants of the registrations; else the sponsors of
/// the trials. Partners are
/// - every company of a registration (R26);
/// - every company of a Chinese trial or a Japanese listing that carries several;
/// - every company of another listing once a Chinese listing belongs to the drug;
/// - and whoever is holder, applicant or sponsor of a record without having
///   become the holder of the drug, so that nobody is lost.
#[must_use]
pub fn company_roles(records: &[RoleRecord<'_>], order: &RegionOrder) -> CompanyRoles {
    let (holder_source, holders) = holders(records, order);
    let has_china_listing = records.iter().any(RoleRecord::is_china_listing);
    let mut partners = BTreeSet::new();
    let mut manufacturers = BTreeSet::new();
    let mut historical = BTreeSet::new();
    let mut groups = BTreeSet::new();
    for record in records {
        let all_partners = record.makes_all_partners(has_china_listing);
        for party in record.parties {
            groups.extend(party.group);
            match party.role {
                Role::Historical => {
                    historical.insert(party.company);
                    continue;
                }
                Role::Manufacturer => {
                    manufacturers.insert(party.company);
                }
                Role::Holder | Role::Applicant | Role::Sponsor => {
                    if !holders.contains(&party.company) {
                        partners.insert(party.company);
                    }
                }
            }
            if all_partners {
                partners.insert(party.company);
            }
        }
    }
    CompanyRoles {
        holders,
        holder_source,
        partners: partners.into_iter().collect(),
        manufacturers: manufacturers.into_iter().collect(),
        historical: historical.into_iter().collect(),
        groups: groups.into_iter().collect(),
    }
}

/// The first tier of R30 that names anybody.
fn holders(records: &[RoleRecord<'_>], order: &RegionOrder) -> (HolderSource, Vec<CompanyId>) {
    let listings = |region| {
        let named = move |record: &RoleRecord<'_>| {
            record.kind == RecordKind::Listing && record.region == region
        };
        ranked(records, Role::Holder, named)
    };
    let of_kind = |kind, role| ranked(records, role, move |record| record.kind == kind);
    let foreign = || {
        let regions = order.0.iter().rev().filter(|region| **region != Region::Cn);
        regions
            .map(|region| listings(*region))
            .find(|holders| !holders.is_empty())
            .unwrap_or_default()
    };
    let tiers: [(HolderSource, &dyn Fn() -> Vec<CompanyId>); 4] = [
        (HolderSource::ChinaListing, &|| listings(Region::Cn)),
        (HolderSource::ForeignListing, &foreign),
        (HolderSource::Registration, &|| of_kind(RecordKind::Registration, Role::Applicant)),
        (HolderSource::Trial, &|| of_kind(RecordKind::Trial, Role::Sponsor)),
    ];
    tiers
        .iter()
        .map(|(source, holders)| (*source, holders()))
        .find(|(_, holders)| !holders.is_empty())
        .unwrap_or((HolderSource::Nobody, Vec::new()))
}

/// The companies of a role, those that more records name first.
fn ranked(
    records: &[RoleRecord<'_>],
    role: Role,
    wanted: impl Fn(&RoleRecord<'_>) -> bool,
) -> Vec<CompanyId> {
    let mut named: BTreeMap<CompanyId, usize> = BTreeMap::new();
    for record in records.iter().filter(|record| wanted(record)) {
        let companies: BTreeSet<CompanyId> = record
            .parties
            .iter()
            .filter(|party| party.role == role)
            .map(|party| party.company)
            .collect();
        for company in companies {
            *named.entry(company).or_default() += 1;
        }
    }
    let mut companies: Vec<(CompanyId, usize)> = named.into_iter().collect();
    // Stable: companies named equally often stay in ascending order.
    companies.sort_by_key(|(_, records)| std::cmp::Reverse(*records));
    companies.into_iter().map(|(company, _)| company).collect()
}

impl RoleRecord<'_> {
    fn is_china_listing(&self) -> bool {
        self.kind == RecordKind::Listing && self.region == Region::Cn
    }

    /// Whether all companies of this record are also stored as partners.
    fn makes_all_partners(&self, has_china_listing: bool) -> bool {
        match (self.kind, self.region) {
            (RecordKind::Registration, _) => true,
            (RecordKind::Trial, Region::Cn) => self.has_several_companies(),
            (RecordKind::Listing, Region::Jp) => has_china_listing || self.has_several_companies(),
            (RecordKind::Listing, region) => has_china_listing && region != Region::Cn,
            (RecordKind::Trial, _) => false,
        }
    }

    fn has_several_companies(&self) -> bool {
        let mut companies = self
            .parties
            .iter()
            .filter(|party| party.role != Role::Historical)
            .map(|party| party.company);
        let first = companies.next();
        companies.any(|company| Some(company) != first)
    }
}
