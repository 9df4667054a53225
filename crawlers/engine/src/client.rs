//! The polite HTTP client: robots.txt first, redirects by hand, bounded
//! retries, and every try in the ledger.

mod rules;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use regatta_lake::{Attempt, FetchOutcome};
use regatta_sources::{Method, Politeness, Request, RequestBody, SourceSpec};
use reqwest::header::LOCATION;
use tokio::time::{Instant, sleep};
use tracing::debug;
use url::Url;

use crate::block;
use crate::error::blocking;
use crate::exchange::{Asking, Wire};
use crate::gateway::authority;
use crate::host::{Host, Hosts};
use crate::judge::{Due, Good, Verdict, judge, judge_broken, over, status_words};
use crate::retry;
use crate::robots::RobotsStore;
use crate::{Clock, CrawlError, NetworkConfig};

/// Redirects followed for one request.
const MAX_REDIRECTS: usize = 5;

/// What a server said earlier about the bytes that are at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What became of a request. There is no error beside it: a failure is an
/// outcome.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What became of it.
    pub outcome: FetchOutcome,
    /// Every try, also those for robots.txt where that failed.
    pub attempts: Vec<Attempt>,
    /// When the answer came.
    pub checked_at: Timestamp,
    /// Bytes of body on the wire.
    pub wire_bytes: u64,
    /// The body, where one came that is of the kind due.
    pub body: Option<Vec<u8>>,
    /// As sent.
    pub etag: Option<String>,
    /// As sent.
    pub last_modified: Option<String>,
    /// As sent.
    pub content_type: Option<String>,
    /// Plain words, where it failed.
    pub problem: Option<String>,
    /// It is [`FetchOutcome::Blocked`] by a page that is known to stand in the
    /// way: an apology, a challenge, a captcha.
    pub(crate) obstacle: bool,
    /// From the first try to the end, ms.
    pub duration_ms: u64,
}

/// The client that all sources share, so that each host has one pace.
pub struct HttpClient {
    wire: Wire,
    config: NetworkConfig,
    clock: Arc<dyn Clock>,
    hosts: Hosts,
    store: RobotsStore,
    seed: u64,
}

/// One request with all that decides how it is sent.
#[derive(Clone, Copy)]
struct Ask<'a> {
    request: &'a Request,
    politeness: &'a Politeness,
    validators: Option<&'a Validators>,
    /// False only for robots.txt itself.
    heed_robots: bool,
}

/// One try, with its redirects.
struct Try {
    /// The first sending; `None` where nothing was sent.
    at: Option<Timestamp>,
    status: Option<u16>,
    host: Arc<Host>,
    verdict: Verdict,
}

