//! What the rules judge: plain values, read by the caller.

use std::collections::BTreeMap;

use jiff::Timestamp;
use regatta_lake::{RunManifest, RunStatus};
use serde::{Deserialize, Serialize};

/// Everything that one evaluation looks at.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The time of the evaluation.
    pub now: Timestamp,
    /// The sources that are switched on.
    pub sources: Vec<SourceFacts>,
    /// Refreshes, oldest first; those that were told to stop are left out.
    pub refreshes: Vec<RefreshFacts>,
    /// When the snapshot being served was made.
    pub published_at: Option<Timestamp>,
    /// Snapshots published since the last evaluation, oldest first.
    pub snapshots: Vec<SnapshotFacts>,
    /// Profiles of snapshots, oldest first; the last one is of the snapshot
    /// being served.
    pub profiles: Vec<Profile>,
}

/// Transform and publish of what was crawled.
#[derive(Clone, Debug)]
pub struct RefreshFacts {
    /// When it ended.
    pub finished_at: Timestamp,
    /// Why it failed, where it did.
    pub problem: Option<String>,
}

/// What the last polls of a feed of changes came to.
#[derive(Clone, Debug, Default)]
pub struct FeedFacts {
    /// The time between two polls of its schedule, seconds.
    pub every_s: u64,
    /// When it was last asked.
    pub polled_at: Option<Timestamp>,
    /// When it was last read to its end.
    pub good_at: Option<Timestamp>,
    /// Polls that failed since.
    pub failures_in_a_row: u32,
    /// The site refused the last one, and is left alone for hours.
    pub blocked: bool,
    /// Why the last one failed.
    pub problem: Option<String>,
}

/// A source and its runs.
#[derive(Clone, Debug, Default)]
pub struct SourceFacts {
    /// Id of the catalogue.
    pub source_id: String,
    /// Whose data it is, as a sentence begins with it.
    pub title: String,
    /// Freshness objective, hours.
    pub max_age_hours: u32,
    /// Its runs, oldest first.
    pub runs: Vec<RunFacts>,
    /// The run whose data is served; none where nothing of it is.
    pub served_run: Option<String>,
    /// Its feed of changes, where it has one that is polled.
    pub feed: Option<FeedFacts>,
}

/// What the rules need of a run.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// The run.
    pub run_id: String,
    /// When it ended.
    pub finished_at: Timestamp,
    /// When all of its data was last seen: earlier, where files of an operator
    /// were a part of the data.
    pub seen_whole: Timestamp,
    /// A poll of a feed of changes, which is no substitute for a crawl.
    pub feed: bool,
    /// How it ended.
    pub status: RunStatus,
    /// Why it is not good, in words.
    pub problem: Option<String>,
    /// The raw tables it wrote; empty where nothing new came.
    pub tables: Vec<TableFacts>,
}

/// A raw table of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFacts {
    /// Name in the source.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Columns of the source.
    pub columns: Vec<String>,
    /// Columns that the catalogue does not know yet.
    pub new_columns: Vec<String>,
}

impl From<RunManifest> for RunFacts {
    fn from(run: RunManifest) -> Self {
        let (seen_whole, feed) = (run.seen_whole(), run.is_feed());
        let tables = run.tables.into_iter().filter(|t| !t.name.starts_with('_'));
        Self {
            run_id: run.run_id.to_string(),
            finished_at: run.finished_at,
            seen_whole,
            feed,
            status: run.status,
            problem: run.failure.map(|f| format!("{}: {}", f.what, f.reason)),
            tables: tables
                .map(|t| TableFacts {
                    name: t.name,
                    rows: t.rows,
                    columns: t.columns,
                    new_columns: t.new_columns,
                })
                .collect(),
        }
    }
}

/// A published snapshot and what changed with it.
#[derive(Clone, Debug, Default)]
pub struct SnapshotFacts {
    /// The snapshot.
    pub snapshot_id: String,
    /// Dictionaries or rules are not those of the snapshot before.
    pub own_rules_changed: bool,
    /// Its change log.
    pub changes: Vec<ChangeFact>,
    /// Listings, trials and registrations of each source, before and now. Raw
    /// rows would not do: most of a source's may be documents or packages.
    pub records: BTreeMap<String, (u64, u64)>,
}

/// A row of the change log with the names that a reader needs.
#[derive(Clone, Debug, Default)]
pub struct ChangeFact {
    /// listing, registration, trial or drug.
    pub entity_kind: String,
    /// Id of the entity.
    pub entity_id: String,
    /// Source; empty for drugs.
    pub source_id: String,
    /// appeared, vanished or changed.
    pub change: String,
    /// The column; empty for appeared and vanished.
    pub field: String,
    /// Value before.
    pub old: Option<String>,
    /// Value now.
    pub new: Option<String>,
    /// Reason code (R41).
    pub reason: String,
    /// The run that saw it.
    pub run_id: Option<String>,
    /// Standard generic name; of a trial those under test.
    pub generic: String,
    /// Dosage form, in English.
    pub dosage_form: String,
    /// Trade name of a listing, title of a trial.
    pub name: String,
    /// Holder of a listing or drug, sponsors of a trial.
    pub company: String,
    /// Corporate groups of its companies; those of a drug by all their names.
    pub groups: Vec<String>,
    /// All companies of a drug, its holder included.
    pub companies: Vec<String>,
    /// Targets of a drug, by each of their names.
    pub targets: Vec<String>,
    /// Whether the regulator's own words for this field differ too; none where
    /// that is not known.
    pub words_changed: Option<bool>,
    /// Regulator's words for the value now, where it has some.
    pub words: Option<String>,
    /// Since when the value now holds, by the regulator, as far as it says:
    /// `2024-08-30`, `2024-08`, `2024`.
    pub since: Option<String>,
    /// The companies before and now belong to one corporate group.
    pub same_group: bool,
    /// They belong to two groups, both of them known.
    pub other_group: bool,
    /// Records that decided a drug's progress.
    pub deciding_records: Vec<String>,
    /// One of these records was changed by its regulator in the same snapshot.
    pub decided_by_regulator: bool,
}

impl ChangeFact {
    /// The regulator did it: not a dictionary, not a rule, not a partial fetch.
    #[must_use]
    pub fn by_regulator(&self) -> bool {
        let reason = matches!(
            self.reason.as_str(),
            "source_changed" | "record_appeared" | "record_vanished"
        );
        reason && self.words_changed != Some(false)
    }

    /// The row's key in the change log: kind, id and field.
    #[must_use]
    pub fn key(&self) -> String {
        format!("change:{}|{}|{}", self.entity_kind, self.entity_id, self.field)
    }
}

/// Counts of a published snapshot, kept beside it so that later ones can be
/// compared with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The snapshot.
    pub snapshot_id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Digest of the dictionaries and number of the rules that made it: values
    /// of two profiles with different ones are not compared.
    pub rules: String,
    /// Rows of the published tables.
    pub rows: BTreeMap<String, u64>,
    /// Records of each source that vanished with it.
    #[serde(default)]
    pub vanished: BTreeMap<String, u64>,
    /// Values by table, source and field, as `listing/us_orange_book/status`.
    pub fields: BTreeMap<String, FieldProfile>,
}

/// The values of one field of the rows of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldProfile {
    /// Rows.
    pub rows: u64,
    /// Rows without a value.
    pub nulls: u64,
    /// Rows by value, for fields that hold one of few values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, u64>,
}
