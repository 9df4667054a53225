//! A small lake with the rows of `sample_rows`: published, with raw rows and a
//! ledger.

use std::fs;
use std::path::{Path, PathBuf};

use duckdb::Connection;
use regatta_lake::schema::{ColumnType, LABELS, TABLES, Table, table};
use regatta_lake::{
    Lake, Sha256, SnapshotId, SnapshotInput, SnapshotManifest, SnapshotTable, current_snapshot,
    publish_snapshot, snapshot_ref,
};
use tempfile::TempDir;

use crate::sample_rows::{DERIVED, ROWS};

/// A lake with one published snapshot and its ledger.
pub struct Sample {
    pub lake: Lake,
    pub snapshot: SnapshotManifest,
    _dir: TempDir,
}

impl Sample {
    /// Writes and publishes the lake.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        write_raw(&lake);
        write_ledger(&lake, "ok");
        let snapshot = publish(&lake, "2026-11-23T08:15:00Z", |_| {});
        Self { lake, snapshot, _dir: dir }
    }

    /// The same, with the `DuckDB` file built.
    pub fn built() -> Self {
        let sample = Self::new();
        regatta_warehouse::build(&sample.lake, &sample.snapshot).unwrap();
        sample
    }

    /// A connection as the commands have it.
    pub fn open(&self) -> Connection {
        regatta_warehouse::open_read_only(&self.lake).unwrap()
    }
}

/// Publishes another snapshot, with the tables changed by `edit` before they
/// are written.
pub fn publish(lake: &Lake, at: &str, edit: impl FnOnce(&Connection)) -> SnapshotManifest {
    let created_at = at.parse().unwrap();
    let scratch = lake.scratch().unwrap();
    let folder = scratch.path().join("staged");
    fs::create_dir(&folder).unwrap();
    let snapshot_id = SnapshotId::at(created_at);
    let tables = stage(&folder, edit)
        .into_iter()
        .map(|(name, file, rows)| {
            let (_, sha256, bytes) = lake.describe(&file).unwrap();
            let path = format!("snapshots/{snapshot_id}/{name}.parquet");
            SnapshotTable { name, path, rows, bytes, sha256 }
        })
        .collect();
    let previous = current_snapshot(lake).unwrap().map(|s| snapshot_ref(lake, &s).unwrap());
    let inputs = ["us_orange_book", "us_drugs_at_fda"]
        .map(|source| {
            let data_run_id = "R1".parse().unwrap();
            let manifest_sha256 = Sha256::of(source.as_bytes());
            (source.parse().unwrap(), SnapshotInput { data_run_id, manifest_sha256 })
        })
        .into();
    let manifest = SnapshotManifest {
        format: 1,
        schema_version: regatta_lake::schema::SCHEMA_VERSION,
        snapshot_id,
        created_at,
        previous,
        inputs,
        dictionaries_sha256: Sha256::of(b"dictionaries"),
        rules_version: 1,
        tables,
        files: Vec::new(),
        changes: Vec::new(),
    };
    publish_snapshot(lake, &folder, &manifest).unwrap();
    manifest
}

/// Writes the tables of a snapshot into `folder`: name, file, rows.
pub fn stage(folder: &Path, edit: impl FnOnce(&Connection)) -> Vec<(String, PathBuf, u64)> {
    let conn = Connection::open_in_memory().unwrap();
    for (name, body) in
        [("us", "ob"), ("fda", "fda"), ("cn", "cn"), ("jp", "jp"), ("cde", "cde"), ("ctr", "ctr")]
    {
        conn.execute_batch(&format!("SET VARIABLE {name} = '{}'", Sha256::of(body.as_bytes())))
            .unwrap();
    }
    for table in TABLES {
        conn.execute_batch(&create(table)).unwrap();
    }
    for (table, columns, values) in ROWS {
        conn.execute_batch(&format!("INSERT INTO {table} ({columns}) VALUES {values}")).unwrap();
    }
    conn.execute_batch(DERIVED).unwrap();
    for label in LABELS {
        conn.execute(
            "INSERT INTO label VALUES (?, ?, ?, ?, ?)",
            duckdb::params![label.kind, label.code, label.rank, label.en, label.zh],
        )
        .unwrap();
    }
    edit(&conn);
    TABLES
        .iter()
        .filter(|t| !["source", "run", "fetch"].contains(&t.name))
        .map(|table| {
            let file = folder.join(format!("{}.parquet", table.name));
            let rows = copy(&conn, table, &file);
            (table.name.to_owned(), file, rows)
        })
        .collect()
}

