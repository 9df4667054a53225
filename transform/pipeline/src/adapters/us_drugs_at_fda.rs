//! Drugs@FDA products as listings: product, application, marketing status and
//! the original submission joined.

use polars::prelude::*;
use regatta_domain::{Region, date};

use super::Adapter;
use crate::TransformError;
use crate::raw::RawTables;
use regatta_dictionaries::Language;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "us_drugs_at_fda",
    region: Region::Us,
    record_table: "products",
    language: Language::En,
    separators: &[';'],
    listings,
    form: |dictionaries, raw| dictionaries.forms.find_fda(raw, None),
    date: |raw| date::timestamp(raw).or_else(|_| date::month_first(raw)).map_err(|e| e.to_string()),
};

fn listings(raw: &RawTables<'_>) -> Result<LazyFrame, TransformError> {
    let applications =
        raw.scan("applications")?.select([col("appl_no"), col("appl_type"), col("sponsor_name")]);
    // A few products have several statuses: prescription and over the counter
    // (1, 2) come before discontinued and tentative (3, 4).
    let statuses = raw
        .scan("marketing_status")?
        .group_by([col("appl_no"), col("product_no")])
        .agg([col("marketing_status_id").min()]);
    // The original approval stands for all products of the application: the
    // files do not say when a later strength was added.
    let originals = raw
        .scan("submissions")?
        .filter(
            col("submission_type")
                .str()
                .strip_chars(lit(NULL))
                .eq(lit("ORIG"))
                .and(col("submission_status_date").str().starts_with(lit("1900-01-01")).not())
                .and(col("submission_status_date").neq(lit(""))),
        )
        .group_by([col("appl_no")])
        .agg([
            col("submission_status_date")
                .filter(col("submission_status").eq(lit("AP")))
                .min()
                .alias("approved"),
            col("submission_status_date").min().alias("any"),
        ])
        .select([col("appl_no"), coalesce(&[col("approved"), col("any")]).alias("original_date")]);
    let on = |names: &[&str]| names.iter().map(|n| col(*n)).collect::<Vec<_>>();
    let left = |frame: LazyFrame, other: LazyFrame, names: &[&str]| {
        frame.join(other, on(names), on(names), JoinArgs::new(JoinType::Left))
    };
    let products = raw.scan("products")?;
    let joined = left(products, applications, &["appl_no"]);
    let joined = left(joined, statuses, &["appl_no", "product_no"]);
    let joined = left(joined, originals, &["appl_no"]);
    Ok(joined.select([
        col("record_key"),
        concat_str([col("appl_no"), col("product_no")], "/", false).alias("product_number"),
        concat_str([col("appl_type").fill_null(lit("")), col("appl_no")], "", false)
            .alias("application_number"),
        col("drug_name").alias("brand_name"),
        col("active_ingredient").alias("generic_raw"),
        col("form").alias("dosage_form_raw"),
        col("strength"),
        col("sponsor_name").alias("company_raw"),
        col("marketing_status_id").alias("status_raw"),
        col("original_date").alias("approval_date_raw"),
        col("row_number"),
        col("body_sha256"),
    ]))
}
