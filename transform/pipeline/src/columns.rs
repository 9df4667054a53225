//! Columns built row by row, where a row is a whole drug or block.

use polars::prelude::*;
use regatta_domain::PartialDate;

use crate::standardise::{first_day, precision};

/// Builds a frame column by column; a column's name is given once.
#[derive(Default)]
pub(crate) struct Columns {
    columns: Vec<Column>,
}

impl Columns {
    /// A text column.
    pub(crate) fn text<S: AsRef<str>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = Option<S>>,
    ) -> Self {
        let values: StringChunked = values.into_iter().collect();
        self.columns.push(values.with_name(name.into()).into_column());
        self
    }

    /// A column of numbers.
    pub(crate) fn int(self, name: &str, values: impl IntoIterator<Item = i64>) -> Self {
        self.int_opt(name, values.into_iter().map(Some))
    }

    /// A column of numbers that may be missing.
    pub(crate) fn int_opt(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = Option<i64>>,
    ) -> Self {
        let values: Int64Chunked = values.into_iter().collect();
        self.columns.push(values.with_name(name.into()).into_column());
        self
    }

    /// A column of flags.
    pub(crate) fn flag(self, name: &str, values: impl IntoIterator<Item = bool>) -> Self {
        self.flag_opt(name, values.into_iter().map(Some))
    }

    /// A column of flags that may be missing.
    pub(crate) fn flag_opt(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = Option<bool>>,
    ) -> Self {
        let values: BooleanChunked = values.into_iter().collect();
        self.columns.push(values.with_name(name.into()).into_column());
        self
    }

    /// A column of dates, as days since 1970.
    pub(crate) fn date(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = Option<i32>>,
    ) -> PolarsResult<Self> {
        let values: Int32Chunked = values.into_iter().collect();
        let dates = values.into_series().cast(&DataType::Date)?;
        self.columns.push(dates.with_name(name.into()).into_column());
        Ok(self)
    }

    /// A column of instants, as milliseconds since 1970 UTC.
    pub(crate) fn instant(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = Option<i64>>,
    ) -> PolarsResult<Self> {
        let values: Int64Chunked = values.into_iter().collect();
        let instants =
            values.into_series().cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?;
        self.columns.push(instants.with_name(name.into()).into_column());
        Ok(self)
    }

    /// A column of dates of which more or less is known, and after it the
    /// column `…_precision`.
    pub(crate) fn partial_date(
        self,
        name: &str,
        values: impl IntoIterator<Item = Option<PartialDate>>,
    ) -> PolarsResult<Self> {
        let values: Vec<Option<PartialDate>> = values.into_iter().collect();
        let of = values.iter().map(|d| d.map(precision));
        Ok(self
            .date(name, values.iter().map(|d| d.and_then(first_day)))?
            .text(&format!("{name}_precision"), of))
    }

    /// A column of lists of text.
    pub(crate) fn texts<S: AsRef<str>, L: IntoIterator<Item = S>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = L>,
    ) -> Self {
        let mut builder = ListStringChunkedBuilder::new(name.into(), 0, 0);
        let mut cells: Vec<S> = Vec::new();
        for list in values {
            cells.clear();
            cells.extend(list);
            builder.append_values_iter(cells.iter().map(AsRef::as_ref));
        }
        self.columns.push(builder.finish().into_column());
        self
    }

    /// A column of lists of dates, as days since 1970.
    pub(crate) fn dates<L: IntoIterator<Item = i32>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = L>,
    ) -> PolarsResult<Self> {
        let mut builder =
            ListPrimitiveChunkedBuilder::<Int32Type>::new(name.into(), 0, 0, DataType::Int32);
        for list in values {
            builder.append_values_iter(list.into_iter());
        }
        let days = builder.finish().into_series();
        let dates = days.cast(&DataType::List(Box::new(DataType::Date)))?;
        self.columns.push(dates.into_column());
        Ok(self)
    }

    /// The frame.
    pub(crate) fn frame(self) -> PolarsResult<DataFrame> {
        DataFrame::new_infer_height(self.columns)
    }
}

/// The instants of a column, as milliseconds since 1970 UTC.
pub(crate) fn milliseconds(frame: &DataFrame, name: &str) -> PolarsResult<Int64Chunked> {
    let instants = frame.column(name)?.as_materialized_series().cast(&DataType::Int64)?;
    Ok(instants.i64()?.clone())
}

/// A column of dates as the domain knows them.
pub(crate) struct Dates<'a> {
    days: Int32Chunked,
    precision: &'a StringChunked,
}

impl<'a> Dates<'a> {
    /// The dates of `column`, with the column `…_precision`.
    pub(crate) fn of(frame: &'a DataFrame, column: &str) -> PolarsResult<Self> {
        let days = frame.column(column)?.as_materialized_series().cast(&DataType::Int32)?;
        let precision = crate::distinct::text(frame, &format!("{column}_precision"))?;
        Ok(Self { days: days.i32()?.clone(), precision })
    }

    /// The date of a row.
    pub(crate) fn get(&self, row: usize) -> Option<PartialDate> {
        let epoch = jiff::civil::date(1970, 1, 1);
        let day = epoch.checked_add(jiff::Span::new().try_days(self.days.get(row)?).ok()?).ok()?;
        let year = u32::try_from(day.year()).ok()?;
        let month = u32::try_from(day.month()).ok();
        let whole = || PartialDate::new(year, month, u32::try_from(day.day()).ok()).ok();
        // Tables of earlier contracts have no precision: their dates are whole.
        match self.precision.get(row) {
            Some("year") => PartialDate::new(year, None, None).ok(),
            Some("month") => PartialDate::new(year, month, None).ok(),
            Some("before") => whole().map(PartialDate::as_upper_bound),
            _ => whole(),
        }
    }
}
