//! The records of all kinds as the merge kernel sees them: numbers instead of
//! names.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::{
    CompanyId, EvidenceKind, GroupId, ListingStatus, PartialDate, Party, Phase, RecordId,
    RecordKind, Region, ReviewConclusion, ReviewMatter, Role, TrialStatus, WrittenNumber,
};

use crate::columns::Dates;
use crate::distinct::{Distinct, text};
use crate::product_days::ProductDays;

/// One record (R1).
#[derive(Clone, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) number: RecordId,
    pub(crate) id: &'a str,
    pub(crate) source_id: &'a str,
    pub(crate) kind: RecordKind,
    pub(crate) region: Region,
    pub(crate) generic: &'a str,
    pub(crate) form: &'a str,
    /// Its block (generic and form): a place in [`Records::blocks`].
    pub(crate) block: u32,
    pub(crate) brand: Option<&'a str>,
    /// Acceptance number of a registration.
    pub(crate) acceptance: Option<&'a str>,
    /// What the progress is dated by: approval, conclusion, start.
    pub(crate) date: Option<PartialDate>,
    pub(crate) evidence: EvidenceKind,
    /// A one-off import (R25).
    pub(crate) apart: bool,
    /// The companies by which it is linked (R25, R27), historical ones
    /// included.
    pub(crate) parties: Vec<Party>,
    /// Companies that its own data set names although a stronger one names
    /// another (R14). They are kept, but do not link: the conflict is resolved.
    pub(crate) overruled: Vec<Party>,
    pub(crate) product: Option<u32>,
    pub(crate) flags: u8,
}

impl<'a> Record<'a> {
    /// Its source mark: `registration` for registrations, whatever list they
    /// are from (R26), else the source (R27).
    pub(crate) fn mark(&self) -> &'a str {
        if self.kind == RecordKind::Registration { "registration" } else { self.source_id }
    }

    /// Whether its date is one of an approval: of a product that was marketed,
    /// or of an application approved for marketing.
    pub(crate) fn is_approval(&self) -> bool {
        match self.evidence {
            EvidenceKind::Listing { status, .. } => {
                status.was_marketed() || status == ListingStatus::Unknown
            }
            EvidenceKind::Registration { conclusion, .. } => matches!(
                conclusion,
                ReviewConclusion::ProductionApproved
                    | ReviewConclusion::ImportApproved
                    | ReviewConclusion::TechnologyTransferApproved
            ),
            EvidenceKind::Trial { .. } => false,
        }
    }
}

/// Marks in [`Record::flags`].
pub(crate) mod flag {
    pub(crate) const UNMATCHED_GENERIC: u8 = 1;
    pub(crate) const UNMATCHED_FORM: u8 = 2;
    pub(crate) const UNSPECIFIED_FORM: u8 = 4;
    pub(crate) const INFERRED_FORM: u8 = 8;
    pub(crate) const NO_COMPANY: u8 = 16;
    pub(crate) const UNDIVIDED: u8 = 32;
}

/// The tables that records are made of, each by record id.
#[derive(Clone, Copy)]
pub(crate) struct Frames<'a> {
    pub(crate) listing: &'a DataFrame,
    pub(crate) registration: &'a DataFrame,
    pub(crate) trial_product: &'a DataFrame,
    pub(crate) parties: &'a DataFrame,
}

/// All records, and the names behind the numbers.
pub(crate) struct Records<'a> {
    /// In the order of their numbers.
    pub(crate) list: Vec<Record<'a>>,
    /// Generic and form of every block, sorted.
    pub(crate) blocks: Vec<(&'a str, &'a str)>,
    /// By [`CompanyId`], sorted.
    companies: Vec<&'a str>,
    /// By [`GroupId`], sorted.
    groups: Vec<&'a str>,
    /// Product numbers by the kernel's number.
    pub(crate) products: Vec<&'a str>,
}

