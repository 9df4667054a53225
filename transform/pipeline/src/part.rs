//! The records of touched blocks, where not all records were standardised.

use polars::prelude::*;

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::partial::Partial;
use crate::previous::{Previous, numbers, numbers_with};
use crate::touched::{BlockSet, Ids, Part, below, of_blocks, of_blocks_mask, with_ids};

/// Columns that records of all kinds are made of.
const SHARED: [&str; 7] = [
    "record_id",
    "source_id",
    "country",
    "generic",
    "generic_match",
    "dosage_form",
    "dosage_form_match",
];

/// Those of listings alone.
const LISTING: [&str; 9] = [
    "brand_name",
    "status",
    "market_status",
    "product_number",
    "approval_date",
    "approval_date_precision",
    "status_date",
    "status_date_precision",
    "flags",
];

/// Those of registrations alone.
const REGISTRATION: [&str; 8] = [
    "product_name",
    "acceptance_number",
    "conclusion",
    "accepted_date",
    "accepted_date_precision",
    "conclusion_date",
    "conclusion_date_precision",
    "approval_numbers",
];

/// Those of the products of trials alone, and what their trials tell.
const PRODUCT: [&str; 2] = ["product_name", "trial_id"];
const OF_TRIAL: [&str; 4] = ["phase", "status", "start_date", "start_date_precision"];

/// Those of companies.
const PARTIES: [&str; 4] = ["record_id", "role", "company", "links"];

impl Part {
    /// The records of the touched `blocks`, and their companies: those of the
    /// snapshot before that stand, and those that were made anew.
    pub(crate) fn of_changed(
        previous: &Previous,
        partial: &Partial,
        blocks: &BlockSet<'_>,
    ) -> Result<Self, TransformError> {
        let records = |name: &str, columns: &[&'static str], made: &DataFrame| {
            let table = previous.table(name)?;
            let places = table.columns(&["generic", "dosage_form"])?;
            let rows = of_blocks_mask(&places, blocks).in_table(name)?;
            let rows = partial.standing.standing(name, &numbers(&rows));
            let columns = [&SHARED[..], columns].concat();
            let old = table.rows_of(&rows, &columns)?;
            of_blocks(made, blocks).and_then(|new| below(&old, &new)).in_table(name)
        };
        let listing = records("listing", &LISTING, &partial.made.listing)?;
        let brand = |frame: DataFrame| {
            let brand = frame.column("product_name")?.clone().with_name("brand_name".into());
            frame.hstack(&[brand])
        };
        let registration = records("registration", &REGISTRATION, &partial.made.registration)
            .and_then(|frame| brand(frame).in_table("registration"))?;
        // Those that were made anew have what their trials tell, too, and it is
        // the same for all products of a trial.
        let products = records("trial_product", &PRODUCT, &partial.made.trial_product)?;
        let trials: Ids<'_> =
            text(&products, "trial_id").in_table("trial")?.iter().flatten().collect();
        let trial = previous.table("trial")?;
        let rows = numbers_with(&trial.columns(&["trial_id"])?, "trial_id", &trials);
        let rows = partial.standing.standing("trial", &rows.in_table("trial")?);
        let told = trial.rows_of(&rows, &[&["trial_id"][..], &OF_TRIAL].concat())?;
        let told = with_ids(&partial.made.trial, "trial_id", &trials)
            .and_then(|new| below(&told, &new))
            .in_table("trial")?;
        let on = || [col("trial_id")];
        let joined =
            JoinArgs { maintain_order: MaintainOrderJoin::Left, ..JoinArgs::new(JoinType::Left) };
        let trial_product = products
            .clone()
            .lazy()
            .join(told.lazy(), on(), on(), joined)
            .collect()
            .and_then(brand)
            .in_table("trial_product")?;
        let mut ids = Ids::default();
        for frame in [&listing, &registration, &trial_product] {
            ids.extend(text(frame, "record_id").in_table("record_company")?.iter().flatten());
        }
        let table = previous.table("record_company")?;
        let rows = numbers_with(&table.columns(&["record_id"])?, "record_id", &ids);
        let rows = partial.standing.standing("record_company", &rows.in_table("record_company")?);
        let old = table.rows_of(&rows, &PARTIES)?;
        let parties = with_ids(&partial.made.parties, "record_id", &ids)
            .and_then(|new| below(&old, &new))
            .in_table("record_company")?;
        drop(ids);
        Ok(Part { listing, registration, trial_product, parties })
    }
}
