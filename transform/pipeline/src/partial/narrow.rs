//! What is read of the snapshot before to find what hangs together.

use polars::prelude::*;

use crate::TransformError;
use crate::previous::Previous;
use crate::touched::RecordsBefore;

/// The columns of the snapshot before that tell what hangs together.
pub(super) struct Narrow {
    pub(super) listing: DataFrame,
    pub(super) registration: DataFrame,
    pub(super) trial: DataFrame,
    pub(super) trial_product: DataFrame,
    pub(super) parties: DataFrame,
    pub(super) evidence: DataFrame,
    pub(super) trial_country: DataFrame,
}

/// Columns that records of all kinds have.
const SHARED: [&str; 6] =
    ["record_id", "country", "generic", "generic_match", "dosage_form", "dosage_form_match"];

/// Where a row was read.
const PLACE: [&str; 3] = ["source_id", "raw_table", "record_key"];

/// Numbers that listings share.
const NUMBERS: [&str; 3] = ["product_number", "application_number", "former_number"];

impl Narrow {
    pub(super) fn of(previous: &Previous) -> Result<Self, TransformError> {
        let read = |name: &str, columns: &[&[&'static str]]| {
            previous.table(name)?.columns(&columns.concat())
        };
        Ok(Self {
            listing: read("listing", &[&SHARED, &PLACE, &NUMBERS])?,
            registration: read("registration", &[&SHARED])?,
            trial: read(
                "trial",
                &[&PLACE, &["trial_id", "drug_named", "sponsors_raw", "sponsors"]],
            )?,
            trial_product: read("trial_product", &[&SHARED, &["trial_id"]])?,
            parties: read("record_company", &[PARTIES])?,
            evidence: read("registration_evidence", &[&["record_id"]])?,
            trial_country: read("trial_country", &[&["trial_id"]])?,
        })
    }

    pub(super) fn records(&self) -> RecordsBefore<'_> {
        RecordsBefore {
            listing: &self.listing,
            registration: &self.registration,
            trial: &self.trial,
            trial_product: &self.trial_product,
            parties: &self.parties,
            evidence: &self.evidence,
            trial_country: &self.trial_country,
        }
    }
}

/// Columns of `record_company` that tell other records something.
const PARTIES: &[&str] =
    &["record_id", "company", "company_raw", "company_match", "corporate_group", "links", "origin"];
