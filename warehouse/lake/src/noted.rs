//! Files that are written over and over, with their digest beside them: no
//! manifest names them, and a flipped bit in one would show nowhere.

use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::{Lake, LakeError, Sha256, hash_file, write_atomic};

/// What the name of a digest ends in.
const DIGEST: &str = "sha256";

/// As [`write_atomic`], and notes the digest beside the file, as `sha256sum`
/// writes it. Until the rename is done that of the old file stands there too: a
/// kill between the two leaves nothing that looks damaged.
///
/// # Errors
/// When the file system refuses; the old content is then still there.
pub fn write_noted(path: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    let new = Sha256::of(bytes);
    match hash_file(path) {
        Ok((old, _)) => {
            note(path, &[new, old])?;
            write_atomic(path, bytes)
        }
        // Nothing is noted of a file that is not there yet: that would look lost.
        Err(_) => write_atomic(path, bytes).and_then(|()| note(path, &[new])),
    }
}

/// Removes a file that [`write_noted`] wrote, and what is noted of it.
///
/// # Errors
/// When the file system refuses.
pub fn remove_noted(path: &Path) -> Result<(), LakeError> {
    for path in [digest_file(path), path.to_owned()] {
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                return Err(LakeError::io("cannot remove", &path)(e));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The files below the lake that have a digest beside them.
pub(crate) fn noted_files(lake: &Lake) -> Result<Vec<PathBuf>, LakeError> {
    let mut found = Vec::new();
    let alerts = lake.alerts_dir();
    let profiles = alerts.join("profiles");
    for folder in [lake.ledger_dir(), lake.refreshes_dir(), alerts, profiles] {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(LakeError::io("cannot list", &folder)(e)),
        };
        for entry in entries {
            let path = entry.map_err(LakeError::io("cannot list", &folder))?.path();
            if path.extension().is_some_and(|e| e == DIGEST) {
                found.push(path.with_extension(""));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// That the file is the one of which something is noted; one of which nothing is,
/// as earlier versions left it, passes.
///
/// # Errors
/// [`LakeError::Damaged`] where it is not; when it or its digest cannot be read.
pub(crate) fn check_noted(path: &Path) -> Result<(), LakeError> {
    let expected = noted(path)?;
    if expected.is_empty() {
        return Ok(());
    }
    let (found, _) = hash_file(path)?;
    if expected.contains(&found) {
        return Ok(());
    }
    let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    let reason = format!("it was written with sha256 {}, found {found}", expected.join(" or "));
    Err(LakeError::damaged(path, reason))
}

/// The digests that the file may have; none where nothing is noted of it.
///
/// # Errors
/// When the file system refuses, and where there are no digests in the note.
pub(crate) fn noted(path: &Path) -> Result<Vec<Sha256>, LakeError> {
    let path = digest_file(path);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(LakeError::io("cannot read", &path)(e)),
    };
    let digest = |line: &str| line.split_whitespace().next()?.parse().ok();
    let found: Option<Vec<Sha256>> = text.lines().map(digest).collect();
    found
        .filter(|digests| !digests.is_empty())
        .ok_or_else(|| LakeError::damaged(&path, "expected lines of a sha256 and a name"))
}

/// Notes the digests that a file may have.
pub(crate) fn note(path: &Path, digests: &[Sha256]) -> Result<(), LakeError> {
    let name = path.file_name().unwrap_or_default().display();
    let mut lines = String::new();
    for sha in digests {
        let _ = writeln!(lines, "{sha}  {name}");
    }
    write_atomic(&digest_file(path), lines.as_bytes())
}

/// Where the digest of a file stands.
pub(crate) fn digest_file(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(DIGEST);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_byte_and_a_lost_file_are_found_and_a_kill_between_two_renames_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        fs::create_dir(lake.ledger_dir()).unwrap();
        let file = lake.ledger_dir().join("run.parquet");
        // As an earlier version left it.
        fs::write(&file, b"first").unwrap();
        assert_eq!(noted_files(&lake).unwrap(), [] as [PathBuf; 0]);
        write_noted(&file, b"second").unwrap();
        assert_eq!(noted_files(&lake).unwrap(), [file.as_path()]);
        check_noted(&file).unwrap();
        // The digest is there, the file is not renamed yet.
        fs::write(&file, b"first").unwrap();
        check_noted(&file).unwrap();
        write_noted(&file, b"third").unwrap();
        fs::write(&file, b"first").unwrap();
        // It was there before the third.
        check_noted(&file).unwrap();
        fs::write(&file, b"thirc").unwrap();
        assert!(matches!(check_noted(&file), Err(LakeError::Damaged { .. })));
        fs::remove_file(&file).unwrap();
        check_noted(&file).unwrap_err();
        remove_noted(&file).unwrap();
        assert_eq!(noted_files(&lake).unwrap(), [] as [PathBuf; 0]);
        remove_noted(&file).unwrap();
    }
}
