//! Building the `DuckDB` file from one snapshot.

use std::path::PathBuf;

use duckdb::Connection;
use regatta_lake::schema::{self, LEDGER, TABLES, Table};
use regatta_lake::{Lake, SnapshotId, SnapshotManifest, Watch};
use serde::Serialize;

use crate::sql::{ident, open_for_writing};
use crate::{
    CheckInput, CheckResult, WarehouseError, catalogue, checks, history, raw, search, swap, tables,
    views,
};

/// What the checks came to, which is written after them.
const OUTCOME: &str = "quality_check";

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

/// A file being built aside, with the tables of a snapshot: to be checked before
/// the snapshot is published, and to be served after it.
///
/// Nothing of it is seen until [`Draft::finish`]; dropped, it is removed.
pub struct Draft {
    conn: Connection,
    file: PathBuf,
    tables: Vec<TableRows>,
    search_terms: u64,
    _scratch: tempfile::TempDir,
}

impl Draft {
    /// Loads the staged tables of `snapshot`, and checks them where they lie: what
    /// is checked is what will be served. No draft where a table cannot be loaded
    /// at all; the checks say why.
    ///
    /// The search index is built meanwhile, so that little is left to do once the
    /// snapshot is published.
    ///
    /// # Errors
    /// When a file cannot be read, or the file system refuses.
    pub fn checked(
        lake: &Lake,
        input: &CheckInput<'_>,
        snapshot: &SnapshotId,
    ) -> Result<(Vec<CheckResult>, Option<Self>), WarehouseError> {
        let draft = Self::begin(lake)?;
        let results = checks::contract_kept(&draft.conn, input)?;
        if results.iter().any(|r| !r.passed()) {
            return Ok((results, None));
        }
        checks::show_before(&draft.conn, input)?;
        let file_of = |table: &Table| input.file_of(table).filter(|_| table.name != OUTCOME);
        let mut draft = match draft.loaded(file_of, true) {
            Ok(draft) => draft,
            // A null where none may be: the checks, without such rules, name it.
            Err(error) => {
                let results = checks::run_checks(input)?;
                if results.iter().all(CheckResult::passed) {
                    return Err(error);
                }
                return Ok((results, None));
            }
        };
        let other = draft.conn.try_clone().map_err(WarehouseError::step("open the file again"))?;
        let (content, terms) = std::thread::scope(|threads| {
            let terms = threads.spawn(move || indexed(&other, snapshot));
            let content = checks::content_kept(&draft.conn, input);
            (content, terms.join())
        });
        let results = [results, content?].concat();
        // Tables that break the rules may have no index, however its making ended;
        // the checks are what counts.
        if results.iter().any(|r| !r.passed()) {
            return Ok((results, None));
        }
        draft.search_terms = terms.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok((results, Some(draft)))
    }

    /// Loads the tables of a published snapshot, and builds their index.
    fn of_snapshot(lake: &Lake, snapshot: &SnapshotManifest) -> Result<Self, WarehouseError> {
        let in_order = snapshot.schema_version == schema::SCHEMA_VERSION;
        let draft = Self::begin(lake)?;
        let mut draft = draft.loaded(|table| file_of(lake, snapshot, table), in_order)?;
        draft.search_terms = indexed(&draft.conn, &snapshot.snapshot_id)?;
        Ok(draft)
    }

    fn begin(lake: &Lake) -> Result<Self, WarehouseError> {
        let scratch = lake.scratch()?;
        let file = scratch.path().join("regatta.duckdb");
        let conn = open_for_writing(&file)?;
        let tables = Vec::with_capacity(TABLES.len());
        Ok(Self { conn, file, tables, search_terms: 0, _scratch: scratch })
    }

    fn loaded(
        mut self,
        file_of: impl Fn(&Table) -> Option<PathBuf>,
        in_order: bool,
    ) -> Result<Self, WarehouseError> {
        let mut watch = Watch::start();
        let conn = &self.conn;
        begin(conn)?;
        for table in TABLES {
            tables::create(conn, table)?;
            let file = file_of(table);
            let in_order = in_order && !LEDGER.contains(&table.name);
            let rows = match &file {
                Some(file) => tables::fill(conn, table, file, in_order)?,
                // Snapshots of version 2 had no such table; all views ask for it.
                None if table.name == "label" => tables::fill_labels(conn)?,
                None => 0,
            };
            self.tables.push(TableRows { table: table.name, rows, loaded: file.is_some() });
        }
        watch.lap("load tables", 0, 0);
        commit(conn)?;
        watch.lap("load tables: commit", 0, 0);
        Ok(self)
    }

