//! Names of sources, runs and snapshots. All of them become file names, so
//! each is checked when it is made.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                if is_file_name(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(format!(
                        concat!(stringify!($name), " must be 1 to 100 letters, digits, '-' or '_': {:?}"),
                        text
                    ))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

id_type! {
    /// A source of the catalogue, e.g. `us_orange_book`.
    SourceId
}
id_type! {
    /// One crawl of one source: the UTC time at which it began, so that ids
    /// sort by time, e.g. `20261123T081500.250Z` without the dots.
    RunId
}
id_type! {
    /// One published state of all tables: the UTC time of its making.
    SnapshotId
}

impl RunId {
    /// The id of a run that began at `at`.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Self(stamp(at))
    }
}

impl SnapshotId {
    /// The id of a snapshot made at `at`.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Self(stamp(at))
    }
}

/// `20261123T081500250Z`: sorts by time, safe in a file name, to the millisecond.
fn stamp(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    format!("{}{:03}Z", zoned.strftime("%Y%m%dT%H%M%S"), zoned.millisecond())
}

fn is_file_name(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_are_file_names() {
        let early = RunId::at("2026-11-23T08:15:00.250Z".parse().unwrap());
        let late = RunId::at("2026-11-23T08:15:00.251Z".parse().unwrap());
        assert_eq!(early.as_str(), "20261123T081500250Z");
        assert!(early < late);
        assert!("../etc".parse::<SourceId>().is_err());
        assert!("".parse::<SourceId>().is_err());
    }
}
