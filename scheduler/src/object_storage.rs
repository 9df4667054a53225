//! The section `[object_storage]` of the configuration.

use std::time::Duration;

use regatta_remote::{Address, Credentials, Store, StoreSettings};
use serde::Deserialize;

use crate::config::ConfigError;

/// Where snapshots are published to besides the lake. Its `Debug` shows addresses
/// without users, passwords and queries.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of the file")]
pub struct ObjectStorageConfig {
    /// `s3://bucket/prefix`; none: snapshots stay in the lake.
    pub url: Option<Address>,
    /// Base address of a server that is not Amazon's.
    pub endpoint: Option<Address>,
    /// Region.
    pub region: Option<String>,
    /// The endpoint may be plain HTTP.
    pub allow_http: bool,
    /// Push after each refresh and publish.
    pub after_publish: bool,
    /// Upload the DuckDB file too.
    pub duckdb: bool,
    /// Snapshots that stay readable there.
    pub keep: usize,
    /// The store knows If-Match and If-None-Match on a put.
    pub conditional_put: bool,
    /// Tries of a request after the first.
    pub max_retries: usize,
    /// No further try after this time.
    pub retry_timeout_s: u64,
    /// Longest time of one request.
    pub request_timeout_s: u64,
    /// The `AWS_…` variables of the environment, never of the file.
    #[serde(skip)]
    pub credentials: Credentials,
}

impl Default for ObjectStorageConfig {
    fn default() -> Self {
        Self {
            url: None,
            endpoint: None,
            region: None,
            allow_http: false,
            after_publish: true,
            duckdb: true,
            keep: 7,
            conditional_put: true,
            max_retries: 8,
            retry_timeout_s: 180,
            request_timeout_s: 120,
            credentials: Credentials::default(),
        }
    }
}

impl ObjectStorageConfig {
    /// The store; none where none is configured.
    pub fn open(&self) -> Result<Option<Store>, ConfigError> {
        let Some(url) = &self.url else { return Ok(None) };
        let settings = StoreSettings {
            url: url.clone(),
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            allow_http: self.allow_http,
            conditional_put: self.conditional_put,
            max_retries: self.max_retries,
            retry_timeout: Duration::from_secs(self.retry_timeout_s),
            request_timeout: Duration::from_secs(self.request_timeout_s),
            credentials: self.credentials.clone(),
        };
        let wrong = |e| ConfigError::new(format!("[object_storage]: {e}"));
        settings.open().map(Some).map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_endpoint_is_not_shown() {
        let config = ObjectStorageConfig {
            url: Some("s3://data".into()),
            endpoint: Some("https://user:hunter2@s3.example".into()),
            ..ObjectStorageConfig::default()
        };
        let shown = format!("{config:?}");
        assert!(shown.contains("https://s3.example") && !shown.contains("hunter2"), "{shown}");
    }
}
