//! Frames to Parquet files and back, by the contract of `regatta_lake::schema`.

use std::path::{Path, PathBuf};

use polars::prelude::*;
use regatta_lake::schema::{ColumnType, LABELS, Table, table};
use regatta_lake::{SnapshotId, SnapshotTable, file_notes};

use crate::TransformError;
use crate::columns::Columns;
use crate::error::InTable;
use crate::parquet_file::{self, Division, Patched, Stored, described};

/// Brings `rows` into the shape of the table `name` (columns, types, order of
/// rows), writes them to `folder` and gives back the number of rows. Equal frames
/// of one snapshot give equal bytes; the tables of the ledger are of none.
pub(crate) fn write(
    rows: impl Into<Rows>,
    name: &str,
    snapshot: Option<&SnapshotId>,
    folder: &Path,
) -> Result<u64, TransformError> {
    let rows = rows.into();
    let schema = known(name)?;
    let mut notes = vec![
        ("regatta.table".to_owned(), schema.name.to_owned()),
        ("regatta.description".to_owned(), schema.doc.to_owned()),
        ("regatta.columns".to_owned(), described(schema)),
    ];
    let of_file = file_notes(env!("CARGO_PKG_VERSION"));
    notes.extend(of_file.into_iter().map(|(key, value)| (key.to_owned(), value)));
    notes.extend(snapshot.map(|id| ("regatta.snapshot_id".to_owned(), id.to_string())));
    let path = folder.join(format!("{name}.parquet"));
    let frame = match rows {
        Rows::All(frame) => frame,
        Rows::Patched(mut patched) if patched.base.fits()? => {
            patched.new = shape(patched.new, schema).in_table(name)?;
            return parquet_file::splice(&patched, notes, Division::default(), &path);
        }
        Rows::Patched(patched) => patched.frame()?,
    };
    let shaped = shape(frame, schema).in_table(name)?;
    parquet_file::write(&shaped, schema, notes, Division::default(), &path)?;
    Ok(shaped.height() as u64)
}

/// The rows of a table.
pub(crate) enum Rows {
    /// These.
    All(DataFrame),
    /// Those of the snapshot before but for some.
    Patched(Patched),
}

impl From<DataFrame> for Rows {
    fn from(frame: DataFrame) -> Self {
        Self::All(frame)
    }
}

impl From<Patched> for Rows {
    fn from(patched: Patched) -> Self {
        Self::Patched(patched)
    }
}

fn known(name: &str) -> Result<&'static Table, TransformError> {
    table(name).ok_or_else(|| TransformError::Table {
        table: name.to_owned(),
        source: polars_err!(ComputeError: "the contract has no such table"),
    })
}

/// Columns in the contract's order and types, rows in its order; a null where
/// the contract allows none is an error.
fn shape(frame: DataFrame, schema: &Table) -> PolarsResult<DataFrame> {
    let select: Vec<Expr> =
        schema.columns.iter().map(|c| col(c.name).cast(data_type(c.ty))).collect();
    let sort: Vec<PlSmallStr> = schema.sort.iter().map(|s| (*s).into()).collect();
    let sorted = is_sorted(&frame, schema)?;
    let mut shaped = frame.lazy().select(select);
    if !sorted {
        shaped = shaped.sort(sort, SortMultipleOptions::default().with_maintain_order(true));
    }
    let shaped = shaped.collect()?;
    for column in schema.columns.iter().filter(|c| !c.nullable) {
        let nulls = shaped.column(column.name)?.null_count();
        polars_ensure!(nulls == 0, ComputeError: "{} nulls in {}, which is never null", nulls, column.name);
    }
    Ok(shaped)
}

/// Whether the rows stand in the order of the table already, as most computed
/// tables do: looking is much cheaper than sorting text.
fn is_sorted(frame: &DataFrame, schema: &Table) -> PolarsResult<bool> {
    let columns: PolarsResult<Vec<&Column>> = schema.sort.iter().map(|s| frame.column(s)).collect();
    let columns = columns?;
    if columns.iter().any(|c| c.dtype() != &DataType::String) {
        return Ok(false);
    }
    let cells: PolarsResult<Vec<&StringChunked>> =
        columns.iter().map(|c| c.as_materialized_series().str()).collect();
    let mut rows: Vec<_> = cells?.into_iter().map(ChunkedArray::iter).collect();
    let mut before: Vec<Option<&str>> = Vec::new();
    let mut here = Vec::with_capacity(rows.len());
    for _ in 0..frame.height() {
        here.clear();
        here.extend(rows.iter_mut().map(|cells| cells.next().flatten()));
        // Nulls come first, as `None` does.
        if before > here {
            return Ok(false);
        }
        std::mem::swap(&mut before, &mut here);
    }
    Ok(true)
}

/// The type of a column in frames. Instants are UTC, without saying so.
pub(crate) fn data_type(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::Text => DataType::String,
        ColumnType::Int => DataType::Int64,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Date => DataType::Date,
        ColumnType::Timestamp => DataType::Datetime(TimeUnit::Milliseconds, None),
        ColumnType::TextList => DataType::List(Box::new(DataType::String)),
        ColumnType::DateList => DataType::List(Box::new(DataType::Date)),
    }
}

/// The table `name` without rows.
pub(crate) fn empty(name: &str) -> PolarsResult<DataFrame> {
    let schema = table(name)
        .ok_or_else(|| polars_err!(ComputeError: "the contract has no table {}", name))?;
    let columns =
        schema.columns.iter().map(|c| Column::new_empty(c.name.into(), &data_type(c.ty))).collect();
    DataFrame::new(0, columns)
}

/// A table of an earlier snapshot, which may keep an earlier contract.
pub(crate) fn stored(
    path: PathBuf,
    entry: &SnapshotTable,
    of_today: bool,
) -> Result<Stored, TransformError> {
    Ok(Stored::new(path, entry.sha256, known(&entry.name)?, of_today))
}

/// The table `label`: the codes of all enumerations.
pub(crate) fn label() -> PolarsResult<DataFrame> {
    Columns::default()
        .text("kind", LABELS.iter().map(|l| Some(l.kind)))
        .text("code", LABELS.iter().map(|l| Some(l.code)))
        .int_opt("rank", LABELS.iter().map(|l| l.rank))
        .text("label_en", LABELS.iter().map(|l| Some(l.en)))
        .text("label_zh", LABELS.iter().map(|l| Some(l.zh)))
        .frame()
}
