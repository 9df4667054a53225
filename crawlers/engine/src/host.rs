//! The pace of one host, shared by all sources that ask it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::robots::{LONGEST_DELAY, Robots};

/// No clock counts as far as a header can ask for.
const LONGEST_CLOSURE: Duration = Duration::from_hours(24 * 365);

/// All hosts asked so far.
#[derive(Default)]
pub(crate) struct Hosts(Mutex<BTreeMap<String, Arc<Host>>>);

impl Hosts {
    /// The one object of this host.
    pub(crate) fn get(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(hosts.entry(name.to_owned()).or_insert_with(|| Arc::new(Host::new(name))))
    }
}

/// One host: its pace and its robots.txt.
pub(crate) struct Host {
    /// Host, with the port where it is not the usual one.
    pub(crate) name: String,
    /// Rules as last read. Held while they are being read, so that all other
    /// requests to the host wait for them.
    pub(crate) robots: tokio::sync::Mutex<Option<Arc<Robots>>>,
    /// Held by the request whose turn it is to start.
    turn: tokio::sync::Mutex<()>,
    pace: Mutex<Pace>,
    freed: Notify,
}

struct Pace {
    interval: Duration,
    crawl_delay: Duration,
    concurrency: usize,
    busy: usize,
    last: Option<Instant>,
    not_before: Option<Instant>,
    closed_until: Option<Instant>,
}

impl Host {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            robots: tokio::sync::Mutex::new(None),
            turn: tokio::sync::Mutex::new(()),
            pace: Mutex::new(Pace {
                interval: Duration::ZERO,
                crawl_delay: Duration::ZERO,
                concurrency: usize::MAX,
                busy: 0,
                last: None,
                not_before: None,
                closed_until: None,
            }),
            freed: Notify::new(),
        }
    }

    /// Takes the settings of one more source; the strictest ones win.
    pub(crate) fn slow_to(&self, interval: Duration, concurrency: usize) {
        let mut pace = self.pace();
        pace.interval = pace.interval.max(interval);
        pace.concurrency = pace.concurrency.min(concurrency.max(1));
    }

    /// What robots.txt asks for, beside what the sources say. A host that asks for
    /// more than [`LONGEST_DELAY`] is asked for nothing but its robots.txt, which
    /// must not wait for days, nor for ever.
    pub(crate) fn set_crawl_delay(&self, delay: Duration) {
        self.pace().crawl_delay = delay.min(LONGEST_DELAY);
    }

    /// Sends nothing to this host for `wait`.
    pub(crate) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut pace = self.pace();
        pace.not_before = Some(pace.not_before.map_or(until, |at| at.max(until)));
    }

    /// Refuses every request to this host for `wait`: it asked for more time
    /// than is waited for.
    pub(crate) fn close(&self, wait: Duration) {
        let until = Instant::now() + wait.min(LONGEST_CLOSURE);
        let mut pace = self.pace();
        // Answers on their way come in any order: the longest wait holds.
        pace.closed_until = pace.closed_until.max(Some(until));
    }

    /// Why nothing may be sent, where the host is closed.
    pub(crate) fn closed(&self) -> Option<String> {
        let left = self.pace().closed_until?.checked_duration_since(Instant::now())?;
        let (name, seconds) = (&self.name, left.as_secs());
        Some(format!("{name} asked to be left alone for another {seconds} s: not asked"))
    }

    /// Waits until a request may start; it counts as under way until the visit
    /// is dropped.
    pub(crate) async fn visit(self: &Arc<Self>) -> Visit {
        let visit = self.slot().await;
        let _turn = self.turn.lock().await;
        // A hold may come while we sleep, so look again afterwards.
        while let Some(due) = self.due() {
            sleep_until(due).await;
        }
        self.pace().last = Some(Instant::now());
        visit
    }

    async fn slot(self: &Arc<Self>) -> Visit {
        loop {
            let freed = self.freed.notified();
            {
                let mut pace = self.pace();
                if pace.busy < pace.concurrency {
                    pace.busy += 1;
                    if pace.busy < pace.concurrency {
                        // Two slots freed at once wake only one waiter.
                        self.freed.notify_one();
                    }
                    return Visit(Arc::clone(self));
                }
            }
            freed.await;
        }
    }

    /// When the next request may start, where that is not now.
    fn due(&self) -> Option<Instant> {
        self.pace().due().filter(|due| *due > Instant::now())
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace {
    fn due(&self) -> Option<Instant> {
        let spaced = self.last.map(|last| last + self.interval.max(self.crawl_delay));
        spaced.max(self.not_before)
    }
}

/// A request under way.
pub(crate) struct Visit(Arc<Host>);

impl Visit {
    /// The server has answered. The interval counts from here: how long a
    /// request took to reach the server is not known, and the server must not
    /// see two of them closer together than agreed.
    pub(crate) fn answered(&self) {
        self.0.pace().last = Some(Instant::now());
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.pace().busy -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(interval_ms: u64, concurrency: usize) -> Arc<Host> {
        let host = Arc::new(Host::new("www.fda.gov"));
        host.slow_to(Duration::from_millis(interval_ms), concurrency);
        host
    }

    #[tokio::test(start_paused = true)]
    async fn starts_are_spaced_by_the_strictest_setting() {
        let host = host(100, 4);
        host.slow_to(Duration::from_millis(250), 8);
        host.set_crawl_delay(Duration::from_millis(150));
        let begin = Instant::now();
        for expected in [0, 250, 500] {
            drop(host.visit().await);
            assert_eq!(begin.elapsed().as_millis(), expected);
        }
        host.set_crawl_delay(Duration::from_secs(1));
        drop(host.visit().await);
        assert_eq!(begin.elapsed().as_millis(), 1_500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_delay_beyond_measure_neither_breaks_nor_stops_the_host() {
        let host = host(10, 4);
        host.set_crawl_delay(Duration::MAX);
        let begin = Instant::now();
        drop(host.visit().await);
        drop(host.visit().await);
        assert_eq!(begin.elapsed().as_secs(), LONGEST_DELAY.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_host_stays_closed_for_the_longest_time_it_asked_for() {
        let host = host(10, 4);
        assert_eq!(host.closed(), None);
        host.close(Duration::from_hours(2));
        host.close(Duration::from_hours(1));
        tokio::time::sleep(Duration::from_millis(90 * 60_000 - 500)).await;
        let why = host.closed().unwrap_or_default();
        assert!(why.contains("another 1800 s"), "{why}");
        host.close(Duration::from_secs(u64::MAX));
        tokio::time::sleep(Duration::from_hours(24)).await;
        assert!(host.closed().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_delays_everybody() {
        let host = host(10, 4);
        drop(host.visit().await);
        host.hold(Duration::from_secs(5));
        host.hold(Duration::from_secs(2));
        let begin = Instant::now();
        drop(host.visit().await);
        assert_eq!(begin.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_under_way_than_agreed() {
        let host = host(1, 2);
        let most = Arc::new(Mutex::new((0_u32, 0_u32)));
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (host, most) = (Arc::clone(&host), Arc::clone(&most));
                tokio::spawn(async move {
                    let _visit = host.visit().await;
                    {
                        let mut seen = most.lock().unwrap_or_else(PoisonError::into_inner);
                        seen.0 += 1;
                        seen.1 = seen.1.max(seen.0);
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    most.lock().unwrap_or_else(PoisonError::into_inner).0 -= 1;
                })
            })
            .collect();
        futures::future::join_all(tasks).await;
        assert_eq!(most.lock().unwrap_or_else(PoisonError::into_inner).1, 2);
    }
}
