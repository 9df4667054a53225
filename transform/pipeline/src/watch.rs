//! Timing of the steps, for the run report only.

use std::time::{Duration, Instant};

use regatta_lake::Step;

/// Wall time of the steps.
pub(crate) struct Watch {
    since: Instant,
    pub(crate) steps: Vec<Step>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self { since: Instant::now(), steps: Vec::new() }
    }

    /// A step that ran beside others: the clock of the next one is not stopped.
    pub(crate) fn beside(&mut self, name: &str, wall: Duration, rows: usize) {
        self.steps.push(Step {
            step: name.to_owned(),
            wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX),
            rows: rows as u64,
            bytes: 0,
        });
    }

    pub(crate) fn step(&mut self, name: &str, rows: impl TryInto<u64>) {
        let wall_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since = Instant::now();
        tracing::debug!(step = name, wall_ms, "step done");
        self.steps.push(Step {
            step: name.to_owned(),
            wall_ms,
            rows: rows.try_into().unwrap_or(0),
            bytes: 0,
        });
    }
}