impl<'a> Records<'a> {
    /// The records of all kinds that take part in drugs: those decided to be
    /// no drug do not (R10). `number_of` gives the number of each record id:
    /// sorted like the ids, so that "the smallest record" means the same on
    /// every day.
    pub(crate) fn new(
        frames: Frames<'a>,
        dictionaries: &'a Dictionaries,
        day: &str,
        number_of: impl Fn(&str) -> RecordId,
    ) -> PolarsResult<Self> {
        let names = Names::of(frames.parties, dictionaries, day)?;
        let mut products: Vec<&str> = Distinct::of(text(frames.listing, "product_number")?)
            .values
            .into_iter()
            .flatten()
            .collect();
        products.sort_unstable();
        let mut list = Vec::new();
        listings(frames.listing, &products, &mut list)?;
        registrations(frames.registration, &mut list)?;
        trials(frames.trial_product, &mut list)?;
        for record in &mut list {
            record.number = number_of(record.id);
        }
        list.sort_unstable_by_key(|r| r.number);
        names.attach(frames.parties, &mut list)?;
        let blocks = number_blocks(&mut list);
        Ok(Self { list, blocks, companies: names.companies, groups: names.groups, products })
    }

    /// The records of each block that has any: by block, then by number.
    pub(crate) fn by_block(&self) -> Vec<&Record<'a>> {
        let mut records: Vec<&Record<'_>> = self.list.iter().collect();
        records.sort_by_key(|r| r.block);
        records
    }

    /// The name of a company.
    pub(crate) fn company(&self, id: CompanyId) -> &'a str {
        self.companies.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// The name of a group.
    pub(crate) fn group(&self, id: GroupId) -> &'a str {
        self.groups.get(id.0 as usize).copied().unwrap_or_default()
    }
}

/// Numbers the blocks, so that names are compared once per block and not once
/// per record wherever records are grouped.
fn number_blocks<'a>(list: &mut [Record<'a>]) -> Vec<(&'a str, &'a str)> {
    let mut places: HashMap<(&str, &str), u32, PlRandomState> = HashMap::default();
    for record in &mut *list {
        let next = number(places.len());
        record.block = *places.entry((record.generic, record.form)).or_insert(next);
    }
    let mut blocks: Vec<((&str, &str), u32)> = places.into_iter().collect();
    blocks.sort_unstable();
    let mut rank = vec![0; blocks.len()];
    for (at, (_, found)) in blocks.iter().enumerate() {
        rank[*found as usize] = number(at);
    }
    for record in list {
        record.block = rank[record.block as usize];
    }
    blocks.into_iter().map(|(names, _)| names).collect()
}

/// Companies and groups of the parties, numbered.
struct Names<'a> {
    companies: Vec<&'a str>,
    groups: Vec<&'a str>,
    group_of: Vec<Option<GroupId>>,
}

impl<'a> Names<'a> {
    fn of(parties: &'a DataFrame, dictionaries: &'a Dictionaries, day: &str) -> PolarsResult<Self> {
        let mut companies: Vec<&str> =
            Distinct::of(text(parties, "company")?).values.into_iter().flatten().collect();
        companies.sort_unstable();
        let of_name: Vec<Option<&str>> =
            companies.iter().map(|c| dictionaries.companies.group_on(c, day)).collect();
        let mut groups: Vec<&str> = of_name.iter().copied().flatten().collect();
        groups.sort_unstable();
        groups.dedup();
        let group_of = of_name
            .iter()
            .map(|g| g.and_then(|g| groups.binary_search(&g).ok()).map(|i| GroupId(number(i))))
            .collect();
        Ok(Self { companies, groups, group_of })
    }

