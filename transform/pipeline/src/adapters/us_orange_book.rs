//! Orange Book products as listings.

use polars::prelude::*;
use regatta_domain::{Region, date};

use super::fda::{fda_form, fda_generic, with_form_key};
use super::{Adapter, Input};
use crate::TransformError;
use regatta_dictionaries::{Language, Vocabulary};

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "us_orange_book",
    region: Region::Us,
    record_tables: &["products"],
    language: Language::En,
    vocabulary: Vocabulary::Fda,
    listings,
    generic: fda_generic,
    form: fda_form,
    date: |raw| date::month_name(raw).map(Some).map_err(|e| e.to_string()),
};

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let raw = input.raw;
    let full_name = col("applicant_full_name");
    let listings = raw.scan("products")?.select([
        lit("products").alias("raw_table"),
        col("record_key"),
        concat_str([col("appl_no"), col("product_no")], "/", false).alias("product_number"),
        concat_str(
            // The Orange Book's N and A are Drugs@FDA's NDA and ANDA.
            [
                col("appl_type").str().replace_all(lit("^(N|A)$"), lit("${1}NDA"), false),
                col("appl_no"),
            ],
            "",
            false,
        )
        .str()
        .replace_all(lit("^NNDA"), lit("NDA"), false)
        .alias("application_number"),
        col("trade_name").alias("brand_name"),
        col("ingredient").alias("generic_raw"),
        col("df_route").alias("dosage_form_raw"),
        // From the first `**` on follow notes of the Federal Register.
        col("strength").str().extract(lit(r"^\s*(.*?)\s*(?:\*\*|$)"), 1).alias("strength"),
        when(full_name.clone().str().strip_chars(lit(NULL)).neq(lit("")))
            .then(full_name)
            .otherwise(col("applicant"))
            .alias("holder_raw"),
        col("type").alias("status_raw"),
        col("approval_date").alias("approval_date_raw"),
        col("row_number"),
        col("body_sha256"),
    ]);
    Ok(Some(with_form_key(listings)))
}
