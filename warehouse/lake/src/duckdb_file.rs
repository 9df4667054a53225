//! The digest beside the `DuckDB` file: a flipped bit in it shows only when that
//! block is read, and a copy of the file would carry it on.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::{Lake, LakeError, Sha256, hash_file, write_atomic};

impl Lake {
    /// Where the digest of the `DuckDB` file stands, as `sha256sum` writes it.
    #[must_use]
    pub fn duckdb_digest_file(&self) -> PathBuf {
        self.duckdb_file().with_extension("duckdb.sha256")
    }
}

/// Notes the digests that the `DuckDB` file may have: that of the new one and,
/// until the rename is done, that of the old one too.
///
/// # Errors
/// When the file system refuses.
pub fn note_duckdb_digests(lake: &Lake, digests: &[Sha256]) -> Result<(), LakeError> {
    let mut lines = String::new();
    for sha in digests {
        lines.push_str(&sha.to_string());
        lines.push_str("  regatta.duckdb\n");
    }
    write_atomic(&lake.duckdb_digest_file(), lines.as_bytes())
}

/// The digests that the file may have; none where an earlier version built it.
///
/// # Errors
/// When the file system refuses.
pub fn duckdb_digests(lake: &Lake) -> Result<Vec<Sha256>, LakeError> {
    let path = lake.duckdb_digest_file();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(LakeError::io("cannot read", &path)(e)),
    };
    let digest = |line: &str| line.split_whitespace().next()?.parse().ok();
    let found: Option<Vec<Sha256>> = text.lines().map(digest).collect();
    found.ok_or_else(|| LakeError::damaged(&path, "expected lines of a sha256 and regatta.duckdb"))
}

/// That the `DuckDB` file is the one that was built.
///
/// # Errors
/// [`LakeError::Damaged`] where it is not; when it cannot be read.
pub fn check_duckdb_file(lake: &Lake) -> Result<(), LakeError> {
    let path = lake.duckdb_file();
    let expected = duckdb_digests(lake)?;
    if expected.is_empty() || !path.exists() {
        return Ok(());
    }
    let (found, _) = hash_file(&path)?;
    if expected.contains(&found) {
        return Ok(());
    }
    let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    let reason = format!("it was built with sha256 {}, found {found}", expected.join(" or "));
    Err(LakeError::damaged(&path, reason))
}

#[cfg(test)]
mod tests {
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
