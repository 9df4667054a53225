//! Publishing and finding snapshots.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::listing::{exists, file_name, folders};
use crate::{
    Lake, LakeError, Sha256, SnapshotId, SnapshotManifest, SnapshotRef, install_dir, write_atomic,
};

/// Publishes a snapshot (R42): its folder gets its name, then one rename of
/// `current.json` makes it the one that is served. A kill before that rename
/// leaves the earlier snapshot in place, and the folder is swept by `gc`.
///
/// # Errors
/// When the file system refuses; the earlier snapshot is then still served.
pub fn publish_snapshot(
    lake: &Lake,
    folder: &Path,
    manifest: &SnapshotManifest,
) -> Result<(), LakeError> {
    let target = lake.snapshot_dir(&manifest.snapshot_id);
    let text = manifest_text(manifest, &target)?;
    let file = folder.join("manifest.json");
    fs::write(&file, &text).map_err(LakeError::io("cannot write", &file))?;
    install_dir(folder, &target)?;
    write_atomic(&lake.current_file(), &text)
}

/// The snapshot being served, if any was ever published.
///
/// # Errors
/// When `current.json` cannot be read, is damaged, or was lost.
pub fn current_snapshot(lake: &Lake) -> Result<Option<SnapshotManifest>, LakeError> {
    let path = lake.current_file();
    match fs::read(&path) {
        Ok(text) => {
            serde_json::from_slice(&text).map(Some).map_err(|e| LakeError::damaged(&path, e))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => never_published(lake).map(|()| None),
        Err(e) => Err(LakeError::io("cannot read", &path)(e)),
    }
}

/// That nothing was ever published here. Where `current.json` was lost, going on
/// as if it had never been would give all drugs other ids, and a sweep would take
/// the snapshots for unpublished ones.
fn never_published(lake: &Lake) -> Result<(), LakeError> {
    let made = snapshot_folders(lake)?;
    // The DuckDB file is made after a publish; a snapshot that follows another was
    // made when that one was served. One alone may be a first publish that was killed.
    let follows = |id: &&SnapshotId| read_snapshot(lake, id).is_ok_and(|s| s.previous.is_some());
    if !exists(&lake.duckdb_file())? && !made.iter().any(|id| follows(&id)) {
        return Ok(());
    }
    let remedy = match made.last() {
        Some(newest) => format!(
            "put it back from a backup, or take the newest snapshot that is here: \
             cp {root}/snapshots/{newest}/manifest.json {root}/current.json",
            root = lake.root().display()
        ),
        None => "no snapshot is left either; give a new lake another folder".to_owned(),
    };
    let reason = format!("it is gone, though snapshots were published here; {remedy}");
    Err(LakeError::damaged(&lake.current_file(), reason))
}

/// The snapshots that have a folder, published or not, oldest first.
pub(crate) fn snapshot_folders(lake: &Lake) -> Result<Vec<SnapshotId>, LakeError> {
    // Their names are times.
    let folders = folders(&lake.snapshots_dir())?;
    Ok(folders.iter().filter_map(|folder| file_name(folder).parse().ok()).collect())
}

/// The manifest of one kept snapshot.
///
/// # Errors
/// When it is not there or damaged.
pub fn read_snapshot(lake: &Lake, id: &SnapshotId) -> Result<SnapshotManifest, LakeError> {
    read_manifest(&lake.snapshot_dir(id).join("manifest.json"))
}

/// The published snapshots that are still kept, newest first, by following the
/// chain from the current one. Folders outside the chain were never published.
///
/// # Errors
/// When a manifest is damaged or is not the one its successor names.
pub fn published_snapshots(lake: &Lake) -> Result<Vec<SnapshotManifest>, LakeError> {
    let mut chain = Vec::new();
    let mut next = current_snapshot(lake)?;
    while let Some(manifest) = next {
        next = match &manifest.previous {
            // One that cannot be looked at is an error: the sweep would take it away.
            Some(link) if exists(&lake.snapshot_dir(&link.snapshot_id).join("manifest.json"))? => {
                Some(read_linked(lake, link)?)
            }
            _ => None,
        };
        chain.push(manifest);
    }
    Ok(chain)
}

/// The link that a successor of `manifest` carries.
///
/// # Errors
/// When the manifest file cannot be read.
pub fn snapshot_ref(lake: &Lake, manifest: &SnapshotManifest) -> Result<SnapshotRef, LakeError> {
    let path = lake.snapshot_dir(&manifest.snapshot_id).join("manifest.json");
    let text = fs::read(&path).map_err(LakeError::io("cannot read", &path))?;
    Ok(SnapshotRef { snapshot_id: manifest.snapshot_id.clone(), sha256: Sha256::of(&text) })
}

fn read_linked(lake: &Lake, link: &SnapshotRef) -> Result<SnapshotManifest, LakeError> {
    let path = lake.snapshot_dir(&link.snapshot_id).join("manifest.json");
    let text = fs::read(&path).map_err(LakeError::io("cannot read", &path))?;
    let found = Sha256::of(&text);
    if found != link.sha256 {
        return Err(LakeError::damaged(
            &path,
            format!("its successor names the sha256 {}, found {found}", link.sha256),
        ));
    }
    serde_json::from_slice(&text).map_err(|e| LakeError::damaged(&path, e))
}

fn read_manifest(path: &Path) -> Result<SnapshotManifest, LakeError> {
    let text = fs::read(path).map_err(LakeError::io("cannot read", path))?;
    serde_json::from_slice(&text).map_err(|e| LakeError::damaged(path, e))
}

fn manifest_text(manifest: &SnapshotManifest, path: &Path) -> Result<Vec<u8>, LakeError> {
    let mut text = serde_json::to_vec_pretty(manifest).map_err(|e| LakeError::damaged(path, e))?;
    text.push(b'\n');
    Ok(text)
}
