//! One adapter per source of listings: raw columns to the columns that all
//! listings share.
//!
//! An adapter renames, joins and takes apart; what it hands on is still in the
//! regulator's words. Adding a source is one file here and one line in
//! [`ADAPTERS`].

mod cn_nmpa;
mod eu_ema;
mod eu_hma_mri;
mod fda;
mod jp_mhlw_price;
mod jp_pmda;
mod us_cber;
mod us_drugs_at_fda;
mod us_orange_book;
mod us_purple_book;

use std::borrow::Cow;

use polars::prelude::*;
use regatta_dictionaries::{
    Dictionaries, FormMatch, GenericMatch, Language, Vocabulary, clean, is_null,
};
use regatta_domain::{PartialDate, Region};

use crate::TransformError;
use crate::distinct::Distinct;
use crate::raw::RawTables;

/// Between the values of a cell that holds several (the unit separator, which
/// no regulator writes).
pub(crate) const SEPARATOR: char = '\u{1f}';

/// [`SEPARATOR`] as text.
pub(crate) const SEPARATOR_STR: &str = "\u{1f}";

/// How the listings of one source are read.
pub(crate) struct Adapter {
    pub(crate) source_id: &'static str,
    pub(crate) region: Region,
    /// Language of its product names.
    pub(crate) language: Language,
    /// The raw tables whose rows are the records: the change log compares them.
    pub(crate) record_tables: &'static [&'static str],
    /// The listings under the columns of [`COLUMNS`]; those it does not give
    /// are null. None where the run has no table of listings.
    pub(crate) listings: fn(&Input<'_>) -> Result<Option<LazyFrame>, TransformError>,
    /// The generic of `generic_key`.
    pub(crate) generic: fn(&Dictionaries, &str) -> GenericMatch,
    /// In whose words its forms are written.
    pub(crate) vocabulary: Vocabulary,
    /// The form of `form_key`.
    pub(crate) form: fn(&Dictionaries, &str) -> FormMatch,
    /// Reads the source's dates; `Ok(None)` for its way of writing none.
    pub(crate) date: fn(&str) -> Result<Option<PartialDate>, String>,
}

/// What an adapter reads.
pub(crate) struct Input<'a> {
    pub(crate) raw: &'a RawTables<'a>,
    pub(crate) dictionaries: &'a Dictionaries,
}

/// The columns that all listings share, all text. `record_key`, `raw_table`,
/// `row_number` and `body_sha256` are never null. Where a cell holds several
/// values they are joined with [`SEPARATOR`].
///
/// - `part`: the form of this row, where the record holds several (R16);
/// - `generic_key`: what [`Adapter::generic`] is asked; `generic_raw` if null;
/// - `form_key`: what [`Adapter::form`] is asked; `dosage_form_raw` if null;
/// - `form_known`, `form_known_match`: a form that the adapter has already
///   told; then nobody is asked;
/// - `name_for_form`: the product name whose form word counts where the source
///   gives no form (R6a); `brand_name` if null;
/// - `holder_origin`: `manufacturer` where R12 filled the holder;
/// - `flags`: for the column of the same name.
pub(crate) const COLUMNS: &[&str] = &[
    "record_key",
    "part",
    "raw_table",
    "product_number",
    "application_number",
    "former_number",
    "member_states",
    "brand_name",
    "generic_raw",
    "generic_key",
    "dosage_form_raw",
    "form_key",
    "form_known",
    "form_known_match",
    "name_for_form",
    "strength",
    "holder_raw",
    "holder_origin",
    "manufacturer_raw",
    "historical_raw",
    "status_raw",
    "approval_date_raw",
    "status_date_raw",
    "marketing_category",
    "flags",
    "row_number",
    "body_sha256",
];

/// All adapters. Where several data sets of the United States disagree on one
/// product, the earlier line wins (R14): the Orange Book and the Purple Book
/// are re-issued every month with the full name of the present applicant,
/// Drugs@FDA abbreviates, and CBER's lists name manufacturers.
pub(crate) const ADAPTERS: &[&Adapter] = &[
    &us_orange_book::ADAPTER,
    &us_purple_book::ADAPTER,
    &us_drugs_at_fda::ADAPTER,
    &us_cber::ADAPTER,
    &eu_ema::ADAPTER,
    &eu_hma_mri::ADAPTER,
    &jp_pmda::ADAPTER,
    &jp_mhlw_price::ADAPTER,
    &cn_nmpa::ADAPTER,
];

/// The frame with all of [`COLUMNS`], as text.
pub(crate) fn complete(mut frame: LazyFrame) -> PolarsResult<LazyFrame> {
    let schema = frame.collect_schema()?;
    let columns: Vec<Expr> = COLUMNS
        .iter()
        .map(|name| match schema.get(name) {
            Some(_) => col(*name).cast(DataType::String),
            None => lit(NULL).cast(DataType::String).alias(*name),
        })
        .collect();
    Ok(frame.select(columns))
}

/// The text of a column, trimmed, null where it says nothing.
fn filled(name: &str) -> Expr {
    let trimmed = col(name).str().strip_chars(lit(NULL));
    when(trimmed.clone().eq(lit(""))).then(lit(NULL)).otherwise(trimmed)
}

/// As [`filled`], and null where it is one of the marks that stand for nothing
/// (R4): a coalesce goes on to what says more.
fn said(name: &str) -> Expr {
    of_distinct(col(name), |raw| (!is_null(&clean(raw))).then(|| Cow::Borrowed(raw.trim())))
}

/// Asks `answer` once for each distinct text of a column.
fn of_distinct(
    column: Expr,
    answer: impl Fn(&str) -> Option<Cow<'_, str>> + Send + Sync + 'static,
) -> Expr {
    column.map(
        move |column| {
            let distinct = Distinct::of(column.as_materialized_series().str()?);
            let answers = distinct.values.iter().map(|value| value.and_then(&answer));
            distinct.spread(column.name(), answers)
        },
        |_, field| Ok(field.clone()),
    )
}

/// Several columns joined with [`SEPARATOR`], nulls left out.
fn joined(columns: impl AsRef<[Expr]>) -> Expr {
    concat_str(columns, SEPARATOR_STR, true)
}

/// All frames one below the other; none where there is none. Columns that a
/// frame lacks are null.
fn concat_opt(frames: Vec<LazyFrame>, table: &str) -> Result<Option<LazyFrame>, TransformError> {
    if frames.is_empty() {
        return Ok(None);
    }
    let in_table = |source| TransformError::Table { table: table.to_owned(), source };
    let frames: Vec<LazyFrame> =
        frames.into_iter().map(complete).collect::<PolarsResult<_>>().map_err(in_table)?;
    concat(frames, UnionArgs::default()).map(Some).map_err(in_table)
}
