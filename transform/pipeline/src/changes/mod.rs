//! R41: the change log between the snapshot before and this one.

mod conclusions;
mod drugs;
mod entities;
mod runs;

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use regatta_lake::ChangeCount;

use crate::TransformError;
use crate::diff::{Diff, diff};
use crate::error::InTable;
use crate::links::Links;
use crate::record_key;
use crate::touched::Ids;

pub(crate) use runs::{NewRun, NewRuns};

/// Fields of a listing that a dictionary or a rule can change while the
/// regulator's row stays as it is. What the regulator itself changed stands in
/// the log under `raw.<column>`.
const LISTING_FIELDS: &[&str] = &[
    "generic",
    "salt",
    "dosage_form",
    "company",
    "company_raw",
    "corporate_group",
    "status",
    "status_raw",
    "approval_date",
    "status_date",
];

/// The raw record table of a source before and now.
pub(crate) struct RawPair<'a> {
    pub(crate) source_id: &'a str,
    pub(crate) old: Option<LazyFrame>,
    pub(crate) new: LazyFrame,
    /// The run that saw the change.
    pub(crate) run: &'a NewRun,
    /// The table is known not to hold all that the regulator has.
    pub(crate) partial: bool,
}

/// The tables of the snapshot before and of this one; of both the same rows may
/// be left out that did not change.
pub(crate) struct Tables {
    pub(crate) listing: DataFrame,
    pub(crate) registration: DataFrame,
    pub(crate) evidence: DataFrame,
    pub(crate) trial: DataFrame,
    pub(crate) trial_product: DataFrame,
    pub(crate) drug: DataFrame,
    pub(crate) drug_record: DataFrame,
    pub(crate) drug_progress: DataFrame,
}

/// What cannot be read from the tables.
pub(crate) struct Circumstances {
    /// Time of the newest fetch behind this snapshot, or of its making where
    /// only dictionaries or rules changed; milliseconds since 1970 UTC.
    pub(crate) seen_at: i64,
    /// The runs that the snapshot before was not made of.
    pub(crate) runs: NewRuns,
    pub(crate) dictionaries_changed: bool,
    /// The rules in code, or the contract.
    pub(crate) rules_changed: bool,
}

/// The change log.
#[derive(Default)]
pub(crate) struct Changes {
    rows: Vec<Row>,
}

struct Row {
    entity_kind: &'static str,
    entity_id: String,
    source_id: String,
    change: &'static str,
    field: String,
    old: Option<String>,
    new: Option<String>,
    reason: &'static str,
    run_id: Option<String>,
    /// Milliseconds since 1970 UTC.
    seen_at: i64,
}

impl Changes {
    /// Compares everything.
    pub(crate) fn find(
        raw: Vec<RawPair<'_>>,
        old: &Tables,
        new: &Tables,
        circumstances: &Circumstances,
    ) -> Result<Self, TransformError> {
        let mut this = Self::default();
        for pair in raw {
            this.raw(pair).in_table("change")?;
        }
        let by_source = this.changed_records();
        this.listings(old, new, circumstances, &by_source).in_table("change")?;
        this.entities(old, new, circumstances).in_table("change")?;
        this.drugs(old, new, circumstances).in_table("change")?;
        Ok(this)
    }

    /// The regulator's own rows.
    fn raw(&mut self, pair: RawPair<'_>) -> PolarsResult<()> {
        let fields = source_columns(&mut pair.new.clone())?;
        let old = match pair.old {
            Some(old) => old,
            None => pair.new.clone().limit(0),
        };
        let found = diff(old, pair.new, "record_key", &fields)?;
        let id = |key: &str| format!("{}:{}", pair.source_id, record_key::short(key));
        let mut add = |key: &str, change, field: String, old, new, reason| {
            self.rows.push(Row {
                entity_kind: "listing",
                entity_id: id(key),
                source_id: pair.source_id.to_owned(),
                change,
                field,
                old,
                new,
                reason,
                run_id: Some(pair.run.run_id.clone()),
                seen_at: pair.run.seen_at,
            });
        };
        // What did not come may still be there.
        let vanished = if pair.partial { "fetch_partial" } else { "record_vanished" };
        for key in &found.appeared {
            add(key, "appeared", String::new(), None, None, "record_appeared");
        }
        for key in &found.vanished {
            add(key, "vanished", String::new(), None, None, vanished);
        }
        for cell in found.cells {
            let field = format!("raw.{}", cell.field);
            add(&cell.key, "changed", field, cell.old, cell.new, "source_changed");
        }
        Ok(())
    }

