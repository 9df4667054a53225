//! Building the `DuckDB` file from one snapshot.

use std::path::PathBuf;

use duckdb::Connection;
use regatta_lake::schema::{self, TABLES};
use regatta_lake::{Lake, SnapshotManifest};
use serde::Serialize;

use crate::sql::{ident, open_for_writing};
use crate::{WarehouseError, catalogue, history, raw, search, swap, tables, views};

/// Tables that change with every refresh, published or not. They lie in
/// `LAKE/ledger`, not in the snapshot.
const LEDGER: [&str; 3] = ["source", "run", "fetch"];

/// What was built.
#[derive(Clone, Debug, Serialize)]
pub struct BuildReport {
    /// The file being served now.
    pub file: PathBuf,
    /// Its size, bytes.
    pub bytes: u64,
    /// The tables loaded, in the order of the contract.
    pub tables: Vec<TableRows>,
    /// Views over raw Parquet files.
    pub raw_views: u64,
    /// Terms in the search index.
    pub search_terms: u64,
}

/// The size of one table.
#[derive(Clone, Debug, Serialize)]
pub struct TableRows {
    /// Its name.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// It came from a file; without one it is empty.
    pub loaded: bool,
}

/// Builds the file of `snapshot` aside and swaps it in. Whoever has the old
/// file open keeps it; whoever opens it from now on gets the new one, whole.
///
/// # Errors
/// When a table file is missing or breaks its contract, or the file system
/// refuses; the file being served is then untouched.
pub fn build(lake: &Lake, snapshot: &SnapshotManifest) -> Result<BuildReport, WarehouseError> {
    build_keeping(lake, snapshot, usize::MAX)
}

/// As [`build`], knowing of the newest `keep` snapshots only: the older ones may
/// be swept without another build.
///
/// # Errors
/// As [`build`].
pub fn build_keeping(
    lake: &Lake,
    snapshot: &SnapshotManifest,
    keep: usize,
) -> Result<BuildReport, WarehouseError> {
    let scratch = lake.scratch()?;
    let file = scratch.path().join("regatta.duckdb");
    let conn = open_for_writing(&file)?;
    // One transaction: hundreds of small ones would each wait for the disk.
    conn.execute_batch("BEGIN").map_err(WarehouseError::step("begin"))?;
    let tables = load_tables(&conn, lake, snapshot)?;
    let kept = catalogue::create(&conn, lake, snapshot, keep)?;
    let raw_views = raw::create(&conn, lake, snapshot)?;
    let search_terms = search::create(&conn, snapshot.snapshot_id.as_str())?;
    // The macros over time read times; some views read the tables over time.
    views::create(&conn, |v| v.name == "utc")?;
    history::create(&conn, lake, &kept, snapshot)?;
    views::create(&conn, |v| v.name != "utc")?;
    conn.execute_batch("COMMIT").map_err(WarehouseError::step("commit"))?;
    let bytes = swap::swap_in(lake, conn, &file)?;
    Ok(BuildReport { file: lake.duckdb_file(), bytes, tables, raw_views, search_terms })
}

/// Brings the tables `source`, `run` and `fetch` of the served file up to date
/// when a refresh published nothing: the file is copied, changed aside and
/// swapped in, everything else in it stays as it is. Returns the tables loaded.
///
/// # Errors
/// [`WarehouseError::NotBuilt`] when there is no file yet; else as [`build`].
pub fn refresh_ledger(lake: &Lake) -> Result<Vec<TableRows>, WarehouseError> {
    let served = lake.duckdb_file();
    if !served.exists() {
        return Err(WarehouseError::NotBuilt { path: served });
    }
    let scratch = lake.scratch()?;
    let file = scratch.path().join("regatta.duckdb");
    std::fs::copy(&served, &file).map_err(WarehouseError::io("cannot copy", &served))?;
    let conn = open_for_writing(&file)?;
    conn.execute_batch("BEGIN").map_err(WarehouseError::step("begin"))?;
    let mut loaded = Vec::new();
    for name in LEDGER {
        conn.execute_batch(&format!("DROP TABLE IF EXISTS {}", ident(name)))
            .map_err(WarehouseError::step(format!("replace the table {name}")))?;
        loaded.extend(load_ledger(&conn, lake, name)?);
    }
    conn.execute_batch("COMMIT").map_err(WarehouseError::step("commit"))?;
    swap::swap_in(lake, conn, &file)?;
    Ok(loaded)
}

fn load_tables(
    conn: &Connection,
    lake: &Lake,
    snapshot: &SnapshotManifest,
) -> Result<Vec<TableRows>, WarehouseError> {
    let mut report = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        if LEDGER.contains(&table.name) {
            report.extend(load_ledger(conn, lake, table.name)?);
            continue;
        }
        let file = snapshot.table(table.name).map(|t| lake.root().join(&t.path));
        let mut rows = tables::load(conn, table, file.as_deref())?;
        if file.is_none() && table.name == "label" {
            // Snapshots of version 2 had no such table; all views ask for it.
            rows = tables::fill_labels(conn)?;
        }
        report.push(TableRows { table: table.name, rows, loaded: file.is_some() });
    }
    Ok(report)
}

fn load_ledger(
    conn: &Connection,
    lake: &Lake,
    name: &str,
) -> Result<Option<TableRows>, WarehouseError> {
    let Some(table) = schema::table(name) else { return Ok(None) };
    let file = lake.ledger_dir().join(format!("{name}.parquet"));
    let file = file.exists().then_some(file);
    let rows = tables::load(conn, table, file.as_deref())?;
    Ok(Some(TableRows { table: table.name, rows, loaded: file.is_some() }))
}
