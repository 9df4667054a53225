//! Where the store is and how it is reached.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use crate::mask::{Address, addresses};
use crate::{RemoteError, Store};

/// How a store is reached. Its `Debug` shows addresses without users, passwords
/// and queries, and of the credentials their names alone.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// `s3://bucket` or `s3://bucket/prefix`.
    pub url: Address,
    /// Base address of a server that is not Amazon's.
    pub endpoint: Option<Address>,
    /// Region.
    pub region: Option<String>,
    /// The endpoint may be plain HTTP.
    pub allow_http: bool,
    /// The store knows `If-Match` and `If-None-Match` on a put; without them
    /// two publishers at the same moment are not kept apart.
    pub conditional_put: bool,
    /// Tries of a request after the first one.
    pub max_retries: usize,
    /// No further try after this time.
    pub retry_timeout: Duration,
    /// Longest time of one request.
    pub request_timeout: Duration,
    /// `AWS_…` variables.
    pub credentials: Credentials,
}

/// The `AWS_…` variables of the environment. Their values are never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials(Vec<(String, String)>);

impl Credentials {
    /// Takes the variables that begin with `AWS_`.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().filter(|(name, _)| name.starts_with("AWS_")).collect())
    }

    fn names_one_of(&self, names: &[&str]) -> bool {
        self.0.iter().any(|(name, value)| names.contains(&name.as_str()) && !value.is_empty())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Without one of these the client would ask the address that only machines
/// of Amazon have, and wait for it.
const SOURCES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_METADATA_ENDPOINT",
];

impl StoreSettings {
    /// The store. No request is sent yet.
    ///
    /// # Errors
    /// [`RemoteError::Settings`].
    pub fn open(&self) -> Result<Store, RemoteError> {
        let wrong = |reason: String| RemoteError::Settings { reason };
        let (bucket, prefix) = self.place()?;
        if !self.credentials.names_one_of(SOURCES) {
            return Err(wrong(format!(
                "no credentials for {}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the \
                 environment (or AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_CREDENTIALS_FULL_URI, \
                 AWS_METADATA_ENDPOINT)",
                self.url
            )));
        }
        let mut builder = AmazonS3Builder::new();
        for (name, value) in &self.credentials.0 {
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
        }
        builder = builder
            .with_bucket_name(bucket)
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: self.max_retries,
                retry_timeout: self.retry_timeout,
            })
            .with_client_options(
                ClientOptions::new()
                    .with_timeout(self.request_timeout)
                    .with_allow_http(self.allow_http),
            );
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &self.endpoint {
            if endpoint.starts_with("http://") && !self.allow_http {
                return Err(wrong(format!(
                    "the endpoint {endpoint} is plain HTTP: set `allow_http = true` if that is meant"
                )));
            }
            builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
        }
        let store = builder.build().map_err(|e| wrong(addresses(&format!("{}: {e}", self.url))))?;
        Ok(Store::over(Arc::new(store), prefix, format!("s3://{bucket}"), self.conditional_put))
    }

    fn place(&self) -> Result<(&str, Path), RemoteError> {
        let expected = || RemoteError::Settings {
            reason: format!("expected an address like s3://bucket/prefix, found {:?}", self.url),
        };
        let rest = self.url.strip_prefix("s3://").ok_or_else(expected)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        // It is told with every error: what must not be shown has no place in it.
        if bucket.is_empty() || addresses(&self.url) != *self.url {
            return Err(expected());
        }
        let prefix = Path::parse(prefix.trim_matches('/')).map_err(|_| expected())?;
        Ok((bucket, prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> StoreSettings {
        StoreSettings {
            url: url.into(),
            endpoint: None,
            region: None,
            allow_http: false,
            conditional_put: true,
            max_retries: 1,
            retry_timeout: Duration::from_secs(1),
            request_timeout: Duration::from_secs(1),
            credentials: Credentials::of([
                ("AWS_ACCESS_KEY_ID".into(), "AKIAEXAMPLE".into()),
                ("AWS_SECRET_ACCESS_KEY".into(), "do-not-show".into()),
                ("HOME".into(), "/".into()),
            ]),
        }
    }

    #[test]
    fn addresses_are_a_bucket_and_a_prefix() {
        for (url, bucket, prefix) in [
            ("s3://data", "data", ""),
            ("s3://data/", "data", ""),
            ("s3://data/drugs/regatta/", "data", "drugs/regatta"),
        ] {
            let settings = settings(url);
            let (found, base) = settings.place().unwrap();
            assert_eq!((found, base.as_ref()), (bucket, prefix), "{url}");
            assert!(settings.open().is_ok(), "{url}");
        }
        for url in [
            "",
            "data/drugs",
            "https://data",
            "s3:///drugs",
            "s3://u:do-not-show@data/",
            "s3://data/drugs?token=do-not-show",
        ] {
            let error = settings(url).open().unwrap_err().to_string();
            assert!(error.contains("s3://bucket/prefix"), "{url}: {error}");
            assert!(!error.contains("do-not"), "{url}: {error}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_secrets_are_not_shown() {
        let mut without = settings("s3://data");
        without.credentials = Credentials::default();
        let error = without.open().unwrap_err().to_string();
        assert!(error.contains("AWS_ACCESS_KEY_ID"), "{error}");
        let mut plain = settings("s3://data");
        plain.endpoint = Some("http://127.0.0.1:9000".into());
        let error = plain.open().unwrap_err().to_string();
        assert!(error.contains("allow_http"), "{error}");
        plain.endpoint = Some("http://user:do-not-show@127.0.0.1:9000".into());
        let error = plain.open().unwrap_err().to_string();
        assert!(error.contains("http://127.0.0.1:9000") && !error.contains("do-not"), "{error}");
        plain.url = "s3://do-not-show@data/drugs?token=do-not-show".into();
        for shown in [format!("{plain:?}"), format!("{plain:#?}")] {
            assert!(
                shown.contains("AWS_SECRET_ACCESS_KEY") && !shown.contains("do-not"),
                "{shown}"
            );
            assert!(shown.contains("\"http://127.0.0.1:9000\""), "{shown}");
            assert!(shown.contains("\"s3://data/drugs\""), "{shown}");
            assert!(!shown.contains("HOME") && !shown.contains("AKIAEXAMPLE"), "{shown}");
        }
    }
}
