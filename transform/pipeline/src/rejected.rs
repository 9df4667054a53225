//! Row problems: those the parsers found and those met while standardising.

use polars::prelude::*;
use regatta_lake::schema;

use crate::TransformError;
use crate::error::InTable;
use crate::raw::RawTables;

/// A problem met while standardising.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowProblem {
    pub(crate) source_id: String,
    pub(crate) run_id: String,
    pub(crate) table_name: String,
    pub(crate) row_number: i64,
    pub(crate) column_name: String,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

/// The table `rejected`.
pub(crate) fn rejected(
    runs: &[RawTables<'_>],
    problems: &[RowProblem],
) -> Result<DataFrame, TransformError> {
    let mut frames = vec![from_problems(problems).in_table("rejected")?.lazy()];
    for raw in runs {
        if let Some(issues) = raw.scan_issues()? {
            frames.push(from_parser(issues));
        }
    }
    // One row per place and kind: a parser may say the same of a row twice.
    let keys: Vec<PlSmallStr> = schema::table("rejected")
        .map(|t| t.key.iter().map(|k| (*k).into()).collect())
        .unwrap_or_default();
    concat(frames, UnionArgs::default())
        .and_then(|all| {
            all.sort_by_exprs([col("message")], SortMultipleOptions::default())
                .unique_stable_generic(
                    Some(keys.iter().map(|k| col(k.clone())).collect()),
                    UniqueKeepStrategy::First,
                )
                .collect()
        })
        .in_table("rejected")
}

fn from_parser(issues: LazyFrame) -> LazyFrame {
    issues.select([
        col("source_id"),
        col("run_id"),
        col("table").alias("table_name"),
        col("member"),
        col("row_number").cast(DataType::Int64),
        col("column").alias("column_name"),
        col("severity"),
        col("kind"),
        col("message"),
    ])
}

fn from_problems(problems: &[RowProblem]) -> PolarsResult<DataFrame> {
    let text = |name: &str, value: fn(&RowProblem) -> &str| {
        let cells: StringChunked = problems.iter().map(|p| Some(value(p))).collect();
        cells.with_name(name.into()).into_column()
    };
    let rows: Int64Chunked = problems.iter().map(|p| Some(p.row_number)).collect();
    DataFrame::new(
        problems.len(),
        vec![
            text("source_id", |p| &p.source_id),
            text("run_id", |p| &p.run_id),
            text("table_name", |p| &p.table_name),
            text("member", |_| ""),
            rows.with_name("row_number".into()).into_column(),
            text("column_name", |p| &p.column_name),
            text("severity", |_| "warning"),
            text("kind", |p| p.kind),
            text("message", |p| &p.message),
        ],
    )
}
