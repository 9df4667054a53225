//! Checks of the staged tables before a snapshot is published.
//!
//! Three kinds are made from the contract (columns and their types, keys, null
//! values); the others are files of `warehouse/checks`: queries that return
//! rows only when something is wrong.

use std::path::{Path, PathBuf};

use duckdb::Connection;
use regatta_lake::schema::{ColumnType, TABLES, Table};
use serde::Serialize;

use crate::WarehouseError;
use crate::sql::{ident, parquet};
use crate::tables::{columns_of, create_statement};
use crate::views::LABEL;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckResult {
    /// Name of the check: that of its file, or e.g. `key_listing`.
    pub name: String,
    /// Rows that are wrong; none if it passed.
    pub rows: u64,
    /// One of them, as JSON.
    pub example: Option<String>,
}

impl CheckResult {
    /// Nothing is wrong.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.rows == 0
    }
}

/// Tables without which a snapshot says nothing.
const REQUIRED: [&str; 5] = ["listing", "drug", "drug_record", "drug_progress", "progress"];

macro_rules! checks {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../checks/", $name, ".sql")))),+]
    };
}

/// The files of `warehouse/checks`.
const CHECKS: &[(&str, &str)] = checks![
    "accepted_values",
    "drug_record_has_drug",
    "drug_record_has_record",
    "drug_record_links",
    "drug_has_records",
    "drug_keeps_companies",
    "ema_not_marketed",
    "every_record_has_one_drug",
    "market_listing_has_listings",
    "names_are_listed",
    "one_off_imports_apart",
    "progress_covers_all_blocks",
    "progress_has_drug",
    "progress_has_evidence",
    "record_counts_by_source",
    "record_not_halved",
    "references",
    "registration_has_association",
];

/// The records of the three kinds (R1) in one shape: many checks are about all
/// of them.
const PARTICIPANT: &str = "
CREATE TABLE participant AS
SELECT record_id, source_id, 'listing' AS record_kind, country, generic, dosage_form,
    dosage_form_match, generic_match <> 'not_a_drug' AS takes_part
FROM listing
UNION ALL
SELECT record_id, source_id, 'registration', country, generic, dosage_form,
    dosage_form_match, generic_match <> 'not_a_drug'
FROM registration
UNION ALL
SELECT record_id, source_id, 'trial', country, generic, dosage_form,
    dosage_form_match, generic_match <> 'not_a_drug'
FROM trial_product;";

/// Runs all checks over a folder of staged Parquet files (`<table>.parquet`),
/// with the folder of the snapshot before, where there is one, as the schema
/// `previous`. A table without a file counts as empty. All results are given,
/// those that passed too. Where a table breaks its contract, only that is
/// reported: the other checks would say the same in more words.
///
/// # Errors
/// When a file cannot be read at all.
pub fn run_checks(
    staged: &Path,
    previous: Option<&Path>,
) -> Result<Vec<CheckResult>, WarehouseError> {
    let conn = Connection::open_in_memory().map_err(WarehouseError::step("start the checks"))?;
    conn.execute_batch("CREATE SCHEMA previous;")
        .map_err(WarehouseError::step("start the checks"))?;
    let mut results = Vec::new();
    for table in TABLES {
        let file = file_of(staged, table);
        results.push(columns_check(&conn, table, file.as_deref())?);
        show(&conn, "main", table, file.as_deref())?;
        show(&conn, "previous", table, previous.and_then(|p| file_of(p, table)).as_deref())?;
    }
    if results.iter().any(|r| !r.passed()) {
        return Ok(results);
    }
    for table in TABLES {
        results.push(run(&conn, format!("key_{}", table.name), &key_query(table))?);
        results.push(run(&conn, format!("not_null_{}", table.name), &null_query(table))?);
    }
    conn.execute_batch(LABEL)
        .and_then(|()| conn.execute_batch(PARTICIPANT))
        .map_err(WarehouseError::step("prepare the checks"))?;
    for (name, sql) in CHECKS {
        results.push(run(&conn, (*name).to_owned(), sql.trim().trim_end_matches(';'))?);
    }
    Ok(results)
}

