//! robots.txt of a host before anything else is asked of it: from memory, from the
//! lake, from the host.

use std::sync::Arc;

use jiff::SignedDuration;
use regatta_lake::{Attempt, FetchOutcome};
use regatta_sources::{BodyKind, Politeness, Request};
use tracing::{debug, warn};
use url::Url;

use super::{Answer, Ask, HttpClient};
use crate::host::Host;
use crate::judge::{Verdict, over};
use crate::robots::{self, Robots, RobotsFile};

impl HttpClient {
    /// Whether robots.txt of the host allows `url`.
    pub(super) async fn permit(
        &self,
        host: &Arc<Host>,
        url: &Url,
        politeness: &Politeness,
        attempts: &mut Vec<Attempt>,
    ) -> Result<(), Verdict> {
        let rules = self.rules(host, url, politeness).await.map_err(|failed| {
            let problem = format!(
                "robots.txt of {} cannot be read, so nothing is asked of it: {}",
                host.name,
                failed.problem.unwrap_or_default()
            );
            attempts.extend(failed.attempts.into_iter().map(|mut attempt| {
                attempt.problem = attempt.problem.map(|p| format!("robots.txt: {p}"));
                attempt
            }));
            let outcome = match failed.outcome {
                FetchOutcome::Blocked => FetchOutcome::Blocked,
                _ => FetchOutcome::Failed,
            };
            over(outcome, problem)
        })?;
        match rules.refusal(&host.name, url) {
            Some(problem) => Err(over(FetchOutcome::Disallowed, problem)),
            None => Ok(()),
        }
    }

    /// The rules of a host: from memory, from the lake, from the host.
    async fn rules(
        &self,
        host: &Arc<Host>,
        url: &Url,
        politeness: &Politeness,
    ) -> Result<Arc<Robots>, Answer> {
        let max_age = SignedDuration::from_hours(self.config.robots_max_age_hours.into());
        let mut kept = host.robots.lock().await;
        if let Some(rules) = kept.as_ref().filter(|r| r.is_fresh(self.clock.now(), max_age)) {
            return Ok(Arc::clone(rules));
        }
        let via = self.wire.gateway().base().map(ToString::to_string);
        let stored = self.store.load(&host.name, via.as_deref()).as_ref().map(Robots::new);
        let rules = match stored {
            Some(stored) if stored.is_fresh(self.clock.now(), max_age) => stored,
            stored => self.fetch_rules(host, url, politeness, via, stored).await?,
        };
        host.set_crawl_delay(rules.crawl_delay());
        Ok(Arc::clone(kept.insert(Arc::new(rules))))
    }

    async fn fetch_rules(
        &self,
        host: &Host,
        url: &Url,
        politeness: &Politeness,
        via: Option<String>,
        stored: Option<Robots>,
    ) -> Result<Robots, Answer> {
        let mut robots_url = url.clone();
        robots_url.set_path("/robots.txt");
        robots_url.set_query(None);
        robots_url.set_fragment(None);
        let request = Request::get(robots_url.clone(), "robots", BodyKind::Text);
        let politeness = Politeness {
            max_wire_bytes: robots::MAX_BYTES,
            max_body_bytes: robots::MAX_BYTES,
            ..politeness.clone()
        };
        let ask = Ask {
            request: &request,
            politeness: &politeness,
            validators: None,
            heed_robots: false,
        };
        // Boxed: fetching robots.txt is a request like any other.
        let answer = Box::pin(self.ask(ask)).await;
        match RobotsFile::from_answer(&robots_url, via, &answer) {
            Ok(file) => {
                debug!(host = %host.name, note = file.note(), "read robots.txt");
                if let Err(error) = self.store.save(&host.name, &file) {
                    warn!(host = %host.name, %error, "robots.txt is not kept for the next process");
                }
                Ok(Robots::new(&file))
            }
            // RFC 9309, 2.4: an older copy serves as long as there is no answer.
            // A page that stands in the way is one.
            Err(problem) => match stored.filter(|_| !answer.obstacle) {
                Some(stored) => Ok(stored.kept_at(self.clock.now())),
                None => Err(Answer { problem: Some(problem), ..answer }),
            },
        }
    }
}
