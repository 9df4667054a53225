//! R13: a holder that changes under one approval number.
//!
//! Two ways to see it: the register names the number that an approval replaces
//! (原批准文号, 原注册证号), and that one stands in the register with another
//! holder; or the same record named another holder in the snapshot before.
//!
//! A Chinese listing is linked by its former holders too (R25). Elsewhere they
//! are told and do not link: who sold one of its products is a competitor of
//! the buyer with the others.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::{PartialDate, Region};

use crate::columns::{Columns, Dates};
use crate::distinct::text;
use crate::listing::Listings;
use crate::parties::COLUMNS;

/// A holder of former days.
struct Former {
    record_id: String,
    source_id: String,
    company: String,
    company_raw: String,
    company_match: String,
    group: Option<String>,
    origin: &'static str,
    since: Option<PartialDate>,
    links: bool,
}

/// The tables of the snapshot before.
#[derive(Clone, Copy)]
pub(crate) struct Before<'a> {
    pub(crate) listing: &'a DataFrame,
    pub(crate) parties: &'a DataFrame,
}

impl Before<'_> {
    /// The columns of `listing` that are asked for.
    pub(crate) const LISTING: &'static [&'static str] =
        &["record_id", "country", "company", "company_raw", "company_match"];
    /// The columns of `record_company` that are asked for.
    pub(crate) const PARTIES: &'static [&'static str] = &[
        "record_id",
        "origin",
        "since",
        "since_precision",
        "company",
        "company_raw",
        "company_match",
    ];
}

/// Adds former holders as historical companies, and makes the newest holder of a
/// Chinese approval that of every listing of the product. `day` is the day of
/// this snapshot.
pub(crate) fn with_former_holders(
    listings: Listings,
    before: Option<Before<'_>>,
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<Listings> {
    let Listings { listing, parties } = listings;
    let (listing, mut former) = by_number(listing)?;
    if let Some(before) = before {
        let group_of =
            |company: &str| dictionaries.companies.group_on(company, day).map(str::to_owned);
        former.extend(by_record(&listing, before, group_of, day)?);
    }
    let parties = with_rows(&parties, &former)?;
    Ok(Listings { listing, parties })
}

/// One Chinese listing.
struct Row<'a> {
    at: usize,
    id: &'a str,
    date: Option<PartialDate>,
    holder: Option<&'a str>,
}

/// Approval numbers that replace one another are one product: they share the
/// product number of the first, and the newest holder.
fn by_number(listing: DataFrame) -> PolarsResult<(DataFrame, Vec<Former>)> {
    let countries = text(&listing, "country")?;
    let ids = text(&listing, "record_id")?;
    let (numbers, olds) = (text(&listing, "application_number")?, text(&listing, "former_number")?);
    let holders = text(&listing, "company")?;
    let dates = Dates::of(&listing, "approval_date")?;
    let cn = Region::Cn.code();
    let mut parents: BTreeMap<&str, &str> = BTreeMap::new();
    for row in (0..listing.height()).filter(|r| countries.get(*r) == Some(cn)) {
        let Some(number) = numbers.get(row) else { continue };
        for old in olds.get(row).into_iter().flat_map(several) {
            let (a, b) = (root(&parents, number), root(&parents, old));
            if a != b {
                parents.insert(a.max(b), a.min(b));
            }
        }
    }
    if parents.is_empty() {
        return Ok((listing, Vec::new()));
    }
    let chained: BTreeSet<&str> =
        parents.iter().flat_map(|(child, parent)| [*child, *parent]).collect();
    let mut products: BTreeMap<&str, Vec<Row<'_>>> = BTreeMap::new();
    for row in (0..listing.height()).filter(|r| countries.get(*r) == Some(cn)) {
        let Some(number) = numbers.get(row).filter(|n| chained.contains(n)) else { continue };
        products.entry(root(&parents, number)).or_default().push(Row {
            at: row,
            id: ids.get(row).unwrap_or_default(),
            date: dates.get(row),
            holder: holders.get(row),
        });
    }
    let mut product_of: BTreeMap<usize, String> = BTreeMap::new();
    let mut market_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut former = Vec::new();
    for (product, mut rows) in products {
        rows.sort_by_key(|r| (r.date, r.id));
        for row in &rows {
            product_of.insert(row.at, product.to_owned());
        }
        let Some(newest) = rows.iter().rev().find(|r| r.holder.is_some()) else { continue };
        let since = newest.date;
        for row in &rows {
            let Some(old) = row.holder.filter(|h| Some(*h) != newest.holder) else { continue };
            let cell = |name: &str| -> PolarsResult<Option<String>> {
                Ok(text(&listing, name)?.get(row.at).map(str::to_owned))
            };
            market_of.insert(row.at, newest.at);
            former.push(Former {
                record_id: newest.id.to_owned(),
                source_id: newest.id.split(':').next().unwrap_or_default().to_owned(),
                company: old.to_owned(),
                company_raw: cell("company_raw")?.unwrap_or_default(),
                company_match: cell("company_match")?.unwrap_or_default(),
                group: cell("corporate_group")?,
                origin: "former_number",
                since,
                links: true,
            });
        }
    }
    let product = text(&listing, "product_number")?;
    let product: StringChunked = product
        .iter()
        .enumerate()
        .map(|(row, value)| product_of.get(&row).map(String::as_str).or(value))
        .collect();
    let mut columns = vec![product.with_name("product_number".into()).into_column()];
    for (own, market) in MARKET {
        let (own, old) = (text(&listing, own)?, text(&listing, market)?);
        let cells: StringChunked = old
            .iter()
            .enumerate()
            .map(|(row, value)| market_of.get(&row).map_or(value, |newest| own.get(*newest)))
            .collect();
        columns.push(cells.with_name((*market).into()).into_column());
    }
    let mut listing = listing.clone();
    for column in columns {
        listing.with_column(column)?;
    }
    Ok((listing, former))
}

