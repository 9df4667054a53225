//! Registrations and trials in the change log (R41, R19).

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::{Changes, Circumstances, Row, Tables, diff_tables};
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

impl Changes {
    /// What changed in registrations and trials. Where a field in the
    /// regulator's words differs, the regulator changed the record; where only
    /// standard fields do, a dictionary or a rule did.
    pub(super) fn entities(
        &mut self,
        old: &Tables,
        new: &Tables,
        circumstances: &Circumstances,
    ) -> PolarsResult<()> {
        self.entity(&REGISTRATION, &old.registration, &new.registration, circumstances)?;
        self.entity(&TRIAL, &old.trial, &new.trial, circumstances)?;
        self.cells(&TRIAL_PRODUCT, &old.trial_product, &new.trial_product, circumstances)
    }

    fn entity(
        &mut self,
        entity: &Entity,
        old: &DataFrame,
        new: &DataFrame,
        circumstances: &Circumstances,
    ) -> PolarsResult<()> {
        let found = entity.diff(old, new)?;
        let sources = entity.sources(old, new)?;
        for (keys, change, reason) in [
            (&found.appeared, "appeared", "record_appeared"),
            (&found.vanished, "vanished", "record_vanished"),
        ] {
            let rows = keys.iter().map(|key| Row {
                change,
                reason,
                ..entity.row(key, &sources, circumstances)
            });
            self.rows.extend(rows);
        }
        self.add_cells(entity, found, &sources, circumstances);
        Ok(())
    }

    /// Changed cells only.
    fn cells(
        &mut self,
        entity: &Entity,
        old: &DataFrame,
        new: &DataFrame,
        circumstances: &Circumstances,
    ) -> PolarsResult<()> {
        let sources = entity.sources(old, new)?;
        self.add_cells(entity, entity.diff(old, new)?, &sources, circumstances);
        Ok(())
    }

    fn add_cells(
        &mut self,
        entity: &Entity,
        found: Diff,
        sources: &BTreeMap<&str, &str>,
        circumstances: &Circumstances,
    ) {
        let by_regulator: BTreeSet<String> = found
            .cells
            .iter()
            .filter(|c| entity.raw.contains(&c.field.as_str()))
            .map(|c| c.key.clone())
            .collect();
        let rows = found.cells.into_iter().map(|cell| {
            let reason = if by_regulator.contains(&cell.key) {
                "source_changed"
            } else {
                circumstances.own_reason()
            };
            let row = entity.row(&cell.key, sources, circumstances);
            Row { field: cell.field, old: cell.old, new: cell.new, reason, ..row }
        });
        self.rows.extend(rows);
    }
}

impl Entity {
    fn diff(&self, old: &DataFrame, new: &DataFrame) -> PolarsResult<Diff> {
        diff_tables(old, new, self.key, &[self.raw, self.standard].concat())
    }

    /// The source of each entity.
    fn sources<'a>(
        &self,
        old: &'a DataFrame,
        new: &'a DataFrame,
    ) -> PolarsResult<BTreeMap<&'a str, &'a str>> {
        let mut sources = BTreeMap::new();
        for frame in [old, new] {
            let of = text(frame, self.key)?.iter().zip(text(frame, "source_id")?.iter());
            sources.extend(of.filter_map(|(key, source)| key.zip(source)));
        }
        Ok(sources)
    }

    /// A changed row without its values.
    fn row(&self, key: &str, sources: &BTreeMap<&str, &str>, now: &Circumstances) -> Row {
        Row {
            entity_kind: self.kind,
            entity_id: key.to_owned(),
            source_id: sources.get(key).copied().unwrap_or_default().to_owned(),
            change: "changed",
            field: String::new(),
            old: None,
            new: None,
            reason: "source_changed",
            run_id: None,
            seen_at: now.seen_at,
        }
    }
}
