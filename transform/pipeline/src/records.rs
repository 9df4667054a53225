//! The records as the merge kernel sees them: numbers instead of names.

use std::collections::BTreeMap;

use polars::prelude::*;
use regatta_domain::{
    CompanyId, EvidenceKind, GroupId, ListingStatus, PartialDate, Party, RecordId, RecordKind,
    Region, Role,
};

use crate::distinct::{Distinct, text};
use regatta_dictionaries::Dictionaries;

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
    pub(crate) brand: Option<&'a str>,
    pub(crate) date: Option<PartialDate>,
    pub(crate) evidence: EvidenceKind,
    /// The companies by which it is linked (R25, R27).
    pub(crate) parties: Vec<Party>,
    /// The company that its own data set names although a stronger one names
    /// another (R14). It is kept, but does not link: the conflict is resolved.
    pub(crate) overruled: Option<Party>,
    pub(crate) product: Option<u32>,
    pub(crate) flags: u8,
}

/// Marks in [`Record::flags`].
pub(crate) mod flag {
    pub(crate) const UNMATCHED_GENERIC: u8 = 1;
    pub(crate) const UNMATCHED_FORM: u8 = 2;
    pub(crate) const UNSPECIFIED_FORM: u8 = 4;
    pub(crate) const INFERRED_FORM: u8 = 8;
    pub(crate) const NO_COMPANY: u8 = 16;
}

/// All records, and the names behind the numbers.
pub(crate) struct Records<'a> {
    pub(crate) list: Vec<Record<'a>>,
    /// By [`CompanyId`], sorted.
    pub(crate) companies: Vec<&'a str>,
    /// By [`GroupId`], sorted.
    pub(crate) groups: Vec<&'a str>,
    /// Product numbers by the kernel's number.
    pub(crate) products: Vec<&'a str>,
}

impl<'a> Records<'a> {
    /// The listings as records. `listing` is sorted by record id, and
    /// `number_of` gives the number of each row: sorted like the ids, so that
    /// "the smallest record" means the same on every day.
    pub(crate) fn of_listings(
        listing: &'a DataFrame,
        dictionaries: &'a Dictionaries,
        day: &str,
        number_of: impl Fn(&str) -> RecordId,
    ) -> PolarsResult<Self> {
        let names = |column: &str| -> PolarsResult<Vec<&'a str>> {
            let mut names: Vec<&str> =
                Distinct::of(text(listing, column)?).values.into_iter().flatten().collect();
            names.sort_unstable();
            Ok(names)
        };
        let mut companies = names("company")?;
        companies.extend(names("market_company")?);
        companies.sort_unstable();
        companies.dedup();
        let group_of_name: Vec<Option<&str>> =
            companies.iter().map(|c| dictionaries.companies.group_on(c, day)).collect();
        let mut groups: Vec<&str> = group_of_name.iter().copied().flatten().collect();
        groups.sort_unstable();
        groups.dedup();
        let group_of: Vec<Option<GroupId>> = group_of_name
            .iter()
            .map(|g| g.and_then(|g| groups.binary_search(&g).ok()).map(|i| GroupId(number(i))))
            .collect();
        let products = names("product_number")?;
        let party = |role: Role, company: &str| {
            let at = companies.binary_search(&company).unwrap_or(usize::MAX);
            Party {
                role,
                company: CompanyId(number(at)),
                group: group_of.get(at).copied().flatten(),
            }
        };

        let column = |name: &str| text(listing, name);
        let (ids, sources, countries) =
            (column("record_id")?, column("source_id")?, column("country")?);
        let (generics, forms, brands) =
            (column("generic")?, column("dosage_form")?, column("brand_name")?);
        let (generic_match, form_match) = (column("generic_match")?, column("dosage_form_match")?);
        let (own, market) = (column("company")?, column("market_company")?);
        let (status, product) = (column("market_status")?, column("product_number")?);
        let dates = Dates::of(listing)?;
        let regions: BTreeMap<&str, Region> = Region::ALL.iter().map(|r| (r.code(), *r)).collect();
        let mut records = Vec::with_capacity(listing.height());
        for row in 0..listing.height() {
            let id = ids.get(row).unwrap_or_default();
            let holder = market.get(row);
            let status: ListingStatus =
                status.get(row).and_then(|s| s.parse().ok()).unwrap_or(ListingStatus::Unknown);
            records.push(Record {
                number: number_of(id),
                id,
                source_id: sources.get(row).unwrap_or_default(),
                kind: RecordKind::Listing,
                region: countries
                    .get(row)
                    .and_then(|c| regions.get(c).copied())
                    .unwrap_or(Region::Us),
                generic: generics.get(row).unwrap_or_default(),
                form: forms.get(row).unwrap_or_default(),
                brand: brands.get(row),
                date: dates.get(row),
                evidence: EvidenceKind::Listing {
                    status,
                    ever_marketed: None,
                    status_date: None,
                    vanished: false,
                },
                parties: holder.map(|c| party(Role::Holder, c)).into_iter().collect(),
                overruled: own
                    .get(row)
                    .filter(|c| holder.is_some_and(|h| h != *c))
                    .map(|c| party(Role::Historical, c)),
                product: product.get(row).and_then(|p| products.binary_search(&p).ok()).map(number),
                flags: flags(generic_match.get(row), form_match.get(row), holder),
            });
        }
        Ok(Self { list: records, companies, groups, products })
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

fn flags(generic: Option<&str>, form: Option<&str>, holder: Option<&str>) -> u8 {
    let mut flags = match generic {
        Some("unmatched" | "partial") => flag::UNMATCHED_GENERIC,
        _ => 0,
    };
    flags |= match form {
        Some("unmatched") => flag::UNMATCHED_FORM,
        Some("unspecified") => flag::UNSPECIFIED_FORM,
        Some("inferred") => flag::INFERRED_FORM,
        _ => 0,
    };
    if holder.is_none() { flags | flag::NO_COMPANY } else { flags }
}

/// Lakes hold far fewer than four billion records, companies or products.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Approval dates as the domain knows them.
struct Dates<'a> {
    days: Int32Chunked,
    precision: &'a StringChunked,
}

impl<'a> Dates<'a> {
    fn of(listing: &'a DataFrame) -> PolarsResult<Self> {
        let days =
            listing.column("approval_date")?.as_materialized_series().cast(&DataType::Int32)?;
        Ok(Self { days: days.i32()?.clone(), precision: text(listing, "approval_date_precision")? })
    }

    fn get(&self, row: usize) -> Option<PartialDate> {
        let epoch = jiff::civil::date(1970, 1, 1);
        let day = epoch.checked_add(jiff::Span::new().try_days(self.days.get(row)?).ok()?).ok()?;
        let year = u32::try_from(day.year()).ok()?;
        let month = u32::try_from(day.month()).ok();
        match self.precision.get(row)? {
            "year" => PartialDate::new(year, None, None).ok(),
            "month" => PartialDate::new(year, month, None).ok(),
            precision => {
                let date = PartialDate::new(year, month, u32::try_from(day.day()).ok()).ok()?;
                Some(if precision == "before" { date.as_upper_bound() } else { date })
            }
        }
    }
}
