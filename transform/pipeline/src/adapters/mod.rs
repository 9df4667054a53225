//! One adapter per source: raw columns to the columns that all listings share.
//!
//! An adapter renames and joins; it standardises nothing. Adding a source is
//! one file here and one line in [`ADAPTERS`].

mod us_drugs_at_fda;
mod us_orange_book;
mod us_purple_book;

use polars::prelude::*;
use regatta_domain::{PartialDate, Region};

use crate::TransformError;
use crate::raw::RawTables;
use regatta_dictionaries::{Dictionaries, FormMatch, Language};

/// How the listings of one source are read.
pub(crate) struct Adapter {
    pub(crate) source_id: &'static str,
    pub(crate) region: Region,
    /// The raw table whose rows are the records: the change log compares it.
    pub(crate) record_table: &'static str,
    pub(crate) language: Language,
    /// What stands between the ingredients of a combination.
    pub(crate) separators: &'static [char],
    /// The listings under the columns that all share, all text but `row_number`:
    /// `record_key`, `product_number`, `application_number`, `brand_name`,
    /// `generic_raw`, `dosage_form_raw`, `strength`, `company_raw`, `status_raw`,
    /// `approval_date_raw`, `row_number`, `body_sha256`.
    pub(crate) listings: fn(&RawTables<'_>) -> Result<LazyFrame, TransformError>,
    pub(crate) form: fn(&Dictionaries, &str) -> FormMatch,
    /// Reads the source's approval dates; `Ok(None)` for its way of writing none.
    pub(crate) date: fn(&str) -> Result<Option<PartialDate>, String>,
}

/// All adapters. Where several data sets of a region disagree on one product,
/// the earlier line wins (R14): the Orange Book and the Purple Book are re-issued
/// every month with the full name of the present applicant, Drugs@FDA
/// abbreviates.
pub(crate) const ADAPTERS: &[&Adapter] =
    &[&us_orange_book::ADAPTER, &us_purple_book::ADAPTER, &us_drugs_at_fda::ADAPTER];
