//! Two states of a table, compared cell by cell.

use polars::prelude::*;

use crate::distinct::text;

/// What is different.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Diff {
    /// Keys only in the new state, sorted.
    pub(crate) appeared: Vec<String>,
    /// Keys only in the old state, sorted.
    pub(crate) vanished: Vec<String>,
    /// Cells of keys in both states, by key and in the order of the fields.
    pub(crate) cells: Vec<Cell>,
}

/// One changed cell; lists are joined with `; `.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) key: String,
    pub(crate) field: String,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
}

/// Compares the `fields` of two states by `key`. A field that one state lacks
/// counts as null there.
pub(crate) fn diff(
    old: LazyFrame,
    new: LazyFrame,
    key: &str,
    fields: &[String],
) -> PolarsResult<Diff> {
    let old = as_text(old, key, fields, "old.")?;
    let new = as_text(new, key, fields, "")?;
    let on = || vec![col(key)];
    let missing = |a: &LazyFrame, b: &LazyFrame| {
        let join = a.clone().join(b.clone(), on(), on(), JoinArgs::new(JoinType::Anti));
        keys(&join.select([col(key)]).sort([key], SortMultipleOptions::default()).collect()?, key)
    };
    let mut found =
        Diff { appeared: missing(&new, &old)?, vanished: missing(&old, &new)?, cells: Vec::new() };
    let both = new.join(old, on(), on(), JoinArgs::new(JoinType::Inner)).collect()?;
    for field in fields {
        let before = format!("old.{field}");
        let changed = both
            .clone()
            .lazy()
            .select([col(key), col(before.as_str()), col(field.as_str())])
            .filter(col(before.as_str()).neq_missing(col(field.as_str())))
            .collect()?;
        let (ids, old, new) =
            (text(&changed, key)?, text(&changed, &before)?, text(&changed, field)?);
        for row in 0..changed.height() {
            found.cells.push(Cell {
                key: ids.get(row).unwrap_or_default().to_owned(),
                field: field.clone(),
                old: old.get(row).map(str::to_owned),
                new: new.get(row).map(str::to_owned),
            });
        }
    }
    found.cells.sort();
    Ok(found)
}

fn as_text(
    mut frame: LazyFrame,
    key: &str,
    fields: &[String],
    prefix: &str,
) -> PolarsResult<LazyFrame> {
    let schema = frame.collect_schema()?;
    let mut select = vec![col(key).cast(DataType::String)];
    for field in fields {
        let value = match schema.get(field.as_str()) {
            None => lit(NULL).cast(DataType::String),
            Some(DataType::List(_)) => col(field.as_str()).list().join(lit("; "), true),
            Some(_) => col(field.as_str()).cast(DataType::String),
        };
        select.push(value.alias(format!("{prefix}{field}")));
    }
    Ok(frame.select(select))
}

fn keys(frame: &DataFrame, key: &str) -> PolarsResult<Vec<String>> {
    Ok(text(frame, key)?.iter().flatten().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_appear_vanish_and_change() {
        let old = df!("k" => ["a", "b", "c"], "x" => [Some("1"), None, Some("3")]).unwrap();
        let new =
            df!("k" => ["b", "c", "d"], "x" => [Some("2"), Some("3"), None], "y" => ["", "", ""])
                .unwrap();
        let found = diff(old.lazy(), new.lazy(), "k", &["x".into(), "y".into()]).unwrap();
        assert_eq!(found.appeared, ["d"]);
        assert_eq!(found.vanished, ["a"]);
        let cell = |key: &str, field: &str, old: Option<&str>, new: Option<&str>| Cell {
            key: key.into(),
            field: field.into(),
            old: old.map(Into::into),
            new: new.map(Into::into),
        };
        assert_eq!(
            found.cells,
            [
                cell("b", "x", None, Some("2")),
                cell("b", "y", None, Some("")),
                cell("c", "y", None, Some("")),
            ]
        );
    }
}
