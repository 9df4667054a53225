//! A lake of made-up drugs, published and built.

use std::fs;
use std::path::Path;

use anyhow::Context;
use duckdb::Connection;
use regatta_lake::schema::{ColumnType, SCHEMA_VERSION, TABLES, Table};
use regatta_lake::{Lake, Sha256, SnapshotId, SnapshotManifest, SnapshotTable, publish_snapshot};

/// When it pretends to be made: always the same.
const CREATED_AT: &str = "2026-01-01T00:00:00Z";

const GENERATE: &str = include_str!("generate.sql");

/// Generates `drugs` drugs and what search needs of their records, and
/// publishes them in a new lake at `root`.
pub fn generate(root: &Path, drugs: u64) -> anyhow::Result<()> {
    let lake = Lake::open_or_create(root)?;
    let scratch = lake.scratch()?;
    let folder = scratch.path().join("staged");
    fs::create_dir(&folder)?;
    let conn = Connection::open(scratch.path().join("generate.duckdb"))?;
    for table in TABLES {
        conn.execute_batch(&create(table))?;
    }
    conn.execute_batch(&format!(
        "SET VARIABLE drugs = {drugs}; SET preserve_insertion_order = true;"
    ))?;
    conn.execute_batch(GENERATE).context("generate.sql")?;
    let created_at = CREATED_AT.parse()?;
    let snapshot_id = SnapshotId::at(created_at);
    let mut tables = Vec::new();
    for table in TABLES.iter().filter(|t| !["source", "run", "fetch"].contains(&t.name)) {
        let name = table.name.to_owned();
        let file = folder.join(format!("{name}.parquet"));
        let rows = copy(&conn, table, &file)?;
        let (_, sha256, bytes) = lake.describe(&file)?;
        let path = format!("snapshots/{snapshot_id}/{name}.parquet");
        tables.push(SnapshotTable { name, path, rows, bytes, sha256 });
    }
    let manifest = SnapshotManifest {
        format: 1,
        schema_version: SCHEMA_VERSION,
        snapshot_id,
        created_at,
        previous: None,
        inputs: [].into(),
        dictionaries_sha256: Sha256::of(b""),
        rules_version: 1,
        tables,
        files: Vec::new(),
        changes: Vec::new(),
    };
    publish_snapshot(&lake, &folder, &manifest)?;
    Ok(())
}

/// The table with an empty value as default of every column that must have one.
fn create(table: &Table) -> String {
    let columns = table.columns.iter().map(|c| {
        let default = match c.ty {
            _ if c.nullable => "NULL",
            ColumnType::Text => "''",
            ColumnType::Int => "0",
            ColumnType::Bool => "false",
            ColumnType::TextList | ColumnType::DateList => "[]",
            ColumnType::Date => "DATE '2026-11-23'",
            ColumnType::Timestamp => "TIMESTAMP '2026-11-23 00:00:00'",
        };
        format!("\"{}\" {} DEFAULT {default}", c.name, c.ty.duckdb())
    });
    format!("CREATE TABLE \"{}\" ({})", table.name, columns.collect::<Vec<_>>().join(", "))
}

fn copy(conn: &Connection, table: &Table, file: &Path) -> anyhow::Result<u64> {
    let order = table.sort.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
    let rows = conn.execute(
        &format!(
            "COPY (SELECT * FROM \"{}\" ORDER BY {order}) TO '{}' (FORMAT parquet, COMPRESSION zstd)",
            table.name,
            file.display()
        ),
        [],
    )?;
    Ok(rows as u64)
}
