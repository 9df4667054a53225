//! The table `listing`: the standardised listings of all sources, with what
//! they tell each other (R6a, R14).

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::Region;

use crate::adapters::ADAPTERS;
use crate::company_names::CompanyNames;
use crate::parties::{LISTING_ROLES, first_of_role, parties};

/// Listings, and who is what to them.
pub(crate) struct Listings {
    /// By record id; all columns of the table.
    pub(crate) listing: DataFrame,
    /// See [`crate::parties`].
    pub(crate) parties: DataFrame,
}

/// The listings of all sources, by record id, without companies; none where
/// the sources that have data have no listings.
pub(crate) fn all_listings(frames: Vec<DataFrame>) -> PolarsResult<Option<DataFrame>> {
    if frames.is_empty() {
        return Ok(None);
    }
    let all =
        concat(frames.into_iter().map(IntoLazy::lazy).collect::<Vec<_>>(), UnionArgs::default())?
            .sort(["record_id"], SortMultipleOptions::default());
    let all = generics_of_same_product(all);
    forms_of_same_product(forms_of_stronger_set(all)).collect().map(Some)
}

/// Generics under which a list has several substances.
const COARSE: [&str; 2] = ["ferric oxyhydroxide", "follitropin"];

/// R5, R14: the Orange Book calls iron sucrose, iron dextran and what phosphate
/// binders are made of by one name, Drugs@FDA both follitropins. Such a record takes
/// the generic that another data set has for the same product.
fn generics_of_same_product(all: LazyFrame) -> LazyFrame {
    let is_coarse =
        || COARSE.iter().fold(lit(false), |any, name| any.or(col("generic").eq(lit(*name))));
    let is_known = ["exact", "salt_stripped"]
        .iter()
        .fold(lit(false), |any, how| any.or(col("generic_match").eq(lit(*how))));
    let on = [col("country"), col("product_number")];
    let finer = all
        .clone()
        .filter(col("product_number").is_not_null().and(is_known).and(is_coarse().not()))
        .group_by(on.clone())
        .agg([
            col("generic").first().alias("finer"),
            col("generic").n_unique().alias("finer_generics"),
        ])
        .filter(col("finer_generics").eq(lit(1)))
        .select([col("country"), col("product_number"), col("finer")]);
    let takes = || is_coarse().and(col("finer").is_not_null());
    all.join(finer, on.clone(), on, left_join())
        .with_columns([
            when(takes()).then(col("finer")).otherwise(col("generic")).alias("generic"),
            when(takes())
                .then(lit("same_product"))
                .otherwise(col("generic_match"))
                .alias("generic_match"),
        ])
        .drop(Selector::ByName { names: ["finer"].map(Into::into).into(), strict: true })
}

