//! The table `registration_association` (R25, R26): registrations of one
//! generic and form that share companies, one-off imports apart.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use regatta_domain::{
    BlockRecord, Decisions, PartialDate, Party, RecordId, RecordKind, ReviewConclusion,
    ReviewMatter, WrittenNumber, merge_block,
};
use regatta_lake::Sha256;

use crate::TransformError;
use crate::blocks::{Drugs, drug_name};
use crate::columns::{Columns, Dates};
use crate::distinct::text;
use crate::error::InTable;
use crate::records::{Record, Records};

/// One association.
struct Association<'a> {
    records: Vec<&'a Record<'a>>,
    apart: bool,
}

/// The associations of all blocks. `registration` is the table of that name.
pub(crate) fn registration_association(
    records: &Records<'_>,
    drugs: &Drugs,
    registration: &DataFrame,
    decisions: &Decisions,
) -> Result<DataFrame, TransformError> {
    let associations = associations(records, decisions)?;
    let drug_of: BTreeMap<RecordId, u32> = drugs
        .components
        .iter()
        .zip(&drugs.assignment.ids)
        .flat_map(|(c, id)| c.records.iter().map(move |m| (m.id, *id)))
        .collect();
    frame(records, &associations, &drug_of, registration).in_table("registration_association")
}

fn associations<'a>(
    records: &'a Records<'_>,
    decisions: &Decisions,
) -> Result<Vec<Association<'a>>, TransformError> {
    let mut blocks: BTreeMap<(&str, &str), Vec<&Record<'_>>> = BTreeMap::new();
    for record in records.list.iter().filter(|r| r.kind == RecordKind::Registration) {
        blocks.entry((record.generic, record.form)).or_default().push(record);
    }
    let mut all = Vec::new();
    for ((generic, form), members) in blocks {
        let block: Vec<BlockRecord<'_>> = members
            .iter()
            .map(|r| BlockRecord {
                id: r.number,
                apart: r.apart,
                parties: &r.parties,
                same_product: None,
            })
            .collect();
        let merged = merge_block(&block, decisions).map_err(|e| TransformError::Decisions {
            generic: generic.to_owned(),
            dosage_form: form.to_owned(),
            reason: e.to_string(),
        })?;
        let by_number: BTreeMap<RecordId, &Record<'_>> =
            members.iter().map(|r| (r.number, *r)).collect();
        all.extend(merged.into_iter().map(|component| Association {
            apart: component.apart,
            records:
                component.records.iter().filter_map(|m| by_number.get(&m.id).copied()).collect(),
        }));
    }
    Ok(all)
}

/// What the table `registration` knows of a record.
struct Milestones {
    accepted: Option<PartialDate>,
    concluded: Option<PartialDate>,
}

