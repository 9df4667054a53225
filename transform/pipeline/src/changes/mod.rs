//! R41: the change log between the snapshot before and this one.

mod entities;

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use regatta_lake::ChangeCount;

use crate::TransformError;
use crate::diff::{Diff, diff};
use crate::distinct::text;
use crate::error::InTable;
use crate::links::Links;
use crate::record_key;
use crate::touched::Ids;

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

/// Fields of a drug that the log follows.
const DRUG_FIELDS: &[&str] = &[
    "generic",
    "dosage_form",
    "drug_names",
    "targets",
    "holder",
    "holder_group",
    "partners",
    "manufacturers",
    "historical_companies",
    "first_approval_date",
    "flags",
];

/// Fields of a drug's progress in a country; the log calls them `progress.US`.
const PROGRESS_FIELDS: &[&str] = &["progress", "inactive", "highest_evidence", "current_status"];

/// The raw record table of a source before and now.
pub(crate) struct RawPair<'a> {
    pub(crate) source_id: &'a str,
    pub(crate) old: Option<LazyFrame>,
    pub(crate) new: LazyFrame,
    /// The run that saw the change, and the time of its fetch.
    pub(crate) run_id: &'a str,
    pub(crate) seen_at: i64,
}

/// The tables of the snapshot before and of this one; of both the same rows may
/// be left out that did not change.
pub(crate) struct Tables {
    pub(crate) listing: DataFrame,
    pub(crate) registration: DataFrame,
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
                run_id: Some(pair.run_id.to_owned()),
                seen_at: pair.seen_at,
            });
        };
        for key in &found.appeared {
            add(key, "appeared", String::new(), None, None, "record_appeared");
        }
        for key in &found.vanished {
            add(key, "vanished", String::new(), None, None, "record_vanished");
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

    /// Drugs and their progress; the reason is the one of their records.
    fn drugs(
        &mut self,
        old: &Tables,
        new: &Tables,
        circumstances: &Circumstances,
    ) -> PolarsResult<()> {
        let reasons = self.reasons_by_drug(old, new)?;
        let mut found = diff_tables(&old.drug, &new.drug, "drug_id", DRUG_FIELDS)?;
        let progress = diff_tables(
            &by_country(&old.drug_progress)?,
            &by_country(&new.drug_progress)?,
            "key",
            PROGRESS_FIELDS,
        )?;
        // A country that appears or vanishes is a change of the drug too.
        let common: BTreeSet<&String> = found.appeared.iter().chain(&found.vanished).collect();
        let mut cells = Vec::new();
        for mut cell in progress.cells {
            let (drug, country) = split_key(&cell.key);
            cell.field = format!("{}.{country}", cell.field);
            cell.key = drug;
            cells.push(cell);
        }
        for (keys, appeared) in [(&progress.appeared, true), (&progress.vanished, false)] {
            for key in keys {
                let (drug, country) = split_key(key);
                if !common.contains(&drug) {
                    let here = Some("recorded".to_owned());
                    cells.push(crate::diff::Cell {
                        key: drug,
                        field: format!("country.{country}"),
                        old: here.clone().filter(|_| !appeared),
                        new: here.filter(|_| appeared),
                    });
                }
            }
        }
        found.cells.extend(cells);
        let mut add = |id: &str, change, field: String, old, new, own: &'static str| {
            let reason = match (change, reasons.get(id)) {
                ("appeared" | "vanished", Some(_)) => own,
                (_, Some(reason)) => reason,
                (_, None) => circumstances.own_reason(),
            };
            self.rows.push(Row {
                entity_kind: "drug",
                entity_id: id.to_owned(),
                source_id: String::new(),
                change,
                field,
                old,
                new,
                reason,
                run_id: None,
                seen_at: circumstances.seen_at,
            });
        };
        for id in &found.appeared {
            add(id, "appeared", String::new(), None, None, "record_appeared");
        }
        for id in &found.vanished {
            add(id, "vanished", String::new(), None, None, "record_vanished");
        }
        for cell in found.cells {
            add(&cell.key, "changed", cell.field, cell.old, cell.new, "source_changed");
        }
        Ok(())
    }

    /// Why each touched drug changed: the strongest reason of its records.
    fn reasons_by_drug(
        &self,
        old: &Tables,
        new: &Tables,
    ) -> PolarsResult<BTreeMap<String, &'static str>> {
        let mut by_record: BTreeMap<&str, &'static str> = BTreeMap::new();
        for row in &self.rows {
            let reason = by_record.entry(&row.entity_id).or_insert(row.reason);
            if row.reason == "source_changed" {
                *reason = row.reason;
            }
        }
        let mut by_drug: BTreeMap<String, &'static str> = BTreeMap::new();
        for frame in [&old.drug_record, &new.drug_record] {
            for (record, drug) in
                text(frame, "record_id")?.iter().zip(text(frame, "drug_id")?.iter())
            {
                let reason = record
                    .and_then(|r| by_record.get(r).or_else(|| by_record.get(source_record(r))));
                if let (Some(reason), Some(drug)) = (reason, drug) {
                    let kept = by_drug.entry(drug.to_owned()).or_insert(reason);
                    if **reason == *"source_changed" {
                        *kept = reason;
                    }
                }
            }
        }
        Ok(by_drug)
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
            seen.entry((&row.source_id, row.entity_kind, change))
                .or_default()
                .insert(&row.entity_id);
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

/// Progress under the key `drug_id|country`.
fn by_country(progress: &DataFrame) -> PolarsResult<DataFrame> {
    progress
        .clone()
        .lazy()
        .with_column(concat_str([col("drug_id"), col("country")], "|", false).alias("key"))
        .collect()
}

fn split_key(key: &str) -> (String, String) {
    let (drug, country) = key.split_once('|').unwrap_or((key, ""));
    (drug.to_owned(), country.to_owned())
}
