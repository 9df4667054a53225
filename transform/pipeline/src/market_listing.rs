//! The table `market_listing`: R14 to R16, the listings of a market's data sets
//! merged by generic, form and company (group where known).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;
use regatta_domain::{ListingStatus, PartialDate};
use regatta_lake::Sha256;

use crate::columns::Columns;
use crate::distinct::{Distinct, text};
use crate::market_products::products;
use crate::standardise::{first_day, precision};
use regatta_dictionaries::Dictionaries;

/// The merged listings.
pub(crate) fn market_listing(
    listing: &DataFrame,
    parties: &DataFrame,
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<DataFrame> {
    let listing = with_market_group(listing, dictionaries, day)?;
    let listing = with_joint_party(listing, parties)?;
    let products = products(listing)?
        .lazy()
        .with_column(len().over(keys())?.eq(lit(1)).alias("alone"))
        .collect()?;
    let alone = products.column("alone")?.as_materialized_series().bool()?;
    let mut merged = of_one(products.filter(alone)?)?;
    merged.vstack_mut(&of_several(products.filter(&!alone)?)?)?;
    with_ids(with_dates(with_status(merged)?)?)
}

/// What makes products one row; the party is the company, or its group.
fn keys() -> [Expr; 4] {
    [col("country"), col("generic"), col("dosage_form"), col("party")]
}

/// What is kept of a row.
fn columns() -> Vec<Expr> {
    let mut columns = Vec::from(keys());
    let more = ["company", "corporate_group", "brand_names", "sources", "record_ids", "products"];
    columns.extend(more.into_iter().chain(["status_rank", "dated", "disagreements"]).map(col));
    columns
}

/// Rows of one product: what [`of_several`] says of them, without looking into
/// groups of one row.
fn of_one(products: DataFrame) -> PolarsResult<DataFrame> {
    let lists = Columns::default()
        .texts("disagreements", text(&products, "disagreement")?.iter())
        .frame()?;
    products
        .hstack(lists.columns())?
        .lazy()
        .with_column(lit(1).cast(DataType::Int64).alias("products"))
        .select(columns())
        .collect()
}

/// Rows of several products.
fn of_several(products: DataFrame) -> PolarsResult<DataFrame> {
    let products = products.lazy().sort(["product"], SortMultipleOptions::default());
    // Within a group the company that holds most of the products names the row.
    let main_company = products
        .clone()
        .filter(col("company").is_not_null())
        .group_by([&keys()[..], &[col("company")]].concat())
        .agg([len().alias("held")])
        .sort(
            ["held", "company"],
            SortMultipleOptions::default().with_order_descending_multi([true, false]),
        )
        .group_by_stable(keys())
        .agg([col("company").first().alias("main_company")]);
    products
        .join(main_company, keys(), keys(), JoinArgs::new(JoinType::Left))
        .sort(["product"], SortMultipleOptions::default())
        .group_by_stable(keys())
        .agg([
            col("main_company").first().alias("company"),
            col("corporate_group").drop_nulls().first().alias("corporate_group"),
            flat_set("brand_names"),
            flat_set("sources"),
            flat_set("record_ids"),
            len().cast(DataType::Int64).alias("products"),
            col("status_rank").min().alias("status_rank"),
            col("dated")
                .explode(ExplodeOptions { empty_as_null: false, keep_nulls: false })
                .drop_nulls()
                .unique()
                .sort(SortOptions::default())
                .alias("dated"),
            col("disagreement").drop_nulls().sort(SortOptions::default()).alias("disagreements"),
        ])
        .select(columns())
        .collect()
}

fn flat_set(name: &str) -> Expr {
    col(name)
        .explode(ExplodeOptions { empty_as_null: false, keep_nulls: false })
        .unique()
        .sort(SortOptions::default())
        .alias(name)
}

/// The group of the company that won, and the party by which R14 merges.
fn with_market_group(
    listing: &DataFrame,
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<DataFrame> {
    let distinct = Distinct::of(text(listing, "market_company")?);
    let group = distinct.spread(
        "market_group",
        distinct.values.iter().map(|c| c.and_then(|c| dictionaries.companies.group_on(c, day))),
    )?;
    let ranks = Distinct::of(text(listing, "market_status")?);
    let rank: Int32Chunked =
        ranks.values.iter().map(|s| Some(status_rank(s.unwrap_or_default()))).collect();
    let rank = ranks.spread_series("status_rank", rank.into_series())?;
    listing.hstack(&[group, rank])
}

/// R16 (ii): a Japanese record may name several holders; then all listings of
/// its generic and form that share one of them are one row. `joint_party` is
/// the name under which they meet: the smallest of the chain; null where every
/// listing names one holder.
fn with_joint_party(listing: DataFrame, parties: &DataFrame) -> PolarsResult<DataFrame> {
    let (ids, roles) = (text(parties, "record_id")?, text(parties, "role")?);
    let (companies, groups) = (text(parties, "company")?, text(parties, "corporate_group")?);
    // Companies of a record that could not be divided link nothing.
    let links = parties.column("links")?.as_materialized_series().bool()?;
    let mut holders: HashMap<&str, BTreeSet<&str>, PlRandomState> = HashMap::default();
    for row in 0..parties.height() {
        if roles.get(row) == Some("holder")
            && links.get(row) == Some(true)
            && let (Some(id), Some(party)) =
                (ids.get(row), groups.get(row).or_else(|| companies.get(row)))
        {
            holders.entry(id).or_default().insert(party);
        }
    }
    let (records, generics) = (text(&listing, "record_id")?, text(&listing, "generic")?);
    let (forms, countries) = (text(&listing, "dosage_form")?, text(&listing, "country")?);
    let block = |row: usize| (countries.get(row), generics.get(row), forms.get(row));
    // Per block, each party leads to a smaller one of its chain.
    let mut smaller: HashMap<_, BTreeMap<&str, &str>, PlRandomState> = HashMap::default();
    for row in 0..listing.height() {
        let Some(parties) = records.get(row).and_then(|r| holders.get(r)) else { continue };
        if parties.len() < 2 {
            continue;
        }
        let chain = smaller.entry(block(row)).or_default();
        let roots: BTreeSet<&str> = parties.iter().map(|p| root(chain, p)).collect();
        if let Some(first) = roots.first() {
            for other in roots.iter().skip(1) {
                chain.insert(other, first);
            }
            // The smallest itself belongs to a chain, too.
            chain.entry(first).or_insert(first);
        }
    }
    let joint: StringChunked = (0..listing.height())
        .map(|row| {
            let chain = smaller.get(&block(row))?;
            let party = holders.get(records.get(row)?)?.first()?;
            chain.contains_key(party).then(|| root(chain, party))
        })
        .collect();
    let joint = joint.with_name("joint_party".into()).into_column();
    listing.hstack(&[joint])
}

fn root<'a>(chain: &BTreeMap<&'a str, &'a str>, party: &'a str) -> &'a str {
    let mut at = party;
    while let Some(next) = chain.get(at).filter(|n| **n != at) {
        at = next;
    }
    at
}

