//! Timing of the steps, for the run report only.

use std::time::Instant;

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

    pub(crate) fn step(&mut self, name: &str, rows: impl TryInto<u64>) {
        let wall_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since = Instant::now();
        self.steps.push(Step {
            step: name.to_owned(),
            wall_ms,
            rows: rows.try_into().unwrap_or(0),
            bytes: 0,
        });
    }
}
