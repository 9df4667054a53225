//! Putting a finished file in the place of the one being served.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use duckdb::Connection;
use regatta_lake::{Lake, duckdb_digests, hash_file, note_duckdb_digests};

use crate::WarehouseError;

/// Closes `conn`, which wrote `file`, flushes the file to the disk and renames
/// it over the one being served. A reader that has the old file open keeps it:
/// the rename takes away its name, not its bytes. Returns the size.
pub(crate) fn swap_in(lake: &Lake, conn: Connection, file: &Path) -> Result<u64, WarehouseError> {
    conn.execute_batch("FORCE CHECKPOINT").map_err(WarehouseError::step("checkpoint the file"))?;
    conn.close().map_err(|(_, e)| WarehouseError::step("close the file")(e))?;
    let wal = wal_of(file);
    if wal.exists() {
        // Renaming the file alone would lose what only the log holds.
        return Err(WarehouseError::Io {
            action: "changes are left in the log",
            path: wal,
            source: std::io::ErrorKind::Other.into(),
        });
    }
    let target = lake.duckdb_file();
    let folder = target.parent().unwrap_or(lake.root());
    lake.make_dir(folder)?;
    let handle = File::open(file).map_err(WarehouseError::io("cannot open", file))?;
    handle.sync_all().map_err(WarehouseError::io("cannot flush", file))?;
    let bytes = handle.metadata().map_err(WarehouseError::io("cannot read", file))?.len();
    remove_stale_wal(&target)?;
    // Whoever is killed between the renames leaves a file that is one of both.
    let (sha256, _) = hash_file(file)?;
    let before = duckdb_digests(lake).unwrap_or_default();
    note_duckdb_digests(lake, &[&[sha256], &before[..]].concat())?;
    fs::rename(file, &target).map_err(WarehouseError::io("cannot rename to", &target))?;
    note_duckdb_digests(lake, &[sha256])?;
    // A rename is on the disk only when its folder is.
    File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(WarehouseError::io("cannot flush", folder))?;
    Ok(bytes)
}

/// Somebody who opened the served file for writing may have left a log beside
/// it. `DuckDB` would replay that log into the new file.
fn remove_stale_wal(target: &Path) -> Result<(), WarehouseError> {
    let wal = wal_of(target);
    if wal.exists() {
        tracing::warn!(wal = %wal.display(), "removing a log that somebody's writes left behind");
        fs::remove_file(&wal).map_err(WarehouseError::io("cannot remove", &wal))?;
    }
    Ok(())
}

fn wal_of(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".wal");
    PathBuf::from(name)
}
