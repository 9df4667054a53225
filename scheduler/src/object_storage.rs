//! The section `[object_storage]` of the configuration.

use std::fmt;
use std::time::Duration;

use regatta_remote::{Credentials, Store, StoreSettings, addresses};
use serde::Deserialize;

use crate::config::ConfigError;

/// Where snapshots are published to besides the lake. Its `Debug` shows addresses
/// without users, passwords and queries.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of the file")]
pub struct ObjectStorageConfig {
    /// `s3://bucket/prefix`; none: snapshots stay in the lake.
    pub url: Option<String>,
    /// Base address of a server that is not Amazon's.
    pub endpoint: Option<String>,
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

impl fmt::Debug for ObjectStorageConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Field by field: one that is added must be thought of here.
        let Self {
            url,
            endpoint,
            region,
            allow_http,
            after_publish,
            duckdb,
            keep,
            conditional_put,
            max_retries,
            retry_timeout_s,
            request_timeout_s,
            credentials,
        } = self;
        f.debug_struct("ObjectStorageConfig")
            .field("url", &url.as_deref().map(addresses))
            .field("endpoint", &endpoint.as_deref().map(addresses))
            .field("region", region)
            .field("allow_http", allow_http)
            .field("after_publish", after_publish)
            .field("duckdb", duckdb)
            .field("keep", keep)
            .field("conditional_put", conditional_put)
            .field("max_retries", max_retries)
            .field("retry_timeout_s", retry_timeout_s)
            .field("request_timeout_s", request_timeout_s)
            .field("credentials", credentials)
            .finish()
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
