//! The numbers that `/metrics` shows. To add one: a line in [`families`], and a
//! call of [`METRICS`] where it happens. Numbers of other crates that count by
//! themselves are told by a collector (see [`Collectors`]).

mod families;
mod registry;

use std::sync::{LazyLock, Mutex, PoisonError};

pub use registry::Registry;

/// The registry of this process.
pub static METRICS: LazyLock<Registry> =
    LazyLock::new(|| Registry::new(families::FAMILIES.iter().copied()));

/// What is asked for its numbers whenever `/metrics` is.
pub static COLLECTORS: Collectors = Collectors(Mutex::new(Vec::new()));

type Collector = Box<dyn Fn(&Registry) + Send>;

/// Callers that tell numbers at the moment of being asked.
pub struct Collectors(Mutex<Vec<Collector>>);

impl Collectors {
    /// Adds one; it must be quick and must not fail.
    pub fn add(&self, collector: impl Fn(&Registry) + Send + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(collector));
    }

    /// Asks all of them.
    pub fn collect(&self, registry: &Registry) {
        for collector in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            collector(registry);
        }
    }
}

/// As a number of a metric; exact below 2^52.
#[expect(clippy::cast_precision_loss, reason = "counts of rows, bytes and seconds")]
pub fn float(n: u64) -> f64 {
    n as f64
}

/// Seconds since 1970, to the millisecond.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are below 2^52")]
pub fn seconds(at: jiff::Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}