    /// Gives each record its parties.
    fn attach(&self, parties: &DataFrame, list: &mut [Record<'a>]) -> PolarsResult<()> {
        let roles: BTreeMap<&str, Role> = Role::ALL.iter().map(|r| (r.code(), *r)).collect();
        let ids = text(parties, "record_id")?;
        let (role, company) = (text(parties, "role")?, text(parties, "company")?);
        let links = parties.column("links")?.as_materialized_series();
        let links = links.bool()?;
        let by_id: HashMap<&str, usize, PlRandomState> =
            list.iter().enumerate().map(|(at, r)| (r.id, at)).collect();
        // Parties come in runs of one record.
        let mut current: Option<(&str, Option<usize>)> = None;
        for row in 0..parties.height() {
            let (Some(id), Some(name)) = (ids.get(row), company.get(row)) else { continue };
            let at = match current {
                Some((known, at)) if known == id => at,
                _ => by_id.get(id).copied(),
            };
            current = Some((id, at));
            let Some(record) = at.and_then(|at| list.get_mut(at)) else { continue };
            let Some(place) = self.companies.binary_search(&name).ok() else { continue };
            let party = Party {
                role: role.get(row).and_then(|r| roles.get(r).copied()).unwrap_or(Role::Historical),
                company: CompanyId(number(place)),
                group: self.group_of.get(place).copied().flatten(),
            };
            if links.get(row).unwrap_or(true) {
                record.parties.push(party);
            } else {
                record.overruled.push(party);
            }
        }
        for record in list {
            record.parties.sort_unstable();
            record.parties.dedup();
            record.overruled.sort_unstable();
            record.overruled.dedup();
            if record.parties.is_empty() {
                record.flags |= flag::NO_COMPANY;
            }
        }
        Ok(())
    }
}

/// The columns that all kinds share.
struct Shared<'a> {
    ids: &'a StringChunked,
    sources: &'a StringChunked,
    countries: &'a StringChunked,
    generics: &'a StringChunked,
    forms: &'a StringChunked,
    brands: &'a StringChunked,
    generic_match: &'a StringChunked,
    form_match: &'a StringChunked,
}

impl<'a> Shared<'a> {
    fn of(frame: &'a DataFrame) -> PolarsResult<Self> {
        Ok(Self {
            ids: text(frame, "record_id")?,
            sources: text(frame, "source_id")?,
            countries: text(frame, "country")?,
            generics: text(frame, "generic")?,
            forms: text(frame, "dosage_form")?,
            brands: text(frame, "brand_name")?,
            generic_match: text(frame, "generic_match")?,
            form_match: text(frame, "dosage_form_match")?,
        })
    }

    /// The record of a row, without what its kind alone knows; none where a
    /// decision says that it is no drug.
    fn record(&self, row: usize, kind: RecordKind, evidence: EvidenceKind) -> Option<Record<'a>> {
        if self.generic_match.get(row) == Some("not_a_drug") {
            return None;
        }
        let country = self.countries.get(row);
        Some(Record {
            number: RecordId(0),
            id: self.ids.get(row)?,
            source_id: self.sources.get(row).unwrap_or_default(),
            kind,
            region: Region::ALL.iter().copied().find(|r| Some(r.code()) == country)?,
            generic: self.generics.get(row).unwrap_or_default(),
            form: self.forms.get(row).unwrap_or_default(),
            block: 0,
            brand: self.brands.get(row),
            acceptance: None,
            date: None,
            evidence,
            apart: false,
            parties: Vec::new(),
            overruled: Vec::new(),
            product: None,
            flags: self.flags(row),
        })
    }

    fn flags(&self, row: usize) -> u8 {
        let generic = match self.generic_match.get(row) {
            Some("unmatched" | "partial") => flag::UNMATCHED_GENERIC,
            _ => 0,
        };
        generic
            | match self.form_match.get(row) {
                Some("unmatched") => flag::UNMATCHED_FORM,
                Some("unspecified") => flag::UNSPECIFIED_FORM,
                Some("inferred") => flag::INFERRED_FORM,
                _ => 0,
            }
    }
}

