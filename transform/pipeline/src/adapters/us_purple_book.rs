//! Purple Book products as listings: licensed biologics, those of CBER included.

use polars::prelude::*;
use regatta_domain::{PartialDate, Region, date};

use super::Adapter;
use crate::TransformError;
use crate::raw::RawTables;
use regatta_dictionaries::Language;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "us_purple_book",
    region: Region::Us,
    record_table: "products",
    language: Language::En,
    separators: &[';'],
    listings,
    form: |dictionaries, raw| dictionaries.forms.find_fda(raw, None),
    date: approval_date,
};

/// Two-digit years of the releases of 2025 are read as not later than this.
const LATEST_YEAR: u16 = 2049;

/// The formats change from release to release.
fn approval_date(raw: &str) -> Result<Option<PartialDate>, String> {
    date::month_first(raw)
        .or_else(|_| date::day_month_name(raw, LATEST_YEAR).map(Some))
        .or_else(|_| date::month_name(raw).map(Some))
        .map_err(|e| e.to_string())
}

fn listings(raw: &RawTables<'_>) -> Result<LazyFrame, TransformError> {
    let trimmed = |name: &str| col(name).str().strip_chars(lit(NULL));
    // Drugs@FDA writes the product number with three digits.
    let product_number = concat_str([lit("000"), trimmed("product_number")], "", false)
        .str()
        .extract(lit(r"^0{0,3}(\d{3,})$"), 1);
    Ok(raw.scan("products")?.select([
        col("record_key"),
        concat_str([col("bla_number_padded"), product_number], "/", false).alias("product_number"),
        concat_str([lit("BLA"), col("bla_number_padded")], "", false).alias("application_number"),
        col("proprietary_name").alias("brand_name"),
        col("proper_name").alias("generic_raw"),
        concat_str([trimmed("dosage_form"), trimmed("route_of_administration")], ";", false)
            .alias("dosage_form_raw"),
        col("strength"),
        col("applicant").alias("company_raw"),
        // A discontinued product may be licensed still, or its licence revoked.
        concat_str(
            [trimmed("status").str().strip_chars(lit("*")), trimmed("licensure")],
            ", ",
            false,
        )
        .alias("status_raw"),
        col("approval_date").alias("approval_date_raw"),
        col("row_number"),
        col("body_sha256"),
    ]))
}
