//! The raw layer: one view per source table over the Parquet files of the
//! runs that the snapshot was made from.
//!
//! The views name files of the lake by their absolute path. Raw rows are as
//! many as all other tables together and already lie in the lake in a form
//! that `DuckDB` reads well, so they are not copied. The price: in a copy of
//! the file on another machine, or after the sweep of a run that the file was
//! made from, these views (and only these) cannot be read.

use std::fs;
use std::path::{Path, PathBuf};

use duckdb::{Connection, params};
use regatta_lake::{Lake, SnapshotManifest};

use crate::WarehouseError;
use crate::sql::{ident, literal, parquet};

/// Creates the schema `raw` and the table `raw_table` that lists its views.
/// Returns the number of views.
pub(crate) fn create(
    conn: &Connection,
    lake: &Lake,
    snapshot: &SnapshotManifest,
) -> Result<u64, WarehouseError> {
    conn.execute_batch(CREATE).map_err(WarehouseError::step("create the raw layer"))?;
    let mut views = 0;
    for (source, input) in &snapshot.inputs {
        let folder = lake.raw_dir(source, &input.data_run_id);
        for file in parquet_files(&folder)? {
            let table = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let view = format!("{source}_{}", table.trim_start_matches('_'));
            let run = input.data_run_id.as_str();
            let comment = format!(
                "[raw] Rows of the table {table} of {source} as the regulator writes them, run {run}. Reads {} in the lake.",
                lake.relative(&file)
            );
            let batch = format!(
                "CREATE VIEW raw.{view} AS SELECT * FROM {rows};
                 COMMENT ON VIEW raw.{view} IS {comment};",
                view = ident(&view),
                rows = parquet(&file),
                comment = literal(&comment)
            );
            conn.execute_batch(&batch)
                .and_then(|()| {
                    conn.execute(
                        "INSERT INTO raw_table VALUES (?, ?, ?, ?, ?)",
                        params![
                            source.as_str(),
                            table,
                            run,
                            format!("raw.{}", ident(&view)),
                            lake.relative(&file)
                        ],
                    )
                })
                .map_err(WarehouseError::step(format!("create the view raw.{view}")))?;
            views += 1;
        }
    }
    Ok(views)
}

const CREATE: &str = "
CREATE SCHEMA raw;
CREATE TABLE raw_table (
    source_id VARCHAR NOT NULL, table_name VARCHAR NOT NULL, run_id VARCHAR NOT NULL,
    raw_view VARCHAR NOT NULL, file VARCHAR NOT NULL
);
COMMENT ON TABLE raw_table IS '[meta] The views of the schema raw: one row per raw table of the runs that this snapshot was made from.';
COMMENT ON COLUMN raw_table.source_id IS 'Source of the catalogue.';
COMMENT ON COLUMN raw_table.table_name IS 'Table of the source; _issues holds the row problems of the run.';
COMMENT ON COLUMN raw_table.run_id IS 'The run that wrote it.';
COMMENT ON COLUMN raw_table.raw_view IS 'The view that reads it.';
COMMENT ON COLUMN raw_table.file IS 'Its file, from the lake''s root.';
";

/// The Parquet files of a folder, by name; none where there is no folder.
fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>, WarehouseError> {
    let mut files = Vec::new();
    if !folder.exists() {
        tracing::warn!(folder = %folder.display(), "no raw rows: the folder is not there");
        return Ok(files);
    }
    for entry in fs::read_dir(folder).map_err(WarehouseError::io("cannot list", folder))? {
        let path = entry.map_err(WarehouseError::io("cannot list", folder))?.path();
        if path.extension().is_some_and(|e| e == "parquet") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
