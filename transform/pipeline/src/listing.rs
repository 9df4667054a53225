//! The table `listing`: the standardised listings of all sources, with what
//! they tell each other (R6a, R14).

use polars::prelude::*;

use crate::adapters::ADAPTERS;
use regatta_dictionaries::UNSPECIFIED;

/// All listings, by record id.
pub(crate) fn listing(frames: Vec<DataFrame>) -> PolarsResult<DataFrame> {
    if frames.is_empty() {
        // Sources without listings have data, those with listings have none yet.
        return crate::tables::empty("listing");
    }
    let all =
        concat(frames.into_iter().map(IntoLazy::lazy).collect::<Vec<_>>(), UnionArgs::default())?
            .sort(["record_id"], SortMultipleOptions::default());
    let all = forms_of_same_product(all);
    let all = inferred_forms(all);
    market(all).collect()
}

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

/// R6a: a record that names no form joins the only form that its generic and
/// company (group) have in the region; the form is then marked as inferred.
fn inferred_forms(all: LazyFrame) -> LazyFrame {
    let party = || coalesce(&[col("corporate_group"), col("company")]).alias("party");
    let keys = || [col("country"), col("generic"), col("party")];
    let known = all
        .clone()
        .with_column(party())
        .filter(has_known_form().and(col("party").is_not_null()))
        .group_by(keys())
        .agg([
            col("dosage_form").first().alias("only_form"),
            col("dosage_form").n_unique().alias("only_forms"),
        ])
        .filter(col("only_forms").eq(lit(1)))
        .select([col("country"), col("generic"), col("party"), col("only_form")]);
    let joined = all.with_column(party()).join(known, keys(), keys(), left_join());
    let named = col("dosage_form").eq(lit(UNSPECIFIED)).not();
    // A form that the source names in words no dictionary knows is not missing.
    let joined = joined
        .with_column(when(named).then(lit(NULL)).otherwise(col("only_form")).alias("only_form"));
    take_form(joined, "only_form", "inferred")
        .drop(Selector::ByName { names: std::sync::Arc::from(["party".into()]), strict: true })
}

fn has_known_form() -> Expr {
    col("dosage_form_match")
        .eq(lit("unspecified"))
        .or(col("dosage_form_match").eq(lit("unmatched")))
        .not()
}

/// Fills the form from the column `from` where it is not known, and drops it.
fn take_form(frame: LazyFrame, from: &str, how: &str) -> LazyFrame {
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

/// R14: company and status of each product after its data sets were heard, in
/// the order of [`ADAPTERS`].
fn market(all: LazyFrame) -> LazyFrame {
    let winners = all
        .clone()
        .filter(col("product_number").is_not_null())
        .with_column(priority())
        .sort(["priority", "record_id"], SortMultipleOptions::default())
        .group_by_stable([col("country"), col("product_number")])
        .agg([
            col("company").drop_nulls().first().alias("winner_company"),
            col("status").filter(col("status").neq(lit("unknown"))).first().alias("winner_status"),
            col("source_id").first().alias("winner_source"),
        ]);
    let on = [col("country"), col("product_number")];
    all.join(winners, on.clone(), on, left_join())
        .with_columns([
            coalesce(&[col("winner_company"), col("company")]).alias("market_company"),
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
