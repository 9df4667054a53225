//! Parties after R13 and R14: each record has the holder that won, and keeps
//! the one that its own row names.

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::Region;

use crate::distinct::{Distinct, text};
use crate::parties::COLUMNS;

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
            lit("").alias("since"),
            lit(0).cast(IDX_DTYPE).alias("position"),
        ])
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
