//! Text of statements, and rows as JSON.

use std::path::Path;

use duckdb::{Config, Connection};
use serde::de::DeserializeOwned;

use crate::WarehouseError;

/// A new or existing file, for writing. Extensions are never looked for: what
/// the file needs is linked in.
pub(crate) fn open_for_writing(path: &Path) -> Result<Connection, WarehouseError> {
    let step = || WarehouseError::step(format!("open {}", path.display()));
    let config = Config::default().enable_autoload_extension(false).map_err(step())?;
    Connection::open_with_flags(path, config).map_err(step())
}

/// `text` as a string literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `name` as an identifier. Some tables (`fetch`) have the name of a keyword.
pub(crate) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A Parquet file as a table expression.
pub(crate) fn parquet(file: &Path) -> String {
    format!("read_parquet({})", literal(&file.to_string_lossy()))
}

/// The rows of `query`, each read from its JSON form. `DuckDB` knows best how
/// its lists, structs and dates are written; going through JSON spares a second
/// mapping of types here.
pub(crate) fn rows<T: DeserializeOwned>(
    conn: &Connection,
    step: &str,
    query: &str,
) -> Result<Vec<T>, WarehouseError> {
    let text = format!("SELECT CAST(to_json(found) AS VARCHAR) FROM ({query}) AS found");
    let fail = || WarehouseError::step(step);
    let mut statement = conn.prepare(&text).map_err(fail())?;
    let json = statement.query_map([], |row| row.get::<_, String>(0)).map_err(fail())?;
    json.map(|line| {
        let line = line.map_err(fail())?;
        serde_json::from_str(&line).map_err(|e| WarehouseError::Contract {
            table: step.to_owned(),
            reason: format!("unexpected row {line}: {e}"),
        })
    })
    .collect()
}

/// The single number that `query` gives.
pub(crate) fn count(conn: &Connection, step: &str, query: &str) -> Result<u64, WarehouseError> {
    conn.query_row(query, [], |row| row.get(0)).map_err(WarehouseError::step(step))
}
