//! Clinical trials of four registries (R11, R22-R24): one trial a registry
//! number, one record a drug under test.

mod cells;
mod cn_chictr;
mod cn_drug_trials;
mod eu_ctis;
mod eu_euctr;
mod product;
mod table;

pub(crate) use eu_ctis::trial_of as ctis_trial_of;

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::{PartialDate, PhaseFinding, Region, TrialStatus};

use crate::TransformError;
use crate::company_names::CompanyNames;
use crate::error::InTable;
use crate::parties::RoleColumn;
use crate::raw::RawTables;
use crate::rejected::RowProblem;

use product::Product;

/// Trials, their drugs and countries, and who is what to them.
pub(crate) struct Trials {
    /// Without standard sponsors; `sponsor_raw` holds their names.
    pub(crate) trial: DataFrame,
    pub(crate) country: DataFrame,
    pub(crate) product: DataFrame,
    /// `record_id`, `source_id`, `sponsor_raw`.
    pub(crate) sponsors: DataFrame,
    pub(crate) problems: Vec<RowProblem>,
}

impl Trials {
    /// The role column of [`Trials::sponsors`].
    pub(crate) const ROLES: &'static [RoleColumn] = &[("sponsor_raw", "sponsor")];

    /// The table `trial` in full.
    pub(crate) fn with_sponsors(trial: DataFrame, names: &CompanyNames) -> PolarsResult<DataFrame> {
        table::with_sponsors(trial, names)
    }
}

/// The trials of one registry.
type Reader = fn(&mut Reading<'_>) -> Result<Vec<Trial>, TransformError>;

const REGISTRIES: &[(&str, Reader)] = &[
    ("cn_drug_trials", cn_drug_trials::read),
    ("cn_chictr", cn_chictr::read),
    ("eu_euctr", eu_euctr::read),
    ("eu_ctis", eu_ctis::read),
];

/// Whether `status_raw` of a trial is a word of the registry. `eu_euctr` has words
/// for member states only (R24); those of all of them stand there.
pub(crate) fn has_word_of_its_own(source: &str) -> bool {
    source != "eu_euctr"
}

/// What a reader works with.
struct Reading<'a> {
    raw: &'a RawTables<'a>,
    dictionaries: &'a Dictionaries,
    names: product::Names<'a>,
    problems: Vec<RowProblem>,
}

/// One trial.
#[derive(Debug)]
struct Trial {
    source_id: &'static str,
    region: Region,
    number: String,
    other_numbers: Vec<String>,
    title: Option<String>,
    phase: PhaseFinding,
    phase_raw: Option<String>,
    status: TrialStatus,
    status_raw: Option<String>,
    status_reason: Option<String>,
    start: Option<PartialDate>,
    sponsors: Vec<String>,
    countries: Vec<Country>,
    products: Vec<Product>,
    place: Place,
}

/// Where a trial was read from.
#[derive(Debug)]
struct Place {
    raw_table: &'static str,
    record_key: String,
    row_number: i64,
    body_sha256: String,
}

/// A member state of a trial (R24).
#[derive(Debug)]
struct Country {
    code: String,
    status: TrialStatus,
    status_raw: Option<String>,
    decision: Option<PartialDate>,
}

/// All trials that the runs hold.
pub(crate) fn trials(
    raws: &[RawTables<'_>],
    dictionaries: &Dictionaries,
) -> Result<Trials, TransformError> {
    let mut all = Vec::new();
    let mut problems = Vec::new();
    for (source, read) in REGISTRIES {
        if let Some(raw) = raws.iter().find(|r| r.run().source_id.as_str() == *source) {
            let names = product::Names::new(dictionaries);
            let mut reading = Reading { raw, dictionaries, names, problems: Vec::new() };
            all.extend(read(&mut reading)?);
            problems.extend(reading.problems);
        }
    }
    for trial in &mut all {
        trial.products = product::distinct(std::mem::take(&mut trial.products));
        trial.countries.sort_by(|a, b| a.code.cmp(&b.code));
        trial.countries.dedup_by(|a, b| a.code == b.code);
    }
    let product = table::product(&all).in_table("trial_product")?;
    let sponsors = table::sponsors(&all).in_table("trial")?;
    let trial = table::trial(&all).in_table("trial")?;
    let country = table::country(&all).in_table("trial_country")?;
    Ok(Trials { trial, country, product, sponsors, problems })
}

impl Reading<'_> {
    /// The status of a word of this registry (R23). A word that is not in
    /// `statuses.csv` is a row problem and reads as unknown.
    fn status(
        &mut self,
        word: Option<&str>,
        place: (&'static str, i64),
    ) -> (TrialStatus, Option<String>) {
        let source = self.raw.run().source_id.as_str();
        let Some(word) = word else { return (TrialStatus::Unknown, None) };
        if let Some((status, reason)) = self.dictionaries.statuses.trial(source, word) {
            return (status, reason.map(str::to_owned));
        }
        self.problem(
            place,
            "status",
            "unknown_status",
            format!("the status {word:?} is not in statuses.csv; read as unknown"),
        );
        (TrialStatus::Unknown, None)
    }

    /// The date in a cell, by the reader `read`; a row problem if it cannot be
    /// read.
    fn date(
        &mut self,
        raw: Option<&str>,
        read: impl Fn(&str) -> Result<Option<PartialDate>, String>,
        column: &str,
        place: (&'static str, i64),
    ) -> Option<PartialDate> {
        match read(raw?) {
            Ok(date) => date,
            Err(reason) => {
                self.problem(place, column, "unreadable_date", reason);
                None
            }
        }
    }

    fn problem(
        &mut self,
        place: (&'static str, i64),
        column: &str,
        kind: &'static str,
        message: String,
    ) {
        let run = self.raw.run();
        self.problems.push(RowProblem {
            source_id: run.source_id.to_string(),
            run_id: run.run_id.to_string(),
            table_name: place.0.to_owned(),
            row_number: place.1,
            column_name: column.to_owned(),
            kind,
            message,
        });
    }
}

/// Dates as most registries write them: ISO, with or without a time.
fn iso(raw: &str) -> Result<Option<PartialDate>, String> {
    regatta_domain::date::timestamp(raw)
        .or_else(|e| regatta_domain::date::year_first(raw).map(Some).map_err(|_| e))
        .map_err(|e| e.to_string())
}

/// `22/06/2022`.
fn day_first(raw: &str) -> Result<Option<PartialDate>, String> {
    regatta_domain::date::day_first(raw).map(Some).map_err(|e| e.to_string())
}

/// ISO or day first: CTIS has both.
fn iso_or_day_first(raw: &str) -> Result<Option<PartialDate>, String> {
    iso(raw).or_else(|_| day_first(raw))
}
