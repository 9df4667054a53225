//! Timing of the steps, for the run report only.

use std::time::Duration;

use regatta_lake::Step;

/// Wall time of the steps.
pub(crate) struct Watch {
    laps: regatta_lake::Watch,
    pub(crate) steps: Vec<Step>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self { laps: regatta_lake::Watch::start(), steps: Vec::new() }
    }

    /// A step that ran beside others: the clock of the next one is not stopped.
    pub(crate) fn beside(&mut self, name: &str, wall: Duration, rows: usize) {
        self.steps.push(Step::took(name, wall, rows as u64, 0));
    }

    pub(crate) fn step(&mut self, name: &str, rows: impl TryInto<u64>) {
        self.steps.push(self.laps.lap(name, rows.try_into().unwrap_or(0), 0));
    }
}
