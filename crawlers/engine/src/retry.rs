//! How long to wait before a request is tried again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;

use crate::NetworkConfig;

/// The waits before each retry of the request `key`: exponential, with jitter
/// that follows from `seed`, as many as retries are allowed.
pub(crate) fn delays(
    config: &NetworkConfig,
    seed: u64,
    key: &str,
) -> impl Iterator<Item = Duration> + use<> {
    let mut hasher = DefaultHasher::new();
    (seed, key).hash(&mut hasher);
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(config.backoff_first_ms))
        .with_max_delay(Duration::from_millis(config.backoff_max_ms))
        .with_max_times(config.max_retries)
        .with_jitter()
        .with_jitter_seed(hasher.finish())
        .build()
}

/// A Retry-After header: seconds or an HTTP date. `None` where it says nothing
/// that can be understood.
pub(crate) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn waits_double_vary_and_follow_from_the_seed() {
        let config = NetworkConfig { max_retries: 4, ..NetworkConfig::default() };
        let waits = |seed| delays(&config, seed, "GET https://a/").collect::<Vec<_>>();
        assert_eq!(waits(7).len(), 4);
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
        for (n, wait) in waits(7).into_iter().enumerate() {
            let base = Duration::from_secs(1 << n);
            assert!(wait >= base && wait <= 2 * base, "{n}: {wait:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "1994-11-06T08:49:07Z".parse().unwrap();
        assert_eq!(retry_after(" 120 ", now), Some(Duration::from_mins(2)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now),
            Some(Duration::from_secs(30))
        );
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:40:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
