//! One request of the plan: from the journal, from the archive, or from the
//! network; in the end its body is in the archive.

use std::borrow::Cow;
use std::sync::Arc;

use regatta_lake::{Fetch, FetchOutcome, Lake, Sha256};
use regatta_sources::{Page, Request, Source};

use crate::baseline::{Baseline, validators};
use crate::error::blocking;
use crate::journal::Journal;
use crate::{Answer, CrawlError, HttpClient, Validators};

/// A request with what came of it.
pub(crate) struct Obtained {
    pub(crate) request: Request,
    pub(crate) fetch: Fetch,
    /// The bytes as archived, where they are at hand anyway.
    pub(crate) body: Option<Vec<u8>>,
}

/// What all requests of one crawl share.
pub(crate) struct Obtainer {
    pub(crate) client: Arc<HttpClient>,
    pub(crate) lake: Lake,
    pub(crate) source: &'static dyn Source,
    pub(crate) baseline: Arc<Baseline>,
    /// None for a poll: it is too short to be taken up again.
    pub(crate) journal: Option<Arc<Journal>>,
}

impl Obtainer {
    /// Obtains one answer. A failure of the regulator is an outcome, not an
    /// error.
    pub(crate) async fn obtain(self: Arc<Self>, request: Request) -> Result<Obtained, CrawlError> {
        let key = request.key();
        if let Some(done) = self.journal.as_ref().and_then(|j| j.get(&key)) {
            let fetch = Fetch { fingerprint: request.fingerprint.clone(), ..done.clone() };
            return Ok(Obtained { request, fetch, body: None });
        }
        if let Some(known) = self.baseline.reusable(&request).filter(|known| self.is_here(known)) {
            let fetch = Fetch { outcome: FetchOutcome::Reused, ..quiet(known) };
            return Ok(Obtained { request, fetch, body: None });
        }
        if let Some(known) = self.baseline.known_missing(&request) {
            let fetch = quiet(known);
            return Ok(Obtained { request, fetch, body: None });
        }
        let known = self.baseline.with_body(&key).filter(|known| self.is_here(known)).cloned();
        let validators: Option<Validators> = known.as_ref().map(validators);
        let politeness = &self.source.spec().politeness;
        let answer = self.client.fetch(&request, politeness, validators.as_ref()).await;
        let this = Arc::clone(&self);
        blocking(move || this.keep(request, answer, known.as_ref())).await
    }

    /// Archives the body and writes the journal.
    fn keep(
        &self,
        request: Request,
        answer: Answer,
        known: Option<&Fetch>,
    ) -> Result<Obtained, CrawlError> {
        let mut fetch = ledger(&request, &answer);
        let mut body = None;
        match (answer.outcome, answer.body, known) {
            (FetchOutcome::Fetched, Some(bytes), _) => {
                let page = Page {
                    request: &request,
                    content_type: answer.content_type.as_deref(),
                    last_modified: answer.last_modified.as_deref(),
                    body: &bytes,
                };
                let masked = match archivable(self.source, &page) {
                    Cow::Borrowed(_) => None,
                    Cow::Owned(masked) => Some(masked),
                };
                fetch.body_bytes = bytes.len() as u64;
                let bytes = masked.unwrap_or(bytes);
                fetch.body_sha256 = Some(self.lake.archive().put(&bytes)?);
                fetch.fetched_at = Some(answer.checked_at);
                body = Some(bytes);
            }
            (FetchOutcome::NotModified, _, Some(known)) => {
                fetch.body_bytes = known.body_bytes;
                fetch.body_sha256 = known.body_sha256;
                fetch.fetched_at = known.fetched_at;
                fetch.etag = fetch.etag.or_else(|| known.etag.clone());
                fetch.last_modified = fetch.last_modified.or_else(|| known.last_modified.clone());
                fetch.content_type.clone_from(&known.content_type);
            }
            _ => {}
        }
        if let Some(journal) = &self.journal
            && is_answer(&request, fetch.outcome)
        {
            journal.append(&fetch)?;
        }
        Ok(Obtained { request, fetch, body })
    }

    fn is_here(&self, known: &Fetch) -> bool {
        known.body_sha256.is_some_and(|sha| self.lake.archive().path(sha).exists())
    }
}

/// The bytes that go to the archive and are then read, so that a replay sees
/// what the crawl saw. The one place where a source masks personal data.
pub(crate) fn archivable<'a>(source: &dyn Source, page: &Page<'a>) -> Cow<'a, [u8]> {
    source.redact(page)
}

/// The crawl can go on after this.
pub(crate) fn is_answer(request: &Request, outcome: FetchOutcome) -> bool {
    match outcome {
        FetchOutcome::Fetched
        | FetchOutcome::NotModified
        | FetchOutcome::Reused
        | FetchOutcome::Imported => true,
        FetchOutcome::NotFound => request.optional,
        FetchOutcome::Blocked
        | FetchOutcome::Disallowed
        | FetchOutcome::TooLarge
        | FetchOutcome::WrongKind
        | FetchOutcome::Failed => false,
    }
}

/// The bytes of an archived body.
pub(crate) fn archived(lake: &Lake, sha: Option<Sha256>) -> Result<Vec<u8>, CrawlError> {
    let sha = sha.ok_or_else(|| CrawlError::Defect("an answer without a body is read".into()))?;
    Ok(lake.archive().get(sha)?)
}

fn ledger(request: &Request, answer: &Answer) -> Fetch {
    Fetch {
        key: request.key(),
        url: request.url.to_string(),
        outcome: answer.outcome,
        attempts: answer.attempts.clone(),
        fetched_at: None,
        checked_at: answer.checked_at,
        wire_bytes: answer.wire_bytes,
        body_bytes: 0,
        body_sha256: None,
        etag: answer.etag.clone(),
        last_modified: answer.last_modified.clone(),
        content_type: answer.content_type.clone(),
        fingerprint: request.fingerprint.clone(),
        problem: answer.problem.clone(),
        duration_ms: answer.duration_ms,
    }
}

/// A fetch of an earlier run, without what was done for it then.
pub(crate) fn quiet(known: &Fetch) -> Fetch {
    Fetch { attempts: Vec::new(), wire_bytes: 0, problem: None, duration_ms: 0, ..known.clone() }
}
