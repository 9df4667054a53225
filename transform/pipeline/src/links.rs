//! Which drug each record is in now: links that stand, and new ones.

use std::collections::HashMap;

use polars::prelude::*;

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::previous::{Gone, Standing};
use crate::touched::Ids;

/// The links of all records.
pub(crate) struct Links {
    /// `record_id`, `drug_id` of the snapshot before, and which of them stand.
    before: Option<(DataFrame, BooleanChunked)>,
    /// Those of before that are no more.
    gone: Option<DataFrame>,
    new: DataFrame,
}

impl Links {
    /// Those that are `standing`, and `new` ones in the place of those that are
    /// `gone`.
    pub(crate) fn of(
        standing: &Standing,
        gone: Option<&Gone>,
        new: &DataFrame,
    ) -> Result<Self, TransformError> {
        let before = match standing.of("drug_record") {
            Some((table, gone)) => {
                let links = table.columns(&["record_id", "drug_id"])?;
                let mut stands = vec![true; links.height()];
                for row in gone {
                    stands[*row as usize] = false;
                }
                Some((links, stands.into_iter().map(Some).collect()))
            }
            None => None,
        };
        let ends = |links: &DataFrame| links.select(["record_id", "drug_id"]);
        let gone = gone.map(|gone| ends(&gone.drug_record)).transpose();
        let (gone, new) = (gone.in_table("drug_record")?, ends(new).in_table("drug_record")?);
        Ok(Self { before, gone, new })
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

    /// The records that were in another drug before, or are in none now.
    pub(crate) fn moved<'a>(&'a self) -> PolarsResult<Ids<'a>> {
        let rows = |frame: &'a DataFrame| -> PolarsResult<_> {
            Ok(text(frame, "record_id")?.iter().zip(text(frame, "drug_id")?.iter()))
        };
        let mut was: HashMap<&str, Option<&str>, PlRandomState> = HashMap::default();
        if let Some(gone) = &self.gone {
            was.extend(rows(gone)?.filter_map(|(record, drug)| Some((record?, drug))));
        }
        let mut moved = Ids::default();
        for (record, drug) in rows(&self.new)? {
            if let Some(record) = record
                && was.remove(record) != Some(drug)
            {
                moved.insert(record);
            }
        }
        moved.extend(was.into_keys());
        Ok(moved)
    }
}
