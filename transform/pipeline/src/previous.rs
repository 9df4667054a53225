//! What the snapshot before says: tables to compare with, ids to keep.

use std::collections::BTreeMap;

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::RecordId;
use regatta_lake::schema::SCHEMA_VERSION;
use regatta_lake::{Lake, SnapshotManifest};

use crate::blocks::{EarlierIds, drug_number};
use crate::changes::Tables;
use crate::columns::milliseconds;
use crate::conform::OLDEST;
use crate::distinct::text;
use crate::error::InTable;
use crate::holders::Before;
use crate::reopened::{Reopened, reopened};
use crate::reuse::{Blocks, of_drugs};
use crate::{TransformError, tables};

/// The tables of the snapshot before, as far as the next one needs them.
pub(crate) struct Previous {
    listing: DataFrame,
    registration: DataFrame,
    trial: DataFrame,
    trial_product: DataFrame,
    review_queue: DataFrame,
    parties: DataFrame,
    drug: DataFrame,
    drug_record: DataFrame,
    drug_progress: DataFrame,
    progress: DataFrame,
    association: DataFrame,
    pub(crate) block: DataFrame,
    pub(crate) history: DataFrame,
}

/// Rows of that snapshot that stand as they are.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) drug: Option<DataFrame>,
    pub(crate) drug_record: Option<DataFrame>,
    pub(crate) drug_progress: Option<DataFrame>,
    pub(crate) progress: Option<DataFrame>,
    pub(crate) association: Option<DataFrame>,
}

impl Previous {
    /// Reads them. Tables of an earlier contract are brought into the shape of
    /// this one, so that ids, dates and the change log go on.
    ///
    /// # Errors
    /// [`TransformError::Contract`] where the contract is a later one, or too
    /// early to be read.
    pub(crate) fn read(lake: &Lake, manifest: &SnapshotManifest) -> Result<Self, TransformError> {
        if !(OLDEST..=SCHEMA_VERSION).contains(&manifest.schema_version) {
            return Err(TransformError::Contract {
                snapshot: manifest.snapshot_id.to_string(),
                found: manifest.schema_version,
                oldest: OLDEST,
                newest: SCHEMA_VERSION,
            });
        }
        let table = |name: &str| {
            let entry = manifest.table(name).ok_or_else(|| TransformError::Table {
                table: name.to_owned(),
                source: polars_err!(
                    ComputeError: "the snapshot {} has no such table", manifest.snapshot_id
                ),
            })?;
            tables::read(&lake.root().join(&entry.path), name)
        };
        Ok(Self {
            listing: table("listing")?,
            registration: table("registration")?,
            trial: table("trial")?,
            trial_product: table("trial_product")?,
            review_queue: table("review_queue")?,
            parties: table("record_company")?,
            drug: table("drug")?,
            drug_record: table("drug_record")?,
            drug_progress: table("drug_progress")?,
            progress: table("progress")?,
            association: table("registration_association")?,
            block: table("block")?,
            history: table("drug_id_history")?,
        })
    }

    /// Who held what (R13).
    pub(crate) fn holders(&self) -> Before<'_> {
        Before { listing: &self.listing, parties: &self.parties }
    }

    /// The decisions that are open again (R10), for the records and companies
    /// there are now.
    pub(crate) fn reopened(
        &self,
        records: &DataFrame,
        parties: &DataFrame,
        dictionaries: &Dictionaries,
    ) -> PolarsResult<Reopened> {
        reopened(
            (records, &[&self.listing, &self.registration, &self.trial_product]),
            (parties, &self.parties),
            &self.review_queue,
            dictionaries,
        )
    }

    /// For the change log.
    pub(crate) fn tables(&self) -> Tables<'_> {
        Tables {
            listing: &self.listing,
            registration: &self.registration,
            trial: &self.trial,
            trial_product: &self.trial_product,
            drug: &self.drug,
            drug_record: &self.drug_record,
            drug_progress: &self.drug_progress,
        }
    }

    /// Record ids of that snapshot.
    pub(crate) fn record_ids(&self) -> Result<Vec<&str>, TransformError> {
        let ids = text(&self.drug_record, "record_id").in_table("drug_record")?;
        Ok(ids.iter().flatten().collect())
    }

    /// The rows of the blocks that are as they were (R39).
    pub(crate) fn kept(&self, blocks: &Blocks) -> Result<Kept, TransformError> {
        let drug = blocks.rows_of(&self.drug).in_table("drug")?;
        Ok(Kept {
            drug_record: Some(of_drugs(&self.drug_record, &drug).in_table("drug_record")?),
            drug_progress: Some(of_drugs(&self.drug_progress, &drug).in_table("drug_progress")?),
            progress: Some(blocks.rows_of(&self.progress).in_table("progress")?),
            association: Some(
                blocks.rows_of(&self.association).in_table("registration_association")?,
            ),
            drug: Some(drug),
        })
    }

    /// Ids given so far (R32), those of the rows `kept` left aside: their drugs
    /// keep them.
    pub(crate) fn ids(
        &self,
        kept: Option<&Kept>,
        number_of: impl Fn(&str) -> RecordId,
    ) -> Result<EarlierIds, TransformError> {
        let column = |frame, name| text(frame, name).in_table("drug_id_history");
        let mut settled: Vec<u32> = match kept.and_then(|k| k.drug.as_ref()) {
            Some(drug) => {
                column(drug, "drug_id")?.iter().flatten().filter_map(drug_number).collect()
            }
            None => Vec::new(),
        };
        settled.sort_unstable();
        let drug_of: BTreeMap<RecordId, u32> = column(&self.drug_record, "record_id")?
            .iter()
            .zip(column(&self.drug_record, "drug_id")?.iter())
            .filter_map(|(record, drug)| Some((number_of(record?), drug_number(drug?)?)))
            .filter(|(_, drug)| settled.binary_search(drug).is_err())
            .collect();
        let highest = column(&self.drug, "drug_id")?
            .iter()
            .chain(column(&self.history, "drug_id")?.iter())
            .flatten()
            .filter_map(drug_number)
            .max()
            .unwrap_or(0);
        Ok(EarlierIds { drug_of, highest })
    }

    /// `first_seen` and `last_changed` of each drug, milliseconds since 1970.
    pub(crate) fn seen(&self) -> Result<BTreeMap<&str, (i64, i64)>, TransformError> {
        let ids = text(&self.drug, "drug_id").in_table("drug")?;
        let at = |name| milliseconds(&self.drug, name).in_table("drug");
        let (first, last) = (at("first_seen")?, at("last_changed")?);
        Ok((0..self.drug.height())
            .filter_map(|row| Some((ids.get(row)?, (first.get(row)?, last.get(row)?))))
            .collect())
    }
}
