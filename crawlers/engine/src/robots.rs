//! robots.txt: read once a day, kept in the lake between processes.
//!
//! RFC 9309: a host that answers 4xx has no rules; one that cannot be reached
//! is not asked anything, unless an older copy of its rules is at hand. A page
//! that stands in the way of robots.txt (a challenge, a captcha) tells nothing of
//! rules, whatever its status: the host turns us away, and is not asked anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use regatta_lake::{FetchOutcome, LakeError, make_folder, write_atomic};
use serde::{Deserialize, Serialize};
use texting_robots::Robot;
use tracing::warn;
use url::Url;

use crate::Answer;

/// The name under which a robots.txt may address us.
const AGENT: &str = "regatta";
/// RFC 9309 asks for at least 500 KiB to be read. A longer one counts as one that
/// cannot be read: what is left unread may forbid what is asked for.
pub(crate) const MAX_BYTES: u64 = 512 * 1024;
/// A host that asks for more than this between two requests does not want to
/// be crawled.
pub(crate) const LONGEST_DELAY: Duration = Duration::from_hours(1);

/// The rules of one host.
pub(crate) struct Robots {
    robot: Option<Robot>,
    fetched_at: Timestamp,
    /// When the host was last asked, with or without an answer.
    asked_at: Timestamp,
}

/// robots.txt as last fetched: what a later process needs to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RobotsFile {
    /// The regulator's URL.
    url: String,
    /// The gateway it came through: a mirror's rules are not the regulator's.
    via: Option<String>,
    fetched_at: Timestamp,
    status: Option<u16>,
    /// Why there are no rules, where there are none.
    note: Option<String>,
    body: String,
}

impl Robots {
    /// Reads the rules.
    pub(crate) fn new(file: &RobotsFile) -> Self {
        let robot = if file.note.is_some() {
            None
        } else {
            // The parser takes anything; if it did not, there would be no rules.
            Robot::new(AGENT, file.body.as_bytes()).ok()
        };
        Self { robot, fetched_at: file.fetched_at, asked_at: file.fetched_at }
    }

    /// Asked for less than `max_age` ago.
    pub(crate) fn is_fresh(&self, now: Timestamp, max_age: SignedDuration) -> bool {
        now.duration_since(self.asked_at) < max_age
    }

    /// The host was asked again and gave no answer: these rules stay in use.
    pub(crate) fn kept_at(self, now: Timestamp) -> Self {
        Self { asked_at: now, ..self }
    }

    /// The pause that the rules ask for.
    pub(crate) fn crawl_delay(&self) -> Duration {
        let delay = self.robot.as_ref().and_then(|r| r.delay).unwrap_or_default();
        if delay.is_nan() || delay <= 0.0 {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f32(delay).unwrap_or(Duration::MAX)
    }

    /// Why `url` must not be asked for, in words.
    pub(crate) fn refusal(&self, host: &str, url: &Url) -> Option<String> {
        let delay = self.crawl_delay();
        if delay > LONGEST_DELAY {
            return Some(format!(
                "robots.txt of {host} asks for {} s between two requests, more than an hour: \
                 the host is not asked",
                delay.as_secs()
            ));
        }
        if self.robot.as_ref().is_none_or(|robot| robot.allowed(url.as_str())) {
            return None;
        }
        Some(format!(
            "robots.txt of {host}, read at {:.0}, does not allow {AGENT} to fetch {}: not asked for",
            self.fetched_at,
            url.path()
        ))
    }
}

impl RobotsFile {
    /// What the answer to the request for robots.txt means; an error in words
    /// where it cannot be known whether there are rules.
    pub(crate) fn from_answer(
        url: &Url,
        via: Option<String>,
        answer: &Answer,
    ) -> Result<Self, String> {
        let status = answer.attempts.last().and_then(|a| a.status);
        let problem = answer.problem.clone().unwrap_or_default();
        if answer.obstacle {
            return Err(problem);
        }
        let note = match (answer.outcome, status) {
            (FetchOutcome::Fetched, _) => None,
            (FetchOutcome::NotFound, _) => Some("the host has none".to_owned()),
            // Asked for robots.txt itself, a busy host is busy, not without rules.
            (_, Some(429)) => return Err(problem),
            // Sites without one answer with a page that says so.
            (FetchOutcome::Blocked | FetchOutcome::WrongKind, Some(200))
            | (
                FetchOutcome::Blocked | FetchOutcome::WrongKind | FetchOutcome::Failed,
                Some(400..=499),
            ) => Some(format!("no rules: {problem}")),
            _ => return Err(problem),
        };
        let body = answer.body.as_deref().unwrap_or_default();
        Ok(Self {
            url: url.to_string(),
            via,
            fetched_at: answer.checked_at,
            status,
            note,
            body: String::from_utf8_lossy(body).into_owned(),
        })
    }

    /// Why there are no rules.
    pub(crate) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

/// The folder in which robots.txt files are kept between processes.
pub(crate) struct RobotsStore {
    folder: Option<PathBuf>,
}

impl RobotsStore {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// What was kept for `host`, if it came through the same gateway.
    pub(crate) fn load(&self, host: &str, via: Option<&str>) -> Option<RobotsFile> {
        let path = self.path(host)?;
        let text = fs::read(&path).ok()?;
        match serde_json::from_slice::<RobotsFile>(&text) {
            Ok(file) => (file.via.as_deref() == via).then_some(file),
            Err(error) => {
                warn!(path = %path.display(), %error, "a kept robots.txt is damaged; reading it anew");
                None
            }
        }
    }

    /// Keeps what was read.
    pub(crate) fn save(&self, host: &str, file: &RobotsFile) -> Result<(), LakeError> {
        let Some(path) = self.path(host) else { return Ok(()) };
        make_folder(path.parent().unwrap_or(Path::new(".")))?;
        let mut text = serde_json::to_vec_pretty(file)
            .map_err(|e| LakeError::Damaged { path: path.clone(), reason: e.to_string() })?;
        text.push(b'\n');
        write_atomic(&path, &text)
    }

    fn path(&self, host: &str) -> Option<PathBuf> {
        let safe: String = host
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' })
            .collect();
        self.folder.as_ref().map(|folder| folder.join(format!("{safe}.json")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn rules(body: &str) -> Robots {
        Robots::new(&RobotsFile {
            url: "https://www.fda.gov/robots.txt".into(),
            via: None,
            fetched_at: "2026-11-23T08:00:00Z".parse().unwrap(),
            status: Some(200),
            note: None,
            body: body.into(),
        })
    }

    #[test]
    fn rules_refuse_in_words_and_delay() {
        let robots = rules("User-agent: *\nDisallow: /search\nCrawl-delay: 2.5\n");
        let url = |path: &str| Url::parse("https://www.fda.gov").unwrap().join(path).unwrap();
        assert_eq!(robots.refusal("www.fda.gov", &url("/media/1")), None);
        let refusal = robots.refusal("www.fda.gov", &url("/search?q=1")).unwrap();
        assert!(refusal.contains("does not allow regatta to fetch /search"), "{refusal}");
        assert_eq!(robots.crawl_delay(), Duration::from_millis(2_500));

        let own = rules("User-agent: *\nDisallow: /\n\nUser-agent: regatta\nAllow: /\n");
        assert_eq!(own.refusal("www.fda.gov", &url("/x")), None);
        assert!(rules("User-agent: *\nCrawl-delay: 90000\n").refusal("h", &url("/")).is_some());
        assert_eq!(rules("<html>nonsense").refusal("h", &url("/")), None);
    }
}
