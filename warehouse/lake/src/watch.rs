//! How long steps took, for reports and the log.

use std::time::{Duration, Instant};

use crate::Step;

impl Step {
    /// A step that took so long.
    #[must_use]
    pub fn took(step: &str, wall: Duration, rows: u64, bytes: u64) -> Self {
        let wall_ms = u64::try_from(wall.as_millis()).unwrap_or(u64::MAX);
        Self { step: step.to_owned(), wall_ms, rows, bytes }
    }
}

/// Wall time from lap to lap.
#[derive(Debug)]
pub struct Watch(Instant);

impl Watch {
    /// The first lap begins.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The step that this lap was, which the log has too (debug); the next begins.
    pub fn lap(&mut self, step: &str, rows: u64, bytes: u64) -> Step {
        let took = Step::took(step, self.0.elapsed(), rows, bytes);
        self.0 = Instant::now();
        tracing::debug!(step, wall_ms = took.wall_ms, "step done");
        took
    }
}
