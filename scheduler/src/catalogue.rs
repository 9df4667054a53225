//! The catalogue entries of the sources that are switched on.

use regatta_lake::CatalogueEntry;
use regatta_sources::Source;
use regatta_sources::registry::SOURCES;

use crate::config::{Config, ConfigError};

/// The sources to crawl: those named, else all that are enabled.
pub fn selected(
    config: &Config,
    named: &[String],
) -> Result<Vec<&'static dyn Source>, ConfigError> {
    if named.is_empty() {
        return Ok(SOURCES
            .iter()
            .copied()
            .filter(|s| config.source(s.spec().id.as_str()).enabled)
            .collect());
    }
    named.iter().map(|id| find(id)).collect()
}

/// The source with this id.
pub fn find(id: &str) -> Result<&'static dyn Source, ConfigError> {
    regatta_sources::registry::find(id).ok_or_else(|| {
        let known: Vec<&str> = SOURCES.iter().map(|s| s.spec().id.as_str()).collect();
        ConfigError::new(format!("there is no source {id:?}; known are {}", known.join(", ")))
    })
}

/// All entries as the published tables show them, with the schedule that is
/// really in force.
pub fn entries(config: &Config) -> Vec<CatalogueEntry> {
    SOURCES
        .iter()
        .map(|source| {
            let spec = source.spec();
            let settings = config.source(spec.id.as_str());
            CatalogueEntry {
                source_id: spec.id.clone(),
                title: spec.title.clone(),
                publisher: spec.publisher.clone(),
                country: spec.country.clone(),
                homepage: spec.homepage.to_string(),
                licence: spec.licence.name.clone(),
                licence_url: spec.licence.url.to_string(),
                attribution: spec.licence.attribution.clone(),
                cron: settings.cron.unwrap_or_else(|| spec.schedule.cron.clone()),
                time_zone: settings.time_zone.unwrap_or_else(|| spec.schedule.time_zone.clone()),
                max_age_hours: spec.schedule.max_age_hours,
            }
        })
        .collect()
}
