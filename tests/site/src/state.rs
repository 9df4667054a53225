//! What changes while the site runs: day, faults, robots.txt, log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::day::Day;
use crate::fault::{self, Fault, FaultKind};
use crate::fixtures::Fixtures;
use crate::log::LoggedRequest;
use crate::message::Request;
use crate::pages;

/// A site and its state, shared by all its connections.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) fixtures: Fixtures,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    day: Day,
    faults: Vec<Fault>,
    /// robots.txt by host; `*` is any other.
    robots: BTreeMap<String, String>,
    log: Vec<LoggedRequest>,
    /// Requests under way, by host.
    active: BTreeMap<String, usize>,
}

impl Shared {
    pub(crate) fn new(fixtures: Fixtures) -> Self {
        let state = State {
            day: Day::FIRST,
            faults: Vec::new(),
            robots: BTreeMap::new(),
            log: Vec::new(),
            active: BTreeMap::new(),
        };
        Self { fixtures, started: Instant::now(), state: Mutex::new(state) }
    }

    pub(crate) fn day(&self) -> Day {
        self.state().day
    }

    pub(crate) fn set_day(&self, day: Day) {
        self.state().day = day;
    }

    pub(crate) fn add_fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    pub(crate) fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// The fault that strikes this request.
    pub(crate) fn take_fault(&self, request: &Request) -> Option<FaultKind> {
        fault::take(&mut self.state().faults, request)
    }

    pub(crate) fn set_robots(&self, host: &str, text: &str) {
        self.state().robots.insert(host.to_owned(), text.to_owned());
    }

    pub(crate) fn robots(&self, host: &str) -> String {
        let state = self.state();
        let text = state.robots.get(host).or_else(|| state.robots.get("*"));
        text.map_or_else(|| pages::ROBOTS.to_owned(), String::clone)
    }

    pub(crate) fn log(&self) -> Vec<LoggedRequest> {
        self.state().log.clone()
    }

    pub(crate) fn clear_log(&self) {
        self.state().log.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No panic can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way. Dropped before it was recorded: the client went away.
pub(crate) struct Visit {
    shared: Arc<Shared>,
    entry: Option<LoggedRequest>,
    host: Option<String>,
    start: Instant,
}

impl Visit {
    /// Counts the request in.
    pub(crate) fn enter(
        shared: &Arc<Shared>,
        request: &Request,
        fault: Option<&FaultKind>,
    ) -> Self {
        let start = Instant::now();
        let concurrency = {
            let mut state = shared.state();
            let active = state.active.entry(request.host.clone()).or_default();
            *active += 1;
            *active
        };
        let entry = LoggedRequest {
            t: (start - shared.started).as_secs_f64(),
            host: request.host.clone(),
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            status: 0,
            bytes: 0,
            concurrency,
            seconds: 0.0,
            fault: fault.map(|fault| fault.name().to_owned()),
        };
        let host = Some(request.host.clone());
        Self { shared: Arc::clone(shared), entry: Some(entry), host, start }
    }

    /// Logs it, once.
    pub(crate) fn record(&mut self, status: u16, bytes: usize) {
        if let Some(entry) = self.entry.take() {
            let seconds = self.start.elapsed().as_secs_f64();
            self.shared.state().log.push(LoggedRequest { status, bytes, seconds, ..entry });
        }
    }

    /// Logs it and counts it out, once.
    pub(crate) fn finish(&mut self, status: u16, bytes: usize) {
        self.record(status, bytes);
        if let Some(host) = self.host.take()
            && let Some(active) = self.shared.state().active.get_mut(&host)
        {
            *active -= 1;
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.finish(0, 0);
    }
}
