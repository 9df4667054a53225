//! Bringing a file to the store, checked.

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use regatta_lake::{LakeError, Sha256};

use crate::bundle::BundleFile;
use crate::store::Found;
use crate::{Event, RemoteError, Store};

/// Larger files are sent in parts of this size, one at a time: that is also
/// how much of a file is in memory. S3 wants 5 MiB at least and 10,000 parts
/// at most, so files of 80 GB go through.
const PART: u64 = if cfg!(test) { 64 * 1024 } else { 8 * 1024 * 1024 };

/// Uploads a file and asks the store what it has now.
pub(crate) async fn upload(
    store: &Store,
    file: &BundleFile,
    progress: &(dyn Fn(Event<'_>) + Sync),
) -> Result<(), RemoteError> {
    if file.entry.bytes <= PART {
        let bytes = read(file, 0, file.entry.bytes).await?;
        let sent = bytes.len() as u64;
        require(file, Sha256::of(&bytes))?;
        store.put(&file.entry.path, bytes, file.entry.sha256).await?;
        progress(Event::Sent { bytes: sent });
    } else {
        in_parts(store, file, progress).await?;
    }
    let found = store.head(&file.entry.path).await?;
    if is_ours(file, found.as_ref()) {
        return Ok(());
    }
    Err(RemoteError::Mismatch {
        url: store.url(&file.entry.path),
        expected: format!("{} bytes, sha256 {}", file.entry.bytes, file.entry.sha256),
        found: found.map_or_else(
            || "nothing, right after the upload".to_owned(),
            |f| {
                let sha256 = f.sha256.map_or_else(|| "none".to_owned(), |s| s.to_string());
                format!("{} bytes, sha256 {sha256}", f.meta.size)
            },
        ),
    })
}

/// The object is the file: of its size, and uploaded as these bytes.
pub(crate) fn is_ours(file: &BundleFile, found: Option<&Found>) -> bool {
    found.is_some_and(|f| f.meta.size == file.entry.bytes && f.sha256 == Some(file.entry.sha256))
}

async fn in_parts(
    store: &Store,
    file: &BundleFile,
    progress: &(dyn Fn(Event<'_>) + Sync),
) -> Result<(), RemoteError> {
    let path = &file.entry.path;
    let mut upload = store.put_parts(path, file.entry.sha256).await?;
    let sent = send_parts(store, file, &mut *upload, progress).await;
    let done = match sent {
        Ok(()) => upload.complete().await.map(|_| ()).map_err(store.part_failed(path)),
        Err(error) => Err(error),
    };
    if done.is_err() {
        // Parts without an end are not seen by readers, but are paid for.
        if let Err(error) = upload.abort().await {
            tracing::debug!(%error, url = store.url(path), "the unfinished upload was not removed");
        }
    }
    done
}

async fn send_parts(
    store: &Store,
    file: &BundleFile,
    upload: &mut dyn object_store::MultipartUpload,
    progress: &(dyn Fn(Event<'_>) + Sync),
) -> Result<(), RemoteError> {
    use sha2::Digest;
    let mut hasher = sha2::Sha256::new();
    let mut at = 0;
    while at < file.entry.bytes {
        let length = PART.min(file.entry.bytes - at);
        let bytes = read(file, at, length).await?;
        hasher.update(&bytes);
        upload.put_part(bytes.into()).await.map_err(store.part_failed(&file.entry.path))?;
        progress(Event::Sent { bytes: length });
        at += length;
    }
    let found = hex::encode(hasher.finalize()).parse();
    require(file, found.map_err(|reason| RemoteError::Settings { reason })?)
}

/// The local bytes are those that the manifest names: damage is not passed on.
fn require(file: &BundleFile, found: Sha256) -> Result<(), RemoteError> {
    if found == file.entry.sha256 {
        return Ok(());
    }
    let reason = format!("its manifest says sha256 {}, found {found}", file.entry.sha256);
    Err(LakeError::Damaged { path: file.local.clone(), reason }.into())
}

async fn read(file: &BundleFile, at: u64, length: u64) -> Result<Vec<u8>, RemoteError> {
    let (handle, local) = (Arc::clone(&file.file), file.local.clone());
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        handle.read_exact_at(&mut bytes, at).map(|()| bytes)
    });
    read.await.map_err(std::io::Error::other).flatten().map_err(RemoteError::io(&local))
}
