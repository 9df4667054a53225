//! What the snapshot before says: tables to compare with, ids to keep.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

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
use crate::parquet_file::{Patched, Stored};
use crate::reopened::{Reopened, reopened};
use crate::reuse::Blocks;
use crate::tables::Rows;
use crate::touched::{Ids, RecordsBefore, Touched, of_blocks, with_ids};
use crate::{TransformError, tables};

/// The tables of the snapshot before. Each is read when it is asked for, and as
/// far as it is.
pub(crate) struct Previous {
    tables: BTreeMap<&'static str, Arc<Stored>>,
}

/// Rows of that snapshot that are no more, by table; all others stand.
#[derive(Clone, Default)]
pub(crate) struct Standing(BTreeMap<&'static str, (Arc<Stored>, Vec<IdxSize>)>);

impl Standing {
    /// Rows (numbers, in order) of `base` are no more.
    pub(crate) fn without(&mut self, base: &Arc<Stored>, rows: Vec<IdxSize>) {
        self.0.insert(base.table().name, (Arc::clone(base), rows));
    }

    /// Which of some rows (numbers, in order) of the table `name` stand.
    pub(crate) fn standing(&self, name: &str, rows: &[IdxSize]) -> Vec<IdxSize> {
        let Some((_, gone)) = self.0.get(name) else { return rows.to_vec() };
        rows.iter().copied().filter(|row| gone.binary_search(row).is_err()).collect()
    }

    /// The table `name`, and the rows (numbers, in order) of it that are no more;
    /// none where nothing stands.
    pub(crate) fn of(&self, name: &str) -> Option<(&Stored, &[IdxSize])> {
        self.0.get(name).map(|(base, gone)| (&**base, &gone[..]))
    }

    /// More rows (numbers) of `base` are no more.
    pub(crate) fn without_more(&mut self, base: &Arc<Stored>, rows: &[IdxSize]) {
        let (_, gone) =
            self.0.entry(base.table().name).or_insert_with(|| (Arc::clone(base), Vec::new()));
        gone.extend(rows);
        gone.sort_unstable();
        gone.dedup();
    }

    /// The table `name` with the rows `new`; they alone where nothing stands.
    pub(crate) fn with(&mut self, name: &str, new: DataFrame) -> Rows {
        match self.0.remove(name) {
            Some((base, gone)) => Patched { base, gone, new }.into(),
            None => new.into(),
        }
    }
}

/// Drugs of that snapshot that are computed anew.
pub(crate) struct Gone {
    pub(crate) drug: DataFrame,
    pub(crate) drug_record: DataFrame,
    pub(crate) drug_progress: DataFrame,
}

/// What a transform may ask for.
const TABLES: &[&str] = &[
    "listing",
    "registration",
    "registration_evidence",
    "trial",
    "trial_country",
    "trial_product",
    "record_company",
    "drug",
    "drug_record",
    "drug_progress",
    "progress",
    "registration_association",
    "block",
    "market_listing",
    "drug_id_history",
    "rejected",
    "company",
    "generic",
    "generic_name",
    "dosage_form",
    "review_queue",
];

impl Previous {
    /// Opens them. Tables of an earlier contract are brought into the shape of
    /// this one, so that ids, dates and the change log go on.
    ///
    /// # Errors
    /// [`TransformError::Contract`] where the contract is a later one, or too
    /// early to be read.
    pub(crate) fn open(lake: &Lake, manifest: &SnapshotManifest) -> Result<Self, TransformError> {
        if !(OLDEST..=SCHEMA_VERSION).contains(&manifest.schema_version) {
            return Err(TransformError::Contract {
                snapshot: manifest.snapshot_id.to_string(),
                found: manifest.schema_version,
                oldest: OLDEST,
                newest: SCHEMA_VERSION,
            });
        }
        let mut tables = BTreeMap::new();
        for name in TABLES {
            let Some(entry) = manifest.table(name) else { continue };
            let of_today = manifest.schema_version == SCHEMA_VERSION;
            let stored = tables::stored(lake.root().join(&entry.path), entry, of_today)?;
            tables.insert(*name, Arc::new(stored));
        }
        Ok(Self { tables })
    }

    /// The table `name`.
    pub(crate) fn table(&self, name: &str) -> Result<&Arc<Stored>, TransformError> {
        self.tables.get(name).ok_or_else(|| TransformError::Table {
            table: name.to_owned(),
            source: polars_err!(ComputeError: "the snapshot before has no such table"),
        })
    }

    /// All of the table `name`.
    pub(crate) fn all(&self, name: &str) -> Result<&DataFrame, TransformError> {
        self.table(name)?.frame()
    }

    /// Who held what (R13).
    pub(crate) fn holders(&self) -> Result<Before<'_>, TransformError> {
        Ok(Before { listing: self.all("listing")?, parties: self.all("record_company")? })
    }

    /// The decisions that are open again (R10), for the records and companies
    /// `now`, of which `before` are the rows of that snapshot.
    pub(crate) fn reopened(
        &self,
        before: RecordsBefore<'_>,
        (records, parties): (&DataFrame, &DataFrame),
        dictionaries: &Dictionaries,
    ) -> Result<Reopened, TransformError> {
        reopened(
            (records, &[before.listing, before.registration, before.trial_product]),
            (parties, before.parties),
            self.all("review_queue")?,
            dictionaries,
        )
        .in_table("review_queue")
    }

    /// The tables of records.
    pub(crate) fn records(&self) -> Result<RecordsBefore<'_>, TransformError> {
        Ok(RecordsBefore {
            listing: self.all("listing")?,
            registration: self.all("registration")?,
            trial: self.all("trial")?,
            trial_product: self.all("trial_product")?,
            parties: self.all("record_company")?,
            evidence: self.all("registration_evidence")?,
            trial_country: self.all("trial_country")?,
        })
    }

    /// Drug and record of the links of the drugs of the touched blocks; of all
    /// where `touched` is none.
    pub(crate) fn drug_records(
        &self,
        touched: Option<&Touched<'_>>,
    ) -> Result<DataFrame, TransformError> {
        let links = self.table("drug_record")?;
        let Some(touched) = touched else { return links.columns(&["drug_id", "record_id"]) };
        let drugs = self.table("drug")?.columns(&["generic", "dosage_form", "drug_id"])?;
        let drugs = of_blocks(&drugs, &touched.blocks).in_table("drug")?;
        let ids: Ids<'_> = text(&drugs, "drug_id").in_table("drug")?.iter().flatten().collect();
        with_ids(&links.columns(&["drug_id", "record_id"])?, "drug_id", &ids)
            .in_table("drug_record")
    }

    /// What stands of the blocks that are as they were (R39), and the drugs of
    /// the others that are not among `unchanged`; all drugs where nothing is
    /// kept.
    pub(crate) fn divided(
        &self,
        blocks: Option<&Blocks<'_>>,
        unchanged: &Ids<'_>,
    ) -> Result<(Standing, Gone), TransformError> {
        let mut standing = Standing::default();
        let Some(blocks) = blocks else {
            let gone = Gone {
                drug: self.all("drug")?.clone(),
                drug_record: self.all("drug_record")?.clone(),
                drug_progress: self.all("drug_progress")?.clone(),
            };
            return Ok((standing, gone));
        };
        for name in ["progress", "registration_association"] {
            let table = self.table(name)?;
            let places = table.columns(&["generic", "dosage_form"])?;
            standing.without(table, numbers(&!blocks.keeps(&places).in_table(name)?));
        }
        let table = self.table("block")?;
        let untouched = blocks.untouched(&table.columns(&["generic", "dosage_form"])?);
        standing.without(table, numbers(&!untouched.in_table("block")?));
        let drugs = self.table("drug")?;
        let places = drugs.columns(&["generic", "dosage_form", "drug_id"])?;
        let computed: BooleanChunked = (!blocks.keeps(&places).in_table("drug")?)
            .iter()
            .zip(text(&places, "drug_id").in_table("drug")?.iter())
            .map(|(computed, id)| {
                Some(computed == Some(true) && !id.is_some_and(|id| unchanged.contains(id)))
            })
            .collect();
        let ids = text(&places, "drug_id").in_table("drug")?.filter(&computed).in_table("drug")?;
        let ids: Ids<'_> = ids.iter().flatten().collect();
        let rows = numbers(&computed);
        let drug = drugs.rows(&rows)?;
        standing.without(drugs, rows);
        let mut of = |name: &str| {
            let table = self.table(name)?;
            let rows =
                numbers_with(&table.columns(&["drug_id"])?, "drug_id", &ids).in_table(name)?;
            let frame = table.rows(&rows)?;
            standing.without(table, rows);
            Ok::<_, TransformError>(frame)
        };
        let (drug_record, drug_progress) = (of("drug_record")?, of("drug_progress")?);
        Ok((standing, Gone { drug, drug_record, drug_progress }))
    }

    /// Ids given so far (R32) to the drugs of blocks that are computed anew, which
    /// are among `links`: those of others are settled.
    pub(crate) fn ids(
        &self,
        links: &DataFrame,
        blocks: Option<&Blocks<'_>>,
        number_of: impl Fn(&str) -> RecordId,
    ) -> Result<EarlierIds, TransformError> {
        let column = |frame, name| text(frame, name).in_table("drug_id_history");
        let drugs = self.table("drug")?.columns(&["generic", "dosage_form", "drug_id"])?;
        let kept = match blocks {
            Some(blocks) => {
                let kept = blocks.keeps(&drugs).in_table("drug")?;
                column(&drugs, "drug_id")?.filter(&kept).in_table("drug")?
            }
            None => StringChunked::default(),
        };
        let kept: Ids<'_> = kept.iter().flatten().collect();
        let drug_of: BTreeMap<RecordId, u32> = column(links, "record_id")?
            .iter()
            .zip(column(links, "drug_id")?.iter())
            .filter(|(_, drug)| !drug.is_some_and(|drug| kept.contains(drug)))
            .filter_map(|(record, drug)| Some((number_of(record?), drug_number(drug?)?)))
            .collect();
        let highest = column(&drugs, "drug_id")?
            .iter()
            .chain(column(self.all("drug_id_history")?, "drug_id")?.iter())
            .flatten()
            .filter_map(drug_number)
            .max()
            .unwrap_or(0);
        Ok(EarlierIds { drug_of, highest })
    }
}