fn frame(
    records: &Records<'_>,
    associations: &[Association<'_>],
    drug_of: &BTreeMap<RecordId, u32>,
    registration: &DataFrame,
) -> PolarsResult<DataFrame> {
    let dates = milestones(registration)?;
    let approvals = approval_numbers(registration)?;
    let of = |a: &Association<'_>,
              pick: &dyn Fn(&Record<'_>, &Milestones) -> Option<PartialDate>| {
        a.records.iter().filter_map(|r| pick(r, dates.get(r.id)?)).collect::<Vec<PartialDate>>()
    };
    let first = |pick: &dyn Fn(&Record<'_>, &Milestones) -> Option<PartialDate>| {
        associations.iter().map(|a| of(a, pick).into_iter().min()).collect::<Vec<_>>()
    };
    let matter = |r: &Record<'_>| {
        r.acceptance.map_or(ReviewMatter::Other('?'), |n| WrittenNumber::new(n).matter())
    };
    let conclusion = |r: &Record<'_>| match r.evidence {
        regatta_domain::EvidenceKind::Registration { conclusion, .. } => conclusion,
        _ => ReviewConclusion::None,
    };
    let accepted_as = |wanted: ReviewMatter| {
        first(&move |r: &Record<'_>, d: &Milestones| d.accepted.filter(|_| matter(r) == wanted))
    };
    let concluded = |wanted: &'static [ReviewConclusion]| {
        first(&move |r: &Record<'_>, d: &Milestones| {
            d.concluded.filter(|_| wanted.contains(&conclusion(r)))
        })
    };
    let parties = |a: &Association<'_>| -> Vec<Party> {
        a.records.iter().flat_map(|r| r.parties.iter().copied()).collect()
    };
    let set = |a: &Association<'_>, pick: &dyn Fn(&Record<'_>) -> String| {
        a.records.iter().map(|r| pick(r)).collect::<BTreeSet<String>>()
    };
    let rows = || associations.iter();
    let mut last = Vec::new();
    for association in associations {
        last.push(of(association, &|_, d| d.concluded).into_iter().max());
    }
    Columns::default()
        .text("association_id", rows().map(|a| Some(id(a))))
        .text(
            "drug_id",
            rows().map(|a| {
                a.records.first().and_then(|r| drug_of.get(&r.number)).map(|d| drug_name(*d))
            }),
        )
        .text("generic", rows().map(|a| a.records.first().map(|r| r.generic)))
        .text("dosage_form", rows().map(|a| a.records.first().map(|r| r.form)))
        .flag("one_off_import", rows().map(|a| a.apart))
        .texts(
            "acceptance_numbers",
            rows().map(|a| a.records.iter().filter_map(|r| r.acceptance).collect::<BTreeSet<_>>()),
        )
        .texts(
            "record_ids",
            rows().map(|a| a.records.iter().map(|r| r.id).collect::<BTreeSet<_>>()),
        )
        .texts("matters", rows().map(|a| set(a, &|r| matter(r).code().to_owned())))
        .texts("conclusions", rows().map(|a| set(a, &|r| conclusion(r).code().to_owned())))
        .texts(
            "companies",
            rows().map(|a| {
                parties(a).iter().map(|p| records.company(p.company)).collect::<BTreeSet<_>>()
            }),
        )
        .texts(
            "groups",
            rows().map(|a| {
                parties(a)
                    .iter()
                    .filter_map(|p| p.group)
                    .map(|g| records.group(g))
                    .collect::<BTreeSet<_>>()
            }),
        )
        .texts(
            "approval_numbers",
            rows().map(|a| {
                a.records
                    .iter()
                    .filter_map(|r| approvals.get(r.id))
                    .flatten()
                    .map(String::as_str)
                    .collect::<BTreeSet<_>>()
            }),
        )
        .partial_date("first_accepted_date", first(&|_, d| d.accepted))?
        .partial_date("clinical_filed_date", accepted_as(ReviewMatter::ClinicalTrial))?
        .partial_date("clinical_approved_date", concluded(&[ReviewConclusion::ClinicalApproved]))?
        .partial_date("marketing_filed_date", accepted_as(ReviewMatter::Production))?
        .partial_date(
            "marketing_approved_date",
            concluded(&[ReviewConclusion::ProductionApproved, ReviewConclusion::ImportApproved]),
        )?
        .partial_date("last_conclusion_date", last)?
        .frame()
}

/// `RA` and twelve hexadecimal digits of what identifies the association, so
/// that the id is the same in every lake.
fn id(association: &Association<'_>) -> String {
    let first = association.records.iter().filter_map(|r| r.acceptance).min().unwrap_or_default();
    let (generic, form) = association.records.first().map_or(("", ""), |r| (r.generic, r.form));
    let text = [first, generic, form].join("\u{1f}");
    format!("RA{}", &Sha256::of(text.as_bytes()).to_string()[..12])
}

fn milestones(registration: &DataFrame) -> PolarsResult<BTreeMap<&str, Milestones>> {
    let ids = text(registration, "record_id")?;
    let accepted = Dates::of(registration, "accepted_date")?;
    let concluded = Dates::of(registration, "conclusion_date")?;
    Ok((0..registration.height())
        .filter_map(|row| {
            let dates = Milestones { accepted: accepted.get(row), concluded: concluded.get(row) };
            Some((ids.get(row)?, dates))
        })
        .collect())
}

/// The approval numbers of each registration.
pub(crate) fn approval_numbers(
    registration: &DataFrame,
) -> PolarsResult<BTreeMap<&str, Vec<String>>> {
    let ids = text(registration, "record_id")?;
    let lists = registration.column("approval_numbers")?.as_materialized_series().clone();
    let lists = lists.list()?;
    let mut of = BTreeMap::new();
    for row in 0..registration.height() {
        let (Some(id), Some(list)) = (ids.get(row), lists.get_as_series(row)) else { continue };
        let numbers = list.str()?.iter().flatten().map(str::to_owned).collect();
        of.insert(id, numbers);
    }
    Ok(of)
}
