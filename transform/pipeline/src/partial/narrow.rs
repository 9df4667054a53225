//! What is read of the snapshot before to find what hangs together.

use crate::TransformError;
use crate::previous::Previous;
use crate::touched::RecordTables;

/// Columns that records of all kinds have.
const SHARED: [&str; 5] = ["record_id", "country", "generic", "dosage_form", "dosage_form_match"];

/// Where a row was read.
const PLACE: [&str; 3] = ["source_id", "raw_table", "record_key"];

/// Numbers that listings share.
const NUMBERS: [&str; 3] = ["product_number", "application_number", "former_number"];

/// Columns of `record_company` that tell other records something.
const PARTIES: &[&str] =
    &["record_id", "company", "company_raw", "company_match", "corporate_group", "links", "origin"];

/// The columns of the snapshot before that tell what hangs together.
pub(super) fn narrow(previous: &Previous) -> Result<RecordTables, TransformError> {
    let read =
        |name: &str, columns: &[&[&'static str]]| previous.table(name)?.columns(&columns.concat());
    Ok(RecordTables {
        listing: read("listing", &[&SHARED, &PLACE, &NUMBERS])?,
        registration: read("registration", &[&SHARED])?,
        trial: read("trial", &[&PLACE, &["trial_id", "drug_named", "sponsors_raw", "sponsors"]])?,
        trial_product: read("trial_product", &[&SHARED, &["trial_id"]])?,
        parties: read("record_company", &[PARTIES])?,
        evidence: read("registration_evidence", &[&["record_id"]])?,
        trial_country: read("trial_country", &[&["trial_id"]])?,
    })
}