impl Gone {
    /// `first_seen` and `last_changed` of the drugs, milliseconds since 1970.
    pub(crate) fn seen(&self) -> PolarsResult<HashMap<&str, (i64, i64), PlRandomState>> {
        let ids = text(&self.drug, "drug_id")?;
        let at = |name| milliseconds(&self.drug, name);
        let (first, last) = (at("first_seen")?, at("last_changed")?);
        let rows = ids.iter().zip(first.iter().zip(last.iter()));
        Ok(rows.filter_map(|(id, (first, last))| Some((id?, (first?, last?)))).collect())
    }
}

/// The numbers of the rows that `mask` holds.
pub(crate) fn numbers(mask: &BooleanChunked) -> Vec<IdxSize> {
    (0..).zip(mask.iter()).filter(|(_, is)| *is == Some(true)).map(|(row, _)| row).collect()
}

/// The numbers of the rows whose `column` is among `ids`.
pub(crate) fn numbers_with(
    frame: &DataFrame,
    column: &str,
    ids: &Ids<'_>,
) -> PolarsResult<Vec<IdxSize>> {
    let cells = (0..).zip(text(frame, column)?.iter());
    Ok(cells.filter(|(_, id)| id.is_some_and(|id| ids.contains(id))).map(|(row, _)| row).collect())
}
