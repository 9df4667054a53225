//! Purple Book products as listings: licensed biologics, those of CBER included.

use polars::prelude::*;
use regatta_domain::{PartialDate, Region, date};

use super::fda::{fda_form, fda_generic, with_form_key};
use super::{Adapter, Input};
use crate::TransformError;
use regatta_dictionaries::{Language, Vocabulary};

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "us_purple_book",
    region: Region::Us,
    record_tables: &["products"],
    language: Language::En,
    vocabulary: Vocabulary::Fda,
    listings,
    generic: fda_generic,
    form: fda_form,
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

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let raw = input.raw;
    let trimmed = |name: &str| col(name).str().strip_chars(lit(NULL));
    // Drugs@FDA writes the product number with three digits.
    let product_number = concat_str([lit("000"), trimmed("product_number")], "", false)
        .str()
        .extract(lit(r"^0{0,3}(\d{3,})$"), 1);
    let listings = raw.scan("products")?.select([
        lit("products").alias("raw_table"),
        col("record_key"),
        concat_str([col("bla_number_padded"), product_number], "/", false).alias("product_number"),
        concat_str([lit("BLA"), col("bla_number_padded")], "", false).alias("application_number"),
        col("proprietary_name").alias("brand_name"),
        col("proper_name").alias("generic_raw"),
        concat_str([trimmed("dosage_form"), trimmed("route_of_administration")], ";", false)
            .alias("dosage_form_raw"),
        col("strength"),
        col("applicant").alias("holder_raw"),
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
    ]);
    Ok(Some(with_form_key(listings)))
}
