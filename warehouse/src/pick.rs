//! Finding the snapshot that somebody means.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use regatta_lake::SnapshotManifest;

/// Why no snapshot is meant by a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PickError {
    /// The text is neither an id nor a time: ask differently.
    #[error(
        "{asked:?} is no snapshot: give the id of a kept one, a date or time in UTC \
         (2026-11-23, 2026-11-23T08:15:00Z), current or previous"
    )]
    NotUnderstood {
        /// What was asked for.
        asked: String,
    },
    /// Nothing is kept of that time.
    #[error("no snapshot is kept of {asked}: {reason}")]
    NotKept {
        /// What was asked for.
        asked: String,
        /// What is kept.
        reason: String,
    },
}

/// The snapshot that `asked` means among those that are `kept`, newest first:
/// `current`, `previous` (the one before the current), the id of a snapshot, or
/// a time: then the newest one made at or before it. A date is its first
/// moment, and a time without an offset is UTC.
///
/// # Errors
/// When the text is not understood, or nothing is kept of that time.
pub fn pick_snapshot<'a>(
    kept: &'a [SnapshotManifest],
    asked: &str,
) -> Result<&'a SnapshotManifest, PickError> {
    let not_kept = |reason: String| PickError::NotKept { asked: asked.to_owned(), reason };
    let (Some(current), Some(first)) = (kept.first(), kept.last()) else {
        return Err(not_kept("nothing has been published".to_owned()));
    };
    match asked {
        "current" => return Ok(current),
        "previous" => {
            return kept
                .get(1)
                .ok_or_else(|| not_kept(format!("{} is the only one", current.snapshot_id)));
        }
        _ => {}
    }
    if let Some(found) = kept.iter().find(|s| s.snapshot_id.as_str() == asked) {
        return Ok(found);
    }
    let at = moment(asked).ok_or_else(|| PickError::NotUnderstood { asked: asked.to_owned() })?;
    kept.iter().find(|s| s.created_at <= at).ok_or_else(|| {
        not_kept(format!("the first is {} of {}", first.snapshot_id, first.created_at))
    })
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use regatta_lake::{Sha256, SnapshotId};

    use super::*;

    fn snapshot(at: &str) -> SnapshotManifest {
        let created_at = at.parse().unwrap();
        SnapshotManifest {
            format: 1,
            schema_version: 1,
            snapshot_id: SnapshotId::at(created_at),
            created_at,
            previous: None,
            inputs: std::collections::BTreeMap::new(),
            dictionaries_sha256: Sha256::of(b""),
            rules_version: 1,
            tables: Vec::new(),
            files: Vec::new(),
            changes: Vec::new(),
        }
    }

    #[test]
    fn a_snapshot_is_named_by_id_word_date_or_time() {
        let kept: Vec<_> = ["2026-11-25T08:15:00Z", "2026-11-24T08:15:00Z", "2026-11-23T08:15:00Z"]
            .map(snapshot)
            .into();
        for (asked, found) in [
            ("current", 0),
            ("previous", 1),
            ("20261123T081500000Z", 2),
            ("2026-11-24T08:15:00Z", 1),
            ("2026-11-24T08:14:59Z", 2),
            ("2026-11-24T16:15:00+08:00", 1),
            ("2026-11-24", 2),
            ("2026-11-24 12:00", 1),
            ("2030-01-01", 0),
        ] {
            assert_eq!(pick_snapshot(&kept, asked), Ok(&kept[found]), "{asked}");
        }
    }

    #[test]
    fn what_is_not_kept_and_what_is_not_understood_are_told_apart() {
        let kept = [snapshot("2026-11-23T08:15:00Z")];
        let error = pick_snapshot(&kept, "2026-11-23").unwrap_err().to_string();
        assert!(error.contains("the first is 20261123T081500000Z"), "{error}");
        let error = pick_snapshot(&kept, "previous").unwrap_err().to_string();
        assert!(error.contains("is the only one"), "{error}");
        let error = pick_snapshot(&kept, "yesterday").unwrap_err();
        assert!(matches!(error, PickError::NotUnderstood { .. }));
        let error = pick_snapshot(&[], "current").unwrap_err().to_string();
        assert!(error.contains("nothing has been published"), "{error}");
    }
}
