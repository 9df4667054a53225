//! R10, R23: words for a status that have no row in `statuses.csv`.
//!
//! There are few of them, and where they stand is told by the tables of records
//! alone. So all of them are counted in every transform, also where only records
//! that changed are looked at (R39).

use std::collections::HashMap;

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::partial::Partial;
use crate::previous::{Previous, numbers, numbers_with};
use crate::standard::Standard;
use crate::touched::{Ids, below, with_ids};
use crate::trials::has_word_of_its_own;

/// The rows of the tables of records whose word is not known.
pub(crate) struct StatusWords {
    /// `record_id`, `source_id`, `status_raw`.
    pub(crate) listing: DataFrame,
    /// `trial_id`, `source_id`, `status_raw`.
    pub(crate) trial: DataFrame,
    /// Of member states (R24): `trial_id`, `status_raw`.
    pub(crate) trial_country: DataFrame,
    /// The records of these trials: `record_id`, `trial_id`.
    pub(crate) products: DataFrame,
}

/// A table with words for a status.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Listing,
    Trial,
    Country,
}

impl StatusWords {
    /// Those of all records.
    pub(crate) fn of(tables: &Standard, dictionaries: &Dictionaries) -> PolarsResult<Self> {
        let rows = |place: Place, frame: &DataFrame| {
            let frame = frame.select(place.columns().iter().copied())?;
            frame.filter(&place.unknown(&frame, dictionaries)?)
        };
        let trial = rows(Place::Trial, &tables.trial)?;
        let trial_country = rows(Place::Country, &tables.trial_country)?;
        let products = tables.trial_product.select(PRODUCT)?;
        let products = with_ids(&products, "trial_id", &trials(&trial, &trial_country)?)?;
        let listing = rows(Place::Listing, &tables.listing)?;
        Ok(Self { listing, trial, trial_country, products })
    }

    /// The same, from what stands of the snapshot before and what was made anew.
    pub(crate) fn of_changed(
        previous: &Previous,
        partial: &Partial,
        dictionaries: &Dictionaries,
    ) -> Result<Self, TransformError> {
        let rows = |place: Place, made: &DataFrame| {
            let (name, columns) = (place.table(), place.columns());
            let table = previous.table(name)?;
            let mask = match place {
                // A word that is not known was read as this.
                Place::Listing => {
                    let read = table.columns(&["status"])?;
                    let read = text(&read, "status").in_table(name)?.iter();
                    read.map(|status| Some(status == Some("unknown"))).collect()
                }
                Place::Trial | Place::Country => {
                    place.unknown(&table.columns(columns)?, dictionaries).in_table(name)?
                }
            };
            let standing = partial.standing.standing(name, &numbers(&mask));
            let old = table.rows_of(&standing, columns)?;
            let all = below(&old, made).in_table(name)?;
            place.unknown(&all, dictionaries).and_then(|mask| all.filter(&mask)).in_table(name)
        };
        let made = &partial.made;
        let trial = rows(Place::Trial, &made.trial)?;
        let trial_country = rows(Place::Country, &made.trial_country)?;
        let listing = rows(Place::Listing, &made.listing)?;
        let products = {
            let (name, trials) = ("trial_product", trials(&trial, &trial_country));
            let trials = trials.in_table("trial")?;
            let table = previous.table(name)?;
            let old = table.columns(&PRODUCT)?;
            let of = numbers_with(&old, "trial_id", &trials).in_table(name)?;
            let old = table.rows_of(&partial.standing.standing(name, &of), &PRODUCT)?;
            with_ids(&made.trial_product, "trial_id", &trials)
                .and_then(|new| below(&old, &new))
                .in_table(name)?
        };
        Ok(Self { listing, trial, trial_country, products })
    }

    /// The records that have them.
    pub(crate) fn records(&self) -> PolarsResult<Ids<'_>> {
        let ids = text(&self.listing, "record_id")?.iter();
        Ok(ids.chain(text(&self.products, "record_id")?.iter()).flatten().collect())
    }
}

const PRODUCT: [&str; 2] = ["record_id", "trial_id"];

fn trials<'a>(trial: &'a DataFrame, trial_country: &'a DataFrame) -> PolarsResult<Ids<'a>> {
    let ids = text(trial, "trial_id")?.iter();
    Ok(ids.chain(text(trial_country, "trial_id")?.iter()).flatten().collect())
}

/// The source of a record or trial.
pub(crate) fn source_of(id: &str) -> &str {
    id.split_once(':').map_or(id, |(source, _)| source)
}

impl Place {
    const fn table(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::Trial => "trial",
            Self::Country => "trial_country",
        }
    }

    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Listing => &["record_id", "source_id", "status_raw"],
            Self::Trial => &["trial_id", "source_id", "status_raw"],
            Self::Country => &["trial_id", "status_raw"],
        }
    }

    /// Which rows have a word that is not known. No word is none.
    fn unknown(
        self,
        frame: &DataFrame,
        dictionaries: &Dictionaries,
    ) -> PolarsResult<BooleanChunked> {
        let statuses = &dictionaries.statuses;
        let is_known = |source: &str, word: &str| match self {
            Self::Listing => statuses.listing(source, word).is_some(),
            Self::Trial => !has_word_of_its_own(source) || statuses.trial(source, word).is_some(),
            Self::Country => statuses.trial(source, word).is_some(),
        };
        let sources = match self {
            Self::Listing | Self::Trial => text(frame, "source_id")?.clone(),
            Self::Country => text(frame, "trial_id")?.iter().map(|id| id.map(source_of)).collect(),
        };
        // Each word is asked for once.
        let mut asked: HashMap<(&str, &str), bool, PlRandomState> = HashMap::default();
        let words = text(frame, "status_raw")?.iter();
        Ok(sources
            .iter()
            .zip(words)
            .map(|(source, word)| {
                let (Some(source), Some(word)) = (source, word) else { return Some(false) };
                let known = asked.entry((source, word)).or_insert_with(|| is_known(source, word));
                Some(!*known)
            })
            .collect())
    }
}
