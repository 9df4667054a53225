//! The catalogue entry of a source as the published tables show it.

use crate::SourceId;

/// What the table `source` says of a source apart from its runs. The sources
/// themselves live in another crate; the binary copies their entries into this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Id.
    pub source_id: SourceId,
    /// Name of the data set.
    pub title: String,
    /// Regulator.
    pub publisher: String,
    /// Market it describes.
    pub country: String,
    /// Where the regulator publishes it.
    pub homepage: String,
    /// Terms of use.
    pub licence: String,
    /// Where the terms stand.
    pub licence_url: String,
    /// How to name it.
    pub attribution: String,
    /// Schedule, six fields.
    pub cron: String,
    /// Time zone of the schedule.
    pub time_zone: String,
    /// Freshness objective, hours.
    pub max_age_hours: u32,
}
