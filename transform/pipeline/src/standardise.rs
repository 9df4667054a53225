//! Raw listings to standard listings: R4 to R8 and R17, per distinct value.

use polars::prelude::*;
use regatta_domain::{ListingStatus, PartialDate, Precision};

use crate::TransformError;
use crate::adapters::Adapter;
use crate::distinct::{Distinct, text};
use crate::error::InTable;
use crate::raw::RawTables;
use crate::rejected::RowProblem;
use regatta_dictionaries::{Dictionaries, FormMatch, GenericMatch};
use regatta_dictionaries::{clean, clean_opt};

/// The listings of one source, standardised, and the problems met.
pub(crate) struct Standardised {
    pub(crate) listings: DataFrame,
    pub(crate) problems: Vec<RowProblem>,
}

/// Standardises the listings of one source. `day` (ISO 8601) is the day whose
/// corporate groups count (R8).
pub(crate) fn standardise(
    adapter: &Adapter,
    raw: &RawTables<'_>,
    dictionaries: &Dictionaries,
    day: &str,
) -> Result<Standardised, TransformError> {
    let table = format!("listing of {}", adapter.source_id);
    let shared = (adapter.listings)(raw)?.collect().in_table(&table)?;
    build(adapter, raw, dictionaries, day, &shared).in_table(&table)
}

fn build(
    adapter: &Adapter,
    raw: &RawTables<'_>,
    dictionaries: &Dictionaries,
    day: &str,
    shared: &DataFrame,
) -> PolarsResult<Standardised> {
    let mut problems = Problems { adapter, raw, shared, found: Vec::new() };
    let rows = shared.height();
    let constant =
        |name: &str, value: &str| StringChunked::full(name.into(), value, rows).into_column();
    let mut columns = vec![record_ids(adapter, shared)?];
    columns.push(constant("source_id", adapter.source_id));
    columns.push(constant("country", adapter.region.code()));
    for name in ["record_key", "product_number", "application_number"] {
        columns.push(shared.column(name)?.clone());
    }
    columns.push(cleaned(shared, "brand_name")?);
    columns.extend(generics(adapter, dictionaries, shared)?);
    columns.extend(forms(adapter, dictionaries, shared)?);
    columns.push(cleaned(shared, "strength")?);
    columns.extend(companies(dictionaries, day, shared)?);
    columns.extend(statuses(dictionaries, shared, &mut problems)?);
    columns.extend(dates(adapter, shared, &mut problems)?);
    columns.push(shared.column("row_number")?.cast(&DataType::Int64)?);
    columns.push(shared.column("body_sha256")?.clone());
    problems.orphans()?;
    Ok(Standardised { listings: DataFrame::new(rows, columns)?, problems: problems.found })
}

fn record_ids(adapter: &Adapter, shared: &DataFrame) -> PolarsResult<Column> {
    let keys = text(shared, "record_key")?;
    let mut id = format!("{}:", adapter.source_id);
    let prefix = id.len();
    let mut ids = StringChunkedBuilder::new("record_id".into(), keys.len());
    for key in keys.iter() {
        id.truncate(prefix);
        id.push_str(key.unwrap_or_default());
        ids.append_value(&id);
    }
    Ok(ids.finish().into_column())
}

fn cleaned(shared: &DataFrame, name: &str) -> PolarsResult<Column> {
    let distinct = Distinct::of(text(shared, name)?);
    distinct.spread(name, distinct.values.iter().map(|v| clean_opt(*v)))
}

fn generics(
    adapter: &Adapter,
    dictionaries: &Dictionaries,
    shared: &DataFrame,
) -> PolarsResult<Vec<Column>> {
    let distinct = Distinct::of(text(shared, "generic_raw")?);
    let found: Vec<GenericMatch> = distinct
        .values
        .iter()
        .map(|raw| match clean_opt(*raw) {
            Some(raw) => dictionaries.generics.find(&raw, adapter.language, adapter.separators),
            None => GenericMatch {
                generic: "unspecified".into(),
                salt: None,
                how: "unmatched",
                unknown: vec![],
            },
        })
        .collect();
    Ok(vec![
        distinct.spread("generic", found.iter().map(|f| Some(f.generic.as_str())))?,
        distinct
            .spread("generic_raw", distinct.values.iter().map(|v| Some(v.unwrap_or_default())))?,
        distinct.spread("salt", found.iter().map(|f| f.salt.as_deref()))?,
        distinct.spread("generic_match", found.iter().map(|f| Some(f.how)))?,
    ])
}

fn forms(
    adapter: &Adapter,
    dictionaries: &Dictionaries,
    shared: &DataFrame,
) -> PolarsResult<Vec<Column>> {
    let distinct = Distinct::of(text(shared, "dosage_form_raw")?);
    let found: Vec<FormMatch> = distinct
        .values
        .iter()
        .map(|raw| (adapter.form)(dictionaries, &clean(raw.unwrap_or_default())))
        .collect();
    Ok(vec![
        distinct.spread("dosage_form", found.iter().map(|f| Some(f.form.as_str())))?,
        shared.column("dosage_form_raw")?.clone(),
        distinct.spread("dosage_form_match", found.iter().map(|f| Some(f.how)))?,
    ])
}

