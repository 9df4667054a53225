//! The time of day, passed in.

use jiff::{Timestamp, Unit};

/// Tells the time of day. What is measured or slept uses tokio's own clock.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine, to the millisecond.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // Rounding fails only at the very end of time.
        now.round(Unit::Millisecond).unwrap_or(now)
    }
}

/// A clock that stands still: runs over the same bytes then write the same
/// files.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
