//! The published tables, typed and commented by the contract of the lake.

use std::collections::BTreeMap;
use std::path::Path;

use duckdb::{Connection, params};
use regatta_lake::schema::{Column, ColumnType, LABELS, Layer, Table};

use crate::WarehouseError;
use crate::sql::{ident, literal, parquet};

/// Creates `table`, empty, with its comments.
pub(crate) fn create(conn: &Connection, table: &Table) -> Result<(), WarehouseError> {
    conn.execute_batch(&(create_statement(table) + ";" + &comments(table)))
        .map_err(WarehouseError::step(format!("create the table {}", table.name)))
}

/// Fills `table` from `file`, in the order of the contract. The files of a
/// snapshot of this contract are in it. Returns the number of rows.
pub(crate) fn fill(
    conn: &Connection,
    table: &Table,
    file: &Path,
    in_order: bool,
) -> Result<u64, WarehouseError> {
    let select = typed_select(conn, table, file)?;
    let columns = table.sort.iter().map(|c| ident(c)).collect::<Vec<_>>().join(", ");
    let order = if in_order { String::new() } else { format!(" ORDER BY {columns}") };
    let insert = format!("INSERT INTO {} {select}{order}", ident(table.name));
    let rows = conn.execute(&insert, []).map_err(WarehouseError::step(format!(
        "load the table {} from {}",
        table.name,
        file.display()
    )))?;
    Ok(rows as u64)
}

/// A SELECT of all columns of `table` from `file`, cast to the types of the
/// contract. A column that the file lacks is null where it may be: files of an
/// earlier version of the same contract lack the columns added since.
pub(crate) fn typed_select(
    conn: &Connection,
    table: &Table,
    file: &Path,
) -> Result<String, WarehouseError> {
    select(conn, table, file, |column| {
        if column.nullable || column.ty.is_list() {
            return Ok(());
        }
        Err(WarehouseError::Contract {
            table: table.name.to_owned(),
            reason: format!("{} has no column {}", file.display(), column.name),
        })
    })
}

/// The same for the file of a kept snapshot, which may be of an older contract:
/// what it lacks is null (a list is empty), what the contract does not know any
/// more is left out.
pub(crate) fn kept_select(
    conn: &Connection,
    table: &Table,
    file: &Path,
) -> Result<String, WarehouseError> {
    select(conn, table, file, |_| Ok(()))
}

fn select(
    conn: &Connection,
    table: &Table,
    file: &Path,
    missing: impl Fn(&Column) -> Result<(), WarehouseError>,
) -> Result<String, WarehouseError> {
    let found = columns_of(conn, table.name, &parquet(file))?;
    let mut columns = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        let name = ident(column.name);
        let value = if let Some(ty) = found.get(column.name) {
            cast(column, &name, ty)
        } else {
            missing(column)?;
            null(column)
        };
        columns.push(format!("{value} AS {name}"));
    }
    Ok(format!("SELECT {} FROM {}", columns.join(", "), parquet(file)))
}

/// What a column has where there is nothing.
fn null(column: &Column) -> String {
    let none = if column.ty.is_list() { "[]" } else { "NULL" };
    format!("CAST({none} AS {})", column.ty.duckdb())
}

/// A row of nothing, of the types of the contract.
pub(crate) fn nulls(table: &Table) -> String {
    let columns = table.columns.iter().map(|c| format!("{} AS {}", null(c), ident(c.name)));
    columns.collect::<Vec<_>>().join(", ")
}

/// Names and `DuckDB` types of the columns of a table expression.
pub(crate) fn columns_of(
    conn: &Connection,
    table: &str,
    expression: &str,
) -> Result<BTreeMap<String, String>, WarehouseError> {
    let step = || WarehouseError::step(format!("read the columns of {table}"));
    let mut statement =
        conn.prepare(&format!("DESCRIBE SELECT * FROM {expression}")).map_err(step())?;
    let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(step())?;
    pairs.collect::<Result<_, _>>().map_err(step())
}

/// An empty table of the contract.
pub(crate) fn create_statement(table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|c| {
            let null = if c.nullable { "" } else { " NOT NULL" };
            format!("{} {}{null}", ident(c.name), c.ty.duckdb())
        })
        .collect();
    format!("CREATE TABLE {} ({})", ident(table.name), columns.join(", "))
}

/// Fills the table `label` from the contract.
pub(crate) fn fill_labels(conn: &Connection) -> Result<u64, WarehouseError> {
    for label in LABELS {
        conn.execute(
            "INSERT INTO label VALUES (?, ?, ?, ?, ?)",
            params![label.kind, label.code, label.rank, label.en, label.zh],
        )
        .map_err(WarehouseError::step("fill the table label"))?;
    }
    Ok(LABELS.len() as u64)
}

/// What a comment calls the layer of a table.
fn layer(table: &Table) -> &'static str {
    match table.layer {
        Layer::Core => "core",
        Layer::Out => "out",
        Layer::Names => "names",
        Layer::Meta => "meta",
    }
}

/// Statements that comment the table and its columns.
fn comments(table: &Table) -> String {
    let text = format!("[{}] {} Key: {}.", layer(table), table.doc, table.key.join(", "));
    let comment = format!("COMMENT ON TABLE {} IS {};", ident(table.name), literal(&text));
    comment + &column_comments(table.name, table.columns)
}

/// Statements that comment the columns of the table `name`.
pub(crate) fn column_comments(name: &str, columns: &[Column]) -> String {
    let comments: Vec<String> = columns
        .iter()
        .map(|column| {
            let (name, doc) = (ident(name), literal(column.doc));
            format!("COMMENT ON COLUMN {name}.{} IS {doc};", ident(column.name))
        })
        .collect();
    comments.concat()
}

/// An instant with a time zone is turned into UTC by its microseconds: a plain
/// cast would use the time zone of the session. Version 2 of the contract had
/// dates as text, partly known ones too, and one list joined with `, `.
fn cast(column: &Column, name: &str, found: &str) -> String {
    match (column.ty, found) {
        (ColumnType::Timestamp, "TIMESTAMP WITH TIME ZONE") => {
            format!("make_timestamp(epoch_us({name}))")
        }
        (ColumnType::Date, "VARCHAR") => {
            format!("TRY_CAST({name} || '-01-01'[length({name}) - 3:] AS DATE)")
        }
        (ColumnType::TextList, "VARCHAR") => format!("string_split({name}, ', ')"),
        (ty, _) => format!("CAST({name} AS {})", ty.duckdb()),
    }
}
