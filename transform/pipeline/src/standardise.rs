//! Raw listings to standard listings: R4 to R6 and R17, per distinct value.

use polars::prelude::*;
use regatta_dictionaries::{Dictionaries, FormMatch, Language, UNSPECIFIED, clean_opt};
use regatta_domain::{ListingStatus, PartialDate, Precision};

use crate::TransformError;
use crate::adapters::{Adapter, Input, SEPARATOR, complete};
use crate::distinct::{Distinct, text};
use crate::error::InTable;
use crate::generics::generics;
use crate::raw::RawTables;
use crate::record_key;
use crate::rejected::RowProblem;
use crate::repeated::{apart, line_numbers};

/// The listings of one source, standardised, and the problems met.
pub(crate) struct Standardised {
    /// Columns of the table `listing` but those of companies, and
    /// `holder_raw`, `holder_origin`, `manufacturer_raw`, `historical_raw`,
    /// `generic_unknown`.
    pub(crate) listings: DataFrame,
    pub(crate) problems: Vec<RowProblem>,
}

/// Standardises the listings of one source; none where its run has no table
/// of listings.
pub(crate) fn standardise(
    adapter: &Adapter,
    raw: &RawTables<'_>,
    dictionaries: &Dictionaries,
) -> Result<Option<Standardised>, TransformError> {
    let table = format!("listing of {}", adapter.source_id);
    let Some(frame) = (adapter.listings)(&Input { raw, dictionaries })? else { return Ok(None) };
    let shared = complete(frame).and_then(LazyFrame::collect).in_table(&table)?;
    let ids = record_ids(adapter, &shared).in_table(&table)?;
    let (ids, shared, repeated) = apart(adapter, raw, ids, shared).in_table(&table)?;
    let mut made = build(adapter, raw, dictionaries, ids, &shared).in_table(&table)?;
    made.problems.extend(repeated);
    Ok(Some(made))
}

fn build(
    adapter: &Adapter,
    raw: &RawTables<'_>,
    dictionaries: &Dictionaries,
    ids: StringChunked,
    shared: &DataFrame,
) -> PolarsResult<Standardised> {
    let mut problems = Problems { adapter, raw, shared, found: Vec::new() };
    let rows = shared.height();
    let constant =
        |name: &str, value: &str| StringChunked::full(name.into(), value, rows).into_column();
    let mut columns = vec![ids.into_column()];
    columns.push(constant("source_id", adapter.source_id));
    columns.push(constant("country", adapter.region.code()));
    for name in ["record_key", "raw_table"] {
        columns.push(shared.column(name)?.clone());
    }
    // R4: what stands for nothing is no number that two records share.
    for name in ["product_number", "application_number", "former_number"] {
        columns.push(cleaned(shared, name)?);
    }
    columns.push(part(shared)?);
    columns.push(cleaned(shared, "brand_name")?);
    columns.extend(generics(adapter, dictionaries, shared)?);
    columns.extend(forms(adapter, dictionaries, shared)?);
    columns.push(cleaned(shared, "strength")?);
    for name in ["holder_raw", "holder_origin", "manufacturer_raw", "historical_raw"] {
        columns.push(shared.column(name)?.clone());
    }
    columns.extend(statuses(dictionaries, shared, &mut problems)?);
    columns.extend(dates(adapter, shared, &mut problems)?);
    for name in ["member_states", "flags"] {
        columns.push(list(shared, name)?);
    }
    columns.push(shared.column("row_number")?.cast(&DataType::Int64)?);
    columns.push(shared.column("body_sha256")?.clone());
    problems.orphans()?;
    Ok(Standardised { listings: DataFrame::new(rows, columns)?, problems: problems.found })
}