/// The regulator's own rows of the Orange Book.
fn write_raw(lake: &Lake) {
    let conn = Connection::open_in_memory().unwrap();
    let folder = lake.raw_dir(&"us_orange_book".parse().unwrap(), &"R1".parse().unwrap());
    fs::create_dir_all(&folder).unwrap();
    let body = Sha256::of(b"ob");
    let copy = |query: &str, file: &str| {
        let target = folder.join(file);
        conn.execute_batch(&format!("COPY ({query}) TO '{}' (FORMAT parquet)", target.display()))
            .unwrap();
    };
    let envelope = format!(
        "'us_orange_book' AS source_id, 'R1' AS run_id, k AS record_key, 'https://www.fda.gov/media/76860/download' AS url, '2026-11-23T08:00:00Z' AS fetched_at, '{body}' AS body_sha256"
    );
    copy(
        &format!(
            "SELECT {envelope}, 'products.txt' AS member, n AS row_number, i AS ingredient, 'TABLET;ORAL' AS \"df_route\", 'RX' AS type
             FROM (VALUES ('N-020636-001', 2, 'NEVIRAPINE'), ('A-203021-001', 3, 'NEVIRAPINE')) AS t(k, n, i)"
        ),
        "products.parquet",
    );
    copy(
        &format!(
            "SELECT {envelope}, 'patent.txt' AS member, 2 AS row_number, '5366972' AS patent_no FROM (SELECT 'N-020636-001-5366972' AS k)"
        ),
        "patent.parquet",
    );
    copy(
        "SELECT 'products' AS \"table\", 'products.txt' AS member, 2 AS row_number, '' AS \"column\", 'note' AS severity, 'stray_tab' AS kind, 'x' AS message",
        "_issues.parquet",
    );
}

/// Catalogue, runs and requests; the Orange Book's last run ended with `status`.
pub fn write_ledger(lake: &Lake, status: &str) {
    let conn = Connection::open_in_memory().unwrap();
    let folder = lake.ledger_dir();
    fs::create_dir_all(&folder).unwrap();
    for name in ["source", "run", "fetch"] {
        conn.execute_batch(&create(table(name).unwrap())).unwrap();
    }
    conn.execute_batch(&format!(
        "INSERT INTO source (source_id, title, publisher, country, max_age_hours, last_run_status, last_run_id, last_success_at, data_run_id, rows)
         VALUES ('us_orange_book', 'Orange Book', 'FDA', 'US', 48, '{status}', 'R1', TIMESTAMP '2026-11-23 08:00:00', 'R1', 2),
                ('us_drugs_at_fda', 'Drugs@FDA', 'FDA', 'US', 100000000, 'ok', 'R1', TIMESTAMP '2026-11-23 08:00:00', 'R1', 1),
                ('cn_nmpa', 'NMPA', 'NMPA', 'CN', 48, NULL, NULL, NULL, NULL, 0);
         INSERT INTO run (source_id, run_id, started_at, finished_at, status, requests, rows)
         VALUES ('us_orange_book', 'R1', TIMESTAMP '2026-11-23 08:00:00', TIMESTAMP '2026-11-23 08:00:05', '{status}', 1, 2);
         INSERT INTO fetch_ (source_id, run_id, fetch_number, url, outcome, fetched_at, checked_at, body_sha256)
         VALUES ('us_orange_book', 'R1', 1, 'https://www.fda.gov/media/76860/download', 'fetched', TIMESTAMP '2026-11-23 08:00:00', TIMESTAMP '2026-11-23 08:00:00', '{body}'),
                ('us_orange_book', 'R2', 1, 'https://www.fda.gov/media/76860/download', 'not_modified', TIMESTAMP '2026-11-23 08:00:00', TIMESTAMP '2026-11-23 20:00:00', '{body}');",
        body = Sha256::of(b"ob")
    ).replace("fetch_ ", "\"fetch\" "))
    .unwrap();
    for name in ["source", "run", "fetch"] {
        copy(&conn, table(name).unwrap(), &folder.join(format!("{name}.parquet")));
    }
}

/// The table with an empty value as default of every column that must have one.
fn create(table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|c| {
            let default = match c.ty {
                _ if c.nullable => "NULL",
                ColumnType::Text => "''",
                ColumnType::Int => "0",
                ColumnType::Bool => "false",
                ColumnType::TextList | ColumnType::DateList => "[]",
                ColumnType::Date | ColumnType::Timestamp => "NULL",
            };
            format!("\"{}\" {} DEFAULT {default}", c.name, c.ty.duckdb())
        })
        .collect();
    format!("CREATE TABLE \"{}\" ({})", table.name, columns.join(", "))
}

fn copy(conn: &Connection, table: &Table, file: &Path) -> u64 {
    let order = table.sort.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
    conn.execute_batch(&format!(
        "COPY (SELECT * FROM \"{}\" ORDER BY {order}) TO '{}' (FORMAT parquet, COMPRESSION zstd)",
        table.name,
        file.display()
    ))
    .unwrap();
    conn.query_row(&format!("SELECT count(*) FROM \"{}\"", table.name), [], |r| r.get(0)).unwrap()
}
