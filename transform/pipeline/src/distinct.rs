//! Dictionaries are asked once per distinct value, never once per row.

use std::collections::HashMap;

use polars::prelude::*;

/// The distinct values of a text column, in order of first occurrence, and for
/// each row which of them it holds.
pub(crate) struct Distinct<'a> {
    pub(crate) values: Vec<Option<&'a str>>,
    rows: IdxCa,
}

impl<'a> Distinct<'a> {
    /// The distinct values of `column`.
    pub(crate) fn of(column: &'a StringChunked) -> Self {
        let mut values = Vec::new();
        let mut seen: HashMap<Option<&str>, IdxSize, PlRandomState> = HashMap::default();
        let mut rows = Vec::with_capacity(column.len());
        for value in column.iter() {
            let next = values.len();
            let index = *seen.entry(value).or_insert_with(|| {
                values.push(value);
                IdxSize::try_from(next).unwrap_or(IdxSize::MAX)
            });
            rows.push(index);
        }
        Self { values, rows: IdxCa::from_vec("".into(), rows) }
    }

    /// Which of the values each row holds.
    pub(crate) fn rows(&self) -> impl Iterator<Item = IdxSize> {
        self.rows.iter().flatten()
    }

    /// A text column made of one answer per distinct value.
    pub(crate) fn spread<S: AsRef<str>>(
        &self,
        name: &str,
        answers: impl IntoIterator<Item = Option<S>>,
    ) -> PolarsResult<Column> {
        let answers: StringChunked = answers.into_iter().collect();
        let series = answers.into_series().take(&self.rows)?;
        Ok(series.with_name(name.into()).into_column())
    }

    /// A column of any type made of one answer per distinct value.
    pub(crate) fn spread_series(&self, name: &str, answers: Series) -> PolarsResult<Column> {
        Ok(answers.take(&self.rows)?.with_name(name.into()).into_column())
    }
}

/// The text column `name`.
pub(crate) fn text<'a>(frame: &'a DataFrame, name: &str) -> PolarsResult<&'a StringChunked> {
    frame.column(name)?.as_materialized_series().str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_in_row_order() {
        let column = StringChunked::from_iter([Some("b"), None, Some("a"), Some("b")]);
        let distinct = Distinct::of(&column);
        assert_eq!(distinct.values, [Some("b"), None, Some("a")]);
        let spread =
            distinct.spread("x", distinct.values.iter().map(|v| v.map(str::to_uppercase))).unwrap();
        let series = spread.as_materialized_series();
        let got: Vec<_> = series.str().unwrap().iter().collect();
        assert_eq!(got, [Some("B"), None, Some("A"), Some("B")]);
    }
}
