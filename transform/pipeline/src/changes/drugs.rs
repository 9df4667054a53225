//! Drugs and their progress in the change log (R41).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;

use super::{Changes, Circumstances, Row, Tables, diff_tables, source_record};
use crate::distinct::text;

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

impl Changes {
    /// Drugs and their progress; the reason is the one of their records.
    pub(super) fn drugs(
        &mut self,
        old: &Tables,
        new: &Tables,
        circumstances: &Circumstances,
    ) -> PolarsResult<()> {
        let causes = self.causes_by_drug(old, new)?;
        let moves = moves(&causes, old, new)?;
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
        let mut rows = Vec::new();
        let mut add = |id: &str, change, field: String, old, new, own: &'static str| {
            let cause = causes.get(id);
            let reason = match (change, cause.map(|c| c.reason)) {
                ("vanished", Some("fetch_partial")) => "fetch_partial",
                ("appeared" | "vanished", Some(_)) => own,
                (_, Some(reason)) => reason,
                (_, None) => circumstances.own_reason(),
            };
            let run = cause.map_or_else(|| moves.get(id).copied(), |c| c.run);
            let run = run.filter(|_| !is_ours(reason));
            rows.push(Row {
                entity_kind: "drug",
                entity_id: id.to_owned(),
                source_id: run.map_or("", |(.., source)| source).to_owned(),
                change,
                field,
                old,
                new,
                reason,
                run_id: run.map(|(_, run, _)| run.to_owned()),
                seen_at: run.map_or(circumstances.seen_at, |(seen_at, ..)| seen_at),
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
        self.rows.extend(rows);
        Ok(())
    }

    /// Why each touched drug changed.
    fn causes_by_drug(
        &self,
        old: &Tables,
        new: &Tables,
    ) -> PolarsResult<BTreeMap<String, Cause<'_>>> {
        let mut by_record: BTreeMap<&str, Cause<'_>> = BTreeMap::new();
        for row in &self.rows {
            let run = row.run_id.as_deref().map(|run| (row.seen_at, run, &*row.source_id));
            let cause = Cause { reason: row.reason, run };
            by_record.entry(&row.entity_id).and_modify(|known| known.add(cause)).or_insert(cause);
        }
        let mut by_drug: BTreeMap<String, Cause<'_>> = BTreeMap::new();
        for frame in [&old.drug_record, &new.drug_record] {
            for (record, drug) in
                text(frame, "record_id")?.iter().zip(text(frame, "drug_id")?.iter())
            {
                let cause = record
                    .and_then(|r| by_record.get(r).or_else(|| by_record.get(source_record(r))));
                if let (Some(cause), Some(drug)) = (cause.copied(), drug) {
                    by_drug
                        .entry(drug.to_owned())
                        .and_modify(|known| known.add(cause))
                        .or_insert(cause);
                }
            }
        }
        Ok(by_drug)
    }
}

/// The runs behind drugs whose own records are what they were: that of a drug which
/// records of theirs are in now, or were in before.
fn moves<'a>(
    causes: &BTreeMap<String, Cause<'a>>,
    old: &Tables,
    new: &Tables,
) -> PolarsResult<BTreeMap<String, Run<'a>>> {
    let cells = |tables: &Tables, name| text(&tables.drug_record, name).cloned();
    let (ids, drugs) = (cells(old, "record_id")?, cells(old, "drug_id")?);
    let links = ids.iter().zip(drugs.iter()).filter_map(|(id, drug)| id.zip(drug));
    let before: HashMap<&str, &str, PlRandomState> = links.collect();
    let (ids, drugs) = (cells(new, "record_id")?, cells(new, "drug_id")?);
    let mut runs = BTreeMap::new();
    for (record, is) in ids.iter().zip(drugs.iter()) {
        let was = record.and_then(|record| before.get(record).copied());
        let Some((was, is)) = was.zip(is).filter(|(was, is)| was != is) else { continue };
        for (drug, other) in [(was, is), (is, was)] {
            let run = causes.get(other).and_then(|cause| cause.run);
            if let Some(run) = run.filter(|_| !causes.contains_key(drug)) {
                let known = runs.entry(drug.to_owned()).or_insert(run);
                *known = run.max(*known);
            }
        }
    }
    Ok(runs)
}

/// Time of the fetch, id and source of the run that saw a change.
type Run<'a> = (i64, &'a str, &'a str);

/// Why a record or a drug changed.
#[derive(Clone, Copy)]
struct Cause<'a> {
    reason: &'static str,
    run: Option<Run<'a>>,
}

impl Cause<'_> {
    /// The strongest reason counts, and the last run: before it not all that the
    /// change is made of was there.
    fn add(&mut self, other: Self) {
        if other.reason == "source_changed" {
            self.reason = other.reason;
        }
        self.run = self.run.max(other.run);
    }
}

/// Whether a dictionary or a rule is the reason, and so no run of a source.
fn is_ours(reason: &str) -> bool {
    matches!(reason, "dictionary_changed" | "rule_changed")
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
