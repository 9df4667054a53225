//! What a transform compares with the snapshot before, for the change log.

use polars::prelude::*;
use regatta_lake::{history, schema};

use crate::TransformError;
use crate::adapters::ADAPTERS;
use crate::changes::{Changes, Circumstances, NewRun, RawPair, Tables};
use crate::error::InTable;
use crate::previous::Gone;
use crate::raw::RawTables;
use crate::scope::{Of, Scope};
use crate::touched::{Touched, with_ids};
use crate::transform::{Computation, RULES_VERSION};

/// What the records of this snapshot are compared by, and the drugs of the
/// blocks that were computed anew.
pub(crate) struct Now<'a> {
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) drug: DataFrame,
    pub(crate) drug_record: DataFrame,
    pub(crate) drug_progress: DataFrame,
}

impl Computation<'_> {
    /// The change log between the snapshot before and `now`; `gone` are the
    /// drugs that were computed anew, as they were. Where not all records were
    /// looked at, `touched` are those that were.
    pub(crate) fn changes(
        &self,
        of: &Of<'_>,
        touched: Option<&Touched<'_>>,
        gone: Option<&Gone>,
        now: &Now<'_>,
    ) -> Result<Changes, TransformError> {
        let (Some(before), Some(previous), Some(gone)) = (of.before, of.previous, gone) else {
            return Ok(Changes::default());
        };
        let runs = NewRun::all(self.inputs, before, self.now);
        let mut raw = Vec::new();
        for adapter in ADAPTERS {
            let Some((source, run)) =
                self.inputs.runs.iter().find(|(s, _)| s.as_str() == adapter.source_id)
            else {
                continue;
            };
            let Some(new_run) = runs.get(adapter.source_id) else { continue };
            let old_run = before.inputs.get(source).map(|i| &i.data_run_id);
            let known = history(self.lake, source)?.runs;
            let old = known.iter().find(|r| Some(&r.run_id) == old_run);
            for table in adapter.record_tables {
                let (old, new) = if let Scope::Changed { partial, .. } = now.scope {
                    // Rows that do not differ change nothing.
                    let key = (adapter.source_id.to_owned(), (*table).to_owned());
                    let Some((old, new)) = partial.raw.get(&key) else { continue };
                    (Some(old.clone().lazy()), new.clone().lazy())
                } else {
                    let scan = |run| RawTables::new(self.lake, run).scan_opt(table);
                    let (old, new) = (old.map(scan).transpose()?.flatten(), scan(run)?);
                    match (old, new) {
                        (old, Some(new)) => (old, new),
                        (Some(old), None) => (Some(old.clone()), old.limit(0)),
                        (None, None) => continue,
                    }
                };
                raw.push(RawPair {
                    source_id: adapter.source_id,
                    old,
                    new,
                    run: new_run,
                    partial: new_run.is_partial(Some(table)),
                });
            }
        }
        let circumstances = Circumstances {
            seen_at: of.seen_at,
            runs: runs.clone(),
            dictionaries_changed: before.dictionaries_sha256
                != self.options.dictionaries_sha256(self.dictionaries),
            rules_changed: before.rules_version != RULES_VERSION
                || before.schema_version != schema::SCHEMA_VERSION,
        };
        let rows = |frame: &DataFrame, key, name| {
            match touched {
                Some(touched) if key == "trial_id" => with_ids(frame, key, &touched.trials),
                Some(touched) => with_ids(frame, key, &touched.records),
                None => Ok(frame.clone()),
            }
            .in_table(name)
        };
        let (old, tables) = (now.scope.gone(previous)?, now.scope.compared());
        let old = Tables {
            listing: rows(old.listing, "record_id", "listing")?,
            registration: rows(old.registration, "record_id", "registration")?,
            evidence: rows(old.evidence, "record_id", "registration_evidence")?,
            trial: rows(old.trial, "trial_id", "trial")?,
            trial_product: rows(old.trial_product, "record_id", "trial_product")?,
            drug: gone.drug.clone(),
            drug_record: gone.drug_record.clone(),
            drug_progress: gone.drug_progress.clone(),
        };
        let new = Tables {
            listing: rows(&tables.listing, "record_id", "listing")?,
            registration: rows(&tables.registration, "record_id", "registration")?,
            evidence: rows(&tables.evidence, "record_id", "registration_evidence")?,
            trial: rows(&tables.trial, "trial_id", "trial")?,
            trial_product: rows(&tables.trial_product, "record_id", "trial_product")?,
            drug: now.drug.clone(),
            drug_record: now.drug_record.clone(),
            drug_progress: now.drug_progress.clone(),
        };
        Changes::find(raw, &old, &new, &circumstances)
    }
}
