//! Frames to Parquet files, by the contract of `regatta_lake::schema`.

use std::fs::File;
use std::path::Path;

use polars::prelude::*;
use regatta_lake::schema::{ColumnType, SCHEMA_VERSION, Table, table};

use crate::TransformError;
use crate::error::InTable;

/// Rows in a row group: small enough to prune, large enough to compress.
const ROW_GROUP: usize = 131_072;

/// Brings `frame` into the shape of the table `name` (columns, types, order of
/// rows), writes it to `folder` and gives back the number of rows. Equal frames
/// give equal bytes.
pub(crate) fn write(frame: DataFrame, name: &str, folder: &Path) -> Result<u64, TransformError> {
    let schema = table(name).ok_or_else(|| TransformError::Table {
        table: name.to_owned(),
        source: polars_err!(ComputeError: "the contract has no such table"),
    })?;
    let mut shaped = shape(frame, schema).in_table(name)?;
    let path = folder.join(format!("{name}.parquet"));
    let file =
        File::create(&path).map_err(|source| TransformError::Io { path: path.clone(), source })?;
    ParquetWriter::new(file)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::full())
        .with_row_group_size(Some(ROW_GROUP))
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(vec![
            ("regatta.table".into(), schema.name.into()),
            ("regatta.schema_version".into(), SCHEMA_VERSION.to_string()),
            ("regatta.description".into(), schema.doc.into()),
        ])))
        .finish(&mut shaped)
        .in_table(name)?;
    Ok(shaped.height() as u64)
}

/// Columns in the contract's order and types, rows in its order; a null where
/// the contract allows none is an error.
fn shape(frame: DataFrame, schema: &Table) -> PolarsResult<DataFrame> {
    let select: Vec<Expr> =
        schema.columns.iter().map(|c| col(c.name).cast(data_type(c.ty))).collect();
    let sort: Vec<PlSmallStr> = schema.sort.iter().map(|s| (*s).into()).collect();
    let shaped = frame
        .lazy()
        .select(select)
        .sort(sort, SortMultipleOptions::default().with_maintain_order(true))
        .collect()?;
    for column in schema.columns.iter().filter(|c| !c.nullable) {
        let nulls = shaped.column(column.name)?.null_count();
        polars_ensure!(nulls == 0, ComputeError: "{} nulls in {}, which is never null", nulls, column.name);
    }
    Ok(shaped)
}

fn data_type(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::Text => DataType::String,
        ColumnType::Int => DataType::Int64,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Date => DataType::Date,
        ColumnType::Timestamp => DataType::Datetime(TimeUnit::Milliseconds, None),
        ColumnType::TextList => DataType::List(Box::new(DataType::String)),
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

/// Reads a table of an earlier snapshot.
pub(crate) fn read(path: &Path, name: &str) -> Result<DataFrame, TransformError> {
    LazyFrame::scan_parquet(
        PlRefPath::new(path.to_string_lossy()),
        ScanArgsParquet { glob: false, ..Default::default() },
    )
    .and_then(LazyFrame::collect)
    .in_table(name)
}
