//! Rows as cells, streamed from `DuckDB`.

use duckdb::Connection;
use duckdb::arrow::array::{
    Array, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use duckdb::arrow::datatypes::{
    Date32Type, Float64Type, Int64Type, SchemaRef, TimestampMicrosecondType,
};

use super::relation::{Kind, Relation};
use crate::WarehouseError;
use crate::sql::ident;

/// How often progress is told, in rows.
const TOLD_EVERY: u64 = 10_000;

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Text(&'a str),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 in UTC.
    Instant(i64),
    /// A number as text.
    Number(&'a str),
    /// JSON.
    Json(&'a str),
}

/// Gives each row of the relation, in its order, to `write`. Returns how many.
pub(super) fn each_row(
    conn: &Connection,
    relation: &Relation,
    progress: &dyn Fn(u64),
    mut write: impl FnMut(&[Cell<'_>]) -> Result<(), WarehouseError>,
) -> Result<u64, WarehouseError> {
    let mut rows = 0;
    let mut told = 0;
    each_batch(conn, &typed_select(relation), |_, batch| {
        let columns: Vec<Values<'_>> = relation
            .columns
            .iter()
            .zip(batch.columns())
            .map(|(field, array)| Values::of(field.kind, array, &relation.name, &field.name))
            .collect::<Result<_, _>>()?;
        let mut cells = vec![Cell::Null; columns.len()];
        for row in 0..batch.num_rows() {
            for (cell, column) in cells.iter_mut().zip(&columns) {
                *cell = column.at(row);
            }
            write(&cells)?;
        }
        rows += batch.num_rows() as u64;
        if rows - told >= TOLD_EVERY {
            told = rows;
            progress(rows);
        }
        Ok(())
    })?;
    progress(rows);
    Ok(rows)
}

/// Gives the rows of a query in batches of about two thousand, without having
/// all of them in memory.
pub(super) fn each_batch(
    conn: &Connection,
    sql: &str,
    mut take: impl FnMut(&SchemaRef, RecordBatch) -> Result<(), WarehouseError>,
) -> Result<SchemaRef, WarehouseError> {
    let fail = WarehouseError::query;
    let mut statement = conn.prepare(sql).map_err(fail)?;
    let schema = statement.stream_arrow([]).map_err(fail)?.get_schema();
    // The iterator would panic where a row cannot be computed; this is an error.
    while let Some(batch) = statement.step().map_err(fail)? {
        take(&schema, RecordBatch::from(&batch))?;
    }
    Ok(schema)
}

/// The rows of the relation in the few types that cells have.
fn typed_select(relation: &Relation) -> String {
    let aliases: Vec<String> = (0..relation.columns.len()).map(|i| format!("c{i}")).collect();
    let values: Vec<String> = relation
        .columns
        .iter()
        .zip(&aliases)
        .map(|(field, alias)| {
            let value = ident(alias);
            match field.kind {
                Kind::Bool | Kind::Date => value,
                Kind::Int => format!("CAST({value} AS BIGINT)"),
                Kind::Float => format!("CAST({value} AS DOUBLE)"),
                // By its microseconds: a cast would use the time zone of the session.
                Kind::Instant if field.ty == "TIMESTAMP WITH TIME ZONE" => {
                    format!("make_timestamp(epoch_us({value}))")
                }
                Kind::Instant => format!("CAST({value} AS TIMESTAMP)"),
                Kind::Text | Kind::Number => format!("CAST({value} AS VARCHAR)"),
                Kind::List | Kind::Nested => format!("CAST(to_json({value}) AS VARCHAR)"),
            }
        })
        .collect();
    format!(
        "SELECT {} FROM (\n{}\n) AS exported({})",
        values.join(", "),
        relation.sql,
        aliases.join(", ")
    )
}

enum Values<'a> {
    Text(Kind, &'a StringArray),
    Int(&'a Int64Array),
    Float(&'a Float64Array),
    Bool(&'a BooleanArray),
    Date(&'a Date32Array),
    Instant(&'a TimestampMicrosecondArray),
}

impl<'a> Values<'a> {
    fn of(
        kind: Kind,
        array: &'a dyn Array,
        table: &str,
        column: &str,
    ) -> Result<Self, WarehouseError> {
        let values = match kind {
            Kind::Text | Kind::Number | Kind::List | Kind::Nested => {
                array.as_string_opt::<i32>().map(|a| Self::Text(kind, a))
            }
            Kind::Int => array.as_primitive_opt::<Int64Type>().map(Self::Int),
            Kind::Float => array.as_primitive_opt::<Float64Type>().map(Self::Float),
            Kind::Bool => array.as_boolean_opt().map(Self::Bool),
            Kind::Date => array.as_primitive_opt::<Date32Type>().map(Self::Date),
            Kind::Instant => {
                array.as_primitive_opt::<TimestampMicrosecondType>().map(Self::Instant)
            }
        };
        values.ok_or_else(|| WarehouseError::Contract {
            table: table.to_owned(),
            reason: format!("{column}: expected {kind:?}, found {}", array.data_type()),
        })
    }

    fn at(&self, row: usize) -> Cell<'a> {
        let array: &dyn Array = match self {
            Self::Text(_, a) => *a,
            Self::Int(a) => *a,
            Self::Float(a) => *a,
            Self::Bool(a) => *a,
            Self::Date(a) => *a,
            Self::Instant(a) => *a,
        };
        if array.is_null(row) {
            return Cell::Null;
        }
        match self {
            Self::Text(Kind::Number, a) => Cell::Number(a.value(row)),
            Self::Text(Kind::List | Kind::Nested, a) => Cell::Json(a.value(row)),
            Self::Text(_, a) => Cell::Text(a.value(row)),
            Self::Int(a) => Cell::Int(a.value(row)),
            Self::Float(a) => Cell::Float(a.value(row)),
            Self::Bool(a) => Cell::Bool(a.value(row)),
            Self::Date(a) => Cell::Date(a.value(row)),
            Self::Instant(a) => Cell::Instant(a.value(row)),
        }
    }
}
