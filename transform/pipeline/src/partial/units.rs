//! Raw rows that make one record together.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use polars::prelude::*;
use regatta_dictionaries::clean;
use regatta_domain::WrittenNumber;

use crate::distinct::text;

/// How the rows of a source make units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Each row by itself.
    Row,
    /// All rows with one value of the column, in all tables.
    Column(&'static str),
    /// All rows of one acceptance number, in all sources with this rule.
    Acceptance,
    /// The trial; rows of other tables name one of its applications.
    Ctis,
    /// All rows of the source.
    All,
}

/// Sources that are not named here are one unit: that is always right.
const RULES: &[(&str, Rule)] = &[
    ("us_orange_book", Rule::Row),
    ("us_purple_book", Rule::Row),
    ("us_drugs_at_fda", Rule::Column("appl_no")),
    ("cn_nmpa", Rule::Row),
    ("jp_mhlw_price", Rule::Row),
    ("cn_cde", Rule::Acceptance),
    ("cn_nmpa_pickup", Rule::Acceptance),
    ("cn_drug_trials", Rule::Column("registration_number")),
    ("eu_ctis", Rule::Ctis),
];

/// Where acceptance numbers are units: of no source alone.
const ACCEPTANCE: &str = "acceptance numbers";

/// Names of units, by source.
#[derive(Clone, Debug, Default)]
pub(super) struct Units(HashMap<String, Names>);

pub(super) type Names = HashSet<String, PlRandomState>;

impl Units {
    pub(super) fn insert(&mut self, space: &str, unit: &str) -> bool {
        match self.0.get_mut(space) {
            Some(units) => !units.contains(unit) && units.insert(unit.to_owned()),
            None => self.0.entry(space.to_owned()).or_default().insert(unit.to_owned()),
        }
    }

    pub(super) fn of(&self, space: &str) -> Option<&Names> {
        self.0.get(space)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.values().map(HashSet::len).sum()
    }

    /// Acceptance numbers.
    pub(super) fn registrations(&self) -> Option<&Names> {
        self.of(ACCEPTANCE)
    }

    pub(super) fn insert_registration(&mut self, number: &str) -> bool {
        self.insert(ACCEPTANCE, number)
    }
}

impl Rule {
    pub(super) fn of(source: &str) -> Self {
        RULES.iter().find(|(named, _)| *named == source).map_or(Self::All, |r| r.1)
    }

    /// Whose names the units of a source have.
    pub(super) fn space(self, source: &str) -> &str {
        if self == Self::Acceptance { ACCEPTANCE } else { source }
    }

    /// Columns that tell the unit of a row, in the tables that have them.
    pub(super) fn columns(&self) -> &[&'static str] {
        match self {
            Self::Row | Self::All => &[],
            Self::Column(name) => std::slice::from_ref(name),
            Self::Acceptance => &["acceptance_number"],
            Self::Ctis => &["ct_number", "trial_number"],
        }
    }

    /// The unit of each row.
    pub(super) fn units(
        self,
        frame: &DataFrame,
        applications: &HashMap<String, String>,
    ) -> PolarsResult<StringChunked> {
        let one = || StringChunked::full("unit".into(), "all", frame.height());
        Ok(match self {
            Self::Row => text(frame, "record_key")?.clone(),
            Self::Column(name) => match text(frame, name) {
                // Readers of trials clean the number that they join by.
                Ok(column) => column.iter().map(|value| value.map(clean)).collect(),
                // A table of lookups, which no record is made of.
                Err(_) => one(),
            },
            Self::Acceptance => match text(frame, "acceptance_number") {
                Ok(numbers) => numbers
                    .iter()
                    .map(|number| {
                        Some(WrittenNumber::new(&clean(number.unwrap_or_default())).key())
                    })
                    .collect(),
                Err(_) => one(),
            },
            Self::Ctis => match text(frame, "ct_number") {
                Ok(numbers) => numbers
                    .iter()
                    .map(|number| {
                        let number = number.unwrap_or_default();
                        // One that the search does not have.
                        let alone = || crate::trials::ctis_trial_of(number);
                        Some(applications.get(number).map_or_else(alone, String::as_str))
                    })
                    .collect(),
                Err(_) => one(),
            },
            Self::All => one(),
        })
    }
}

pub(super) fn is_among(units: Option<&Names>, unit: Option<&str>) -> bool {
    units.zip(unit).is_some_and(|(units, unit)| units.contains(unit))
}

/// The number of the trial of each application.
pub(super) fn trials_of_applications(trial: &DataFrame) -> PolarsResult<Vec<(String, String)>> {
    let (applications, trials) = (text(trial, "ct_number")?, text(trial, "trial_number")?);
    Ok(applications
        .iter()
        .zip(trials.iter())
        .filter_map(|(application, trial)| {
            let application = application?;
            let number = trial.map(clean).filter(|n| !n.is_empty());
            let number = number.map_or_else(|| clean(application).into_owned(), Cow::into_owned);
            Some((application.to_owned(), number))
        })
        .collect())
}
