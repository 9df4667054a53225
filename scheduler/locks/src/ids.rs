//! Identifiers of owners and leases, and fencing tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A fencing token: of two grants, the later one has the larger token,
/// whatever their blocks. Below 2^53, so that Lua's numbers hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Who asks for a lock: one value for each time a block is to be held, so that
/// a repeated request is recognised and nobody else's lock is released.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(pub Arc<str>);

/// One delivery of the queue: chosen by who pops, so that a repeated request
/// gets the same delivery.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub Arc<str>);

/// Makes identifiers and random waits from one random number, which the caller
/// draws: two processes that were given the same number would take each other's
/// locks for their own.
#[derive(Debug)]
pub struct Ids {
    seed: u128,
    next: AtomicU64,
    waits: AtomicU64,
}

impl Ids {
    /// From a random number of the process.
    #[must_use]
    pub fn new(random: u128) -> Self {
        Self { seed: random, next: AtomicU64::new(0), waits: AtomicU64::new(0) }
    }

    /// A new owner.
    pub fn owner(&self) -> Owner {
        Owner(self.id().into())
    }

    /// A new lease.
    pub fn lease(&self) -> LeaseId {
        LeaseId(self.id().into())
    }

    /// A wait between half of `wait` and one and a half of it, so that workers
    /// that were refused together do not come back together.
    pub fn spread(&self, wait: Duration) -> Duration {
        let step = self.waits.fetch_add(1, Ordering::Relaxed);
        let [low, high] = halves(self.seed);
        let random = mix(low ^ high ^ mix(step));
        // 0..=1024 parts of 1024.
        let part = u32::try_from(random % 1025).unwrap_or(0);
        wait / 2 + wait / 1024 * part
    }

    fn id(&self) -> String {
        format!("{:032x}.{}", self.seed, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

fn halves(seed: u128) -> [u64; 2] {
    let bytes = seed.to_le_bytes();
    let half = |from: usize| bytes[from..from + 8].iter().fold(0, |n, b| (n << 8) | u64::from(*b));
    [half(0), half(8)]
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014).
fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_differ_and_repeat_with_the_seed() {
        let (a, b, other) = (Ids::new(7), Ids::new(7), Ids::new(8));
        let first = a.owner();
        assert_eq!(first, b.owner());
        assert_ne!(first, a.owner());
        assert_ne!(first, other.owner());
    }

    #[test]
    fn waits_spread_over_the_whole_range() {
        let ids = Ids::new(42);
        let waits: Vec<u128> =
            (0..500).map(|_| ids.spread(Duration::from_secs(1)).as_millis()).collect();
        assert!(waits.iter().all(|w| (500..=1500).contains(w)));
        assert!(waits.iter().any(|w| *w < 600) && waits.iter().any(|w| *w > 1400));
    }
}
