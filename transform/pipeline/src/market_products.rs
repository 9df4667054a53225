//! The products of a market: the listings of its data sets that are one product,
//! and where they disagree (R13, R14).

use polars::prelude::*;
use regatta_domain::{ListingStatus, Region};

use crate::columns::Columns;
use crate::distinct::text;
use crate::listing::{STRONGER_SET, priority};
use crate::market_listing::DATE_AND_PRECISION;

/// One row per product and form: each counted once over all data sets. Data sets
/// that give a product different forms make listings of different forms (R14).
pub(crate) fn products(listing: DataFrame) -> PolarsResult<DataFrame> {
    let listing = listing
        .lazy()
        .with_columns([
            priority(),
            coalesce(&[col("product_number"), col("record_id")]).alias("product"),
        ])
        .sort(["product", "priority", "record_id"], SortMultipleOptions::default())
        .collect()?;
    let alone = alone(text(&listing, "product")?);
    let mut products = of_one(listing.filter(&alone)?)?;
    products.vstack_mut(&of_several(listing.filter(&!alone)?)?)?;
    Ok(products)
}

/// Whether the value stands in no other row; equal ones stand together.
fn alone(sorted: &StringChunked) -> BooleanChunked {
    let after = sorted.iter().skip(1).map(Some).chain([None]);
    let mut before = None;
    sorted
        .iter()
        .zip(after)
        .map(|(value, after)| {
            let alone = before != Some(value) && after != Some(value);
            before = Some(value);
            Some(alone)
        })
        .collect()
}

/// What is kept of a product.
fn columns() -> Vec<Expr> {
    let party =
        coalesce(&[col("joint_party"), col("corporate_group"), col("company"), col("product")]);
    let texts = ["country", "product", "generic", "dosage_form", "company", "corporate_group"];
    let mut columns: Vec<Expr> = texts.into_iter().map(col).collect();
    columns.push(party.alias("party"));
    columns.push(col("status_rank"));
    columns.extend(["dated", "brand_names", "sources", "record_ids", "disagreement"].map(col));
    columns
}

/// Products of one listing, which most are: it differs from no other. What
/// [`of_several`] says of them, without looking into groups of one row.
fn of_one(listing: DataFrame) -> PolarsResult<DataFrame> {
    let made = listing
        .lazy()
        .with_columns([
            col("market_company").alias("company"),
            col("market_group").alias("corporate_group"),
            when(overtaken()).then(lit(NULL)).otherwise(dated()).alias("only_date"),
            lit(NULL).cast(DataType::String).alias("disagreement"),
        ])
        .collect()?;
    let cells = |name| text(&made, name);
    let lists = Columns::default()
        .texts("dated", cells("only_date")?.iter())
        .texts("brand_names", cells("brand_name")?.iter())
        .texts("sources", cells("source_id")?.iter())
        .texts("record_ids", cells("record_id")?.iter())
        .frame()?;
    made.hstack(lists.columns())?.lazy().select(columns()).collect()
}

/// Products of several listings.
fn of_several(listing: DataFrame) -> PolarsResult<DataFrame> {
    listing
        .lazy()
        .group_by_stable([col("country"), col("product"), col("generic"), col("dosage_form")])
        .agg([
            col("market_company").first().alias("company"),
            col("market_group").first().alias("corporate_group"),
            col("status_rank").first(),
            when(overtaken().or(has_stronger_day()))
                .then(lit(NULL))
                .otherwise(dated())
                .drop_nulls()
                .unique()
                .sort(SortOptions::default())
                .alias("dated"),
            col("joint_party").drop_nulls().first(),
            col("brand_name")
                .drop_nulls()
                .unique()
                .sort(SortOptions::default())
                .alias("brand_names"),
            col("source_id").unique().sort(SortOptions::default()).alias("sources"),
            col("record_id").sort(SortOptions::default()).alias("record_ids"),
            disagreement("company", "market_company", "holder"),
            disagreement("status", "market_status", "status"),
            overruled_form(),
        ])
        .with_column(
            concat_str(
                [col("differs_holder"), col("differs_status"), col("differs_form")],
                "; ",
                true,
            )
            .alias("differs"),
        )
        .with_column(
            when(col("differs").eq(lit("")))
                .then(lit(NULL))
                .otherwise(concat_str([col("product"), col("differs")], ": ", false))
                .alias("disagreement"),
        )
        .select(columns())
        .collect()
}

/// Approval and how precisely it is known.
fn dated() -> Expr {
    concat_str(
        [col("approval_date").cast(DataType::String), col("approval_date_precision")],
        DATE_AND_PRECISION,
        false,
    )
}

/// A tentative approval or an opinion of a product that another data set says is
/// approved by now (R14): its day is not that of the approval (R17).
fn overtaken() -> Expr {
    let is_pending = |status: &str| {
        let mut pending = ListingStatus::ALL.iter().filter(|s| s.is_pending());
        let first = pending.next().map_or_else(|| lit(false), |s| col(status).eq(lit(s.code())));
        pending.fold(first, |any, s| any.or(col(status).eq(lit(s.code()))))
    };
    is_pending("status").and(is_pending("market_status").not())
}

/// Whether a stronger data set of the United States has the day on which the product
/// was approved (R14): the others do not count then.
fn has_stronger_day() -> Expr {
    let day = col("approval_date_precision").eq(lit("day")).fill_null(lit(false));
    col("country")
        .eq(lit(Region::Us.code()))
        .and(col("priority").gt(col("priority").filter(day.and(overtaken().not())).min()))
        .fill_null(lit(false))
}

/// `form: powder_for_injection (us_purple_book, the stronger source) over
/// "INJECTABLE;INJECTION" (us_drugs_at_fda)` where a data set names another form
/// than the stronger one, else null.
fn overruled_form() -> Expr {
    let lost = || col("dosage_form_match").eq(lit(STRONGER_SET));
    when(lost().any(true))
        .then(concat_str(
            [
                lit("form: "),
                col("dosage_form").first(),
                lit(" ("),
                col("source_id").filter(lost().not()).first(),
                lit(", the stronger source) over \""),
                col("dosage_form_raw").filter(lost()).last(),
                lit("\" ("),
                col("source_id").filter(lost()).last(),
                lit(")"),
            ],
            "",
            false,
        ))
        .otherwise(lit(NULL).cast(DataType::String))
        .alias("differs_form")
}

/// `holder: A (us_orange_book, the stronger source) over B (us_drugs_at_fda)` where
/// the records of a product differ, else null. What won stands in `market`: of
/// the stronger source, or of the newer approval (R13). Rows come strongest first.
fn disagreement(column: &str, market: &str, what: &str) -> Expr {
    let known = || col(column).filter(col(column).is_not_null());
    let won = || coalesce(&[col(market).first(), known().first()]);
    let source_of = |is: Expr| col("source_id").filter(is);
    let lost = || col(column).is_not_null().and(col(column).neq(won()));
    let winner = || source_of(col(column).eq(won())).first();
    let loser = || source_of(lost()).last();
    let reason =
        when(winner().eq(loser())).then(lit("newer approval")).otherwise(lit("stronger source"));
    when(known().n_unique().gt(lit(1)))
        .then(concat_str(
            [
                lit(format!("{what}: ")),
                won(),
                lit(" ("),
                coalesce(&[winner(), col("source_id").first()]),
                lit(", the "),
                reason,
                lit(") over "),
                col(column).filter(lost()).last(),
                lit(" ("),
                loser(),
                lit(")"),
            ],
            "",
            false,
        ))
        .otherwise(lit(NULL).cast(DataType::String))
        .alias(format!("differs_{what}"))
}
