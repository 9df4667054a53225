//! R17, R23: the status words of each source.

use std::collections::HashMap;

use regatta_domain::ListingStatus;
use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;

#[derive(Deserialize)]
struct StatusRow {
    source_id: String,
    raw: String,
    status: String,
    category: String,
}

/// The listing statuses of the sources.
#[derive(Debug, Default)]
pub struct Statuses {
    listing: HashMap<(String, String), (ListingStatus, String)>,
}

impl Statuses {
    pub(crate) fn new(file: &CsvFile) -> Result<Self, DictionaryError> {
        let mut this = Self::default();
        file.each(|row: StatusRow| {
            let status =
                row.status.parse().map_err(|e: regatta_domain::UnknownCode| e.to_string())?;
            match this.listing.insert((row.source_id, row.raw.clone()), (status, row.category)) {
                Some(_) => Err(format!("{} stands twice", row.raw)),
                None => Ok(()),
            }
        })?;
        Ok(this)
    }

    /// Status and marketing category of a source's word; none where the word
    /// is not known: that is a row problem, never a default.
    #[must_use]
    pub fn listing(&self, source: &str, raw: &str) -> Option<(ListingStatus, Option<&str>)> {
        let (status, category) = self.listing.get(&(source.to_owned(), raw.trim().to_owned()))?;
        Some((*status, Some(category.as_str()).filter(|c| !c.is_empty())))
    }
}