fn record_ids(adapter: &Adapter, shared: &DataFrame) -> PolarsResult<StringChunked> {
    let (keys, parts) = (text(shared, "record_key")?, text(shared, "part")?);
    let mut id = format!("{}:", adapter.source_id);
    let prefix = id.len();
    let mut ids = StringChunkedBuilder::new("record_id".into(), keys.len());
    for (key, part) in keys.iter().zip(parts.iter()) {
        id.truncate(prefix);
        id.push_str(&record_key::short(key.unwrap_or_default()));
        if let Some(part) = part {
            id.push('#');
            id.push_str(part);
        }
        ids.append_value(&id);
    }
    Ok(ids.finish())
}

fn part(shared: &DataFrame) -> PolarsResult<Column> {
    let parts = text(shared, "part")?;
    let filled: StringChunked = parts.iter().map(|p| Some(p.unwrap_or_default())).collect();
    Ok(filled.with_name("part".into()).into_column())
}

fn cleaned(shared: &DataFrame, name: &str) -> PolarsResult<Column> {
    let distinct = Distinct::of(text(shared, name)?);
    distinct.spread(name, distinct.values.iter().map(|v| clean_opt(*v)))
}

/// The values of a cell as a sorted list; empty for null.
fn list(shared: &DataFrame, name: &str) -> PolarsResult<Column> {
    let cells = text(shared, name)?;
    let mut builder = ListStringChunkedBuilder::new(name.into(), cells.len(), cells.len());
    let mut values: Vec<&str> = Vec::new();
    for cell in cells.iter() {
        values.clear();
        values.extend(cell.unwrap_or_default().split(SEPARATOR).filter(|v| !v.is_empty()));
        values.sort_unstable();
        values.dedup();
        builder.append_values_iter(values.iter().copied());
    }
    Ok(builder.finish().into_column())
}

pub(crate) fn text_of(column: &Column) -> PolarsResult<&StringChunked> {
    column.as_materialized_series().str()
}

pub(crate) fn coalesced(first: &StringChunked, second: &StringChunked) -> StringChunked {
    first.iter().zip(second.iter()).map(|(a, b)| a.or(b)).collect()
}

fn forms(
    adapter: &Adapter,
    dictionaries: &Dictionaries,
    shared: &DataFrame,
) -> PolarsResult<Vec<Column>> {
    let raw = text(shared, "dosage_form_raw")?;
    let keys = coalesced(text(shared, "form_key")?, raw);
    let distinct = Distinct::of(&keys);
    let found: Vec<FormMatch> = distinct
        .values
        .iter()
        .map(|key| decided(adapter, dictionaries, key.unwrap_or_default()))
        .collect();
    let form = distinct.spread("dosage_form", found.iter().map(|f| Some(f.form.as_str())))?;
    let how = distinct.spread("dosage_form_match", found.iter().map(|f| Some(f.how)))?;
    let names = coalesced(text(shared, "name_for_form")?, text(shared, "brand_name")?);
    let product = Distinct::of(&names);
    let in_name: Vec<Option<FormMatch>> = product
        .values
        .iter()
        .map(|name| name.and_then(|n| form_in_name(adapter.language, dictionaries, n)))
        .collect();
    let name_form =
        product.spread("name_form", in_name.iter().map(|f| f.as_ref().map(|f| f.form.as_str())))?;
    let frame = DataFrame::new(
        shared.height(),
        vec![
            form,
            how,
            name_form,
            shared.column("form_known")?.clone(),
            shared.column("form_known_match")?.clone(),
        ],
    )?;
    // What the adapter told, then what the field says, then the name (R6a).
    let told = || col("form_known").is_not_null();
    let by_name =
        || col("dosage_form_match").eq(lit("unspecified")).and(col("name_form").is_not_null());
    let chosen = frame
        .lazy()
        .select([
            when(told())
                .then(col("form_known"))
                .when(by_name())
                .then(col("name_form"))
                .otherwise(col("dosage_form"))
                .alias("dosage_form"),
            when(told())
                .then(col("form_known_match"))
                .when(by_name())
                .then(lit("name"))
                .otherwise(col("dosage_form_match"))
                .alias("dosage_form_match"),
        ])
        .collect()?;
    Ok(vec![
        chosen.column("dosage_form")?.clone(),
        shared.column("dosage_form_raw")?.clone(),
        chosen.column("dosage_form_match")?.clone(),
    ])
}