    /// Adds what `snapshot` has come to have since, and the views, knowing of the
    /// newest `keep` snapshots only (the older ones may be swept without another
    /// build), and swaps the file in. Whoever has the old file open keeps it;
    /// whoever opens it from now on gets the new one, whole.
    ///
    /// # Errors
    /// When a table file is missing or breaks its contract, or the file system
    /// refuses; the file being served is then untouched.
    pub fn finish(
        mut self,
        lake: &Lake,
        snapshot: &SnapshotManifest,
        keep: usize,
    ) -> Result<BuildReport, WarehouseError> {
        let mut watch = Watch::start();
        let conn = &self.conn;
        begin(conn)?;
        for (table, report) in TABLES.iter().zip(&mut self.tables).filter(|(_, r)| !r.loaded) {
            if let Some(file) = file_of(lake, snapshot, table) {
                report.rows = tables::fill(conn, table, &file, false)?;
                report.loaded = true;
            }
        }
        let kept = catalogue::create(conn, lake, snapshot, keep)?;
        let raw_views = raw::create(conn, lake, snapshot)?;
        watch.lap("catalogue, raw views", 0, 0);
        // The macros over time read times; some views read the tables over time.
        views::create(conn, |v| v.name == "utc")?;
        history::create(conn, lake, &kept, snapshot)?;
        views::create(conn, |v| v.name != "utc")?;
        commit(conn)?;
        watch.lap("views", 0, 0);
        let bytes = swap::swap_in(lake, self.conn, &self.file)?;
        watch.lap("write and swap in", 0, 0);
        Ok(BuildReport {
            file: lake.duckdb_file(),
            bytes,
            tables: self.tables,
            raw_views,
            search_terms: self.search_terms,
        })
    }
}

/// Builds the search index of the tables, and what a view reads instead of all
/// records. The number of its terms.
fn indexed(conn: &Connection, snapshot: &SnapshotId) -> Result<u64, WarehouseError> {
    let mut watch = Watch::start();
    begin(conn)?;
    conn.execute_batch(include_str!("market_company.sql"))
        .map_err(WarehouseError::step("find the companies of each market"))?;
    watch.lap("companies of markets", 0, 0);
    let terms = search::create(conn, snapshot.as_str())?;
    commit(conn)?;
    watch.lap("search index", 0, 0);
    Ok(terms)
}

/// Statements go in few transactions: hundreds of small ones would each wait for
/// the disk.
fn begin(conn: &Connection) -> Result<(), WarehouseError> {
    conn.execute_batch("BEGIN").map_err(WarehouseError::step("begin"))
}

fn commit(conn: &Connection) -> Result<(), WarehouseError> {
    conn.execute_batch("COMMIT").map_err(WarehouseError::step("commit"))
}

/// Builds the file of a published `snapshot` aside and swaps it in, as
/// [`Draft::finish`].
///
/// # Errors
/// As [`Draft::finish`].
pub fn build(lake: &Lake, snapshot: &SnapshotManifest) -> Result<BuildReport, WarehouseError> {
    build_keeping(lake, snapshot, usize::MAX)
}

/// As [`build`], with views over time of the newest `keep` snapshots only: the others
/// are about to be swept.
///
/// # Errors
/// As [`build`].
pub fn build_keeping(
    lake: &Lake,
    snapshot: &SnapshotManifest,
    keep: usize,
) -> Result<BuildReport, WarehouseError> {
    Draft::of_snapshot(lake, snapshot)?.finish(lake, snapshot, keep)
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
    begin(&conn)?;
    let mut loaded = Vec::new();
    for name in LEDGER {
        let Some(table) = schema::table(name) else { continue };
        conn.execute_batch(&format!("DROP TABLE IF EXISTS {}", ident(name)))
            .map_err(WarehouseError::step(format!("replace the table {name}")))?;
        tables::create(&conn, table)?;
        let file = lake.ledger_dir().join(format!("{name}.parquet"));
        let there = file.exists();
        let rows = if there { tables::fill(&conn, table, &file, false)? } else { 0 };
        loaded.push(TableRows { table: table.name, rows, loaded: there });
    }
    commit(&conn)?;
    swap::swap_in(lake, conn, &file)?;
    Ok(loaded)
}

/// The file of a table of a snapshot, or of the ledger.
fn file_of(lake: &Lake, snapshot: &SnapshotManifest, table: &Table) -> Option<PathBuf> {
    if LEDGER.contains(&table.name) {
        let file = lake.ledger_dir().join(format!("{}.parquet", table.name));
        return file.exists().then_some(file);
    }
    snapshot.table(table.name).map(|t| lake.root().join(&t.path))
}
