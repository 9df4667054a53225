//! Trials as frames.

use std::collections::BTreeSet;

use polars::prelude::*;

use super::{Product, Trial};
use crate::adapters::{SEPARATOR, SEPARATOR_STR};
use crate::columns::Columns;
use crate::company_names::CompanyNames;
use crate::distinct::text;

impl Trial {
    fn trial_id(&self) -> String {
        format!("{}:{}", self.source_id, self.number)
    }

    fn record_id(&self, product: &Product) -> String {
        if product.part.is_empty() {
            self.trial_id()
        } else {
            format!("{}#{}", self.trial_id(), product.part)
        }
    }
}

fn sorted(values: &[String]) -> Vec<&str> {
    let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// The table `trial`, with `sponsor_raw` for [`with_sponsors`].
pub(super) fn trial(trials: &[Trial]) -> PolarsResult<DataFrame> {
    let rows = || trials.iter();
    Columns::default()
        .text("trial_id", rows().map(|t| Some(t.trial_id())))
        .text("source_id", rows().map(|t| Some(t.source_id)))
        .text("country", rows().map(|t| Some(t.region.code())))
        .text("registry_number", rows().map(|t| Some(&t.number)))
        .texts("other_numbers", rows().map(|t| sorted(&t.other_numbers)))
        .text("title", rows().map(|t| t.title.as_deref()))
        .text("phase", rows().map(|t| Some(t.phase.phase.code())))
        .text("phase_zh", rows().map(|t| Some(t.phase.phase.label_zh())))
        .text("phase_detail", rows().map(|t| t.phase.detail.as_deref()))
        .text("phase_raw", rows().map(|t| t.phase_raw.as_deref()))
        .text("phase_source", rows().map(|t| Some(t.phase.source.code())))
        .text("status", rows().map(|t| Some(t.status.code())))
        .text("status_zh", rows().map(|t| Some(t.status.label_zh())))
        .text("status_raw", rows().map(|t| t.status_raw.as_deref()))
        .text("status_reason", rows().map(|t| t.status_reason.as_deref()))
        .partial_date("start_date", rows().map(|t| t.start))?
        .text(
            "sponsor_raw",
            rows().map(|t| Some(t.sponsors.join(SEPARATOR_STR)).filter(|s| !s.is_empty())),
        )
        .texts("sponsors_raw", rows().map(|t| sorted(&t.sponsors)))
        .int("products", rows().map(|t| i64::try_from(t.products.len()).unwrap_or(i64::MAX)))
        .flag("drug_named", rows().map(|t| !t.products.is_empty()))
        .text("raw_table", rows().map(|t| Some(t.place.raw_table)))
        .text("record_key", rows().map(|t| Some(&t.place.record_key)))
        .int("row_number", rows().map(|t| t.place.row_number))
        .text("body_sha256", rows().map(|t| Some(&t.place.body_sha256)))
        .frame()
}

/// Adds the standard names of the sponsors.
pub(super) fn with_sponsors(trial: DataFrame, names: &CompanyNames) -> PolarsResult<DataFrame> {
    let sponsors: Vec<BTreeSet<&str>> = text(&trial, "sponsor_raw")?
        .iter()
        .map(|cell| {
            cell.unwrap_or_default()
                .split(SEPARATOR)
                .filter_map(|name| names.find(name))
                .map(|found| found.company.as_str())
                .collect()
        })
        .collect();
    let made = Columns::default().texts("sponsors", sponsors).frame()?;
    trial.hstack(made.columns())
}

/// The table `trial_country`.
pub(super) fn country(trials: &[Trial]) -> PolarsResult<DataFrame> {
    let rows: Vec<_> =
        trials.iter().flat_map(|t| t.countries.iter().map(|c| (t.trial_id(), c))).collect();
    Columns::default()
        .text("trial_id", rows.iter().map(|r| Some(&r.0)))
        .text("country", rows.iter().map(|r| Some(&r.1.code)))
        .text("status", rows.iter().map(|r| Some(r.1.status.code())))
        .text("status_raw", rows.iter().map(|r| r.1.status_raw.as_deref()))
        .partial_date("decision_date", rows.iter().map(|r| r.1.decision))?
        .frame()
}

/// The table `trial_product`; for the pipeline also `brand_name`, `phase`,
/// `status`, `start_date` and `start_date_precision` of its trial.
pub(super) fn product(trials: &[Trial]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&Trial, &Product)> =
        trials.iter().flat_map(|t| t.products.iter().map(move |p| (t, p))).collect();
    Columns::default()
        .text("record_id", rows.iter().map(|(t, p)| Some(t.record_id(p))))
        .text("trial_id", rows.iter().map(|(t, _)| Some(t.trial_id())))
        .text("source_id", rows.iter().map(|(t, _)| Some(t.source_id)))
        .text("country", rows.iter().map(|(t, _)| Some(t.region.code())))
        .text("product_name", rows.iter().map(|(_, p)| p.name.as_deref()))
        .text("brand_name", rows.iter().map(|(_, p)| p.name.as_deref()))
        .text("generic", rows.iter().map(|(_, p)| Some(&p.generic.generic)))
        .text("generic_raw", rows.iter().map(|(_, p)| Some(&p.generic_raw)))
        .text("salt", rows.iter().map(|(_, p)| p.generic.salt.as_deref()))
        .text("generic_match", rows.iter().map(|(_, p)| Some(p.generic.how)))
        .text(
            "generic_unknown",
            rows.iter().map(|(_, p)| {
                Some(p.generic.unknown.join(SEPARATOR_STR)).filter(|unknown| !unknown.is_empty())
            }),
        )
        .text("found_in", rows.iter().map(|(_, p)| Some(p.found_in)))
        .text("matched_text", rows.iter().map(|(_, p)| p.matched.as_ref().map(|m| &m.0)))
        .int_opt("matched_at", rows.iter().map(|(_, p)| p.matched.as_ref().map(|m| m.1)))
        .text("dosage_form", rows.iter().map(|(_, p)| Some(&p.form.form)))
        .text("dosage_form_raw", rows.iter().map(|(_, p)| p.form_raw.as_deref()))
        .text("dosage_form_match", rows.iter().map(|(_, p)| Some(p.form.how)))
        .text("phase", rows.iter().map(|(t, _)| Some(t.phase.phase.code())))
        .text("status", rows.iter().map(|(t, _)| Some(t.status.code())))
        .partial_date("start_date", rows.iter().map(|(t, _)| t.start))?
        .frame()
}

/// The sponsors of each record, for the parties.
pub(super) fn sponsors(trials: &[Trial]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&Trial, &Product)> =
        trials.iter().flat_map(|t| t.products.iter().map(move |p| (t, p))).collect();
    Columns::default()
        .text("record_id", rows.iter().map(|(t, p)| Some(t.record_id(p))))
        .text("source_id", rows.iter().map(|(t, _)| Some(t.source_id)))
        .text(
            "sponsor_raw",
            rows.iter().map(|(t, _)| {
                Some(t.sponsors.join(SEPARATOR_STR)).filter(|names| !names.is_empty())
            }),
        )
        .frame()
}
