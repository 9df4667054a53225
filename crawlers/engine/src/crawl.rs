//! The crawl of one source, from its seeds to its manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use regatta_lake::{Fetch, FetchOutcome, Lake, RunFailure, RunManifest, RunStatus};
use regatta_sources::{Source, Window};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::info;

use crate::accumulate::Gathered;
use crate::baseline::Baseline;
use crate::error::blocking;
use crate::finish::{Ending, Run};
use crate::gates::Allowances;
use crate::journal::{Journal, Usable};
use crate::obtain::{Obtained, Obtainer, is_answer};
use crate::plan::Plan;
use crate::{Clock, CrawlError, HttpClient, NetworkConfig, NoProgress, ProgressSink, SystemClock};

/// What a caller may set for all crawls.
#[derive(Clone)]
pub struct CrawlOptions {
    /// Time of day.
    pub clock: Arc<dyn Clock>,
    /// Is told how it goes.
    pub progress: Arc<dyn ProgressSink>,
    /// Stops all crawls: no manifest is written, the journals stay.
    pub cancel: CancellationToken,
    /// Feeds the jitter of retries.
    pub jitter_seed: u64,
    /// Accepts a loss of rows that the shrink gate would refuse.
    pub accept_shrink: bool,
    /// An import takes the place of the tables that it would add to: for a full
    /// export.
    pub import_replaces: bool,
    /// Replaces the least number of rows of the catalogue, by source and table:
    /// for a mirror or a test site that holds an extract.
    pub min_rows: BTreeMap<(String, String), u64>,
}

impl Default for CrawlOptions {
    fn default() -> Self {
        let nanosecond = jiff::Timestamp::now().subsec_nanosecond();
        Self {
            clock: Arc::new(SystemClock),
            progress: Arc::new(NoProgress),
            cancel: CancellationToken::new(),
            jitter_seed: u64::from(nanosecond.unsigned_abs()),
            accept_shrink: false,
            import_replaces: false,
            min_rows: BTreeMap::new(),
        }
    }
}

/// Crawls sources into a lake. One crawler for all sources, so that sources on
/// one host share its pace. The caller holds the lake's writer lock.
pub struct Crawler {
    pub(crate) lake: Lake,
    pub(crate) options: CrawlOptions,
    pub(crate) client: Arc<HttpClient>,
    config: NetworkConfig,
}

impl Crawler {
    /// A crawler that writes to `lake`.
    ///
    /// # Errors
    /// [`CrawlError::Config`] when the settings cannot be used.
    pub fn new(
        lake: Lake,
        config: NetworkConfig,
        options: CrawlOptions,
    ) -> Result<Self, CrawlError> {
        let clock = Arc::clone(&options.clock);
        let robots = Some(lake.robots_dir());
        let client = HttpClient::new(config.clone(), robots, clock, options.jitter_seed)?;
        Ok(Self { lake, options, client: Arc::new(client), config })
    }

    /// Tells the hosts of these sources how gently they are to be treated.
    /// To be called before crawling several sources side by side.
    pub fn announce(&self, sources: &[&'static dyn Source]) {
        for source in sources {
            self.client.announce(source.spec());
        }
    }

    /// Crawls `source`. A regulator that fails, blocks or serves something else
    /// than expected is a run like any other: its manifest says so, and the
    /// data of earlier runs stays as it is.
    ///
    /// # Errors
    /// When there is no manifest: cancelled, or the lake cannot be used.
    pub async fn crawl(&self, source: &'static dyn Source) -> Result<RunManifest, CrawlError> {
        let spec = source.spec();
        let run = Run::begin(&self.lake, source, &*self.options.clock).await?;
        self.options.progress.started(&spec.id, &run.id);
        let (baseline, journal) = self.past(source, &run).await?;
        let taken_up = journal.len();
        if taken_up > 0 {
            let (source_id, run_id) = (spec.id.as_str(), run.id.as_str());
            info!(source_id, run_id, taken_up, "an interrupted crawl goes on");
        }
        let mut work = Work {
            crawler: self,
            source,
            obtainer: Arc::new(Obtainer {
                client: Arc::clone(&self.client),
                lake: self.lake.clone(),
                source,
                baseline: Arc::clone(&baseline),
                journal: Some(Arc::clone(&journal)),
            }),
            baseline: Arc::clone(&baseline),
            run,
            wire_bytes: 0,
            gathered: Box::default(),
        };
        let (ending, refused) = work.gather().await?;
        let clock = Arc::clone(&self.options.clock);
        let accept = self.allowances();
        let manifest = work.run.finish(ending, baseline, accept, clock).await?;
        match (manifest.status, refused) {
            // Rejected data is asked for anew: the next answer may be complete.
            (RunStatus::Ok | RunStatus::Unchanged | RunStatus::Rejected, _) => journal.remove()?,
            (_, Some(key)) => journal.forget(&key)?,
            _ => {}
        }
        self.options.progress.finished(&manifest);
        Ok(manifest)
    }

    /// What the caller lets pass.
    pub(crate) fn allowances(&self) -> Allowances {
        Allowances {
            shrink: self.options.accept_shrink,
            partial: false,
            replace: self.options.import_replaces,
            min_rows: self.options.min_rows.clone(),
        }
    }

    /// What the last good run and an interrupted crawl left.
    async fn past(
        &self,
        source: &'static dyn Source,
        run: &Run,
    ) -> Result<(Arc<Baseline>, Arc<Journal>), CrawlError> {
        let (lake, now) = (self.lake.clone(), run.started_at);
        let max_age = SignedDuration::from_hours(self.config.resume_max_age_hours.into());
        blocking(move || {
            let spec = source.spec();
            let baseline = Baseline::load(&lake, &spec.id)?;
            let usable = Usable { max_age, now, after: baseline.finished_at() };
            let journal = Journal::open(&lake, &spec.id, spec.parser_version, usable)?;
            Ok((Arc::new(baseline), Arc::new(journal)))
        })
        .await
    }
}

/// A crawl under way.
struct Work<'a> {
    crawler: &'a Crawler,
    source: &'static dyn Source,
    obtainer: Arc<Obtainer>,
    baseline: Arc<Baseline>,
    run: Run,
    wire_bytes: u64,
    gathered: Box<Gathered>,
}

