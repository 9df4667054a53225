//! The table `record_company`: who is what to which record (R3, R7, R8).

use std::collections::HashMap;

use polars::prelude::*;
use regatta_dictionaries::{CompanyMatch, Dictionaries};

use crate::adapters::SEPARATOR_STR;
use crate::company_names::CompanyNames;
use crate::distinct::{Distinct, text};

/// One role: the column with the names, joined with the separator, and the
/// code of the role.
pub(crate) type RoleColumn = (&'static str, &'static str);

/// The roles of listings.
pub(crate) const LISTING_ROLES: &[RoleColumn] = &[
    ("holder_raw", "holder"),
    ("manufacturer_raw", "manufacturer"),
    ("historical_raw", "historical"),
];

/// The companies of the records of `frame` (`record_id`, `source_id` and the
/// columns of `roles`; `holder_origin` where R12 filled the holder), in the
/// names of `names`. `day` (ISO
/// 8601) is the day whose corporate groups count.
///
/// Columns: those of the table `record_company`, and `position`, the place of
/// the name among those of the record.
pub(crate) fn parties(
    frame: &DataFrame,
    roles: &[RoleColumn],
    names: &CompanyNames,
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<DataFrame> {
    let has_origin = frame.column("holder_origin").is_ok();
    let mut frames = Vec::new();
    for (column, role) in roles {
        let origin = if has_origin && *role == "holder" {
            coalesce(&[col("holder_origin"), lit("source")])
        } else {
            lit("source")
        };
        frames.push(frame.clone().lazy().filter(col(*column).is_not_null()).select([
            col("record_id"),
            col("source_id"),
            lit(*role).alias("role"),
            col(*column).str().split(lit(SEPARATOR_STR)).alias("company_raw"),
            origin.alias("origin"),
        ]));
    }
    let exploded = concat(frames, UnionArgs::default())?
        .explode(
            Selector::ByName { names: std::sync::Arc::from(["company_raw".into()]), strict: true },
            ExplodeOptions { empty_as_null: false, keep_nulls: false },
        )
        .collect()?;
    with_standard(&exploded, names, dictionaries, day)
}

/// Adds the standard company to `company_raw`, drops names that say nothing.
fn with_standard(
    exploded: &DataFrame,
    names: &CompanyNames,
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<DataFrame> {
    let distinct = Distinct::of(text(exploded, "company_raw")?);
    let found: Vec<Option<&CompanyMatch>> =
        distinct.values.iter().map(|raw| raw.and_then(|raw| names.find(raw))).collect();
    let company =
        distinct.spread("company", found.iter().map(|f| f.map(|f| f.company.as_str())))?;
    let how = distinct.spread("company_match", found.iter().map(|f| f.map(|f| f.how)))?;
    let group = distinct.spread(
        "corporate_group",
        found.iter().map(|f| f.and_then(|f| dictionaries.companies.group_on(&f.company, day))),
    )?;
    let rows = exploded.height();
    let position = IdxCa::from_vec("position".into(), (0..).take(rows).collect());
    exploded
        .hstack(&[company, how, group, position.into_column()])?
        .lazy()
        .filter(col("company").is_not_null())
        .with_column(lit(true).alias("links"))
        .with_columns(not_since())
        .select(COLUMNS.iter().map(|c| col(*c)).collect::<Vec<_>>())
        .unique_stable_generic(
            Some(["record_id", "role", "company", "company_raw"].map(col).to_vec()),
            UniqueKeepStrategy::First,
        )
        .collect()
}

/// `since` and its precision for companies that are not historical.
pub(crate) fn not_since() -> [Expr; 2] {
    [
        lit(NULL).cast(DataType::Date).alias("since"),
        lit(NULL).cast(DataType::String).alias("since_precision"),
    ]
}

/// Columns of the result, in this order.
pub(crate) const COLUMNS: &[&str] = &[
    "record_id",
    "source_id",
    "role",
    "company",
    "company_raw",
    "company_match",
    "corporate_group",
    "links",
    "origin",
    "since",
    "since_precision",
    "position",
];

/// The first company of each record in `role`: `record_id`, `company`,
/// `company_raw`, `company_match`, `corporate_group`.
pub(crate) fn first_of_role(parties: &DataFrame, role: &str) -> LazyFrame {
    parties
        .clone()
        .lazy()
        .filter(col("role").eq(lit(role)))
        .sort(["position"], SortMultipleOptions::default())
        .unique_stable_generic(Some(vec![col("record_id")]), UniqueKeepStrategy::First)
        .select(
            ["record_id", "company", "company_raw", "company_match", "corporate_group"].map(col),
        )
}

/// No parties.
pub(crate) fn empty() -> DataFrame {
    let columns = COLUMNS
        .iter()
        .map(|name| {
            let ty = match *name {
                "links" => DataType::Boolean,
                "since" => DataType::Date,
                "position" => IDX_DTYPE,
                _ => DataType::String,
            };
            Column::new_empty((*name).into(), &ty)
        })
        .collect();
    DataFrame::new(0, columns).unwrap_or_default()
}

/// Adds sorted lists of what the parties of each record hold: pairs of the
/// column of the parties and the name of the list. Empty where there are none.
pub(crate) fn with_lists(
    frame: DataFrame,
    parties: &DataFrame,
    lists: &[(&str, &str)],
) -> PolarsResult<DataFrame> {
    let ids = text(parties, "record_id")?;
    let mut columns = Vec::with_capacity(lists.len());
    for (column, name) in lists {
        let mut of_record: HashMap<&str, Vec<&str>, PlRandomState> = HashMap::default();
        for (id, value) in ids.iter().zip(text(parties, column)?.iter()) {
            if let (Some(id), Some(value)) = (id, value) {
                of_record.entry(id).or_default().push(value);
            }
        }
        let cells = text(&frame, "record_id")?.iter().map(|id| {
            let mut values = id.and_then(|id| of_record.get(id)).cloned().unwrap_or_default();
            values.sort_unstable();
            values.dedup();
            values
        });
        let made = crate::columns::Columns::default().texts(name, cells).frame()?;
        columns.extend(made.columns().iter().cloned());
    }
    frame.hstack(&columns)
}
