//! Orange Book products as listings.

use polars::prelude::*;
use regatta_domain::{Region, date};

use super::Adapter;
use crate::TransformError;
use crate::raw::RawTables;
use regatta_dictionaries::Language;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "us_orange_book",
    region: Region::Us,
    record_table: "products",
    language: Language::En,
    separators: &[';'],
    listings,
    form: |dictionaries, raw| dictionaries.forms.find_fda(raw, None),
    date: |raw| date::month_name(raw).map(Some).map_err(|e| e.to_string()),
};

fn listings(raw: &RawTables<'_>) -> Result<LazyFrame, TransformError> {
    let full_name = col("applicant_full_name");
    Ok(raw.scan("products")?.select([
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
            .alias("company_raw"),
        col("type").alias("status_raw"),
        col("approval_date").alias("approval_date_raw"),
        col("row_number"),
        col("body_sha256"),
    ]))
}