/// Adds companies and what holds on the market (R14).
pub(crate) fn with_companies(
    all: Option<DataFrame>,
    names: &CompanyNames,
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<Listings> {
    let Some(all) = all else {
        // The columns that listings have on the way and the contract has not.
        let listing = crate::tables::empty("listing")?
            .drop("unknown_ingredients")?
            .lazy()
            .with_columns(
                ["market_company_raw", "market_company_match", "generic_unknown"]
                    .map(|name| lit(NULL).cast(DataType::String).alias(name)),
            )
            .collect()?;
        return Ok(Listings { listing, parties: crate::parties::empty() });
    };
    let parties = parties(&all, LISTING_ROLES, names, dictionaries, day)?;
    let on = || [col("record_id")];
    let all = all
        .lazy()
        .join(first_of_role(&parties, "holder"), on(), on(), JoinArgs::new(JoinType::Left))
        .with_column(col("company_match").fill_null(lit("none")));
    let listing = market(all).collect()?;
    Ok(Listings { listing, parties })
}

/// R14: where data sets of the United States give one product several forms, that
/// of the strongest counts, if it knows exactly one. They describe one thing: what
/// Drugs@FDA calls an injectable is a powder in the Purple Book.
fn forms_of_stronger_set(all: LazyFrame) -> LazyFrame {
    let told = || {
        let product = col("product_number").is_not_null();
        product.and(col("country").eq(lit(Region::Us.code()))).and(has_known_form())
    };
    let on = [col("country"), col("product_number")];
    let of_strongest = || col("dosage_form").filter(col("priority").eq(col("priority").min()));
    let strongest = all
        .clone()
        .filter(told())
        .with_column(priority())
        .group_by(on.clone())
        .agg([
            col("priority").min().alias("strongest"),
            of_strongest().n_unique().alias("forms"),
            of_strongest().first().alias("stronger_form"),
        ])
        .filter(col("forms").eq(lit(1)))
        .select([col("country"), col("product_number"), col("strongest"), col("stronger_form")]);
    let weaker = || {
        told()
            .and(col("priority").gt(col("strongest")))
            .and(col("dosage_form").neq(col("stronger_form")))
            .fill_null(lit(false))
    };
    all.with_column(priority())
        .join(strongest, on.clone(), on, left_join())
        .with_columns([
            when(weaker())
                .then(col("stronger_form"))
                .otherwise(col("dosage_form"))
                .alias("dosage_form"),
            when(weaker())
                .then(lit(STRONGER_SET))
                .otherwise(col("dosage_form_match"))
                .alias("dosage_form_match"),
        ])
        .drop(Selector::ByName {
            names: ["priority", "strongest", "stronger_form"].map(Into::into).into(),
            strict: true,
        })
}

/// How a form was found that a stronger data set of the product tells (R14).
pub(crate) const STRONGER_SET: &str = "stronger_source";

/// R6a: a record without a known form takes the one of the other records of
/// the same product number, if they agree.
fn forms_of_same_product(all: LazyFrame) -> LazyFrame {
    let known = all
        .clone()
        .filter(col("product_number").is_not_null().and(has_known_form()))
        .group_by([col("country"), col("product_number")])
        .agg([
            col("dosage_form").first().alias("product_form"),
            col("dosage_form").n_unique().alias("product_forms"),
        ])
        .filter(col("product_forms").eq(lit(1)))
        .select([col("country"), col("product_number"), col("product_form")]);
    let on = [col("country"), col("product_number")];
    take_form(all.join(known, on.clone(), on, left_join()), "product_form", "same_product")
}

/// Whether the form is told: by the source, or by what R6a allows.
pub(crate) fn has_known_form() -> Expr {
    col("dosage_form_match")
        .eq(lit("unspecified"))
        .or(col("dosage_form_match").eq(lit("unmatched")))
        .not()
}

/// Fills the form from the column `from` where it is not known, and drops it.
pub(crate) fn take_form(frame: LazyFrame, from: &str, how: &str) -> LazyFrame {
    let take = || has_known_form().not().and(col(from).is_not_null());
    frame
        .with_columns([
            when(take()).then(col(from)).otherwise(col("dosage_form")).alias("dosage_form"),
            when(take())
                .then(lit(how))
                .otherwise(col("dosage_form_match"))
                .alias("dosage_form_match"),
        ])
        .drop(Selector::ByName { names: std::sync::Arc::from([from.into()]), strict: true })
}

/// R14: company and status of each US product after its data sets were heard,
/// in the order of [`ADAPTERS`]. In other markets a product number stands in
/// one data set only, and each record speaks for itself.
fn market(all: LazyFrame) -> LazyFrame {
    let shared = || col("product_number").is_not_null().and(col("country").eq(lit("US")));
    let named = |name: &str| col(name).filter(col("company").is_not_null()).first();
    let winners = all
        .clone()
        .filter(shared())
        .with_column(priority())
        .sort(["priority", "record_id"], SortMultipleOptions::default())
        .group_by_stable([col("country"), col("product_number")])
        .agg([
            col("company").drop_nulls().first().alias("winner_company"),
            named("company_raw").alias("winner_company_raw"),
            named("company_match").alias("winner_company_match"),
            col("status").filter(col("status").neq(lit("unknown"))).first().alias("winner_status"),
            col("source_id").first().alias("winner_source"),
        ]);
    let on = [col("country"), col("product_number")];
    all.join(winners, on.clone(), on, left_join())
        .with_columns([
            coalesce(&[col("winner_company"), col("company")]).alias("market_company"),
            coalesce(&[col("winner_company_raw"), col("company_raw")]).alias("market_company_raw"),
            coalesce(&[col("winner_company_match"), col("company_match")])
                .alias("market_company_match"),
            coalesce(&[col("winner_status"), col("status")]).alias("market_status"),
            coalesce(&[col("winner_source"), col("source_id")]).alias("market_source"),
        ])
        .sort(["record_id"], SortMultipleOptions::default())
}

/// Rank of the record's source, the strongest 0.
pub(crate) fn priority() -> Expr {
    let rank = |i: usize| lit(i32::try_from(i).unwrap_or(i32::MAX));
    ADAPTERS
        .iter()
        .enumerate()
        .fold(rank(ADAPTERS.len()), |other, (i, adapter)| {
            when(col("source_id").eq(lit(adapter.source_id))).then(rank(i)).otherwise(other)
        })
        .alias("priority")
}

fn left_join() -> JoinArgs {
    JoinArgs::new(JoinType::Left)
}
