//! Registrations and trials in the change log (R41, R19).

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::conclusions::{last_run, moved, with_evidence};
use super::{Changes, Circumstances, NewRun, NewRuns, Row, Tables, diff_tables};
use crate::diff::Diff;
use crate::distinct::text;

/// A table whose rows are made of several rows of lists.
struct Entity {
    kind: &'static str,
    key: &'static str,
    /// Fields in the regulator's words.
    raw: &'static [&'static str],
    /// Fields that rules and dictionaries make of them.
    standard: &'static [&'static str],
}

const REGISTRATION: Entity = Entity {
    kind: "registration",
    key: "record_id",
    raw: &[
        "product_name",
        "numbers_raw",
        "companies_raw",
        "application_type",
        "lists",
        "accepted_date",
        "listed_date",
        "approval_numbers",
    ],
    standard: &[
        "generic",
        "salt",
        "dosage_form",
        "matter",
        "conclusion",
        "conclusion_date",
        "conclusion_rule",
        "companies",
        "groups",
    ],
};

const TRIAL: Entity = Entity {
    kind: "trial",
    key: "trial_id",
    raw: &["title", "phase_raw", "status_raw", "sponsors_raw", "start_date", "other_numbers"],
    standard: &["phase", "phase_detail", "status", "status_reason", "sponsors", "products"],
};

/// What is read of a trial's drugs under test: a record may move to another
/// drug because of it. Which drugs there are is a field of the trial.
const TRIAL_PRODUCT: Entity = Entity {
    kind: "trial",
    key: "record_id",
    raw: &["product_name", "generic_raw", "dosage_form_raw"],
    standard: &["generic", "salt", "dosage_form"],
};

/// Where what changed comes from, by the key of the entity.
struct Origins {
    /// The source that the log names where no run saw the change.
    source: BTreeMap<String, String>,
    /// All sources that it is made of, where these may be several.
    sources: BTreeMap<String, BTreeSet<String>>,
    /// Those of them whose rows about it are other ones now.
    moved: BTreeMap<String, BTreeSet<String>>,
}

impl Changes {
    /// What changed in registrations and trials. Where a field in the
    /// regulator's words or a row of a list differs, the regulator changed the
    /// record; where only standard fields do, a dictionary or a rule did.
    pub(super) fn entities(
        &mut self,
        old: &Tables,
        new: &Tables,
        circumstances: &Circumstances,
    ) -> PolarsResult<()> {
        let mut found = REGISTRATION.diff(&old.registration, &new.registration)?;
        with_evidence(&mut found, old, new)?;
        let mut origins = REGISTRATION.origins(&old.registration, &new.registration)?;
        for frame in [&old.registration, &new.registration] {
            add_sources(frame, &mut origins.sources)?;
        }
        origins.moved = moved(&old.evidence, &new.evidence, &circumstances.runs)?;
        self.entity(&REGISTRATION, found, &origins, circumstances);
        let found = TRIAL.diff(&old.trial, &new.trial)?;
        let origins = TRIAL.origins(&old.trial, &new.trial)?;
        self.entity(&TRIAL, found, &origins, circumstances);
        let found = TRIAL_PRODUCT.diff(&old.trial_product, &new.trial_product)?;
        let origins = TRIAL_PRODUCT.origins(&old.trial_product, &new.trial_product)?;
        self.cells(&TRIAL_PRODUCT, found, &origins, circumstances);
        Ok(())
    }

    fn entity(
        &mut self,
        entity: &Entity,
        found: Diff,
        origins: &Origins,
        circumstances: &Circumstances,
    ) {
        for (keys, change) in [(&found.appeared, "appeared"), (&found.vanished, "vanished")] {
            let rows = keys.iter().map(|key| {
                let run = origins.own_run(key, &circumstances.runs);
                // What did not come may still be there.
                let partial = run.is_some_and(|run| run.is_partial(None));
                let reason = match change {
                    "appeared" => "record_appeared",
                    _ if partial => "fetch_partial",
                    _ => "record_vanished",
                };
                Row { change, reason, ..entity.row(key, origins, run, circumstances) }
            });
            self.rows.extend(rows);
        }
        self.cells(entity, found, origins, circumstances);
    }

