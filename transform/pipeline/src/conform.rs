//! Tables of earlier contracts, brought into the shape of this one.
//!
//! Version 2 had instants and some dates as text, lists of dates as lists of
//! text, the sources of the review queue joined with `, `, and no precision
//! beside most dates.

use polars::prelude::*;
use regatta_lake::schema::{self, ColumnType, Table};

use crate::columns::Columns;
use crate::standardise::first_day;
use crate::tables::data_type;

/// The earliest contract whose tables can be read.
pub(crate) const OLDEST: u32 = 2;

/// `frame` with the columns and types of `table`. A column that it lacks is
/// null, or an empty list; one that is never null must be there.
pub(crate) fn conform(frame: &DataFrame, table: &Table) -> PolarsResult<DataFrame> {
    let rows = frame.height();
    let mut columns = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        let made = match frame.column(column.name) {
            Ok(found) => converted(found.as_materialized_series(), column)?,
            Err(_) if column.ty.is_list() => no_lists(column, rows)?,
            Err(_) if column.nullable => {
                Series::full_null(column.name.into(), rows, &data_type(column.ty))
            }
            Err(error) => return Err(error),
        };
        columns.push(made.into_column());
    }
    DataFrame::new(rows, columns)
}

fn no_lists(column: &schema::Column, rows: usize) -> PolarsResult<Series> {
    let none = std::iter::repeat_n([""; 0], rows);
    let made = Columns::default().texts(column.name, none).frame()?;
    made.column(column.name)?.as_materialized_series().cast(&data_type(column.ty))
}

fn converted(found: &Series, column: &schema::Column) -> PolarsResult<Series> {
    let wanted = data_type(column.ty);
    match (column.ty, found.dtype()) {
        (_, have) if *have == wanted => Ok(found.clone()),
        (ColumnType::Timestamp, DataType::Datetime(unit, _)) => {
            let per_ms = match unit {
                TimeUnit::Milliseconds => 1,
                TimeUnit::Microseconds => 1_000,
                TimeUnit::Nanoseconds => 1_000_000,
            };
            let ticks = found.to_physical_repr().into_owned();
            let ms: Int64Chunked =
                ticks.i64()?.iter().map(|t| t.map(|t| t.div_euclid(per_ms))).collect();
            Ok(named(ms.into_series().cast(&wanted)?, column))
        }
        (ColumnType::Timestamp, DataType::String) => {
            let ms: Int64Chunked = found.str()?.iter().map(|t| t.and_then(instant)).collect();
            Ok(named(ms.into_series().cast(&wanted)?, column))
        }
        (ColumnType::Date, DataType::String) => {
            let days: Int32Chunked = found.str()?.iter().map(|t| t.and_then(day)).collect();
            Ok(named(days.into_series().cast(&wanted)?, column))
        }
        (ColumnType::TextList, DataType::String) => {
            let lists = found.str()?.iter().map(|t| {
                t.unwrap_or_default().split(", ").filter(|s| !s.is_empty()).collect::<Vec<_>>()
            });
            let made = Columns::default().texts(column.name, lists).frame()?;
            Ok(made.column(column.name)?.as_materialized_series().clone())
        }
        _ => found.cast(&wanted),
    }
}

fn named(series: Series, column: &schema::Column) -> Series {
    series.with_name(column.name.into())
}

fn instant(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

fn day(text: &str) -> Option<i32> {
    text.parse().ok().and_then(first_day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regatta_lake::schema::table;

    #[test]
    fn tables_of_version_2_have_the_types_of_this_one() {
        let old = df!(
            "kind" => ["generic"], "value" => ["x"], "sources" => ["cn_cde, cn_nmpa"],
            "records" => [1i64], "drugs" => [1i64]
        )
        .unwrap();
        let new = conform(&old, table("review_queue").unwrap()).unwrap();
        let sources = new.column("sources").unwrap().as_materialized_series().clone();
        let first = sources.list().unwrap().get_as_series(0).unwrap();
        assert_eq!(
            first.str().unwrap().iter().flatten().collect::<Vec<_>>(),
            ["cn_cde", "cn_nmpa"]
        );
        assert_eq!(new.column("suggestion").unwrap().null_count(), 1);

        let old = df!(
            "generic" => ["x"], "dosage_form" => ["tablet"], "digest" => ["d"], "records" => [1i64],
            "computed_at" => ["2026-11-23T08:15:00.123456Z"]
        )
        .unwrap();
        let new = conform(&old, table("block").unwrap()).unwrap();
        let at = new.column("computed_at").unwrap().as_materialized_series();
        assert_eq!(at.dtype(), &DataType::Datetime(TimeUnit::Milliseconds, None));
        let ms = at.cast(&DataType::Int64).unwrap();
        assert_eq!(ms.i64().unwrap().get(0), Some(1_795_421_700_123));
    }

    #[test]
    fn a_column_that_is_never_null_must_be_there() {
        let old = df!("generic" => ["x"]).unwrap();
        let error = conform(&old, table("block").unwrap()).unwrap_err().to_string();
        assert!(error.contains("dosage_form"), "{error}");
    }
}
