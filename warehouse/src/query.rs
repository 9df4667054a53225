//! Reading the `DuckDB` file: opening it safely, and answering queries that
//! people type.

use duckdb::{AccessMode, Config, Connection};
use regatta_lake::Lake;
use serde::Serialize;
use serde_json::{Number, Value};

use crate::WarehouseError;
use crate::sql::{ident, literal};

/// Opens the served file for reading. Nothing that runs on the connection can
/// write to the file, load or install an extension, or touch a file other than
/// the Parquet files of the lake; and no statement can lift that.
///
/// # Errors
/// [`WarehouseError::NotBuilt`] when nothing has been published.
pub fn open_read_only(lake: &Lake) -> Result<Connection, WarehouseError> {
    let file = lake.duckdb_file();
    if !file.exists() {
        return Err(WarehouseError::NotBuilt { path: file });
    }
    let step = || WarehouseError::step(format!("open {}", file.display()));
    let config = Config::default()
        .access_mode(AccessMode::ReadOnly)
        .and_then(|c| c.enable_autoload_extension(false))
        .map_err(step())?;
    let conn = Connection::open_with_flags(&file, config).map_err(step())?;
    lock_down(lake, &conn)?;
    Ok(conn)
}

/// Takes from a connection whatever would reach beyond the lake.
pub(crate) fn lock_down(lake: &Lake, conn: &Connection) -> Result<(), WarehouseError> {
    // The raw views read files, so that part of the lake stays readable.
    let folders: Vec<String> = [lake.root().join("raw"), lake.snapshots_dir(), lake.ledger_dir()]
        .iter()
        .map(|folder| literal(&format!("{}/", folder.display())))
        .collect();
    let lock = format!(
        "SET autoinstall_known_extensions = false;
         SET autoload_known_extensions = false;
         SET allowed_directories = [{}];
         SET enable_external_access = false;
         SET lock_configuration = true;",
        folders.join(", ")
    );
    conn.execute_batch(&lock).map_err(WarehouseError::step("close the connection to files"))
}

/// The snapshot that the served file was built from.
///
/// # Errors
/// As [`open_read_only`], and when the file does not say.
pub fn file_snapshot(lake: &Lake) -> Result<String, WarehouseError> {
    let query = "SELECT value FROM meta WHERE key = 'snapshot_id'";
    open_read_only(lake)?
        .query_row(query, [], |row| row.get(0))
        .map_err(WarehouseError::step("read which snapshot the file holds"))
}

/// Whether the views of the served file name the files of this lake: not where it
/// was moved, or restored to another folder.
///
/// # Errors
/// As [`open_read_only`], and when the file does not say.
pub fn file_names_lake(lake: &Lake) -> Result<bool, WarehouseError> {
    let query = "SELECT coalesce(bool_and(contains(sql, ?)), true) FROM duckdb_views()
        WHERE schema_name = 'raw' AND NOT internal";
    // As it stands in the text of a view.
    let folder = lake.root().join("raw").to_string_lossy().replace('\'', "''");
    open_read_only(lake)?
        .query_row(query, [folder], |row| row.get(0))
        .map_err(WarehouseError::step("read which lake the file names"))
}

/// What a query gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each has one value per column.
    pub rows: Vec<Vec<Value>>,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name; a repeated name is numbered.
    pub name: String,
    /// Its type in `DuckDB`, e.g. `DATE` or `VARCHAR[]`.
    #[serde(rename = "type")]
    pub ty: String,
}