fn companies(
    dictionaries: &Dictionaries,
    day: &str,
    shared: &DataFrame,
) -> PolarsResult<Vec<Column>> {
    let distinct = Distinct::of(text(shared, "company_raw")?);
    let found: Vec<_> = distinct
        .values
        .iter()
        .map(|raw| clean_opt(*raw).map(|raw| dictionaries.companies.find(&raw)))
        .collect();
    let group = |company: &str| dictionaries.companies.group_on(company, day);
    Ok(vec![
        distinct.spread("company", found.iter().map(|f| f.as_ref().map(|f| f.company.as_str())))?,
        shared.column("company_raw")?.clone(),
        distinct.spread(
            "company_match",
            found.iter().map(|f| Some(f.as_ref().map_or("none", |f| f.how))),
        )?,
        distinct.spread(
            "corporate_group",
            found.iter().map(|f| f.as_ref().and_then(|f| group(&f.company))),
        )?,
    ])
}

fn statuses(
    dictionaries: &Dictionaries,
    shared: &DataFrame,
    problems: &mut Problems<'_>,
) -> PolarsResult<Vec<Column>> {
    let distinct = Distinct::of(text(shared, "status_raw")?);
    let source = problems.adapter.source_id;
    let found: Vec<Option<(ListingStatus, Option<&str>)>> = distinct
        .values
        .iter()
        .map(|raw| dictionaries.statuses.listing(source, raw.unwrap_or_default()))
        .collect();
    for (value, _) in distinct.values.iter().zip(&found).filter(|(_, f)| f.is_none()) {
        problems.each_row("status_raw", *value, "unknown_status", || match value {
            Some(value) => format!("the status {value:?} is not in statuses.csv; read as unknown"),
            None => "the record has no marketing status; read as unknown".into(),
        })?;
    }
    let status = |f: &Option<(ListingStatus, _)>| f.map_or(ListingStatus::Unknown, |(s, _)| s);
    let marketed: BooleanChunked = found.iter().map(|f| Some(status(f).was_marketed())).collect();
    Ok(vec![
        distinct.spread("status", found.iter().map(|f| Some(status(f).code())))?,
        shared.column("status_raw")?.clone(),
        distinct.spread_series("was_marketed", marketed.into_series())?,
        distinct.spread("marketing_category", found.iter().map(|f| f.and_then(|(_, c)| c)))?,
    ])
}

fn dates(
    adapter: &Adapter,
    shared: &DataFrame,
    problems: &mut Problems<'_>,
) -> PolarsResult<Vec<Column>> {
    let distinct = Distinct::of(text(shared, "approval_date_raw")?);
    let mut dates = Vec::with_capacity(distinct.values.len());
    for value in &distinct.values {
        dates.push(match clean_opt(*value).map(|v| (adapter.date)(&v)) {
            None => None,
            Some(Ok(date)) => date,
            Some(Err(reason)) => {
                problems
                    .each_row("approval_date_raw", *value, "unreadable_date", || reason.clone())?;
                None
            }
        });
    }
    let days: Int32Chunked = dates.iter().map(|d| d.and_then(first_day)).collect();
    let days = days.into_series().cast(&DataType::Date)?;
    Ok(vec![
        distinct.spread_series("approval_date", days)?,
        distinct.spread("approval_date_precision", dates.iter().map(|d| d.map(precision)))?,
    ])
}

/// Days since 1970 of the first day that the date may mean; of an upper bound
/// the bound itself.
pub(crate) fn first_day(date: PartialDate) -> Option<i32> {
    let (month, day) = (date.month().unwrap_or(1), date.day().unwrap_or(1));
    PartialDate::day_of(date.year().into(), month.into(), day.into()).ok()?.epoch_day()
}

/// The code of how much of a date is known.
pub(crate) fn precision(date: PartialDate) -> &'static str {
    match date.precision() {
        _ if date.is_upper_bound() => "before",
        Precision::Day => "day",
        Precision::Month => "month",
        Precision::Year => "year",
    }
}

/// Collects row problems with the place of each row in its file.
struct Problems<'a> {
    adapter: &'a Adapter,
    raw: &'a RawTables<'a>,
    shared: &'a DataFrame,
    found: Vec<RowProblem>,
}

impl Problems<'_> {
    /// One problem for every row that holds `value` in `column`.
    fn each_row(
        &mut self,
        column: &str,
        value: Option<&str>,
        kind: &'static str,
        message: impl Fn() -> String,
    ) -> PolarsResult<()> {
        let cells = text(self.shared, column)?;
        let numbers =
            self.shared.column("row_number")?.as_materialized_series().cast(&DataType::Int64)?;
        for (cell, number) in cells.iter().zip(numbers.i64()?.iter()) {
            if cell == value {
                self.found.push(RowProblem {
                    source_id: self.adapter.source_id.to_owned(),
                    run_id: self.raw.run().run_id.to_string(),
                    table_name: self.adapter.record_table.to_owned(),
                    row_number: number.unwrap_or(0),
                    column_name: column.trim_end_matches("_raw").to_owned(),
                    kind,
                    message: message(),
                });
            }
        }
        Ok(())
    }

    /// Records that name no company: their partner row is missing (R10: they
    /// go on without one).
    fn orphans(&mut self) -> PolarsResult<()> {
        self.each_row("company_raw", None, "no_company", || {
            "no company: the row that should name it is missing in the source".into()
        })
    }
}
