//! Checks of the staged tables before a snapshot is published.
//!
//! Most are made from the contract: columns and their types, keys, null values,
//! foreign keys, codes of enumerations, numbers of rows against the snapshot
//! before. The others are files of `warehouse/checks`: queries that return rows
//! only when something is wrong.

mod contract;
mod row_counts;

use std::path::{Path, PathBuf};

use duckdb::Connection;
use regatta_lake::Watch;
use regatta_lake::schema::{LEDGER, TABLES, Table};
use serde::{Deserialize, Serialize};

use crate::WarehouseError;
use crate::sql::ident;
use crate::tables::{kept_select, nulls};

/// Rows that a result shows.
const SHOWN: usize = 10;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Name of the check: that of its file, or e.g. `key_listing`.
    pub name: String,
    /// Rows that are wrong; none if it passed.
    pub rows: u64,
    /// Up to ten of them, as JSON with their ids, in the order of the text.
    pub examples: Vec<String>,
    /// Up to ten rows that the check found and accepts, as JSON with the
    /// reason: a table that grew because a source has a new run.
    pub remarks: Vec<String>,
}

impl CheckResult {
    /// Nothing is wrong.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.rows == 0
    }
}

/// The tables to check, and what is known of how they came to be.
#[derive(Clone, Debug)]
pub struct CheckInput<'a> {
    /// Folder of the staged files (`<table>.parquet`).
    pub staged: &'a Path,
    /// Folder of the tables `source`, `run` and `fetch`; without it nothing is
    /// checked against them.
    pub ledger: Option<&'a Path>,
    /// The snapshot before, where there is one.
    pub before: Option<Before<'a>>,
}

/// The snapshot before, and what is different from it.
#[derive(Clone, Debug)]
pub struct Before<'a> {
    /// Folder of its files.
    pub folder: &'a Path,
    /// Sources whose data is of another run.
    pub changed_sources: Vec<String>,
    /// The raw tables of these.
    pub raw_rows: Vec<RawRows>,
    /// A dictionary is another one.
    pub dictionaries_changed: bool,
    /// The rules in code, or the contract of the tables, are others.
    pub rules_changed: bool,
}

/// Rows of a raw table in the run of then and in that of now, which passed its gates.
#[derive(Clone, Debug)]
pub struct RawRows {
    /// Source.
    pub source_id: String,
    /// Raw table.
    pub table: String,
    /// Rows in the run of the snapshot before.
    pub before: u64,
    /// Rows now; 0 where the table did not come.
    pub now: u64,
}

impl CheckInput<'_> {
    /// The file of a table.
    pub(crate) fn file_of(&self, table: &Table) -> Option<PathBuf> {
        let folder = if LEDGER.contains(&table.name) { self.ledger } else { Some(self.staged) };
        folder.and_then(|folder| file_of(folder, table))
    }
}

macro_rules! checks {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../checks/", $name, ".sql")))),+]
    };
}

/// The files of `warehouse/checks`.
const CHECKS: &[(&str, &str)] = checks![
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
    "progress_has_evidence",
    "progress_not_backwards",
    "record_counts_by_source",
    "record_not_halved",
    "references",
    "registration_has_association",
];

/// Files whose rows may have a `reason`: with one, the row is a remark.
const WITH_REASON: &[&str] = &["progress_not_backwards"];

/// The records of the three kinds (R1) in one shape: many checks are about all
/// of them.
const PARTICIPANT: &str = "
CREATE TEMP TABLE participant AS
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

/// What is different from the snapshot before: `('run', source_id)`,
/// `('dictionaries', '')`, `('rules', '')`; and how many rows the raw tables have.
const CIRCUMSTANCE: &str =
    "CREATE TEMP TABLE circumstance (kind VARCHAR NOT NULL, name VARCHAR NOT NULL);
    CREATE TEMP TABLE raw_rows (
        source_id VARCHAR NOT NULL, raw_table VARCHAR NOT NULL,
        before UBIGINT NOT NULL, now UBIGINT NOT NULL
    );";

/// Runs all checks. The tables of the snapshot before are the database
/// `previous`. A table without a file counts as empty. All results are given,
/// those that passed too. Where a table breaks its contract, only that is
/// reported: the other checks would say the same in more words.
///
/// The tables are read into memory for it; [`crate::Draft::checked`] looks at those
/// of the file that will be served.
///
/// # Errors
/// When a file cannot be read at all.
pub fn run_checks(input: &CheckInput<'_>) -> Result<Vec<CheckResult>, WarehouseError> {
    let mut watch = Watch::start();
    let conn = Connection::open_in_memory().map_err(WarehouseError::step("start the checks"))?;
    let results = contract_kept(&conn, input)?;
    if results.iter().any(|r| !r.passed()) {
        return Ok(results);
    }
    for table in TABLES {
        let body = kept(&conn, table, input.file_of(table).as_deref())?;
        create(&conn, "TABLE", &ident(table.name), &body, table)?;
    }
    watch.lap("checks: read the tables", 0, 0);
    show_before(&conn, input)?;
    Ok([results, content_kept(&conn, input)?].concat())
}

/// Whether each file has the columns of its table.
pub(crate) fn contract_kept(
    conn: &Connection,
    input: &CheckInput<'_>,
) -> Result<Vec<CheckResult>, WarehouseError> {
    TABLES.iter().map(|t| contract::columns(conn, t, input.file_of(t).as_deref())).collect()
}

