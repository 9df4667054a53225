//! The tables, views and queries to export, with what is known of their columns.

use duckdb::{Connection, params};
use regatta_lake::schema::{self, TABLES};

use super::Selection;
use super::place::export_error;
use crate::WarehouseError;
use crate::query::{check_single_query, describe, trimmed};
use crate::sql::ident;

/// Something with rows.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    /// Name of the table or view; `query` for a query.
    pub name: String,
    /// What one row is.
    pub doc: String,
    /// Columns that identify a row, where the contract says so.
    pub key: &'static [&'static str],
    /// Its columns.
    pub columns: Vec<Field>,
    /// A query that gives its rows.
    pub sql: String,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Name.
    pub name: String,
    /// Type in `DuckDB`.
    pub ty: String,
    /// How its values are written.
    pub kind: Kind,
    /// Meaning; empty where nobody says.
    pub doc: String,
}

/// How the values of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Float,
    Bool,
    Date,
    /// An instant in UTC.
    Instant,
    /// A number that a double may not hold: DECIMAL, HUGEINT.
    Number,
    /// A list of text, or of something else.
    List,
    /// Any other nested value.
    Nested,
}

impl Kind {
    fn of(ty: &str) -> Self {
        match ty {
            "BOOLEAN" => Self::Bool,
            "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "UTINYINT" | "USMALLINT"
            | "UINTEGER" => Self::Int,
            "FLOAT" | "DOUBLE" => Self::Float,
            "DATE" => Self::Date,
            "TIMESTAMP"
            | "TIMESTAMP_S"
            | "TIMESTAMP_MS"
            | "TIMESTAMP_NS"
            | "TIMESTAMP WITH TIME ZONE" => Self::Instant,
            "UBIGINT" | "HUGEINT" | "UHUGEINT" => Self::Number,
            "JSON" => Self::Nested,
            _ if ty.starts_with("DECIMAL") => Self::Number,
            _ if ty.ends_with(']') => Self::List,
            _ if ["STRUCT(", "MAP(", "UNION("].iter().any(|p| ty.starts_with(p)) => Self::Nested,
            _ => Self::Text,
        }
    }
}

/// What is to be exported.
pub(crate) fn select(
    conn: &Connection,
    selection: &Selection,
) -> Result<Vec<Relation>, WarehouseError> {
    match selection {
        Selection::All => TABLES.iter().map(|t| named(conn, t.name)).collect(),
        Selection::Named(names) => {
            for (i, name) in names.iter().enumerate() {
                if names[..i].contains(name) {
                    return Err(export_error(format!("{name} is named twice")));
                }
            }
            names.iter().map(|name| named(conn, name)).collect()
        }
        Selection::Query(sql) => query(conn, sql).map(|relation| vec![relation]),
    }
}

/// A table or view by its name, with `raw.` before it for the raw layer.
fn named(conn: &Connection, name: &str) -> Result<Relation, WarehouseError> {
    let (schema_name, bare) = name.split_once('.').unwrap_or(("main", name));
    let step = || WarehouseError::step(format!("look up {name}"));
    let doc: Option<Option<String>> = conn
        .prepare(
            "SELECT comment FROM (
                SELECT schema_name, table_name AS name, comment FROM duckdb_tables() WHERE NOT internal
                UNION ALL
                SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal
             ) WHERE schema_name = ? AND name = ?",
        )
        .and_then(|mut s| s.query_map(params![schema_name, bare], |row| row.get(0))?.next().transpose())
        .map_err(step())?;
    let Some(doc) = doc else { return Err(unknown(conn, name)?) };
    let sql = format!("SELECT * FROM {}.{}", ident(schema_name), ident(bare));
    let mut relation = Relation {
        name: name.to_owned(),
        doc: doc.unwrap_or_default(),
        key: schema::table(name).map_or(&[], |t| t.key),
        columns: fields(conn, &sql)?,
        sql,
    };
    let mut comments = conn
        .prepare(
            "SELECT column_name, comment FROM duckdb_columns()
             WHERE schema_name = ? AND table_name = ? AND comment IS NOT NULL",
        )
        .map_err(step())?;
    let comments = comments
        .query_map(params![schema_name, bare], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })
        .map_err(step())?;
    for comment in comments {
        let (column, doc) = comment.map_err(step())?;
        if let Some(field) = relation.columns.iter_mut().find(|f| f.name == column) {
            field.doc = doc;
        }
    }
    Ok(relation)
}

/// One query, of the kind that `run_sql` accepts.
pub(crate) fn query(conn: &Connection, sql: &str) -> Result<Relation, WarehouseError> {
    check_single_query(conn, sql)?;
    let inner = format!("SELECT * FROM (\n{}\n)", trimmed(sql));
    Ok(Relation {
        name: "query".to_owned(),
        doc: format!("The rows of the query: {}", trimmed(sql)),
        key: &[],
        columns: fields(conn, &inner)?,
        sql: inner,
    })
}

fn fields(conn: &Connection, sql: &str) -> Result<Vec<Field>, WarehouseError> {
    let columns = describe(conn, sql)?;
    Ok(columns
        .into_iter()
        .map(|c| Field { kind: Kind::of(&c.ty), name: c.name, ty: c.ty, doc: String::new() })
        .collect())
}

/// The error for a name that is not there, with the names that are.
fn unknown(conn: &Connection, name: &str) -> Result<WarehouseError, WarehouseError> {
    let step = || WarehouseError::step("list the tables and views");
    let mut statement = conn
        .prepare(
            "SELECT if(schema_name = 'main', '', schema_name || '.') || name FROM (
                SELECT schema_name, table_name AS name FROM duckdb_tables() WHERE NOT internal
                UNION ALL
                SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal
             ) WHERE schema_name = ? ORDER BY name",
        )
        .map_err(step())?;
    let schema = name.rsplit_once('.').map_or("main", |(schema, _)| schema);
    let names = statement.query_map([schema], |row| row.get::<_, String>(0)).map_err(step())?;
    let names: Vec<String> = names.collect::<Result<_, _>>().map_err(step())?;
    let hint = if crate::VIEWS.iter().any(|v| v.name == name) {
        format!("{name} is a macro: export it with --query \"FROM {name}(...)\"")
    } else if names.is_empty() {
        format!("there is no table or view {name:?}")
    } else {
        format!("there is no table or view {name:?}; there are {}", names.join(", "))
    };
    Ok(export_error(hint))
}