    /// Listings by kind of change so far: by the id of the source's record,
    /// which may be several listings (R16).
    fn changed_records(&self) -> BTreeMap<String, &'static str> {
        self.rows.iter().map(|r| (r.entity_id.clone(), r.change)).collect()
    }

    /// Standard fields, with the reason of the change.
    fn listings(
        &mut self,
        old: &Tables,
        new: &Tables,
        circumstances: &Circumstances,
        by_source: &BTreeMap<String, &'static str>,
    ) -> PolarsResult<()> {
        let found = diff_tables(&old.listing, &new.listing, "record_id", LISTING_FIELDS)?;
        let of_source: BTreeSet<&str> = found
            .cells
            .iter()
            .filter(|c| c.field.ends_with("_raw"))
            .map(|c| c.key.as_str())
            .collect();
        let runs: BTreeMap<String, (Option<String>, i64)> = self
            .rows
            .iter()
            .map(|r| (r.source_id.clone(), (r.run_id.clone(), r.seen_at)))
            .collect();
        let mut rows = Vec::with_capacity(found.cells.len());
        for cell in &found.cells {
            // A raw value of the record's own row stands in the log already.
            if cell.field.ends_with("_raw") && by_source.contains_key(source_record(&cell.key)) {
                continue;
            }
            let source_id = cell.key.split(':').next().unwrap_or_default().to_owned();
            let by_regulator = by_source.contains_key(source_record(&cell.key))
                || of_source.contains(cell.key.as_str());
            let run = runs.get(&source_id).filter(|_| by_regulator);
            rows.push(Row {
                entity_kind: "listing",
                entity_id: cell.key.clone(),
                source_id,
                change: "changed",
                field: cell.field.clone(),
                old: cell.old.clone(),
                new: cell.new.clone(),
                reason: if by_regulator { "source_changed" } else { circumstances.own_reason() },
                run_id: run.and_then(|r| r.0.clone()),
                seen_at: run.map_or(circumstances.seen_at, |r| r.1),
            });
        }
        self.rows.extend(rows);
        Ok(())
    }

    /// Drugs that changed, or one of whose records did.
    pub(crate) fn touched_drugs(&self, links: &Links) -> PolarsResult<BTreeSet<String>> {
        let (drugs, records): (Vec<_>, Vec<_>) =
            self.rows.iter().partition(|r| r.entity_kind == "drug");
        let mut touched: BTreeSet<String> = drugs.iter().map(|r| r.entity_id.clone()).collect();
        let records: Ids<'_> = records.iter().map(|r| r.entity_id.as_str()).collect();
        if !records.is_empty() {
            links.each(|record, drug| {
                if records.contains(record) || records.contains(source_record(record)) {
                    touched.insert(drug.to_owned());
                }
            })?;
        }
        Ok(touched)
    }

    /// Entities (not fields) by source, kind and change.
    pub(crate) fn counts(&self) -> Vec<ChangeCount> {
        let mut seen: BTreeMap<(&str, &str, &str), BTreeSet<&str>> = BTreeMap::new();
        // What a dictionary changes is counted apart from what a regulator did.
        for row in &self.rows {
            let change = match (row.change, row.reason) {
                ("changed", "dictionary_changed" | "rule_changed") => row.reason,
                (change, _) => change,
            };
            // A drug is of all sources, whichever of them changed it.
            let source = if row.entity_kind == "drug" { "" } else { &row.source_id };
            seen.entry((source, row.entity_kind, change)).or_default().insert(&row.entity_id);
        }
        seen.into_iter()
            .map(|((source, entity, change), ids)| ChangeCount {
                source_id: source.to_owned(),
                entity: entity.to_owned(),
                change: change.to_owned(),
                count: ids.len() as u64,
            })
            .collect()
    }

    /// The table `change`.
    pub(crate) fn frame(&self) -> PolarsResult<DataFrame> {
        let rows = || self.rows.iter();
        crate::columns::Columns::default()
            .text("entity_kind", rows().map(|r| Some(r.entity_kind)))
            .text("entity_id", rows().map(|r| Some(&r.entity_id)))
            .text("source_id", rows().map(|r| Some(&r.source_id)))
            .text("change", rows().map(|r| Some(r.change)))
            .text("field", rows().map(|r| Some(&r.field)))
            .text("old_value", rows().map(|r| r.old.as_ref()))
            .text("new_value", rows().map(|r| r.new.as_ref()))
            .text("reason", rows().map(|r| Some(r.reason)))
            .text("run_id", rows().map(|r| r.run_id.as_ref()))
            .instant("seen_at", rows().map(|r| Some(r.seen_at)))?
            .frame()
    }
}

impl Circumstances {
    /// Why something changed whose own record did not. Where dictionaries and
    /// rules are those of the snapshot before, another record did it: a form
    /// that was inferred (R6a), a drug that another one joined.
    fn own_reason(&self) -> &'static str {
        match (self.dictionaries_changed, self.rules_changed) {
            (true, _) => "dictionary_changed",
            (false, true) => "rule_changed",
            (false, false) => "source_changed",
        }
    }
}

fn source_columns(frame: &mut LazyFrame) -> PolarsResult<Vec<String>> {
    let envelope: BTreeSet<&str> =
        regatta_lake::schema::ENVELOPE.iter().map(|(name, _)| *name).collect();
    let schema = frame.collect_schema()?;
    Ok(schema
        .iter_names()
        .map(ToString::to_string)
        .filter(|n| !envelope.contains(n.as_str()))
        .collect())
}

fn diff_tables(old: &DataFrame, new: &DataFrame, key: &str, fields: &[&str]) -> PolarsResult<Diff> {
    let fields: Vec<String> = fields.iter().map(|f| (*f).to_owned()).collect();
    diff(old.clone().lazy(), new.clone().lazy(), key, &fields)
}

/// The source's record that a row is of: without the part that ends its id.
fn source_record(record_id: &str) -> &str {
    record_id.split_once('#').map_or(record_id, |(record, _)| record)
}