/// The numbers in a cell of former numbers.
pub(crate) fn several(cell: &str) -> impl Iterator<Item = &str> + Clone {
    cell.split([';', '、', ',']).map(str::trim).filter(|number| !number.is_empty())
}

/// What a listing says of its company, and what holds after R13 and R14.
const MARKET: &[(&str, &str)] = &[
    ("company", "market_company"),
    ("company_raw", "market_company_raw"),
    ("company_match", "market_company_match"),
];

fn root<'a>(parents: &BTreeMap<&'a str, &'a str>, number: &'a str) -> &'a str {
    let mut at = number;
    while let Some(parent) = parents.get(at) {
        at = parent;
    }
    at
}

/// Records whose own row named another holder before; what was historical for
/// that reason stays so.
fn by_record(
    listing: &DataFrame,
    before: Before<'_>,
    group_of: impl Fn(&str) -> Option<String>,
    day: &str,
) -> PolarsResult<Vec<Former>> {
    let now = own_holders(listing)?;
    let today: Option<PartialDate> = day.parse().ok();
    let mut former = Vec::new();
    let mut add = |id: &str, holder: Holder<'_>, since: Option<PartialDate>| {
        former.push(Former {
            record_id: id.to_owned(),
            source_id: id.split(':').next().unwrap_or_default().to_owned(),
            company: holder.company.to_owned(),
            company_raw: holder.raw.to_owned(),
            company_match: holder.how.to_owned(),
            group: group_of(holder.company),
            origin: "former_holder",
            since,
            links: holder.country == Region::Cn.code(),
        });
    };
    // The same words under another standard name are a change of a dictionary,
    // not of the holder.
    let other = |a: &Holder<'_>, b: &Holder<'_>| a.company != b.company && a.raw != b.raw;
    for (id, was) in own_holders(before.listing)? {
        if now.get(id).is_some_and(|is| other(is, &was)) {
            add(id, was, today);
        }
    }
    let cells = |name: &str| text(before.parties, name);
    let (id, origin) = (cells("record_id")?, cells("origin")?);
    let since = Dates::of(before.parties, "since")?;
    let (company, raw, how) = (cells("company")?, cells("company_raw")?, cells("company_match")?);
    for row in (0..id.len()).filter(|row| origin.get(*row) == Some("former_holder")) {
        let cell = |column: &'_ StringChunked| column.get(row).unwrap_or_default().to_owned();
        let (record, company, raw, how) = (cell(id), cell(company), cell(raw), cell(how));
        let Some(is) = now.get(record.as_str()) else { continue };
        let was = Holder { country: is.country, company: &company, raw: &raw, how: &how };
        // Whoever holds it again is no former holder.
        if other(is, &was) {
            add(&record, was, since.get(row));
        }
    }
    Ok(former)
}

/// The holder that a listing's own row names.
struct Holder<'a> {
    country: &'a str,
    company: &'a str,
    raw: &'a str,
    how: &'a str,
}

/// The holders of listings, by record id.
fn own_holders(listing: &DataFrame) -> PolarsResult<BTreeMap<&str, Holder<'_>>> {
    let cells = |name: &str| text(listing, name);
    let (ids, countries) = (cells("record_id")?, cells("country")?);
    let (company, raw, how) = (cells("company")?, cells("company_raw")?, cells("company_match")?);
    Ok((0..listing.height())
        .filter_map(|row| {
            let holder = Holder {
                country: countries.get(row)?,
                company: company.get(row)?,
                raw: raw.get(row).unwrap_or_default(),
                how: how.get(row).unwrap_or_default(),
            };
            Some((ids.get(row)?, holder))
        })
        .collect())
}

fn with_rows(parties: &DataFrame, former: &[Former]) -> PolarsResult<DataFrame> {
    if former.is_empty() {
        return Ok(parties.clone());
    }
    let rows = || former.iter();
    let added = Columns::default()
        .text("record_id", rows().map(|f| Some(&f.record_id)))
        .text("source_id", rows().map(|f| Some(&f.source_id)))
        .text("role", rows().map(|_| Some("historical")))
        .text("company", rows().map(|f| Some(&f.company)))
        .text("company_raw", rows().map(|f| Some(&f.company_raw)))
        .text("company_match", rows().map(|f| Some(&f.company_match)))
        .text("corporate_group", rows().map(|f| f.group.as_ref()))
        .flag("links", rows().map(|f| f.links))
        .text("origin", rows().map(|f| Some(f.origin)))
        .partial_date("since", rows().map(|f| f.since))?
        .int("position", rows().map(|_| 0))
        .frame()?
        .lazy()
        .with_column(col("position").cast(IDX_DTYPE))
        .select(COLUMNS.iter().map(|c| col(*c)).collect::<Vec<_>>());
    concat([parties.clone().lazy(), added], UnionArgs::default())?
        .unique_stable_generic(
            Some(["record_id", "role", "company", "company_raw"].map(col).to_vec()),
            UniqueKeepStrategy::First,
        )
        .collect()
}
