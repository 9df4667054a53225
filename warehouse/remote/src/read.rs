//! Reading what a store serves, as any reader would.

use object_store::UpdateVersion;
use regatta_lake::{Sha256, SnapshotId};
use serde::Serialize;

use crate::document::{CURRENT, FORMAT};
use crate::{RemoteError, Served, Store};

/// The state being served, with what a switch needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub served: Served,
    pub sha256: Sha256,
    pub version: UpdateVersion,
}

/// The state that a store serves; none before the first push.
///
/// # Errors
/// When the store cannot be read, or `current.json` is not of this format.
pub async fn served(store: &Store) -> Result<Option<Served>, RemoteError> {
    Ok(state(store).await?.map(|s| s.served))
}

pub(crate) async fn state(store: &Store) -> Result<Option<State>, RemoteError> {
    let Some((text, version)) = store.read(CURRENT).await? else { return Ok(None) };
    let served = parse(store, CURRENT, &text)?;
    Ok(Some(State { served, sha256: Sha256::of(&text), version }))
}

/// What all formats have.
#[derive(serde::Deserialize)]
struct Format {
    format: u32,
}

/// Reads the document of a state.
pub(crate) fn parse(store: &Store, path: &str, text: &[u8]) -> Result<Served, RemoteError> {
    let mismatch = |found: String| RemoteError::Mismatch {
        url: store.url(path),
        expected: format!("a served state of format {FORMAT}"),
        found,
    };
    let Format { format } =
        serde_json::from_slice(text).map_err(|e| mismatch(format!("something else ({e})")))?;
    if format != FORMAT {
        return Err(mismatch(format!("format {format}")));
    }
    serde_json::from_slice(text).map_err(|e| mismatch(format!("something else ({e})")))
}

/// What a check of all objects came to.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// The snapshot being served.
    pub snapshot_id: SnapshotId,
    /// Objects read.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// One object that is not as `current.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its address.
    pub url: String,
    /// What is wrong.
    pub problem: String,
}

/// Reads every object of a state and hashes it. `step` is told each key before.
///
/// # Errors
/// When the store cannot be read; a missing or changed object is a finding.
pub async fn check(
    store: &Store,
    served: &Served,
    step: impl Fn(&str),
) -> Result<CheckReport, RemoteError> {
    let mut report = CheckReport {
        snapshot_id: served.snapshot_id.clone(),
        objects: 0,
        bytes: 0,
        findings: Vec::new(),
    };
    for object in served.objects() {
        step(&object.path);
        let problem = match store.hash(&object.path).await? {
            None => "missing".to_owned(),
            Some((sha256, bytes)) => {
                report.objects += 1;
                report.bytes += bytes;
                if sha256 == object.sha256 && bytes == object.bytes {
                    continue;
                }
                format!(
                    "expected {} bytes, sha256 {}; found {bytes} bytes, sha256 {sha256}",
                    object.bytes, object.sha256
                )
            }
        };
        report.findings.push(Finding { url: store.url(&object.path), problem });
    }
    Ok(report)
}
