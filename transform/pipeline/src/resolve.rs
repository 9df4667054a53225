//! Parties after R13 and R14: each record has the holder that won, and keeps
//! the one that its own row names.

use std::collections::HashMap;

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::Region;

use crate::distinct::{Distinct, text};
use crate::parties::{COLUMNS, not_since};

/// R16: a record of several companies that could not be taken apart stays whole
/// and flagged. Which of its products is whose is not told, so none of the
/// companies links it: competitors would meet in it.
pub(crate) fn without_undivided(
    parties: &DataFrame,
    listing: &DataFrame,
) -> PolarsResult<DataFrame> {
    let flags = listing.column("flags")?.as_materialized_series().clone();
    let flags = flags.list()?;
    let mut undivided: HashMap<&str, usize> = HashMap::new();
    for (row, id) in text(listing, "record_id")?.iter().enumerate() {
        let split = flags.get_as_series(row).is_some_and(|marks| {
            marks.str().is_ok_and(|marks| {
                marks.iter().flatten().any(|m| m.starts_with("split:") && m != "split:no_company")
            })
        });
        if let Some(id) = id.filter(|_| split) {
            undivided.insert(id, 0);
        }
    }
    let ids = text(parties, "record_id")?;
    for id in ids.iter().flatten() {
        if let Some(companies) = undivided.get_mut(id) {
            *companies += 1;
        }
    }
    let several = |id: Option<&str>| id.and_then(|id| undivided.get(id)).is_some_and(|n| *n > 1);
    let links: BooleanChunked = ids
        .iter()
        .zip(parties.column("links")?.as_materialized_series().bool()?.iter())
        .map(|(id, links)| Some(links.unwrap_or(true) && !several(id)))
        .collect();
    let origin: StringChunked = ids
        .iter()
        .zip(text(parties, "origin")?.iter())
        .map(|(id, origin)| if several(id) { Some("undivided") } else { origin })
        .collect();
    let mut parties = parties.clone();
    parties.with_column(links.with_name("links".into()).into_column())?;
    parties.with_column(origin.with_name("origin".into()).into_column())?;
    Ok(parties)
}

/// Gives the records whose own company lost (or that name none) the holder of
/// the product. Their own stays as a historical company: of a US product
/// without linking (two data sets disagree, and the conflict is resolved, R14),
/// of a Chinese one with it (R13, R25).
pub(crate) fn resolved(
    parties: &DataFrame,
    listing: &DataFrame,
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<DataFrame> {
    let lost = listing
        .clone()
        .lazy()
        .filter(
            col("market_company")
                .is_not_null()
                .and(col("company").is_null().or(col("company").neq(col("market_company")))),
        )
        .select([
            col("record_id"),
            col("source_id"),
            col("country"),
            col("market_company").alias("company"),
            coalesce(&[col("market_company_raw"), col("market_company")]).alias("company_raw"),
            coalesce(&[col("market_company_match"), lit("exact")]).alias("company_match"),
        ])
        .collect()?;
    if lost.height() == 0 {
        return Ok(parties.clone());
    }
    let distinct = Distinct::of(text(&lost, "company")?);
    let group = distinct.spread(
        "corporate_group",
        distinct.values.iter().map(|c| c.and_then(|c| dictionaries.companies.group_on(c, day))),
    )?;
    let won = lost
        .hstack(&[group])?
        .lazy()
        .with_columns([
            lit("holder").alias("role"),
            lit(true).alias("links"),
            lit("source").alias("origin"),
            lit(0).cast(IDX_DTYPE).alias("position"),
        ])
        .with_columns(not_since())
        .select(COLUMNS.iter().map(|c| col(*c)).collect::<Vec<_>>());
    let us = col("lost_country").eq(lit(Region::Us.code()));
    let is_own = || col("lost_country").is_not_null().and(col("role").eq(lit("holder")));
    let kept = parties
        .clone()
        .lazy()
        .join(
            lost.lazy().select([col("record_id"), col("country").alias("lost_country")]),
            [col("record_id")],
            [col("record_id")],
            JoinArgs::new(JoinType::Left),
        )
        .with_columns([
            when(is_own()).then(us.clone().not()).otherwise(col("links")).alias("links"),
            when(is_own())
                .then(when(us).then(lit("overruled")).otherwise(lit("former_number")))
                .otherwise(col("origin"))
                .alias("origin"),
            when(is_own()).then(lit("historical")).otherwise(col("role")).alias("role"),
        ])
        .select(COLUMNS.iter().map(|c| col(*c)).collect::<Vec<_>>());
    concat([kept, won], UnionArgs::default())?
        .unique_stable_generic(
            Some(["record_id", "role", "company", "company_raw"].map(col).to_vec()),
            UniqueKeepStrategy::First,
        )
        .collect()
}