fn run(conn: &Connection, name: String, query: &str) -> Result<CheckResult, WarehouseError> {
    // min: the same example every time.
    let sql = format!(
        "SELECT count(*), min(CAST(to_json(wrong) AS VARCHAR)) FROM (\n{query}\n) AS wrong"
    );
    let (rows, example) = conn
        .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(WarehouseError::step(format!("run the check {name}")))?;
    Ok(CheckResult { name, rows, example })
}

/// The table from its file, or empty. The staged tables are read once, into
/// memory, for every check asks for several of them; of those before only
/// counts are asked for.
fn show(
    conn: &Connection,
    schema: &str,
    table: &Table,
    file: Option<&Path>,
) -> Result<(), WarehouseError> {
    let statement = match file {
        Some(file) => {
            let kind = if schema == "main" { "TABLE" } else { "VIEW" };
            let name = ident(table.name);
            format!("CREATE {kind} {schema}.{name} AS SELECT * FROM {}", parquet(file))
        }
        None => {
            create_statement(table).replacen("CREATE TABLE ", &format!("CREATE TABLE {schema}."), 1)
        }
    };
    conn.execute_batch(&statement)
        .map_err(WarehouseError::step(format!("read the staged table {}", table.name)))
}

fn file_of(folder: &Path, table: &Table) -> Option<PathBuf> {
    let file = folder.join(format!("{}.parquet", table.name));
    file.exists().then_some(file)
}

/// Every column of the contract is there with its type.
fn columns_check(
    conn: &Connection,
    table: &Table,
    file: Option<&Path>,
) -> Result<CheckResult, WarehouseError> {
    let name = format!("columns_{}", table.name);
    let Some(file) = file else {
        let missing = REQUIRED.contains(&table.name);
        let example = missing.then(|| format!("{}.parquet is not there", table.name));
        return Ok(CheckResult { name, rows: u64::from(missing), example });
    };
    let found = columns_of(conn, table.name, &parquet(file))?;
    let mut problems = Vec::new();
    for column in table.columns {
        match found.get(column.name) {
            None => problems.push(format!("no column {}", column.name)),
            Some(ty) if !is_type(column.ty, ty) => {
                problems.push(format!("{} is {ty}, not {}", column.name, column.ty.duckdb()));
            }
            Some(_) => {}
        }
    }
    for column in found.keys().filter(|c| table.column(c).is_none()) {
        problems.push(format!("{column} is not in the contract"));
    }
    let rows = problems.len() as u64;
    let example = (rows > 0).then(|| problems.join("; "));
    Ok(CheckResult { name, rows, example })
}

fn is_type(expected: ColumnType, found: &str) -> bool {
    match expected {
        // Parquet tells units and time zones of instants apart.
        ColumnType::Timestamp => found.starts_with("TIMESTAMP"),
        other => found == other.duckdb(),
    }
}

fn key_query(table: &Table) -> String {
    let key = table.key.iter().map(|c| ident(c)).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT {key}, count(*) AS times FROM {} GROUP BY {key} HAVING count(*) > 1",
        ident(table.name)
    )
}

fn null_query(table: &Table) -> String {
    let name = ident(table.name);
    let key = table.key.iter().map(|c| ident(c)).collect::<Vec<_>>().join(", ");
    let required = || table.columns.iter().filter(|c| !c.nullable);
    let named: Vec<String> = required()
        .map(|c| format!("CASE WHEN {} IS NULL THEN '{}' END", ident(c.name), c.name))
        .collect();
    // Tested first: text is put together for rows that are wrong only.
    let any: Vec<String> = required().map(|c| format!("{} IS NULL", ident(c.name))).collect();
    format!(
        "SELECT {key}, concat_ws(', ', {}) AS null_columns FROM {name} WHERE {}",
        named.join(", "),
        if any.is_empty() { "false".to_owned() } else { any.join(" OR ") }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_in_the_list() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|f| f.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let mut listed: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        listed.sort_unstable();
        assert_eq!(files, listed);
    }
}
