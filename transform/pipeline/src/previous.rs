//! What the snapshot before says: tables to compare with, ids to keep.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::RecordId;
use regatta_lake::schema::SCHEMA_VERSION;
use regatta_lake::{Lake, SnapshotManifest};

use crate::blocks::{EarlierIds, drug_number};
use crate::columns::milliseconds;
use crate::conform::OLDEST;
use crate::distinct::text;
use crate::error::InTable;
use crate::holders::Before;
use crate::reopened::{Reopened, reopened};
use crate::reuse::Blocks;
use crate::touched::{Ids, RecordsBefore, Touched, of_blocks, with_ids};
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
    market_listing: PathBuf,
    rejected: PathBuf,
    evidence: DataFrame,
    trial_country: DataFrame,
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

/// Drugs of that snapshot that are computed anew.
pub(crate) struct Gone {
    pub(crate) drug: DataFrame,
    pub(crate) drug_record: DataFrame,
    pub(crate) drug_progress: DataFrame,
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
        let path = |name: &str| {
            let entry = manifest.table(name).ok_or_else(|| TransformError::Table {
                table: name.to_owned(),
                source: polars_err!(
                    ComputeError: "the snapshot {} has no such table", manifest.snapshot_id
                ),
            })?;
            Ok::<PathBuf, TransformError>(lake.root().join(&entry.path))
        };
        let table = |name: &str| tables::read(&path(name)?, name);
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
            market_listing: path("market_listing")?,
            rejected: path("rejected")?,
            evidence: table("registration_evidence")?,
            trial_country: table("trial_country")?,
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

    /// The tables of records.
    pub(crate) fn records(&self) -> RecordsBefore<'_> {
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

    /// The table `rejected`.
    pub(crate) fn rejected(&self) -> Result<DataFrame, TransformError> {
        tables::read(&self.rejected, "rejected")
    }

    /// The table `market_listing`.
    pub(crate) fn market_listing(&self) -> Result<DataFrame, TransformError> {
        tables::read(&self.market_listing, "market_listing")
    }

    /// Drugs and links of the touched blocks; of all where `touched` is none.
    pub(crate) fn drug_records(
        &self,
        touched: Option<&Touched<'_>>,
    ) -> Result<DataFrame, TransformError> {
        let Some(touched) = touched else { return Ok(self.drug_record.clone()) };
        let drug = of_blocks(&self.drug, &touched.blocks).in_table("drug")?;
        let ids: Ids<'_> = text(&drug, "drug_id").in_table("drug")?.iter().flatten().collect();
        with_ids(&self.drug_record, "drug_id", &ids).in_table("drug_record")
    }

    /// The rows of the blocks that are as they were (R39), and the drugs of the
    /// others; all drugs where nothing is kept.
    pub(crate) fn divided(
        &self,
        blocks: Option<&Blocks<'_>>,
    ) -> Result<(Kept, Gone), TransformError> {
        let Some(blocks) = blocks else {
            let gone = Gone {
                drug: self.drug.clone(),
                drug_record: self.drug_record.clone(),
                drug_progress: self.drug_progress.clone(),
            };
            return Ok((Kept::default(), gone));
        };
        let mask = blocks.keeps(&self.drug).in_table("drug")?;
        let drug = self.drug.filter(&!&mask).in_table("drug")?;
        let ids: Ids<'_> = text(&drug, "drug_id").in_table("drug")?.iter().flatten().collect();
        let of = |table: &DataFrame, kept| {
            let all = text(table, "drug_id")?.iter();
            let mask: BooleanChunked =
                all.map(|id| Some(id.is_some_and(|id| ids.contains(id)) != kept)).collect();
            table.filter(&mask)
        };
        let standing = |table: &DataFrame| blocks.keeps(table).and_then(|mask| table.filter(&mask));
        let kept = Kept {
            drug: Some(self.drug.filter(&mask).in_table("drug")?),
            drug_record: Some(of(&self.drug_record, true).in_table("drug_record")?),
            drug_progress: Some(of(&self.drug_progress, true).in_table("drug_progress")?),
            progress: Some(standing(&self.progress).in_table("progress")?),
            association: Some(standing(&self.association).in_table("registration_association")?),
        };
        let drug_record = of(&self.drug_record, false).in_table("drug_record")?;
        let drug_progress = of(&self.drug_progress, false).in_table("drug_progress")?;
        drop(ids);
        Ok((kept, Gone { drug, drug_record, drug_progress }))
    }

    /// Ids given so far (R32) to the drugs that are computed anew: those of
    /// others are settled.
    pub(crate) fn ids(
        &self,
        gone: &Gone,
        number_of: impl Fn(&str) -> RecordId,
    ) -> Result<EarlierIds, TransformError> {
        let column = |frame, name| text(frame, name).in_table("drug_id_history");
        let drug_of: BTreeMap<RecordId, u32> = column(&gone.drug_record, "record_id")?
            .iter()
            .zip(column(&gone.drug_record, "drug_id")?.iter())
            .filter_map(|(record, drug)| Some((number_of(record?), drug_number(drug?)?)))
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

    /// `first_seen` and `last_changed` of the drugs `ids`, milliseconds since
    /// 1970.
    pub(crate) fn seen(
        &self,
        wanted: &Ids<'_>,
    ) -> Result<HashMap<&str, (i64, i64), PlRandomState>, TransformError> {
        let ids = text(&self.drug, "drug_id").in_table("drug")?;
        let at = |name| milliseconds(&self.drug, name).in_table("drug");
        let (first, last) = (at("first_seen")?, at("last_changed")?);
        let rows = ids.iter().zip(first.iter().zip(last.iter()));
        Ok(rows
            .filter_map(|(id, (first, last))| {
                let id = id.filter(|id| wanted.contains(id))?;
                Some((id, (first?, last?)))
            })
            .collect())
    }
}
