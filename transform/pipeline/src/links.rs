//! Which drug each record is in now: links that stand, and new ones.

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::*;

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::parquet_file::Stored;
use crate::previous::Standing;
use crate::touched::Ids;

/// The links of all records.
pub(crate) struct Links {
    /// `record_id`, `drug_id` of the snapshot before, and which of them stand.
    before: Option<(DataFrame, BooleanChunked)>,
    new: DataFrame,
}

impl Links {
    /// Those of the table `before` that are `standing`, and `new` ones.
    pub(crate) fn of(
        before: Option<&Arc<Stored>>,
        standing: &Standing,
        new: &DataFrame,
    ) -> Result<Self, TransformError> {
        let before = match before.filter(|_| standing.has("drug_record")) {
            Some(table) => {
                let links = table.columns(&["record_id", "drug_id"])?;
                let mut stands = vec![true; links.height()];
                for row in standing.gone("drug_record") {
                    stands[*row as usize] = false;
                }
                Some((links, stands.into_iter().map(Some).collect()))
            }
            None => None,
        };
        let new = new.select(["record_id", "drug_id"]).in_table("drug_record")?;
        Ok(Self { before, new })
    }

    /// Calls `each` with every record and its drug.
    pub(crate) fn each<'a>(&'a self, mut each: impl FnMut(&'a str, &'a str)) -> PolarsResult<()> {
        if let Some((frame, stands)) = &self.before {
            let rows = text(frame, "record_id")?.iter().zip(text(frame, "drug_id")?.iter());
            for ((record, drug), stands) in rows.zip(stands.iter()) {
                if let (Some(record), Some(drug), Some(true)) = (record, drug, stands) {
                    each(record, drug);
                }
            }
        }
        let rows = text(&self.new, "record_id")?.iter().zip(text(&self.new, "drug_id")?.iter());
        for (record, drug) in rows {
            if let (Some(record), Some(drug)) = (record, drug) {
                each(record, drug);
            }
        }
        Ok(())
    }

    /// The drugs of some records, with the columns of `drug_record` that tell it.
    pub(crate) fn of_records(&self, records: &Ids<'_>) -> PolarsResult<DataFrame> {
        let (mut ids, mut drugs) = (Vec::new(), Vec::new());
        self.each(|record, drug| {
            if records.contains(record) {
                ids.push(record);
                drugs.push(drug);
            }
        })?;
        df!("record_id" => ids, "drug_id" => drugs)
    }

    /// All of them.
    pub(crate) fn frame(&self) -> Result<DataFrame, TransformError> {
        let Some((frame, stands)) = &self.before else { return Ok(self.new.clone()) };
        let standing = frame.filter(stands).in_table("drug_record")?;
        standing.vstack(&self.new).in_table("drug_record")
    }

    /// The records whose drug is another one than in `gone`, the links that are
    /// no more.
    pub(crate) fn moved<'a>(&'a self, gone: &'a DataFrame) -> PolarsResult<Ids<'a>> {
        let rows = |frame: &'a DataFrame| -> PolarsResult<_> {
            Ok(text(frame, "record_id")?.iter().zip(text(frame, "drug_id")?.iter()))
        };
        let was: HashMap<&str, &str, PlRandomState> =
            rows(gone)?.filter_map(|(record, drug)| record.zip(drug)).collect();
        let mut moved = Ids::default();
        let mut stay = Ids::default();
        for (record, drug) in rows(&self.new)? {
            let Some(record) = record else { continue };
            if was.get(record).copied() == drug {
                stay.insert(record);
            } else {
                moved.insert(record);
            }
        }
        moved.extend(was.keys().filter(|record| !stay.contains(*record)).copied());
        Ok(moved)
    }
}
