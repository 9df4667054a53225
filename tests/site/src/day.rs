//! Days: the successive states of a site.

use std::fmt;
use std::str::FromStr;

/// `day1`, `day2`, ...: in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(u32);

impl Day {
    /// The day on which every site starts.
    pub(crate) const FIRST: Self = Self(1);
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "day{}", self.0)
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.strip_prefix("day")
            .and_then(|number| number.parse().ok())
            .map(Self)
            .ok_or_else(|| format!("not a day: {text:?}; days are called day1, day2, ..."))
    }
}
