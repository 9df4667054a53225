//! The files of a run: its manifest, the digest of that, and a summary.
//!
//! The manifest of a source of many pages is megabytes a day. Once nothing rests
//! on it any more it is packed, byte for byte the same when it is unpacked: the
//! chain of manifests goes on through it.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::listing::{children, exists};
use crate::{Lake, LakeError, RunId, RunManifest, SourceId, write_atomic};

/// In a run's folder: its manifest.
pub(crate) const MANIFEST: &str = "manifest.json";
/// In its place, once it is packed.
const PACKED: &str = "manifest.json.zst";
/// Beside a run's manifest: its digest, as `sha256sum -c` reads it.
pub(crate) const DIGEST_FILE: &str = "manifest.sha256";
/// Beside a run's manifest: the same without the fetches.
pub(crate) const SUMMARY_FILE: &str = "summary.json";
/// Of zstd. A manifest is packed once and hardly ever unpacked.
const LEVEL: i32 = 12;

/// Paths of a source's manifests, packed or not, oldest run first. All are those
/// of a manifest that is not packed: [`read_text`] knows better.
pub(crate) fn manifest_files(lake: &Lake, source: &SourceId) -> Result<Vec<PathBuf>, LakeError> {
    let mut files = Vec::new();
    for run in children(&lake.runs_dir(source))? {
        let file = run.join(MANIFEST);
        if exists(&file)? || exists(&file.with_file_name(PACKED))? {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// The text of the manifest `path`, packed or not.
pub(crate) fn read_text(path: &Path) -> Result<Vec<u8>, LakeError> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let packed = path.with_file_name(PACKED);
            let bytes = fs::read(&packed).map_err(LakeError::io("cannot read", &packed))?;
            zstd::decode_all(&bytes[..]).map_err(|e| LakeError::damaged(&packed, e))
        }
        read => read.map_err(LakeError::io("cannot read", path)),
    }
}

/// The manifest `path`, packed or not.
pub(crate) fn read_manifest(path: &Path) -> Result<RunManifest, LakeError> {
    serde_json::from_slice(&read_text(path)?).map_err(|e| LakeError::damaged(path, e))
}

/// The summary beside the manifest `path`; made of it where there is none that
/// can be read, as of runs of earlier versions.
pub(crate) fn read_summary(path: &Path) -> Result<RunManifest, LakeError> {
    let summary = fs::read(path.with_file_name(SUMMARY_FILE)).ok();
    match summary.and_then(|text| serde_json::from_slice(&text).ok()) {
        Some(summary) => Ok(summary),
        None => read_manifest(path).map(RunManifest::into_summary),
    }
}

/// A manifest or summary as it is written.
pub(crate) fn as_text(manifest: &RunManifest, path: &Path) -> Result<Vec<u8>, LakeError> {
    let mut text = serde_json::to_vec_pretty(manifest).map_err(|e| LakeError::damaged(path, e))?;
    text.push(b'\n');
    Ok(text)
}

/// Writes the summaries of runs of earlier versions, which have none.
pub(crate) fn write_summaries(lake: &Lake, source: &SourceId) -> Result<(), LakeError> {
    for manifest in manifest_files(lake, source)? {
        let path = manifest.with_file_name(SUMMARY_FILE);
        if !path.exists() {
            let summary = read_manifest(&manifest)?.into_summary();
            write_atomic(&path, &as_text(&summary, &path)?)?;
        }
    }
    Ok(())
}

/// Packs the manifests of the runs `closed`. The bytes given back.
///
/// They are named, not those to be left alone: a run that ends meanwhile is what
/// the next snapshot rests on. A reader finds one of the two files at any moment,
/// and after a crash the next sweep goes on.
pub(crate) fn pack(
    lake: &Lake,
    source: &SourceId,
    closed: &BTreeSet<RunId>,
) -> Result<u64, LakeError> {
    let mut freed = 0;
    for run in closed {
        let path = lake.run_dir(source, run).join(MANIFEST);
        if !path.exists() {
            continue;
        }
        let text = read_text(&path)?;
        let failed = |e| LakeError::damaged(&path, e);
        let packed = zstd::encode_all(&text[..], LEVEL).map_err(failed)?;
        write_atomic(&path.with_file_name(PACKED), &packed)?;
        fs::remove_file(&path).map_err(LakeError::io("cannot remove", &path))?;
        freed += text.len().saturating_sub(packed.len()) as u64;
    }
    Ok(freed)
}
