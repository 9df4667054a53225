//! Dates that are only partly known, as regulators print them.

mod formats;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

pub use formats::{
    chinese, day_first, day_month_name, japanese_era, month_first, month_name, timestamp,
    year_first,
};

/// A day, a month or a year, or an upper bound of one: `Approved Prior to
/// Jan 1, 1982` says only that the date lies before that day.
///
/// Ordered by the first day it may mean; a less precise date comes before the
/// more precise ones inside it, an upper bound before the date it names.
/// Text form: `2023`, `2023-04`, `2023-04-12`; an upper bound `<1982-01-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    year: u16,
    // Zero stands for "not known", which also gives the order wanted.
    month: u8,
    day: u8,
    exactness: Exactness,
}

/// How much of a [`PartialDate`] is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Only the year.
    Year,
    /// Year and month.
    Month,
    /// The day.
    Day,
}

/// Why a text is no date.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DateError {
    /// The text does not have the shape asked for.
    #[error("{text:?} is not of the form {form}")]
    Shape {
        /// What was given.
        text: String,
        /// What was expected.
        form: &'static str,
    },
    /// The shape is right, but no calendar has this day.
    #[error("there is no day {year}-{month}-{day}")]
    NoSuchDay {
        /// Year given.
        year: u32,
        /// Month given, 0 where none was.
        month: u32,
        /// Day given, 0 where none was.
        day: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Exactness {
    Before,
    On,
}

impl PartialDate {
    /// A date of year, month and day, as far as known.
    ///
    /// # Errors
    /// [`DateError::NoSuchDay`] outside the years 1 to 9999, for a day or
    /// month that does not exist, and for a day without a month.
    pub fn new(year: u32, month: Option<u32>, day: Option<u32>) -> Result<Self, DateError> {
        let no_such_day =
            || DateError::NoSuchDay { year, month: month.unwrap_or(0), day: day.unwrap_or(0) };
        let known_year =
            u16::try_from(year).ok().filter(|y| (1..=9999).contains(y)).ok_or_else(no_such_day)?;
        let known_month = match month {
            None if day.is_some() => return Err(no_such_day()),
            None => 0,
            Some(month) => {
                u8::try_from(month).ok().filter(|m| (1..=12).contains(m)).ok_or_else(no_such_day)?
            }
        };
        let known_day = match day {
            None => 0,
            Some(day) => u8::try_from(day)
                .ok()
                .filter(|d| (1..=days_in_month(known_year, known_month)).contains(d))
                .ok_or_else(no_such_day)?,
        };
        Ok(Self { year: known_year, month: known_month, day: known_day, exactness: Exactness::On })
    }

    /// A full date.
    ///
    /// # Errors
    /// As [`PartialDate::new`].
    pub fn day_of(year: u32, month: u32, day: u32) -> Result<Self, DateError> {
        Self::new(year, Some(month), Some(day))
    }

    /// The same date as an upper bound: at some time before it.
    #[must_use]
    pub const fn as_upper_bound(self) -> Self {
        Self { exactness: Exactness::Before, ..self }
    }

    /// Whether only a time before this date is meant.
    #[must_use]
    pub const fn is_upper_bound(self) -> bool {
        matches!(self.exactness, Exactness::Before)
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> Option<u8> {
        if self.month == 0 { None } else { Some(self.month) }
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> Option<u8> {
        if self.day == 0 { None } else { Some(self.day) }
    }

    /// How much is known.
    #[must_use]
    pub const fn precision(self) -> Precision {
        match (self.month, self.day) {
            (0, _) => Precision::Year,
            (_, 0) => Precision::Month,
            _ => Precision::Day,
        }
    }

    /// Days since 1970-01-01 of a day that is known exactly; `None` for a
    /// month, a year or an upper bound.
    #[must_use]
    pub fn epoch_day(self) -> Option<i32> {
        if self.precision() != Precision::Day || self.is_upper_bound() {
            return None;
        }
        // Years are counted from March, so that a leap day is the last of its year.
        let month = i32::from(self.month);
        let (year, from_march) = if month > 2 {
            (i32::from(self.year), month - 3)
        } else {
            (i32::from(self.year) - 1, month + 9)
        };
        let day_of_year = (153 * from_march + 2) / 5 + i32::from(self.day) - 1;
        Some(365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
    }
}

/// ISO 8601, with `<` before an upper bound.
impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_upper_bound() {
            f.write_str("<")?;
        }
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month() {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day() {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

/// Reads what [`PartialDate`] displays; surrounding white space is allowed.
impl FromStr for PartialDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let trimmed = text.trim();
        if let Some(bound) = trimmed.strip_prefix('<') {
            return Ok(formats::iso(bound, text)?.as_upper_bound());
        }
        formats::iso(trimmed, text)
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Days of a month; 0 for a month that is not known.
const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        0 => 0,
        _ => 31,
    }
}
