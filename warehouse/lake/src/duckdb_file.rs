//! The digest beside the `DuckDB` file: a flipped bit in it shows only when that
//! block is read, and a copy of the file would carry it on.

use std::path::PathBuf;

use crate::noted::{check_noted, digest_file, note, noted};
use crate::{Lake, LakeError, Sha256};

impl Lake {
    /// Where the digest of the `DuckDB` file stands, as `sha256sum` writes it.
    #[must_use]
    pub fn duckdb_digest_file(&self) -> PathBuf {
        digest_file(&self.duckdb_file())
    }
}

/// Notes the digests that the `DuckDB` file may have: that of the new one and,
/// until the rename is done, that of the old one too.
///
/// # Errors
/// When the file system refuses.
pub fn note_duckdb_digests(lake: &Lake, digests: &[Sha256]) -> Result<(), LakeError> {
    note(&lake.duckdb_file(), digests)
}

/// The digests that the file may have; none where an earlier version built it.
///
/// # Errors
/// When the file system refuses.
pub fn duckdb_digests(lake: &Lake) -> Result<Vec<Sha256>, LakeError> {
    noted(&lake.duckdb_file())
}

/// That the `DuckDB` file is the one that was built. One that is gone is built
/// again when it is needed.
///
/// # Errors
/// [`LakeError::Damaged`] where it is not; when it cannot be read.
pub fn check_duckdb_file(lake: &Lake) -> Result<(), LakeError> {
    let path = lake.duckdb_file();
    if path.exists() { check_noted(&path) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_flipped_byte_is_found_and_a_kill_between_two_renames_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        let file = lake.duckdb_file();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, b"old").unwrap();
        check_duckdb_file(&lake).unwrap();
        note_duckdb_digests(&lake, &[Sha256::of(b"new"), Sha256::of(b"old")]).unwrap();
        check_duckdb_file(&lake).unwrap();
        fs::write(&file, b"new").unwrap();
        check_duckdb_file(&lake).unwrap();
        note_duckdb_digests(&lake, &[Sha256::of(b"new")]).unwrap();
        fs::write(&file, b"mew").unwrap();
        assert!(matches!(check_duckdb_file(&lake), Err(LakeError::Damaged { .. })));
        fs::write(lake.duckdb_digest_file(), b"nothing").unwrap();
        assert!(matches!(check_duckdb_file(&lake), Err(LakeError::Damaged { .. })));
    }
}