/// Makes the tables of the snapshot before the database `previous`: views, for
/// few of them are asked for. An earlier contract may lack columns: they are null.
pub(crate) fn show_before(conn: &Connection, input: &CheckInput<'_>) -> Result<(), WarehouseError> {
    conn.execute_batch("ATTACH ':memory:' AS previous")
        .map_err(WarehouseError::step("start the checks"))?;
    for table in TABLES {
        let file = input.before.as_ref().and_then(|b| file_of(b.folder, table));
        let body = kept(conn, table, file.as_deref())?;
        create(conn, "VIEW", &format!("previous.{}", ident(table.name)), &body, table)?;
    }
    Ok(())
}

/// The checks of what the tables say: those of `main`, and of [`show_before`].
pub(crate) fn content_kept(
    conn: &Connection,
    input: &CheckInput<'_>,
) -> Result<Vec<CheckResult>, WarehouseError> {
    let mut watch = Watch::start();
    let mut results = Vec::new();
    conn.execute_batch(PARTICIPANT)
        .and_then(|()| conn.execute_batch(CIRCUMSTANCE))
        .map_err(WarehouseError::step("prepare the checks"))?;
    for table in TABLES {
        results.push(run(conn, format!("key_{}", table.name), &contract::key_query(table))?);
        let nulls = contract::null_query(table);
        results.push(run(conn, format!("not_null_{}", table.name), &nulls)?);
        if let Some(query) = contract::foreign_key_query(table, input.ledger.is_some()) {
            results.push(run(conn, format!("foreign_keys_{}", table.name), &query)?);
        }
        if let Some(query) = contract::accepted_values_query(table) {
            results.push(run(conn, format!("accepted_values_{}", table.name), &query)?);
        }
    }
    watch.lap("checks: contract", 0, 0);
    if let Some(before) = &input.before {
        circumstances(conn, before)?;
        let was_there = |table: &Table| file_of(before.folder, table).is_some();
        let counts = row_counts::query(was_there);
        results.push(with_reason(conn, "row_counts".to_owned(), &counts)?);
    }
    for (name, sql) in CHECKS {
        let query = sql.trim().trim_end_matches(';');
        results.push(if WITH_REASON.contains(name) {
            with_reason(conn, (*name).to_owned(), query)?
        } else {
            run(conn, (*name).to_owned(), query)?
        });
        watch.lap(name, 0, 0);
    }
    conn.execute_batch(
        "DROP TABLE temp.participant; DROP TABLE temp.circumstance; DROP TABLE temp.raw_rows;",
    )
    .map_err(WarehouseError::step("end the checks"))?;
    Ok(results)
}

fn circumstances(conn: &Connection, before: &Before<'_>) -> Result<(), WarehouseError> {
    let mut rows: Vec<(&str, &str)> =
        before.changed_sources.iter().map(|s| ("run", s.as_str())).collect();
    if before.dictionaries_changed {
        rows.push(("dictionaries", ""));
    }
    if before.rules_changed {
        rows.push(("rules", ""));
    }
    for (kind, name) in rows {
        conn.execute("INSERT INTO circumstance VALUES (?, ?)", [kind, name])
            .map_err(WarehouseError::step("prepare the checks"))?;
    }
    for raw in &before.raw_rows {
        conn.execute(
            "INSERT INTO raw_rows VALUES (?, ?, ?, ?)",
            duckdb::params![raw.source_id, raw.table, raw.before, raw.now],
        )
        .map_err(WarehouseError::step("prepare the checks"))?;
    }
    Ok(())
}

fn run(conn: &Connection, name: String, query: &str) -> Result<CheckResult, WarehouseError> {
    let (rows, examples) = found(conn, &name, query)?;
    Ok(CheckResult { name, rows, examples, remarks: Vec::new() })
}

/// A query with a column `reason`: rows without one are wrong, those with one
/// are remarks.
fn with_reason(
    conn: &Connection,
    name: String,
    query: &str,
) -> Result<CheckResult, WarehouseError> {
    let of = |is: &str| format!("SELECT * FROM (\n{query}\n) AS r WHERE r.reason IS {is}");
    let (rows, examples) = found(conn, &name, &of("NULL"))?;
    let (_, remarks) = found(conn, &name, &of("NOT NULL"))?;
    Ok(CheckResult { name, rows, examples, remarks })
}

/// The number of rows, and the first of them as JSON.
fn found(conn: &Connection, name: &str, query: &str) -> Result<(u64, Vec<String>), WarehouseError> {
    let step = || WarehouseError::step(format!("run the check {name}"));
    let rows: u64 = conn
        .query_row(&format!("SELECT count(*) FROM (\n{query}\n) AS wrong"), [], |row| row.get(0))
        .map_err(step())?;
    if rows == 0 {
        return Ok((0, Vec::new()));
    }
    // In the order of the text: the same examples every time.
    let sql = format!(
        "SELECT CAST(to_json(wrong) AS VARCHAR) AS row FROM (\n{query}\n) AS wrong
         ORDER BY row LIMIT {SHOWN}"
    );
    let mut statement = conn.prepare(&sql).map_err(step())?;
    let examples =
        statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(step())?;
    Ok((rows, examples))
}

/// The rows of a table: of its file, or none.
fn kept(conn: &Connection, table: &Table, file: Option<&Path>) -> Result<String, WarehouseError> {
    match file {
        Some(file) => kept_select(conn, table, file),
        None => Ok(format!("SELECT {} LIMIT 0", nulls(table))),
    }
}

fn create(
    conn: &Connection,
    kind: &str,
    name: &str,
    body: &str,
    table: &Table,
) -> Result<(), WarehouseError> {
    conn.execute_batch(&format!("CREATE {kind} {name} AS {body}"))
        .map_err(WarehouseError::step(format!("read the table {}", table.name)))
}

fn file_of(folder: &Path, table: &Table) -> Option<PathBuf> {
    let file = folder.join(format!("{}.parquet", table.name));
    file.exists().then_some(file)
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
