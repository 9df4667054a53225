//! What workers count, for the metrics page of the daemon.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

macro_rules! metrics {
    ($($name:ident: $help:literal,)+) => {
        /// Counters of one process since it began. Plain atomics: whoever shows
        /// them reads them when asked.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $(#[doc = $help] pub $name: AtomicU64,)+
        }

        /// The values of [`Metrics`] at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        pub struct MetricsSnapshot {
            $(#[doc = $help] pub $name: u64,)+
        }

        impl Metrics {
            /// Reads all counters.
            pub fn snapshot(&self) -> MetricsSnapshot {
                MetricsSnapshot { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }

        impl MetricsSnapshot {
            /// Name, meaning and value of each counter, in order of declaration.
            #[must_use]
            pub fn entries(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![$((stringify!($name), $help, self.$name),)+]
            }
        }
    };
}

metrics! {
    lock_tries: "Times that a lock was asked for.",
    locks_granted: "Locks that were granted.",
    lock_waits: "Times that a held lock was waited for before asking again.",
    lock_wait_ms: "Time spent in those waits, milliseconds.",
    busy_requeues: "Blocks put back on the queue because their lock stayed held.",
    renewals: "Renewals of locks.",
    lost_leases: "Locks that were lost before they were released.",
    releases: "Locks released by their owner.",
    deliveries: "Blocks taken from the queue.",
    acks: "Blocks done and taken off the queue.",
    failed_requeues: "Blocks put back on the queue because their merge failed.",
    expired_deliveries: "Deliveries of any worker found expired and put back.",
    dead_letters: "Blocks set aside after too many failures.",
    commits: "Commits that were accepted.",
    stale_commits: "Commits and openings refused because a newer owner has opened the block.",
    conflicting_commits: "Commits refused because the block was not as it had been opened.",
    backend_retries: "Calls to the backend that were repeated after a failure.",
}

pub(crate) fn count(counter: &AtomicU64) {
    add(counter, 1);
}

pub(crate) fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_has_every_counter_under_its_name() {
        let metrics = Metrics::default();
        count(&metrics.renewals);
        add(&metrics.lock_wait_ms, 40);
        let entries = metrics.snapshot().entries();
        let value = |name| entries.iter().find(|e| e.0 == name).map(|e| e.2);
        assert_eq!(value("renewals"), Some(1));
        assert_eq!(value("lock_wait_ms"), Some(40));
        assert!(entries.iter().filter(|e| e.2 == 0).count() == entries.len() - 2);
    }
}