/// The form of a key; where no dictionary knows it, a decision may (R10).
fn decided(adapter: &Adapter, dictionaries: &Dictionaries, key: &str) -> FormMatch {
    let found = (adapter.form)(dictionaries, key);
    if found.how == "unmatched" {
        let value = found.form.clone();
        return dictionaries.form(adapter.vocabulary, &value, |_| found);
    }
    found
}

/// R6a: the form word of a product's name.
pub(crate) fn form_in_name(
    language: Language,
    dictionaries: &Dictionaries,
    name: &str,
) -> Option<FormMatch> {
    let found = match language {
        Language::En => dictionaries.forms.in_name_en(name)?,
        Language::Zh => dictionaries.forms.in_name_zh(name)?.form,
        Language::Ja => dictionaries.forms.find_ja(name, None),
    };
    (found.form != UNSPECIFIED && found.how != "unmatched").then_some(found)
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
    let category = distinct.spread("by_status", found.iter().map(|f| f.and_then(|(_, c)| c)))?;
    let own = text(shared, "marketing_category")?;
    let category = coalesced(own, text_of(&category)?);
    Ok(vec![
        distinct.spread("status", found.iter().map(|f| Some(status(f).code())))?,
        shared.column("status_raw")?.clone(),
        distinct.spread_series("was_marketed", marketed.into_series())?,
        category.with_name("marketing_category".into()).into_column(),
    ])
}

fn dates(
    adapter: &Adapter,
    shared: &DataFrame,
    problems: &mut Problems<'_>,
) -> PolarsResult<Vec<Column>> {
    let mut columns = Vec::new();
    for name in ["approval_date", "status_date"] {
        let column = format!("{name}_raw");
        let distinct = Distinct::of(text(shared, &column)?);
        let mut dates = Vec::with_capacity(distinct.values.len());
        for value in &distinct.values {
            dates.push(match clean_opt(*value).map(|v| (adapter.date)(&v)) {
                None => None,
                Some(Ok(date)) => date,
                Some(Err(reason)) => {
                    problems.each_row(&column, *value, "unreadable_date", || reason.clone())?;
                    None
                }
            });
        }
        let days: Int32Chunked = dates.iter().map(|d| d.and_then(first_day)).collect();
        let days = days.into_series().cast(&DataType::Date)?;
        columns.push(distinct.spread_series(name, days)?);
        let known = dates.iter().map(|d| d.map(precision));
        columns.push(distinct.spread(&format!("{name}_precision"), known)?);
    }
    Ok(columns)
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
        let tables = text(self.shared, "raw_table")?;
        let numbers = line_numbers(self.shared)?;
        for ((cell, number), table) in cells.iter().zip(numbers.iter()).zip(tables.iter()) {
            if cell == value {
                self.found.push(RowProblem {
                    source_id: self.adapter.source_id.to_owned(),
                    run_id: self.raw.run().run_id.to_string(),
                    table_name: table.unwrap_or_default().to_owned(),
                    row_number: number.unwrap_or(0),
                    column_name: column.trim_end_matches("_raw").replace("holder", "company"),
                    kind,
                    message: message(),
                });
            }
        }
        Ok(())
    }

    /// Records of US registers that name no company: their partner row is
    /// missing (R10: they go on without one). Other registers leave it out by
    /// design: the price list for products under their common name, archived
    /// lists of the NMPA for all.
    fn orphans(&mut self) -> PolarsResult<()> {
        if self.adapter.region != regatta_domain::Region::Us || self.adapter.source_id == "us_cber"
        {
            return Ok(());
        }
        self.each_row("holder_raw", None, "no_company", || {
            "no company: the row that should name it is missing in the source".into()
        })
    }
}