/// Runs one query: SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE or SHOW.
/// Anything else, and more than one statement, is refused before it runs.
///
/// Values become JSON: numbers as numbers where JSON can hold them without
/// loss, else as text (large HUGEINT, long DECIMAL); lists and structs as
/// arrays and objects; dates, times, intervals and everything else as the text
/// that `DuckDB` shows, instants thus as `2026-11-23 08:15:00`.
///
/// # Errors
/// [`WarehouseError::Refused`] for other statements, [`WarehouseError::Query`]
/// for what `DuckDB` finds wrong.
pub fn run_sql(conn: &Connection, sql: &str) -> Result<Answer, WarehouseError> {
    check_single_query(conn, sql)?;
    let inner = trimmed(sql);
    let columns = describe(conn, inner)?;
    // DuckDB renders the values: it knows all its types.
    let aliases: Vec<String> = (0..columns.len()).map(|i| format!("c{i}")).collect();
    let shown: Vec<String> =
        columns.iter().zip(&aliases).map(|(column, alias)| render(column, alias)).collect();
    let text =
        format!("SELECT {} FROM (\n{inner}\n) AS answer({})", shown.join(", "), aliases.join(", "));
    let fail = WarehouseError::query;
    let mut statement = conn.prepare(&text).map_err(fail)?;
    let mut found = statement.query([]).map_err(fail)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(fail)? {
        let mut values = Vec::with_capacity(columns.len());
        for (i, column) in columns.iter().enumerate() {
            let text: Option<String> = row.get(i).map_err(fail)?;
            values.push(text.map_or(Value::Null, |text| value(&column.ty, text)));
        }
        rows.push(values);
    }
    Ok(Answer { columns, rows })
}

/// A query without what may not stand in a subquery.
pub(crate) fn trimmed(sql: &str) -> &str {
    sql.trim().trim_end_matches(|c: char| c == ';' || c.is_whitespace())
}

/// `DuckDB`'s own parser says what the text is: only queries can be written as
/// JSON, and the statements in it can be counted.
pub(crate) fn check_single_query(conn: &Connection, sql: &str) -> Result<(), WarehouseError> {
    let refused = |reason: String| WarehouseError::Refused { reason };
    let parsed: String = conn
        .query_row("SELECT CAST(json_serialize_sql(?::VARCHAR) AS VARCHAR)", [sql], |r| r.get(0))
        .map_err(|error| WarehouseError::Query { error })?;
    let parsed: Value = serde_json::from_str(&parsed).map_err(|e| refused(e.to_string()))?;
    if parsed["error"] == Value::Bool(true) {
        let message = parsed["error_message"].as_str().unwrap_or("not understood");
        return Err(refused(if parsed["error_type"] == "parser" {
            message.to_owned()
        } else {
            "the file is read-only: one query that starts with SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE or SHOW".to_owned()
        }));
    }
    match parsed["statements"].as_array().map_or(0, Vec::len) {
        1 => Ok(()),
        0 => Err(refused("there is no query".to_owned())),
        n => Err(refused(format!("one query at a time, these are {n}"))),
    }
}

pub(crate) fn describe(conn: &Connection, inner: &str) -> Result<Vec<Column>, WarehouseError> {
    let fail = WarehouseError::query;
    let mut statement =
        conn.prepare(&format!("DESCRIBE SELECT * FROM (\n{inner}\n)")).map_err(fail)?;
    let columns = statement
        .query_map([], |row| Ok(Column { name: row.get(0)?, ty: row.get(1)? }))
        .map_err(fail)?;
    columns.collect::<Result<_, _>>().map_err(fail)
}

/// Nested types go through JSON, all others through their text.
fn render(column: &Column, alias: &str) -> String {
    let alias = ident(alias);
    if is_nested(&column.ty) {
        format!("CAST(to_json({alias}) AS VARCHAR)")
    } else {
        format!("CAST({alias} AS VARCHAR)")
    }
}

fn is_nested(ty: &str) -> bool {
    ty == "JSON"
        || ty.ends_with(']')
        || ["STRUCT(", "MAP(", "UNION("].iter().any(|p| ty.starts_with(p))
}

fn value(ty: &str, text: String) -> Value {
    if is_nested(ty) {
        return serde_json::from_str(&text).unwrap_or(Value::String(text));
    }
    match ty {
        "BOOLEAN" => Value::Bool(text == "true"),
        "FLOAT" | "DOUBLE" => {
            text.parse().ok().and_then(Number::from_f64).map_or(Value::String(text), Value::Number)
        }
        _ if ty.ends_with("INT") || ty.ends_with("INTEGER") => {
            let number = text.parse().map(i64::into).or_else(|_| text.parse().map(u64::into));
            number.map_or(Value::String(text), Value::Number)
        }
        _ if ty.starts_with("DECIMAL") => decimal(text),
        _ => Value::String(text),
    }
}

/// A double holds 15 decimal digits exactly.
fn decimal(text: String) -> Value {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = text.parse().ok().filter(|_| digits <= 15).and_then(Number::from_f64);
    number.map_or(Value::String(text), Value::Number)
}