    /// Changed cells only.
    fn cells(
        &mut self,
        entity: &Entity,
        found: Diff,
        origins: &Origins,
        circumstances: &Circumstances,
    ) {
        let mut by_regulator: BTreeSet<String> = found
            .cells
            .iter()
            .filter(|c| entity.raw.contains(&c.field.as_str()))
            .map(|c| c.key.clone())
            .collect();
        by_regulator.extend(origins.moved.keys().cloned());
        let rows = found.cells.into_iter().map(|cell| {
            let is_seen = by_regulator.contains(&cell.key);
            let reason = if is_seen { "source_changed" } else { circumstances.own_reason() };
            let run = origins.run(&cell.key, &circumstances.runs).filter(|_| is_seen);
            let row = entity.row(&cell.key, origins, run, circumstances);
            Row { field: cell.field, old: cell.old, new: cell.new, reason, ..row }
        });
        self.rows.extend(rows);
    }
}

impl Origins {
    /// The run of the source that the entity's own row names: records that appear
    /// and vanish are counted by it.
    fn own_run<'a>(&self, key: &str, runs: &'a NewRuns) -> Option<&'a NewRun> {
        self.source.get(key).and_then(|source| runs.get(source))
    }

    /// The run that saw a change of the entity `key`: of the sources whose rows
    /// about it are other ones now, else of those that it is made of.
    fn run<'a>(&self, key: &str, runs: &'a NewRuns) -> Option<&'a NewRun> {
        if let Some(moved) = self.moved.get(key) {
            return last_run(moved.iter().map(String::as_str), runs);
        }
        match self.sources.get(key) {
            Some(sources) => last_run(sources.iter().map(String::as_str), runs),
            None => self.own_run(key, runs),
        }
    }
}

impl Entity {
    fn diff(&self, old: &DataFrame, new: &DataFrame) -> PolarsResult<Diff> {
        diff_tables(old, new, self.key, &[self.raw, self.standard].concat())
    }

    /// The source of each entity.
    fn origins(&self, old: &DataFrame, new: &DataFrame) -> PolarsResult<Origins> {
        let mut source = BTreeMap::new();
        for frame in [old, new] {
            let of = text(frame, self.key)?.iter().zip(text(frame, "source_id")?.iter());
            source.extend(of.filter_map(|(k, s)| Some((k?.to_owned(), s?.to_owned()))));
        }
        Ok(Origins { source, sources: BTreeMap::new(), moved: BTreeMap::new() })
    }

    /// A changed row without its values.
    fn row(&self, key: &str, origins: &Origins, run: Option<&NewRun>, now: &Circumstances) -> Row {
        Row {
            entity_kind: self.kind,
            entity_id: key.to_owned(),
            source_id: run
                .map(|run| &run.source_id)
                .or_else(|| origins.source.get(key))
                .cloned()
                .unwrap_or_default(),
            change: "changed",
            field: String::new(),
            old: None,
            new: None,
            reason: "source_changed",
            run_id: run.map(|run| run.run_id.clone()),
            seen_at: run.map_or(now.seen_at, |run| run.seen_at),
        }
    }
}

/// The sources that name each registration.
fn add_sources(
    registration: &DataFrame,
    sources: &mut BTreeMap<String, BTreeSet<String>>,
) -> PolarsResult<()> {
    let rows = registration
        .select(["record_id", "sources"])?
        .explode(["sources"], ExplodeOptions { empty_as_null: false, keep_nulls: false })?;
    let of = text(&rows, "record_id")?.iter().zip(text(&rows, "sources")?.iter());
    for (record, source) in of {
        if let (Some(record), Some(source)) = (record, source) {
            sources.entry(record.to_owned()).or_default().insert(source.to_owned());
        }
    }
    Ok(())
}