impl Work<'_> {
    /// Asks and reads until nothing is left to ask. Answers are handled in the
    /// order of the plan, whichever comes first, so that two crawls of the same
    /// bytes do the same. With the ending comes the key of the request whose
    /// body was refused by the parser.
    async fn gather(&mut self) -> Result<(Ending, Option<String>), CrawlError> {
        let spec = self.source.spec();
        let window = Window {
            today: self.run.started_at.to_zoned(TimeZone::UTC).date(),
            since: self.baseline.day(),
        };
        let mut plan = Plan::new(self.source.seeds(&window));
        let served = self.baseline.served_by(spec.parser_version).cloned();
        // Without follow-ups last time there is nothing to be found by reading
        // the same bytes again.
        let mut may_skip = served.is_some() && self.baseline.asked_exactly(plan.keys());
        let mut all_same = true;
        let mut unread = Vec::new();
        let mut flight = FuturesOrdered::new();
        loop {
            while flight.len() < self.crawler.config.concurrency(&spec.politeness)
                && let Some(request) = plan.next()
            {
                let task = tokio::spawn(Arc::clone(&self.obtainer).obtain(request));
                flight.push_back(AbortOnDropHandle::new(task));
            }
            let waiting = Instant::now();
            let next = tokio::select! {
                biased;
                () = self.crawler.options.cancel.cancelled() => return Err(CrawlError::Cancelled),
                next = flight.next() => next,
            };
            self.run.fetching += waiting.elapsed();
            let Some(joined) = next else { break };
            let obtained = joined.map_err(|e| CrawlError::Defect(e.to_string()))??;
            if let Some(ending) = self.note(&obtained, plan.keys().len()) {
                return Ok((ending, None));
            }
            all_same &= self.baseline.same(&obtained.fetch);
            may_skip &= all_same;
            if obtained.fetch.body_sha256.is_some() {
                unread.push(obtained);
            }
            if may_skip {
                continue;
            }
            for obtained in unread.drain(..) {
                let key = obtained.fetch.key.clone();
                match self.read(obtained).await? {
                    Ok(follow_ups) => plan.add(follow_ups),
                    Err(ending) => return Ok((ending, Some(key))),
                }
            }
        }
        let same = all_same && self.baseline.asked_exactly(plan.keys());
        Ok(match served {
            Some(data_run) if same => (Ending::Unchanged(data_run), None),
            _ => (Ending::Read(std::mem::take(&mut self.gathered)), None),
        })
    }

    /// Enters an answer in the ledger; gives the ending where it is none.
    fn note(&mut self, obtained: &Obtained, known: usize) -> Option<Ending> {
        let fetch = &obtained.fetch;
        self.run.fetches.push(fetch.clone());
        let (done, known) = (self.run.fetches.len() as u64, known as u64);
        let source_id = &self.source.spec().id;
        self.wire_bytes += fetch.wire_bytes;
        self.crawler.options.progress.fetched(source_id, done, known, self.wire_bytes);
        if is_answer(&obtained.request, fetch.outcome) {
            return None;
        }
        Some(Ending::Failed(
            status_of(fetch.outcome),
            RunFailure { what: format!("fetch {}", fetch.url), reason: reason(fetch) },
        ))
    }

    /// Reads one body, and what it asks for next.
    async fn read(
        &mut self,
        obtained: Obtained,
    ) -> Result<Result<Vec<regatta_sources::Request>, Ending>, CrawlError> {
        Ok(match self.run.read(obtained, &mut self.gathered).await? {
            Ok(follow_ups) => {
                let rows = self.gathered.rows();
                self.crawler.options.progress.parsed(&self.source.spec().id, rows);
                Ok(follow_ups)
            }
            Err(failure) => Err(Ending::Failed(RunStatus::Malformed, failure)),
        })
    }
}

pub(crate) fn status_of(outcome: FetchOutcome) -> RunStatus {
    match outcome {
        FetchOutcome::Blocked | FetchOutcome::Disallowed => RunStatus::Blocked,
        FetchOutcome::NotFound => RunStatus::NotFound,
        FetchOutcome::TooLarge | FetchOutcome::WrongKind => RunStatus::Malformed,
        _ => RunStatus::Failed,
    }
}

pub(crate) fn reason(fetch: &Fetch) -> String {
    fetch.problem.clone().unwrap_or_else(|| "no reason given".to_owned())
}
