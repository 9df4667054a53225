//! What a transform works on: all records, or those that changed.

use regatta_lake::SnapshotManifest;

use crate::TransformError;
use crate::error::InTable;
use crate::partial::Partial;
use crate::previous::{Previous, numbers_with};
use crate::standard::Standard;
use crate::touched::{RecordsBefore, Touched};

/// What the tables are made of beside records.
#[derive(Clone, Copy)]
pub(crate) struct Of<'a> {
    pub(crate) before: Option<&'a SnapshotManifest>,
    pub(crate) previous: Option<&'a Previous>,
    /// The time that the data stands for, milliseconds since 1970.
    pub(crate) seen_at: i64,
    /// Its day (ISO 8601).
    pub(crate) day: &'a str,
}

/// The records that a transform standardised.
pub(crate) enum Scope<'a> {
    /// All.
    All(&'a Standard),
    /// Those that changed, and what hangs together with them.
    Changed {
        /// The snapshot that all others are of.
        previous: &'a Previous,
        partial: &'a Partial,
        touched: &'a Touched<'a>,
    },
}

impl Scope<'_> {
    /// The records that may not be what they were.
    pub(crate) fn compared(&self) -> &Standard {
        match self {
            Self::All(tables) => tables,
            Self::Changed { partial, .. } => &partial.made,
        }
    }

    /// The rows of the snapshot before that they stand for.
    pub(crate) fn gone<'a>(
        &'a self,
        previous: &'a Previous,
    ) -> Result<RecordsBefore<'a>, TransformError> {
        match self {
            Self::All(_) => previous.records(),
            Self::Changed { partial, .. } => Ok(partial.gone.records()),
        }
    }

    /// Whether there is a record with this id.
    pub(crate) fn has(&self, id: &str) -> Result<bool, TransformError> {
        if self.compared().has(id).in_table("record_id")? {
            return Ok(true);
        }
        let Self::Changed { previous, partial, .. } = self else { return Ok(false) };
        for name in ["listing", "registration", "trial_product"] {
            let ids = previous.table(name)?.columns(&["record_id"])?;
            let rows = numbers_with(&ids, "record_id", &[id].into_iter().collect());
            let rows = rows.in_table(name)?;
            if !partial.standing.standing(name, &rows).is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
