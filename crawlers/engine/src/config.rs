//! How requests are sent: the `[network]` table of the configuration.

use std::time::Duration;

use regatta_sources::Politeness;
use serde::{Deserialize, Serialize};
use url::Url;

/// How requests are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkConfig {
    /// A mirror: every request for `https://host/path` goes to
    /// `<gateway>/host/path`. Default: none.
    pub gateway: Option<Url>,
    /// E-mail address or URL under which the operator can be reached; part of
    /// the User-Agent. Default: the page of the project.
    pub contact: String,
    /// Longest time for a connection to be made, seconds. Default 10.
    pub connect_timeout_s: u64,
    /// Longest silence of a server, seconds. Default 30.
    pub idle_timeout_s: u64,
    /// Longest time for one answer, seconds. Default 900.
    pub total_timeout_s: u64,
    /// Tries after the first one, for failures that may pass. Default 4.
    pub max_retries: usize,
    /// Wait before the first retry, ms; it doubles with each further one, and
    /// up to as much again is added at random. Default 1000.
    pub backoff_first_ms: u64,
    /// Longest wait before a retry, ms, before the random part. Default 60000.
    pub backoff_max_ms: u64,
    /// Longest Retry-After that is waited for, seconds; a longer one ends the
    /// run as blocked. Default 300.
    pub retry_after_max_s: u64,
    /// Hours after which a robots.txt is read again. Default 24.
    pub robots_max_age_hours: u32,
    /// Replaces the least time between two requests to a host, ms; only for a
    /// mirror that is one's own. Default: what the source says.
    pub min_interval_ms: Option<u64>,
    /// Replaces the number of requests under way at a host at once; only for a
    /// mirror that is one's own. Default: what the source says.
    pub concurrency: Option<usize>,
    /// Hours for which an interrupted crawl can be taken up again. Default 48.
    pub resume_max_age_hours: u32,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            gateway: None,
            contact: env!("CARGO_PKG_REPOSITORY").to_owned(),
            connect_timeout_s: 10,
            idle_timeout_s: 30,
            total_timeout_s: 900,
            max_retries: 4,
            backoff_first_ms: 1_000,
            backoff_max_ms: 60_000,
            retry_after_max_s: 300,
            robots_max_age_hours: 24,
            min_interval_ms: None,
            concurrency: None,
            resume_max_age_hours: 48,
        }
    }
}

impl NetworkConfig {
    /// The User-Agent: who asks, and whom to write to.
    #[must_use]
    pub fn user_agent(&self) -> String {
        format!("regatta/{} (+{})", env!("CARGO_PKG_VERSION"), self.contact)
    }

    pub(crate) fn interval(&self, politeness: &Politeness) -> Duration {
        Duration::from_millis(self.min_interval_ms.unwrap_or(politeness.min_interval_ms))
    }

    pub(crate) fn concurrency(&self, politeness: &Politeness) -> usize {
        self.concurrency.unwrap_or(politeness.concurrency).max(1)
    }

    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_timeout_s)
    }

    pub(crate) fn total(&self) -> Duration {
        Duration::from_secs(self.total_timeout_s)
    }
}
