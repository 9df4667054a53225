//! Timing of the steps, for the log.

use std::time::Instant;

/// Says at level debug how long each step took.
pub(crate) struct Watch {
    since: Instant,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self { since: Instant::now() }
    }

    pub(crate) fn step(&mut self, step: &str) {
        let wall_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since = Instant::now();
        tracing::debug!(step, wall_ms, "step done");
    }
}
