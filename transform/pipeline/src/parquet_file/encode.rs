//! Rows as arrow-rs has them, and back.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Date32Array, Date32Builder, Int64Array, ListBuilder,
    RecordBatch, StringArray, StringBuilder, TimestampMillisecondArray,
};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Field, FieldRef, Int64Type as ArrowInt64, Schema, SchemaRef,
    TimeUnit as Unit, TimestampMillisecondType,
};
use polars::prelude::*;
use regatta_lake::schema::{self, ColumnType, Table};

use crate::columns::Columns;

pub(super) fn arrow_schema(table: &Table) -> SchemaRef {
    Arc::new(Schema::new(table.columns.iter().map(arrow_field).collect::<Vec<_>>()))
}

fn arrow_field(column: &schema::Column) -> Field {
    let ty = match column.ty {
        ColumnType::Text => ArrowType::Utf8,
        ColumnType::Int => ArrowType::Int64,
        ColumnType::Bool => ArrowType::Boolean,
        ColumnType::Date => ArrowType::Date32,
        ColumnType::Timestamp => ArrowType::Timestamp(Unit::Millisecond, Some("UTC".into())),
        ColumnType::TextList => ArrowType::List(element(ArrowType::Utf8)),
        ColumnType::DateList => ArrowType::List(element(ArrowType::Date32)),
    };
    let mut notes = HashMap::from([("description".to_owned(), column.doc.to_owned())]);
    notes.extend(column.labels.map(|kind| ("labels".to_owned(), kind.to_owned())));
    Field::new(column.name, ty, column.nullable).with_metadata(notes)
}

/// Values of lists are never null.
fn element(ty: ArrowType) -> FieldRef {
    Arc::new(Field::new("element", ty, false))
}

pub(super) fn batch(
    part: &DataFrame,
    table: &Table,
    schema: &SchemaRef,
) -> PolarsResult<RecordBatch> {
    let mut arrays = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        let series = part.column(column.name)?.as_materialized_series();
        arrays.push(array(series, column.ty)?);
    }
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|e| polars_err!(ComputeError: "{}", e))
}

fn array(series: &Series, ty: ColumnType) -> PolarsResult<ArrayRef> {
    Ok(match ty {
        ColumnType::Text => Arc::new(texts(series.str()?)),
        ColumnType::Int => Arc::new(series.i64()?.iter().collect::<Int64Array>()),
        ColumnType::Bool => Arc::new(series.bool()?.iter().collect::<BooleanArray>()),
        ColumnType::Date => {
            let days = series.cast(&DataType::Int32)?;
            Arc::new(days.i32()?.iter().collect::<Date32Array>())
        }
        ColumnType::Timestamp => {
            let ms = series.cast(&DataType::Int64)?;
            let instants: TimestampMillisecondArray = ms.i64()?.iter().collect();
            Arc::new(instants.with_timezone("UTC"))
        }
        ColumnType::TextList => text_lists(series)?,
        ColumnType::DateList => date_lists(series)?,
    })
}

fn texts(cells: &StringChunked) -> StringArray {
    let mut bytes = 0;
    for chunk in cells.downcast_iter() {
        bytes += chunk.total_bytes_len();
    }
    let mut made = StringBuilder::with_capacity(cells.len(), bytes);
    for cell in cells.iter() {
        made.append_option(cell);
    }
    made.finish()
}

fn text_lists(series: &Series) -> PolarsResult<ArrayRef> {
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(element(ArrowType::Utf8));
    for list in series.list()?.amortized_iter() {
        if let Some(list) = list {
            for value in list.as_ref().str()?.iter() {
                lists.values().append_value(value.ok_or_else(|| null_in(series))?);
            }
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

fn date_lists(series: &Series) -> PolarsResult<ArrayRef> {
    let mut lists = ListBuilder::new(Date32Builder::new()).with_field(element(ArrowType::Date32));
    for list in series.list()?.amortized_iter() {
        if let Some(list) = list {
            for day in list.as_ref().cast(&DataType::Int32)?.i32()?.iter() {
                lists.values().append_value(day.ok_or_else(|| null_in(series))?);
            }
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

fn null_in(series: &Series) -> PolarsError {
    polars_err!(ComputeError: "a null in a list of {}, whose values are never null", series.name())
}

/// The rows of batches as a frame with the columns of `table` that they have.
pub(super) fn frame(batches: &[RecordBatch], table: &Table) -> PolarsResult<DataFrame> {
    let mut made = Columns::default();
    let Some(first) = batches.first() else { return crate::tables::empty(table.name) };
    let of_batches = first.schema();
    for column in table.columns {
        let Ok(at) = of_batches.index_of(column.name) else { continue };
        let arrays: Vec<&ArrayRef> = batches.iter().map(|b| b.column(at)).collect();
        made = with_column(made, column, &arrays)?;
    }
    made.frame()
}

fn with_column(
    made: Columns,
    column: &schema::Column,
    arrays: &[&ArrayRef],
) -> PolarsResult<Columns> {
    let name = column.name;
    Ok(match column.ty {
        ColumnType::Text => {
            made.text(name, arrays.iter().flat_map(|a| a.as_string::<i32>().iter()))
        }
        ColumnType::Int => {
            made.int_opt(name, arrays.iter().flat_map(|a| a.as_primitive::<ArrowInt64>().iter()))
        }
        ColumnType::Bool => made.flag_opt(name, arrays.iter().flat_map(|a| a.as_boolean().iter())),
        ColumnType::Date => {
            made.date(name, arrays.iter().flat_map(|a| a.as_primitive::<Date32Type>().iter()))?
        }
        ColumnType::Timestamp => {
            let instants =
                arrays.iter().flat_map(|a| a.as_primitive::<TimestampMillisecondType>().iter());
            made.instant(name, instants)?
        }
        ColumnType::TextList => {
            let lists = arrays.iter().flat_map(|a| a.as_list::<i32>().iter());
            made.texts(name, lists.map(|list| list.map(words).unwrap_or_default()))
        }
        ColumnType::DateList => {
            let lists = arrays.iter().flat_map(|a| a.as_list::<i32>().iter());
            made.dates(name, lists.map(|list| list.map(days).unwrap_or_default()))?
        }
    })
}

fn words(list: ArrayRef) -> Vec<String> {
    list.as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}

fn days(list: ArrayRef) -> Vec<i32> {
    list.as_primitive::<Date32Type>().iter().flatten().collect()
}
