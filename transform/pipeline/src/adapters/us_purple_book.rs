//! Purple Book products as listings: licensed biologics, those of CBER included.

use std::borrow::Cow;

use polars::prelude::*;
use regatta_domain::{PartialDate, Region, date};

use super::fda::{fda_form, fda_generic, with_form_key};
use super::{Adapter, Input, SEPARATOR, joined, of_distinct};
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

/// Of the numbers from [`OLD_NUMBERS`] the original licences are of this year or an
/// earlier one: what `21-Oct-42` says of them is 1942.
const LATEST_OLD_YEAR: &str = "2003";
const OLD_NUMBERS: [&str; 2] = ["101000", "103999"];

/// No year of two digits is later than this, of whatever licence.
const LATEST_YEAR: &str = "2049";

/// A date with its year in full; before it `key` has the latest year that it may
/// be of.
fn with_full_year(key: &str) -> Option<Cow<'_, str>> {
    let (latest, raw) = key.split_once(SEPARATOR)?;
    let two_digits = raw.rsplit_once('-').filter(|(_, year)| year.trim().len() == 2);
    let full = two_digits.zip(latest.parse().ok()).and_then(|((day, _), latest)| {
        let date = date::day_month_name(raw, latest).ok()?;
        Some(Cow::Owned(format!("{day}-{}", date.year())))
    });
    Some(full.unwrap_or(Cow::Borrowed(raw)))
}

/// The formats change from release to release; years are in full by now.
fn approval_date(raw: &str) -> Result<Option<PartialDate>, String> {
    date::month_first(raw)
        .or_else(|_| date::day_month_name(raw, 0).map(Some))
        .or_else(|_| date::month_name(raw).map(Some))
        .map_err(|e| e.to_string())
}

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let raw = input.raw;
    let trimmed = |name: &str| col(name).str().strip_chars(lit(NULL));
    // Drugs@FDA writes the product number with three digits; raw tables of earlier
    // versions have none that is padded.
    let product_number = concat_str([lit("000"), trimmed("product_number")], "", false)
        .str()
        .extract(lit(r"^0{0,3}(\d{3,})$"), 1);
    let [first, last] = OLD_NUMBERS.map(lit);
    let old = col("bla_number_padded").gt_eq(first).and(col("bla_number_padded").lt_eq(last));
    let latest_year = when(old.and(trimmed("submission_type").eq(lit("Original"))))
        .then(lit(LATEST_OLD_YEAR))
        .otherwise(lit(LATEST_YEAR));
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
        of_distinct(joined([latest_year, col("approval_date")]), with_full_year)
            .alias("approval_date_raw"),
        col("row_number"),
        col("body_sha256"),
    ]);
    Ok(Some(with_form_key(listings)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_two_digits_are_not_later_than_the_list() {
        let of = |latest: &str, raw: &str| {
            with_full_year(&format!("{latest}{SEPARATOR}{raw}")).map(Cow::into_owned)
        };
        for (latest, raw, full) in [
            ("2003", "21-Oct-42", "21-Oct-1942"),
            ("2003", "13-Mar-24", "13-Mar-1924"),
            ("2003", "31-Dec-02", "31-Dec-2002"),
            ("2026", "13-Mar-24", "13-Mar-2024"),
            ("2026", "15-Jan-74", "15-Jan-1974"),
            ("2026", "9/13/2016", "9/13/2016"),
            ("2026", "12-Mar-1999", "12-Mar-1999"),
            ("2026", "Date TBD", "Date TBD"),
        ] {
            assert_eq!(of(latest, raw).as_deref(), Some(full), "{raw}");
            let known = approval_date(full).is_ok();
            assert_eq!(known, raw != "Date TBD", "{full}");
        }
        assert_eq!(with_full_year("2026"), None);
    }
}
