//! The published tables, typed and commented by the contract of the lake.

use std::collections::BTreeMap;
use std::path::Path;

use duckdb::Connection;
use regatta_lake::schema::{Column, ColumnType, Layer, Table};

use crate::WarehouseError;
use crate::sql::{ident, literal, parquet};

/// Creates `table` with its comments and fills it from `file` in the order of
/// the contract; without a file it stays empty. Returns the number of rows.
pub(crate) fn load(
    conn: &Connection,
    table: &Table,
    file: Option<&Path>,
) -> Result<u64, WarehouseError> {
    let step = || WarehouseError::step(format!("create the table {}", table.name));
    conn.execute_batch(&create_statement(table)).map_err(step())?;
    conn.execute_batch(&comments(table)).map_err(step())?;
    let Some(file) = file else { return Ok(0) };
    let select = typed_select(conn, table, file)?;
    let order = table.sort.iter().map(|c| ident(c)).collect::<Vec<_>>().join(", ");
    let insert = format!("INSERT INTO {} {select} ORDER BY {order}", ident(table.name));
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
    let found = columns_of(conn, table.name, &parquet(file))?;
    let missing = table.columns.iter().find(|c| !c.nullable && !found.contains_key(c.name));
    if let Some(column) = missing {
        return Err(WarehouseError::Contract {
            table: table.name.to_owned(),
            reason: format!("{} has no column {}", file.display(), column.name),
        });
    }
    Ok(select_known(table, file, &found))
}

/// The same for the file of a kept snapshot, which may be of an older contract:
/// any column that it lacks is null, what the contract does not know any more
/// is left out.
pub(crate) fn kept_select(
    conn: &Connection,
    table: &Table,
    file: &Path,
) -> Result<String, WarehouseError> {
    let found = columns_of(conn, table.name, &parquet(file))?;
    Ok(select_known(table, file, &found))
}

fn select_known(table: &Table, file: &Path, found: &BTreeMap<String, String>) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let name = ident(column.name);
            let value = match found.get(column.name) {
                Some(ty) => cast(column, &name, ty),
                None => format!("CAST(NULL AS {})", column.ty.duckdb()),
            };
            format!("{value} AS {name}")
        })
        .collect();
    format!("SELECT {} FROM {}", columns.join(", "), parquet(file))
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
/// cast would use the time zone of the session.
fn cast(column: &Column, name: &str, found: &str) -> String {
    if column.ty == ColumnType::Timestamp && found == "TIMESTAMP WITH TIME ZONE" {
        format!("make_timestamp(epoch_us({name}))")
    } else {
        format!("CAST({name} AS {})", column.ty.duckdb())
    }
}
