//! The section `[serve]` of the configuration.

use serde::Deserialize;

use crate::config::ConfigError;

/// How the daemon runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServeConfig {
    /// Where `/healthz`, `/readyz` and `/metrics` are served; port 0 takes a
    /// free one, an empty text switches it off.
    pub listen: String,
    /// Seconds that a stop may take before work under way is abandoned.
    pub stop_within_s: u64,
    /// Seconds after which a step without an end counts as stuck.
    pub stuck_after_s: u64,
    /// `/readyz` fails when a source is older than this many times its
    /// freshness objective; 0: age never makes it fail.
    pub ready_overdue_factor: u32,
    /// Poll the feeds of changes that sources have.
    pub feeds: bool,
    /// Remove snapshots beyond `[snapshots] keep`, and what only they need.
    pub sweep: bool,
    /// Tries after a failed run.
    pub retry: RetrySettings,
}

/// When a failed source is tried again. All in seconds; a first wait of 0
/// switches retries of that kind off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "the names in the file say their unit")]
pub struct RetrySettings {
    /// First wait after a failure of network or server.
    pub failed_first_s: u64,
    /// First wait after wrong, incomplete or missing data.
    pub wrong_first_s: u64,
    /// Longest wait after these.
    pub max_s: u64,
    /// First wait after a block.
    pub blocked_first_s: u64,
    /// Longest wait after a block.
    pub blocked_max_s: u64,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:9187".into(),
            stop_within_s: 60,
            stuck_after_s: 21_600,
            ready_overdue_factor: 2,
            feeds: true,
            sweep: true,
            retry: RetrySettings::default(),
        }
    }
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            failed_first_s: 300,
            wrong_first_s: 3_600,
            max_s: 14_400,
            blocked_first_s: 28_800,
            blocked_max_s: 86_400,
        }
    }
}

impl ServeConfig {
    /// The address to listen on; none where it is switched off.
    pub fn address(&self) -> Result<Option<std::net::SocketAddr>, ConfigError> {
        if self.listen.is_empty() {
            return Ok(None);
        }
        self.listen.parse().map(Some).map_err(|_| {
            ConfigError::new(format!(
                "[serve] listen: expected an address and a port such as \"127.0.0.1:9187\", \
                 found {:?}",
                self.listen
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_numbers_and_nothing_switches_it_off() {
        let address = |listen: &str| {
            ServeConfig { listen: listen.into(), ..ServeConfig::default() }.address()
        };
        assert!(ServeConfig::default().address().unwrap().unwrap().ip().is_loopback());
        assert_eq!(address("").unwrap(), None);
        assert_eq!(address("[::1]:0").unwrap().unwrap().port(), 0);
        for wrong in ["localhost:9187", "9187", "127.0.0.1"] {
            let error = address(wrong).unwrap_err().to_string();
            assert!(error.contains("listen") && error.contains(wrong), "{error}");
        }
    }
}
