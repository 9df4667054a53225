//! Registrations and trials in the change log (R41, R19).

use std::collections::BTreeSet;

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

impl Changes {
    /// What changed in registrations and trials. Where a field in the
    /// regulator's words differs, the regulator changed the record; where only
    /// standard fields do, a dictionary or a rule did.
    pub(super) fn entities(
        &mut self,
        old: &Tables<'_>,
        new: &Tables<'_>,
        circumstances: &Circumstances<'_>,
    ) -> PolarsResult<()> {
        self.entity(&REGISTRATION, old.registration, new.registration, circumstances)?;
        self.entity(&TRIAL, old.trial, new.trial, circumstances)
    }

    fn entity(
        &mut self,
        entity: &Entity,
        old: &DataFrame,
        new: &DataFrame,
        circumstances: &Circumstances<'_>,
    ) -> PolarsResult<()> {
        let fields = [entity.raw, entity.standard].concat();
        let Diff { appeared, vanished, cells } = diff_tables(old, new, entity.key, &fields)?;
        let by_regulator: BTreeSet<&str> = cells
            .iter()
            .filter(|c| entity.raw.contains(&c.field.as_str()))
            .map(|c| c.key.as_str())
            .collect();
        let sources: std::collections::BTreeMap<&str, &str> = [old, new]
            .into_iter()
            .map(|frame| Ok(text(frame, entity.key)?.iter().zip(text(frame, "source_id")?.iter())))
            .collect::<PolarsResult<Vec<_>>>()?
            .into_iter()
            .flatten()
            .filter_map(|(key, source)| key.zip(source))
            .collect();
        let mut rows = Vec::new();
        let mut add = |key: &str, change, field: &str, old, new, reason| {
            rows.push(Row {
                entity_kind: entity.kind,
                entity_id: key.to_owned(),
                source_id: sources.get(key).copied().unwrap_or_default().to_owned(),
                change,
                field: field.to_owned(),
                old,
                new,
                reason,
                run_id: None,
                seen_at: circumstances.seen_at.to_owned(),
            });
        };
        for key in &appeared {
            add(key, "appeared", "", None, None, "record_appeared");
        }
        for key in &vanished {
            add(key, "vanished", "", None, None, "record_vanished");
        }
        for cell in &cells {
            let reason = if by_regulator.contains(cell.key.as_str()) {
                "source_changed"
            } else {
                circumstances.own_reason()
            };
            add(&cell.key, "changed", &cell.field, cell.old.clone(), cell.new.clone(), reason);
        }
        self.rows.extend(rows);
        Ok(())
    }
}