impl HttpClient {
    /// A client that keeps robots.txt files in `robots_dir`, where one is
    /// given; `seed` feeds the jitter of retries.
    ///
    /// # Errors
    /// [`CrawlError::Config`] when the settings cannot be used.
    pub fn new(
        config: NetworkConfig,
        robots_dir: Option<PathBuf>,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Result<Self, CrawlError> {
        let wire = Wire::new(&config, Arc::clone(&clock))?;
        let store = RobotsStore::new(robots_dir);
        Ok(Self { wire, config, clock, hosts: Hosts::default(), store, seed })
    }

    /// Asks for `request`, conditionally where `validators` are at hand.
    pub async fn fetch(
        &self,
        request: &Request,
        politeness: &Politeness,
        validators: Option<&Validators>,
    ) -> Answer {
        let validators = validators.filter(|v| v.etag.is_some() || v.last_modified.is_some());
        self.ask(Ask { request, politeness, validators, heed_robots: true }).await
    }

    async fn ask(&self, ask: Ask<'_>) -> Answer {
        let started = Instant::now();
        let mut attempts = Vec::new();
        let mut delays = retry::delays(&self.config, self.seed, &ask.request.key());
        let mut obstacle = false;
        let (outcome, problem, good) = loop {
            let Try { at, status, host, verdict } = self.try_once(&ask, &mut attempts).await;
            let mut note = |problem: Option<&str>, waited: Duration| {
                attempts.extend(at.map(|at| Attempt {
                    at,
                    status,
                    problem: problem.map(str::to_owned),
                    waited_ms: millis(waited),
                }));
                attempts.len()
            };
            match verdict {
                Verdict::Good(good) => {
                    note(None, Duration::ZERO);
                    let outcome = match good.body {
                        Some(_) => FetchOutcome::Fetched,
                        None => FetchOutcome::NotModified,
                    };
                    break (outcome, None, good);
                }
                Verdict::Over { outcome, problem } => {
                    note(Some(&problem), Duration::ZERO);
                    break (outcome, Some(problem), Good::default());
                }
                Verdict::Obstacle { problem } => {
                    note(Some(&problem), Duration::ZERO);
                    obstacle = true;
                    break (FetchOutcome::Blocked, Some(problem), Good::default());
                }
                Verdict::Closed { problem, wait } => {
                    note(Some(&problem), Duration::ZERO);
                    host.close(wait);
                    break (FetchOutcome::Blocked, Some(problem), Good::default());
                }
                Verdict::Again { outcome, problem, wait, hold, tries } => {
                    let delay = delays.next().map(|delay| delay.max(wait.unwrap_or_default()));
                    let tried = note(Some(&problem), delay.unwrap_or_default());
                    let Some(delay) = delay.filter(|_| tried < tries) else {
                        if let Some(last) = attempts.last_mut() {
                            last.waited_ms = 0;
                        }
                        let problem = format!("{problem} (after {tried} tries)");
                        break (outcome, Some(problem), Good::default());
                    };
                    debug!(url = %ask.request.url, problem, wait_ms = millis(delay), "trying again");
                    if hold {
                        host.hold(delay);
                    }
                    sleep(delay).await;
                }
            }
        };
        Answer {
            outcome,
            attempts,
            checked_at: self.clock.now(),
            wire_bytes: good.wire_bytes,
            body: good.body,
            etag: good.etag,
            last_modified: good.last_modified,
            content_type: good.content_type,
            problem,
            obstacle,
            duration_ms: millis(started.elapsed()),
        }
    }

    /// Sends the request and follows redirects.
    async fn try_once(&self, ask: &Ask<'_>, attempts: &mut Vec<Attempt>) -> Try {
        let mut url = ask.request.url.clone();
        let mut method = ask.request.method;
        let mut body: Option<&RequestBody> = ask.request.body.as_ref();
        let mut first_at = None;
        let mut status = None;
        let mut redirects = 0;
        loop {
            let host = self.host(&url, ask.politeness);
            let end =
                |status, verdict| Try { at: first_at, status, host: Arc::clone(&host), verdict };
            if let Some(problem) = host.closed() {
                return end(status, over(FetchOutcome::Blocked, problem));
            }
            if ask.heed_robots
                && let Err(verdict) = self.permit(&host, &url, ask.politeness, attempts).await
            {
                return end(status, verdict);
            }
            let asking = Asking {
                method,
                url: &url,
                body,
                expect: ask.request.expect,
                validators: ask.validators,
                max_wire_bytes: ask.politeness.max_wire_bytes,
            };
            let (at, reply) = self.wire.send(&host, &asking).await;
            let first = *first_at.get_or_insert(at);
            let end =
                |status, verdict| Try { at: Some(first), status, host: Arc::clone(&host), verdict };
            let reply = match reply {
                Ok(reply) => reply,
                Err(broken) => return end(broken.status, judge_broken(broken)),
            };
            status = Some(reply.status);
            let location = reply
                .header(&LOCATION)
                .filter(|_| matches!(reply.status, 301 | 302 | 303 | 307 | 308))
                .map(str::to_owned);
            let Some(location) = location else {
                let due = self.due(ask);
                let now = self.clock.now();
                let verdict = blocking(move || Ok(judge(reply, &due, now))).await;
                let verdict = verdict
                    .unwrap_or_else(|e| over(FetchOutcome::Failed, format!("not judged: {e}")));
                return end(status, verdict);
            };
            redirects += 1;
            url = match self.redirect(&url, &location, reply.status, redirects) {
                Ok(target) => target,
                Err(verdict) => return end(status, verdict),
            };
            if matches!(reply.status, 301..=303) {
                method = Method::Get;
                body = None;
            }
        }
    }

    fn due(&self, ask: &Ask<'_>) -> Due {
        Due {
            expect: ask.request.expect,
            politeness: ask.politeness.clone(),
            conditional: ask.validators.is_some() && ask.request.method == Method::Get,
            retry_after_max: Duration::from_secs(self.config.retry_after_max_s),
        }
    }

    /// Where a redirect leads, if it may be followed.
    fn redirect(
        &self,
        from: &Url,
        location: &str,
        status: u16,
        redirects: usize,
    ) -> Result<Url, Verdict> {
        let words = status_words(status);
        let target = from
            .join(location)
            .map(|target| self.wire.gateway().to_real(target, from.scheme()))
            .map_err(|e| {
                let problem = format!("{words} to {location:?}, which is no URL: {e}");
                over(FetchOutcome::Failed, problem)
            })?;
        if block::leads_to_obstacle(&target) {
            let problem = format!("{words} to {target}: the host turns us away");
            return Err(Verdict::Obstacle { problem });
        }
        let same_host = authority(&target) == authority(from);
        let safe = match target.scheme() {
            "https" => true,
            // Never from https to http, and in the clear only within one host.
            "http" => same_host && from.scheme() == "http",
            _ => false,
        };
        if !safe {
            let problem = format!("{words} to {target}: not followed, it is not https");
            return Err(over(FetchOutcome::Failed, problem));
        }
        if redirects > MAX_REDIRECTS {
            let problem = format!("more than {MAX_REDIRECTS} redirects, the last one to {target}");
            return Err(over(FetchOutcome::Failed, problem));
        }
        Ok(target)
    }

    /// Makes the settings of a source known to its hosts before anything is
    /// sent: sources on one host begin at different moments, and the strictest
    /// setting holds from the first request on.
    pub(crate) fn announce(&self, spec: &SourceSpec) {
        for url in spec.urls.values() {
            self.host(url, &spec.politeness);
        }
    }

    fn host(&self, url: &Url, politeness: &Politeness) -> Arc<Host> {
        let host = self.hosts.get(&authority(url));
        host.slow_to(self.config.interval(politeness), self.config.concurrency(politeness));
        host
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
