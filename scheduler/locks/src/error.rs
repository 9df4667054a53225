//! What can go wrong between a worker and its backend.

/// A backend that could not do what was asked. The in-process backend never
/// fails.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// Not reached within the configured time. Nothing is lost: leases expire,
    /// and the work is delivered again. Try later.
    #[error(
        "Redis at {address} did not answer {operation} in {tries} tries over {waited_ms} ms \
         (give_up_ms); the last failure: {source}"
    )]
    Unreachable {
        /// Host and port, without a password.
        address: String,
        /// What was asked.
        operation: &'static str,
        /// Tries that were made.
        tries: u32,
        /// Time from the first try to the last, ms.
        waited_ms: u64,
        /// The last failure.
        source: redis::RedisError,
    },
    /// It answered, and the answer will not change by asking again: wrong
    /// password, no permission, no memory, not our data.
    #[error("Redis at {address} refused {operation}: {source}")]
    Refused {
        /// Host and port, without a password.
        address: String,
        /// What was asked.
        operation: &'static str,
        /// Its answer.
        source: redis::RedisError,
    },
    /// The data under our prefix was not written by this program.
    #[error("Redis at {address}, {operation}: expected {expected}, found {found:?}")]
    Foreign {
        /// Host and port, without a password.
        address: String,
        /// What was asked.
        operation: &'static str,
        /// What this program writes there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A store of merged blocks outside of Redis could not be asked, or holds
    /// what this program does not write. It says which and why.
    #[error("{0}")]
    Store(String),
}

/// A configuration that cannot be used; says the key, the value and the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct ConfigError {
    /// The key, below the table of the workers.
    pub key: &'static str,
    /// What was expected, and what was found.
    pub reason: String,
}
