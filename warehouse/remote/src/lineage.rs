//! Whether a state may take the place of the one being served.

use regatta_lake::Sha256;

use crate::{Bundle, RemoteError, Served};

/// What is to be done about the state being served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the same, or a later one of the same snapshot.
    Leave,
    /// It is an earlier one.
    Replace,
}

/// A later snapshot is never replaced by an earlier one. A snapshot of another
/// lake, of which ours knows nothing, is replaced only when that is asked for:
/// two lakes with one address is a mistake in a configuration.
pub(crate) fn judge(
    before: Option<&Served>,
    next: &Served,
    bundle: &Bundle,
    take_over: bool,
) -> Result<Verdict, RemoteError> {
    let Some(before) = before else { return Ok(Verdict::Replace) };
    let refused = |reason: String| RemoteError::Refused { reason };
    if before.snapshot_id > next.snapshot_id {
        return Err(refused(format!(
            "the later snapshot {} is served there; {} would be a step back",
            before.snapshot_id, next.snapshot_id
        )));
    }
    if before.snapshot_id == next.snapshot_id {
        if before.manifest_sha256 != next.manifest_sha256 {
            return Err(refused(format!(
                "snapshot {} is served there with the manifest {}, here it has {}: it is of another lake",
                before.snapshot_id, before.manifest_sha256, next.manifest_sha256
            )));
        }
        let leave = before.same_content(next) || before.as_of > next.as_of;
        return Ok(if leave { Verdict::Leave } else { Verdict::Replace });
    }
    if !take_over && is_foreign(before, before.manifest_sha256, bundle) {
        return Err(refused(format!(
            "snapshot {} is served there, and it is none that {} was made after: it is of another \
             lake. Give each lake a prefix of its own, or take this one over with `regatta push \
             --take-over`",
            before.snapshot_id, next.snapshot_id
        )));
    }
    Ok(Verdict::Replace)
}

/// The lake knows its chain back to a time before that snapshot, and the
/// snapshot is not in it. A chain that was swept does not tell.
fn is_foreign(before: &Served, sha256: Sha256, bundle: &Bundle) -> bool {
    match bundle.ancestors.iter().find(|a| a.snapshot_id == before.snapshot_id) {
        Some(ancestor) => ancestor.sha256 != sha256,
        None => {
            bundle.from_the_first
                || bundle.ancestors.last().is_some_and(|a| a.snapshot_id < before.snapshot_id)
        }
    }
}
