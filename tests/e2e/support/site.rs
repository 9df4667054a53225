//! The fixture site, on a runtime of its own so that tests stay plain.

use regatta_testsite::{Fault, Fixtures, LoggedRequest, TestSite};
use tokio::runtime::Runtime;

/// A running fixture site.
pub struct Site {
    runtime: Runtime,
    site: TestSite,
}

impl Site {
    /// Starts it on day1.
    #[must_use]
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let fixtures = Fixtures::embedded().unwrap();
        let site = runtime.block_on(TestSite::start(fixtures)).unwrap();
        Self { runtime, site }
    }

    /// Its address, for the gateway.
    #[must_use]
    pub fn url(&self) -> String {
        self.site.base_url().to_string()
    }

    /// Sets the day.
    pub fn day(&self, day: &str) {
        self.site.set_day(day);
    }

    /// Adds a fault.
    pub fn fault(&self, fault: Fault) {
        self.site.add_fault(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.site.clear_faults();
    }

    /// The requests since the last call.
    #[must_use]
    pub fn take_requests(&self) -> Vec<LoggedRequest> {
        // The last entries are written by tasks of the runtime.
        self.runtime.block_on(tokio::task::yield_now());
        let requests = self.site.requests();
        self.site.clear_log();
        requests
    }
}
