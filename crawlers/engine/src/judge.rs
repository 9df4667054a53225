//! What an answer means: data, a failure that may pass, or the end.

use std::time::Duration;

use jiff::Timestamp;
use regatta_lake::FetchOutcome;
use regatta_sources::{BodyKind, Politeness};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, LAST_MODIFIED, RETRY_AFTER};

use crate::block;
use crate::body::{self, BodyError, KindError};
use crate::exchange::{Broken, Reply};
use crate::retry;

/// What to do after one try.
pub(crate) enum Verdict {
    /// Data, or the confirmation that the known data still stands.
    Good(Good),
    /// The end: another try would not help.
    Over { outcome: FetchOutcome, problem: String },
    /// The end: a page that is known to stand in the way, whatever its status.
    Obstacle { problem: String },
    /// The host wants to be left alone for longer than we wait.
    Closed { problem: String, wait: Duration },
    /// Worth another try.
    Again {
        /// The outcome when no try is left.
        outcome: FetchOutcome,
        problem: String,
        /// The wait that the server asks for.
        wait: Option<Duration>,
        /// Nothing else must be sent to the host meanwhile.
        hold: bool,
        /// Tries that this problem deserves, beside the general bound.
        tries: usize,
    },
}

/// A good answer.
#[derive(Default)]
pub(crate) struct Good {
    /// The body; `None` where the known one still stands.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) wire_bytes: u64,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) content_type: Option<String>,
}

/// What the judgement needs to know of the request.
#[derive(Clone)]
pub(crate) struct Due {
    pub(crate) expect: BodyKind,
    pub(crate) politeness: Politeness,
    /// Validators were sent, so 304 is an answer.
    pub(crate) conditional: bool,
    pub(crate) retry_after_max: Duration,
}

/// Judges an exchange that brought nothing usable.
pub(crate) fn judge_broken(broken: Broken) -> Verdict {
    match broken.error {
        BodyError::Broken(problem) => again(FetchOutcome::Failed, problem),
        BodyError::TooLarge(problem) => over(FetchOutcome::TooLarge, problem),
        BodyError::Coding(problem) => over(FetchOutcome::WrongKind, problem),
    }
}

/// Judges an answer that is no redirect. Decompresses, so it may take a while.
pub(crate) fn judge(reply: Reply, due: &Due, now: Timestamp) -> Verdict {
    match reply.status {
        200 => judge_body(reply, due),
        304 if due.conditional => Verdict::Good(Good {
            etag: text(&reply, &ETAG),
            last_modified: text(&reply, &LAST_MODIFIED),
            ..Good::default()
        }),
        status => judge_status(status, &reply, due, now),
    }
}

fn judge_body(reply: Reply, due: &Due) -> Verdict {
    let good = Good {
        body: None,
        wire_bytes: reply.body.len() as u64,
        etag: text(&reply, &ETAG),
        last_modified: text(&reply, &LAST_MODIFIED),
        content_type: text(&reply, &CONTENT_TYPE),
    };
    let coding = text(&reply, &CONTENT_ENCODING).unwrap_or_default();
    let body = match body::decode(reply.body, &coding, due.politeness.max_body_bytes) {
        Ok(body) => body,
        Err(error) => return judge_broken(Broken { status: Some(200), error }),
    };
    match body::check_kind(due.expect, &body) {
        Ok(()) => Verdict::Good(Good { body: Some(body), ..good }),
        Err(KindError::Obstacle(problem)) => Verdict::Obstacle { problem },
        Err(KindError::Page(problem)) => over(FetchOutcome::Blocked, problem),
        Err(KindError::Other(problem)) => over(FetchOutcome::WrongKind, problem),
        // Seen where a file is being replaced at that very moment.
        Err(KindError::Empty(problem)) => Verdict::Again {
            outcome: FetchOutcome::WrongKind,
            problem,
            wait: None,
            hold: false,
            tries: 2,
        },
    }
}

fn judge_status(status: u16, reply: &Reply, due: &Due, now: Timestamp) -> Verdict {
    let due_words = body::kind_words(due.expect);
    let problem = format!("expected {due_words}, the server answered {}", status_words(status));
    if let Some(obstacle) = block::obstacle(&reply.body) {
        return Verdict::Obstacle { problem: format!("{problem} with {obstacle}") };
    }
    if matches!(status, 202 | 401 | 403 | 412 | 451) {
        let problem = match block::title(&reply.body) {
            Some(title) => format!("{problem} with a page titled {title:?}"),
            None => problem,
        };
        // No page but a challenge comes with 202.
        return match status {
            202 => Verdict::Obstacle { problem },
            _ => over(FetchOutcome::Blocked, problem),
        };
    }
    let outcome = match status {
        404 | 410 => return over(FetchOutcome::NotFound, problem),
        429 => FetchOutcome::Blocked,
        408 | 425 | 500..=599 => FetchOutcome::Failed,
        _ => return over(FetchOutcome::Failed, problem),
    };
    let wait = reply.header(&RETRY_AFTER).and_then(|value| retry::retry_after(value, now));
    if let Some(wait) = wait.filter(|wait| *wait > due.retry_after_max) {
        let problem = format!(
            "{problem} and asks to come back in {} s; at most {} s are waited for",
            wait.as_secs(),
            due.retry_after_max.as_secs()
        );
        return Verdict::Closed { problem, wait };
    }
    let hold = matches!(status, 429 | 503);
    Verdict::Again { outcome, problem, wait, hold, tries: usize::MAX }
}

/// A status as a person knows it.
pub(crate) fn status_words(status: u16) -> String {
    let name = reqwest::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
    name.map_or_else(|| status.to_string(), |name| format!("{status} {name}"))
}

pub(crate) fn over(outcome: FetchOutcome, problem: String) -> Verdict {
    Verdict::Over { outcome, problem }
}

fn again(outcome: FetchOutcome, problem: String) -> Verdict {
    Verdict::Again { outcome, problem, wait: None, hold: false, tries: usize::MAX }
}

fn text(reply: &Reply, name: &reqwest::header::HeaderName) -> Option<String> {
    reply.header(name).map(str::to_owned)
}
