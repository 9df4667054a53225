//! Columns built row by row, where a row is a whole drug or block.

use polars::prelude::*;

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
    pub(crate) fn int(mut self, name: &str, values: impl IntoIterator<Item = i64>) -> Self {
        let values: Int64Chunked = values.into_iter().map(Some).collect();
        self.columns.push(values.with_name(name.into()).into_column());
        self
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
    pub(crate) fn flag(mut self, name: &str, values: impl IntoIterator<Item = bool>) -> Self {
        let values: BooleanChunked = values.into_iter().map(Some).collect();
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

    /// A column of lists of text.
    pub(crate) fn texts<S: AsRef<str>, L: IntoIterator<Item = S>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = L>,
    ) -> Self {
        let mut builder = ListStringChunkedBuilder::new(name.into(), 0, 0);
        for list in values {
            let list: StringChunked = list.into_iter().map(Some).collect();
            if list.is_empty() {
                // `append_series` would make an empty list a null.
                builder.append_values_iter(std::iter::empty());
            } else {
                builder.append_values_iter(list.iter().flatten());
            }
        }
        self.columns.push(builder.finish().into_column());
        self
    }

    /// The frame.
    pub(crate) fn frame(self) -> PolarsResult<DataFrame> {
        DataFrame::new_infer_height(self.columns)
    }
}
