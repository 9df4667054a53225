//! The tables `drug_progress` and `progress` (R33-R38).

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use regatta_domain::{Evidence, Progress, RecordId, Region, progress as decide};

use crate::blocks::{Drugs, drug_name};
use crate::columns::Columns;
use crate::drugs::Members;
use crate::records::{Record, Records};

/// Progress of each drug in each country where it has records.
pub(crate) fn drug_progress(drugs: &Drugs, members: &Members<'_>) -> PolarsResult<DataFrame> {
    let mut rows = Vec::new();
    for (index, id) in drugs.assignment.ids.iter().enumerate() {
        for (region, records) in by_region(members.of(index).iter().copied()) {
            rows.push((*id, region, records.len(), decided(&records)));
        }
    }
    let columns = Columns::default()
        .text("drug_id", rows.iter().map(|r| Some(drug_name(r.0))))
        .text("country", rows.iter().map(|r| Some(r.1.code())));
    let decided: Vec<&Progress> = rows.iter().map(|r| &r.3).collect();
    stages(columns, &decided, members)?.int("records", rows.iter().map(|r| count(r.2))).frame()
}

/// Progress of each generic and form in each country, over all companies.
pub(crate) fn progress(
    records: &Records<'_>,
    drugs: &Drugs,
    members: &Members<'_>,
) -> PolarsResult<DataFrame> {
    let drug_of: BTreeMap<RecordId, u32> = drugs
        .components
        .iter()
        .zip(&drugs.assignment.ids)
        .flat_map(|(c, id)| c.records.iter().map(move |m| (m.id, *id)))
        .collect();
    let mut rows = Vec::new();
    for block in records.by_block().chunk_by(|a, b| a.block == b.block) {
        let Record { generic, form, .. } = block[0];
        for (region, records) in by_region(block.iter().copied()) {
            let drugs: BTreeSet<u32> =
                records.iter().filter_map(|r| drug_of.get(&r.number).copied()).collect();
            rows.push((generic, form, region, drugs.len(), records.len(), decided(&records)));
        }
    }
    let columns = Columns::default()
        .text("generic", rows.iter().map(|r| Some(r.0)))
        .text("dosage_form", rows.iter().map(|r| Some(r.1)))
        .text("country", rows.iter().map(|r| Some(r.2.code())));
    let decided: Vec<&Progress> = rows.iter().map(|r| &r.5).collect();
    stages(columns, &decided, members)?
        .int("drugs", rows.iter().map(|r| count(r.3)))
        .int("records", rows.iter().map(|r| count(r.4)))
        .frame()
}

fn by_region<'a>(
    records: impl Iterator<Item = &'a Record<'a>>,
) -> BTreeMap<Region, Vec<&'a Record<'a>>> {
    let mut regions: BTreeMap<Region, Vec<&Record<'_>>> = BTreeMap::new();
    for record in records {
        regions.entry(record.region).or_default().push(record);
    }
    regions
}

fn decided(records: &[&Record<'_>]) -> Progress {
    let evidence: Vec<Evidence> = records
        .iter()
        .map(|r| Evidence { record: r.number, date: r.date, kind: r.evidence })
        .collect();
    decide(&evidence)
}

/// The columns that both tables share.
fn stages(columns: Columns, decided: &[&Progress], members: &Members<'_>) -> PolarsResult<Columns> {
    let id = |number: &RecordId| members.record(*number).map(|r| r.id);
    Ok(columns
        .text("progress", decided.iter().map(|p| Some(p.progress.code())))
        .text("progress_zh", decided.iter().map(|p| Some(p.progress.label_zh())))
        .flag("inactive", decided.iter().map(|p| p.inactive))
        .partial_date("progress_date", decided.iter().map(|p| p.progress_date))?
        .text("highest_evidence", decided.iter().map(|p| Some(p.highest_evidence.code())))
        .flag("highest_evidence_inactive", decided.iter().map(|p| p.highest_inactive))
        .partial_date("highest_evidence_date", decided.iter().map(|p| p.highest_date))?
        .texts(
            "highest_evidence_records",
            decided.iter().map(|p| p.highest_deciding.iter().filter_map(id)),
        )
        .text("current_status", decided.iter().map(|p| Some(p.current_status.code())))
        .partial_date("current_status_date", decided.iter().map(|p| p.current_status_date))?
        .texts(
            "current_status_records",
            decided.iter().map(|p| p.current_status_deciding.iter().filter_map(id)),
        )
        .texts("deciding_records", decided.iter().map(|p| p.deciding.iter().filter_map(id))))
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
