//! Removing what no kept state needs, after a switch.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use regatta_lake::Sha256;
use serde::Serialize;

use crate::document::document_of;
use crate::read::parse;
use crate::{RemoteError, Served, Store};

/// An object that no state refers to may be one that another publisher has
/// uploaded and not switched to yet: it is left alone for so long.
pub(crate) const UNDER_WAY: SignedDuration = SignedDuration::from_hours(1);

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Objects.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Why not all could be removed that should be; the next push tries again.
    pub problem: Option<String>,
}

/// Removes snapshots that `current` does not keep, and in those it keeps the
/// objects that none of its states refers to. Snapshots later than the served
/// one are being uploaded by somebody: they are not touched. A failure does not
/// undo the switch, so it is reported, not returned.
pub(crate) async fn sweep(store: &Store, current: &Served, now: Timestamp) -> Swept {
    let mut swept = Swept::default();
    if let Err(error) = remove(store, current, now, &mut swept).await {
        swept.problem = Some(error.to_string());
    }
    swept
}

async fn remove(
    store: &Store,
    current: &Served,
    now: Timestamp,
    swept: &mut Swept,
) -> Result<(), RemoteError> {
    let kept = referenced(store, current).await?;
    let snapshots: BTreeSet<&str> = current
        .kept
        .iter()
        .map(|k| k.snapshot_id.as_str())
        .chain([current.snapshot_id.as_str()])
        .collect();
    for folder in store.folders("snapshots").await? {
        if folder.as_str() > current.snapshot_id.as_str() {
            continue;
        }
        let is_kept = snapshots.contains(folder.as_str());
        for (path, meta) in store.list(&format!("snapshots/{folder}")).await? {
            let age = now.as_second() - meta.last_modified.timestamp();
            if kept.contains(&path) || (is_kept && age < UNDER_WAY.as_secs()) {
                continue;
            }
            store.remove(&path).await?;
            swept.objects += 1;
            swept.bytes += meta.size;
        }
    }
    Ok(())
}

/// The keys of all objects of the state and of those it keeps. A kept state
/// whose document cannot be read ends the sweep: what it needs is not known.
async fn referenced(store: &Store, current: &Served) -> Result<BTreeSet<String>, RemoteError> {
    let mut paths: BTreeSet<String> = current.objects().map(|o| o.path.clone()).collect();
    if let Ok((_, own)) = current.text() {
        paths.insert(own.path);
    }
    for kept in &current.kept {
        let found = store.read(&kept.path).await?;
        let found = found.filter(|(text, _)| Sha256::of(text) == kept.sha256);
        let Some((text, _)) = found else {
            return Err(RemoteError::Mismatch {
                url: store.url(&kept.path),
                expected: format!("a document with the sha256 {}", kept.sha256),
                found: "none or another; nothing was removed".to_owned(),
            });
        };
        let state = parse(store, &kept.path, &text)?;
        paths.extend(state.objects().map(|o| o.path.clone()));
        paths.insert(document_of(&kept.snapshot_id, kept.sha256).path);
    }
    Ok(paths)
}
