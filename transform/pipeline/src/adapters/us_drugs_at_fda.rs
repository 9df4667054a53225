//! Drugs@FDA products as listings: product, application, marketing status and
//! the original submission joined.

use std::borrow::Cow;

use polars::prelude::*;
use regatta_dictionaries::{Language, Vocabulary, clean_opt};
use regatta_domain::{PartialDate, Region, date};

use super::fda::{fda_form, fda_generic, with_form_key};
use super::{Adapter, Input, of_distinct};
use crate::TransformError;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "us_drugs_at_fda",
    region: Region::Us,
    record_tables: &["products"],
    language: Language::En,
    vocabulary: Vocabulary::Fda,
    listings,
    generic: fda_generic,
    form: fda_form,
    date: any_date,
};

/// The marketing status of a tentative approval.
const TENTATIVE: &str = "4";

fn any_date(raw: &str) -> Result<Option<PartialDate>, String> {
    date::timestamp(raw).or_else(|_| date::month_first(raw)).map_err(|e| e.to_string())
}

/// A date in the form in which earlier ones sort first. What cannot be read stays
/// as it is, and is told where it is used; the mark of no date becomes null.
fn sortable(column: &str) -> Expr {
    of_distinct(col(column), |raw| match clean_opt(Some(raw)).map(|raw| any_date(&raw)) {
        None | Some(Ok(None)) => None,
        Some(Ok(Some(date))) => Some(Cow::Owned(date.to_string())),
        Some(Err(_)) => Some(Cow::Borrowed(raw)),
    })
}

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let raw = input.raw;
    let applications =
        raw.scan("applications")?.select([col("appl_no"), col("appl_type"), col("sponsor_name")]);
    // A few products have several statuses: prescription and over the counter
    // (1, 2) come before discontinued and tentative (3, 4).
    let statuses = raw
        .scan("marketing_status")?
        .group_by([col("appl_no"), col("product_no")])
        .agg([col("marketing_status_id").min()]);
    // The original approval stands for all products of the application: the
    // files do not say when a later strength was added. A tentative approval (R17)
    // is none; its day is that of the status of a product that has no other yet.
    let stripped = |name: &str| col(name).str().strip_chars(lit(NULL));
    let day_of = |status: &str| {
        col("submission_status_date").filter(stripped("submission_status").eq(lit(status))).min()
    };
    let originals = raw
        .scan("submissions")?
        .filter(stripped("submission_type").eq(lit("ORIG")))
        .with_column(sortable("submission_status_date"))
        .group_by([col("appl_no")])
        .agg([day_of("AP").alias("approved"), day_of("TA").alias("tentative")]);
    let on = |names: &[&str]| names.iter().map(|n| col(*n)).collect::<Vec<_>>();
    let left = |frame: LazyFrame, other: LazyFrame, names: &[&str]| {
        // In the order of both files: of rows that name their key twice the first counts.
        let order = MaintainOrderJoin::LeftRight;
        let how = JoinArgs { maintain_order: order, ..JoinArgs::new(JoinType::Left) };
        frame.join(other, on(names), on(names), how)
    };
    let products = raw.scan("products")?;
    let joined = left(products, applications, &["appl_no"]);
    let joined = left(joined, statuses, &["appl_no", "product_no"]);
    let joined = left(joined, originals, &["appl_no"]);
    let listings = joined.select([
        lit("products").alias("raw_table"),
        col("record_key"),
        concat_str([col("appl_no"), col("product_no")], "/", false).alias("product_number"),
        concat_str([col("appl_type").fill_null(lit("")), col("appl_no")], "", false)
            .alias("application_number"),
        col("drug_name").alias("brand_name"),
        col("active_ingredient").alias("generic_raw"),
        col("form").alias("dosage_form_raw"),
        col("strength"),
        col("sponsor_name").alias("holder_raw"),
        col("marketing_status_id").alias("status_raw"),
        col("approved").alias("approval_date_raw"),
        when(col("marketing_status_id").eq(lit(TENTATIVE)))
            .then(col("tentative"))
            .otherwise(lit(NULL))
            .alias("status_date_raw"),
        col("row_number"),
        col("body_sha256"),
    ]);
    Ok(Some(with_form_key(listings)))
}