fn listings<'a>(
    frame: &'a DataFrame,
    products: &[&str],
    list: &mut Vec<Record<'a>>,
) -> PolarsResult<()> {
    let shared = Shared::of(frame)?;
    let (status, product) = (text(frame, "market_status")?, text(frame, "product_number")?);
    let own = text(frame, "status")?;
    let dates = Dates::of(frame, "approval_date")?;
    let status_dates = Dates::of(frame, "status_date")?;
    let marks = frame.column("flags")?.as_materialized_series().clone();
    let marks = marks.list()?;
    let days = ProductDays::of(frame, &dates)?;
    for (row, marks) in marks.amortized_iter().enumerate() {
        let status: ListingStatus =
            status.get(row).and_then(|s| s.parse().ok()).unwrap_or(ListingStatus::Unknown);
        let own: Option<ListingStatus> = own.get(row).and_then(|s| s.parse().ok());
        // The day of a tentative approval is not that of the end that another data set
        // tells of the product (R14).
        let status_date = status_dates.get(row).filter(|_| own == Some(status));
        let evidence =
            EvidenceKind::Listing { status, ever_marketed: None, status_date, vanished: false };
        let Some(mut record) = shared.record(row, RecordKind::Listing, evidence) else { continue };
        // What was never approved is dated by what became of it. A tentative
        // approval is none (R17): where another data set says that the product is
        // approved by now (R14), the day is not that of the approval.
        let overtaken = own.is_some_and(ListingStatus::is_pending) && !status.is_pending();
        let own = dates.get(row).filter(|_| !overtaken);
        record.date = own.filter(|own| !days.overrule(*own, row)).or_else(|| {
            status_dates.get(row).filter(|_| status.is_pending() || status.is_rejected())
        });
        record.product = product.get(row).and_then(|p| products.binary_search(&p).ok()).map(number);
        let undivided = |m: &StringChunked| m.iter().flatten().any(|f| f.starts_with("split:"));
        if marks.is_some_and(|m| m.as_ref().str().is_ok_and(undivided)) {
            record.flags |= flag::UNDIVIDED;
        }
        list.push(record);
    }
    Ok(())
}

fn registrations<'a>(frame: &'a DataFrame, list: &mut Vec<Record<'a>>) -> PolarsResult<()> {
    let shared = Shared::of(frame)?;
    let (numbers, conclusions) = (text(frame, "acceptance_number")?, text(frame, "conclusion")?);
    let accepted = Dates::of(frame, "accepted_date")?;
    let concluded = Dates::of(frame, "conclusion_date")?;
    for row in 0..frame.height() {
        let number = numbers.get(row);
        let matter = number.map_or(ReviewMatter::Other('?'), |n| WrittenNumber::new(n).matter());
        let conclusion: ReviewConclusion =
            conclusions.get(row).and_then(|c| c.parse().ok()).unwrap_or(ReviewConclusion::None);
        let evidence = EvidenceKind::Registration { matter, conclusion };
        let Some(mut record) = shared.record(row, RecordKind::Registration, evidence) else {
            continue;
        };
        record.acceptance = number;
        record.apart = matter == ReviewMatter::OneOffImport;
        record.date = if conclusion == ReviewConclusion::None {
            accepted.get(row)
        } else {
            concluded.get(row)
        };
        list.push(record);
    }
    Ok(())
}

fn trials<'a>(frame: &'a DataFrame, list: &mut Vec<Record<'a>>) -> PolarsResult<()> {
    let shared = Shared::of(frame)?;
    let (phases, statuses) = (text(frame, "phase")?, text(frame, "status")?);
    let dates = Dates::of(frame, "start_date")?;
    for row in 0..frame.height() {
        let evidence = EvidenceKind::Trial {
            phase: phases.get(row).and_then(|p| p.parse().ok()).unwrap_or(Phase::Other),
            status: statuses.get(row).and_then(|s| s.parse().ok()).unwrap_or(TrialStatus::Unknown),
        };
        let Some(mut record) = shared.record(row, RecordKind::Trial, evidence) else { continue };
        record.date = dates.get(row);
        list.push(record);
    }
    Ok(())
}

/// Lakes hold far fewer than four billion records, companies or products.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