fn status_rank(code: &str) -> i32 {
    let at = ListingStatus::ALL.iter().position(|s| s.code() == code);
    at.and_then(|i| i32::try_from(i).ok()).unwrap_or(i32::MAX)
}

/// Stands between a date and its precision while rows are merged.
pub(crate) const DATE_AND_PRECISION: &str = "|";

/// The dates of each row, each day once with the best precision that a product
/// gives it, and the first of them.
fn with_dates(merged: DataFrame) -> PolarsResult<DataFrame> {
    let dated = merged.column("dated")?.as_materialized_series().clone();
    let mut rows: Vec<BTreeMap<PartialDate, PartialDate>> = Vec::with_capacity(merged.height());
    for list in dated.list()?.amortized_iter() {
        let mut days = BTreeMap::new();
        if let Some(list) = list {
            for date in list.as_ref().str()?.iter().flatten().filter_map(partial_date) {
                let Some(day) = first_day_of(date) else { continue };
                let best = days.entry(day).or_insert(date);
                if (date.is_upper_bound(), Reverse(date.precision()))
                    < (best.is_upper_bound(), Reverse(best.precision()))
                {
                    *best = date;
                }
            }
        }
        rows.push(days);
    }
    let made = Columns::default()
        .partial_date("first_approval_date", rows.iter().map(|d| d.values().next().copied()))?
        .dates("approval_dates", rows.iter().map(|d| d.values().copied().filter_map(first_day)))?
        .texts("approval_dates_precision", rows.iter().map(|d| d.values().copied().map(precision)))
        .frame()?;
    merged.hstack(made.columns())
}

/// What [`DATE_AND_PRECISION`] stands in.
fn partial_date(cell: &str) -> Option<PartialDate> {
    let (day, known) = cell.split_once(DATE_AND_PRECISION)?;
    let day: PartialDate = day.parse().ok()?;
    match known {
        "year" => PartialDate::new(day.year().into(), None, None).ok(),
        "month" => PartialDate::new(day.year().into(), day.month().map(Into::into), None).ok(),
        "before" => Some(day.as_upper_bound()),
        _ => Some(day),
    }
}

/// The first day that the date may mean.
fn first_day_of(date: PartialDate) -> Option<PartialDate> {
    let (month, day) = (date.month().unwrap_or(1), date.day().unwrap_or(1));
    PartialDate::day_of(date.year().into(), month.into(), day.into()).ok()
}

fn with_status(merged: DataFrame) -> PolarsResult<DataFrame> {
    let ranks = merged.column("status_rank")?.as_materialized_series().i32()?;
    let codes: StringChunked = ranks
        .iter()
        .map(|rank| {
            let status =
                rank.and_then(|r| usize::try_from(r).ok()).and_then(|r| ListingStatus::ALL.get(r));
            Some(status.copied().unwrap_or(ListingStatus::Unknown).code())
        })
        .collect();
    merged.hstack(&[codes.with_name("status".into()).into_column()])
}

/// `ML` and twelve hexadecimal digits of what identifies the row, so that the
/// id is the same on every day and in every lake.
fn with_ids(merged: DataFrame) -> PolarsResult<DataFrame> {
    let cells = |name: &str| text(&merged, name);
    let (country, generic, form, party) =
        (cells("country")?, cells("generic")?, cells("dosage_form")?, cells("party")?);
    let ids: StringChunked = (0..merged.height())
        .map(|row| {
            let values = [country.get(row), generic.get(row), form.get(row), party.get(row)];
            let text = values.map(Option::unwrap_or_default).join("\u{1f}");
            Some(format!("ML{}", &Sha256::of(text.as_bytes()).to_string()[..12]))
        })
        .collect();
    merged.hstack(&[ids.with_name("market_listing_id".into()).into_column()])
}
