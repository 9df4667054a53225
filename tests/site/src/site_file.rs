//! The file `site.toml`: which URL serves which file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::SiteError;
use crate::day::Day;

/// One source's `site.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteFile {
    days: BTreeMap<String, Timestamp>,
    /// Routes; the first that fits wins.
    #[serde(default)]
    pub(crate) route: Vec<RouteSpec>,
}

/// One `[[route]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteSpec {
    /// Real host.
    pub(crate) host: String,
    /// Real path, without its query.
    pub(crate) path: String,
    /// `GET` answers `HEAD` as well.
    #[serde(default = "get")]
    pub(crate) method: String,
    /// The query must contain this.
    pub(crate) query_contains: Option<String>,
    /// The request body must contain this.
    pub(crate) body_contains: Option<String>,
    /// Name below the day folder; ending in `.d`: a folder served as a zip.
    pub(crate) file: String,
    /// Folder inside that zip.
    pub(crate) zip_folder: Option<String>,
    /// Content-Type.
    pub(crate) content_type: String,
    /// HTTP status.
    #[serde(default = "ok")]
    pub(crate) status: u16,
}

impl SiteFile {
    /// Parses the file; `name` is for messages.
    pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Self, SiteError> {
        let text =
            str::from_utf8(bytes).map_err(|error| SiteError::fixture(name, error.to_string()))?;
        toml::from_str(text).map_err(|error| SiteError::fixture(name, error.to_string()))
    }

    /// When the files of each day were published.
    pub(crate) fn days(&self, name: &str) -> Result<BTreeMap<Day, Timestamp>, SiteError> {
        self.days
            .iter()
            .map(|(day, published)| Ok((day.parse()?, *published)))
            .collect::<Result<_, String>>()
            .map_err(|error| SiteError::fixture(name, error))
    }
}

fn get() -> String {
    "GET".to_owned()
}

fn ok() -> u16 {
    200
}
