//! Parquet in the types that `DuckDB` has: lists as lists, dates as dates.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use duckdb::Connection;
use duckdb::arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::place::export_error;
use super::relation::Relation;
use super::rows::each_batch;
use crate::WarehouseError;
use crate::sql::ident;

/// Rows in memory before they are written, and the size in which a reader
/// skips what it does not need.
const ROW_GROUP: usize = 122_880;

/// Writes the relation to `path`. Returns the rows.
pub(super) fn write(
    conn: &Connection,
    relation: &Relation,
    path: &Path,
    progress: &dyn Fn(u64),
) -> Result<u64, WarehouseError> {
    let failed = |e: parquet::errors::ParquetError| export_error(format!("{}: {e}", relation.name));
    let mut writer = None;
    let mut rows = 0;
    let columns: Vec<String> = relation.columns.iter().map(select).collect();
    let sql = format!("SELECT {} FROM (\n{}\n)", columns.join(", "), relation.sql);
    let schema = each_batch(conn, &sql, |schema, batch| {
        let writer = match &mut writer {
            Some(writer) => writer,
            none => none.insert(open(path, schema, relation)?),
        };
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(failed)?;
        progress(rows);
        Ok(())
    })?;
    let writer = match writer {
        Some(writer) => writer,
        None => open(path, &schema, relation)?,
    };
    writer.close().map_err(failed)?;
    Ok(rows)
}

/// Types that Parquet has no counterpart for are written as their text.
fn select(field: &super::relation::Field) -> String {
    let name = ident(&field.name);
    if ["HUGEINT", "UHUGEINT", "INTERVAL", "TIME WITH TIME ZONE", "BIT", "UUID"]
        .contains(&field.ty.as_str())
        || field.ty.starts_with("ENUM(")
        || field.ty.starts_with("UNION(")
    {
        return format!("CAST({name} AS VARCHAR) AS {name}");
    }
    name
}

fn open(
    path: &Path,
    schema: &SchemaRef,
    relation: &Relation,
) -> Result<ArrowWriter<File>, WarehouseError> {
    let file = File::create(path).map_err(WarehouseError::io("cannot write", path))?;
    let level = ZstdLevel::try_new(3).map_err(|e| export_error(e.to_string()))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .build();
    ArrowWriter::try_new(file, described(schema, relation), Some(properties))
        .map_err(|e| export_error(format!("{}: {e}", relation.name)))
}

/// The schema with the descriptions of the columns, which readers of Arrow show.
fn described(schema: &SchemaRef, relation: &Relation) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .zip(&relation.columns)
        .map(|(field, column)| {
            let mut metadata = field.metadata().clone();
            if !column.doc.is_empty() {
                metadata.insert("description".to_owned(), column.doc.clone());
            }
            field.as_ref().clone().with_metadata(metadata)
        })
        .collect();
    let mut metadata = schema.metadata().clone();
    metadata.insert("description".to_owned(), relation.doc.clone());
    Arc::new(Schema::new_with_metadata(fields, metadata))
}
