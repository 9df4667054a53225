//! Checks made from the contract of a table.

use std::path::Path;

use duckdb::Connection;
use regatta_lake::schema::{ColumnType, ForeignKey, LEDGER, Table};

use super::{CheckResult, SHOWN};
use crate::WarehouseError;
use crate::sql::{ident, literal, parquet};
use crate::tables::columns_of;

/// Tables without which a snapshot says nothing.
const REQUIRED: [&str; 6] =
    ["listing", "drug", "drug_record", "drug_progress", "progress", "label"];

/// Every column of the contract is there with its type.
pub(super) fn columns(
    conn: &Connection,
    table: &Table,
    file: Option<&Path>,
) -> Result<CheckResult, WarehouseError> {
    let mut problems = Vec::new();
    match file {
        None if REQUIRED.contains(&table.name) => {
            problems.push(format!("{}.parquet is not there", table.name));
        }
        None => {}
        Some(file) => {
            let found = columns_of(conn, table.name, &parquet(file))?;
            for column in table.columns {
                match found.get(column.name) {
                    None => problems.push(format!("no column {}", column.name)),
                    Some(ty) if !is_type(column.ty, ty) => {
                        let wanted = column.ty.duckdb();
                        problems.push(format!("{} is {ty}, not {wanted}", column.name));
                    }
                    Some(_) => {}
                }
            }
            for column in found.keys().filter(|c| table.column(c).is_none()) {
                problems.push(format!("{column} is not in the contract"));
            }
        }
    }
    let rows = problems.len() as u64;
    problems.truncate(SHOWN);
    let name = format!("columns_{}", table.name);
    Ok(CheckResult { name, rows, examples: problems, remarks: Vec::new() })
}

fn is_type(expected: ColumnType, found: &str) -> bool {
    match expected {
        // Parquet tells units and time zones of instants apart.
        ColumnType::Timestamp => found.starts_with("TIMESTAMP"),
        other => found == other.duckdb(),
    }
}

/// Rows of one key.
pub(super) fn key_query(table: &Table) -> String {
    let key = key(table);
    format!(
        "SELECT {key}, count(*) AS times FROM {} GROUP BY {key} HAVING count(*) > 1",
        ident(table.name)
    )
}

/// Rows with a null where none may be.
pub(super) fn null_query(table: &Table) -> String {
    let required = || table.columns.iter().filter(|c| !c.nullable);
    let named: Vec<String> = required()
        .map(|c| format!("CASE WHEN {} IS NULL THEN '{}' END", ident(c.name), c.name))
        .collect();
    // Tested first: text is put together for rows that are wrong only.
    let any: Vec<String> = required().map(|c| format!("{} IS NULL", ident(c.name))).collect();
    format!(
        "SELECT {}, concat_ws(', ', {}) AS null_columns FROM {} WHERE {}",
        key(table),
        named.join(", "),
        ident(table.name),
        if any.is_empty() { "false".to_owned() } else { any.join(" OR ") }
    )
}

/// Values that name a row of another table which is not there. `ledger` says
/// whether the tables beside the snapshot can be asked.
pub(super) fn foreign_key_query(table: &Table, ledger: bool) -> Option<String> {
    let there = |name: &str| ledger || !LEDGER.contains(&name);
    let queries: Vec<String> = table
        .foreign_keys
        .iter()
        .filter(|k| there(k.table) && there(table.name))
        .map(|k| missing(table, k))
        .collect();
    (!queries.is_empty()).then(|| queries.join("\nUNION ALL\n"))
}

fn missing(table: &Table, key_to: &ForeignKey) -> String {
    let is_list = |name: &&str| table.column(name).is_some_and(|c| c.ty.is_list());
    let list = key_to.columns.iter().any(is_list);
    let numbered = |columns: &[&str], list: bool| {
        let alias = |(n, c): (usize, &&str)| {
            let value = if list { format!("unnest({})", ident(c)) } else { ident(c) };
            format!("{value} AS _{n}")
        };
        columns.iter().enumerate().map(alias).collect::<Vec<_>>().join(", ")
    };
    let each = |shape: fn(usize) -> String, between: &str| {
        (0..key_to.columns.len()).map(shape).collect::<Vec<_>>().join(between)
    };
    format!(
        "SELECT {key}, {columns} AS \"column\", concat_ws(', ', {values}) AS value, {to} AS refers_to
         FROM (SELECT {key}, {own} FROM {name}) AS f
         ANTI JOIN (SELECT DISTINCT {others} FROM {other}) AS t ON {same}
         WHERE {some}",
        key = key(table),
        columns = literal(&key_to.columns.join(", ")),
        values = each(|n| format!("f._{n}"), ", "),
        to = literal(&format!("{}.{}", key_to.table, key_to.references.join(", "))),
        own = numbered(key_to.columns, list),
        name = ident(table.name),
        others = numbered(key_to.references, false),
        other = ident(key_to.table),
        same = each(|n| format!("f._{n} = t._{n}"), " AND "),
        some = each(|n| format!("f._{n} IS NOT NULL"), " AND "),
    )
}

/// Codes that the table `label` does not know.
pub(super) fn accepted_values_query(table: &Table) -> Option<String> {
    let queries: Vec<String> = table
        .columns
        .iter()
        .filter_map(|column| {
            let kind = literal(column.labels?);
            let name = ident(column.name);
            let value = if column.ty.is_list() { format!("unnest({name})") } else { name };
            Some(format!(
                "SELECT {key}, {column} AS \"column\", _code AS code
                 FROM (SELECT {key}, {value} AS _code FROM {table})
                 WHERE _code IS NOT NULL
                     AND _code NOT IN (SELECT l.code FROM label l WHERE l.kind = {kind})",
                key = key(table),
                column = literal(column.name),
                table = ident(table.name),
            ))
        })
        .collect();
    (!queries.is_empty()).then(|| queries.join("\nUNION ALL\n"))
}

fn key(table: &Table) -> String {
    table.key.iter().map(|c| ident(c)).collect::<Vec<_>>().join(", ")
}
