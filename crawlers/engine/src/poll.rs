//! A poll of a feed of changes: what it names is fetched and merged into the
//! tables that are served.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::tz::TimeZone;
use regatta_lake::{Fetch, FetchOutcome, PreviousRun, RunFailure, RunManifest, RunStatus, Step};
use regatta_sources::{Request, Source, Window};
use tokio::time::Instant;

use crate::accumulate::Gathered;
use crate::baseline::Baseline;
use crate::crawl::{reason, status_of};
use crate::error::blocking;
use crate::feed_state::FeedState;
use crate::finish::{Run, install_raw, report};
use crate::merge::{Merged, merge};
use crate::obtain::{Obtainer, is_answer};
use crate::{CrawlError, Crawler, gates};

/// What a poll came to.
#[derive(Debug)]
pub enum Poll {
    /// There is no feed, or no good crawl by this version of the parser to
    /// build on.
    NotYet,
    /// Nothing is new.
    Unchanged,
    /// A run with the changed records in the tables of the run before.
    Changed {
        /// Its manifest.
        manifest: Box<RunManifest>,
        /// Records that are new or different.
        records: u64,
    },
    /// The feed, or what it leads to, cannot be had or is not what it should
    /// be. What is served stays as it is.
    Failed(RunStatus, RunFailure),
}

impl Crawler {
    /// Asks the feed of `source` for what changed since its last good crawl.
    /// Rows of a record that the feed names replace those of the same record;
    /// no other row is touched, and none vanishes. A change makes a run that
    /// names the run it builds on. The caller sees to it that the source is
    /// not crawled at the same time.
    ///
    /// # Errors
    /// When the lake cannot be used, or the poll was cancelled.
    pub async fn poll(&self, source: &'static dyn Source) -> Result<Poll, CrawlError> {
        let spec = source.spec();
        let run = Run::begin(&self.lake, source, &*self.options.clock).await?;
        let lake = self.lake.clone();
        let (baseline, mut state) = blocking(move || {
            let spec = source.spec();
            let baseline = Baseline::load(&lake, &spec.id)?;
            let mut state = FeedState::load(&lake, &spec.id)?;
            let crawl = baseline.last_good().map(|r| r.run_id.clone());
            if state.after != crawl {
                state.fetches.clear();
            }
            state.after = crawl;
            Ok((baseline, state))
        })
        .await?;
        let ready = baseline.served_by(spec.parser_version).is_some()
            && baseline.data_run().is_some_and(|r| r.parser_version == spec.parser_version);
        if spec.feed.is_none() || !ready {
            return Ok(Poll::NotYet);
        }
        let baseline = Arc::new(baseline.with_newer(state.fetches.iter().cloned()));
        let now = run.started_at;
        let mut walk = Walk::new(self, source, Arc::clone(&baseline), run);
        let ended = walk.read_all(&state.fetches).await?;
        state.polled_at = Some(now);
        let poll = match ended {
            Ended::Failed(status, failure) => Poll::Failed(status, failure),
            Ended::Same => Poll::Unchanged,
            Ended::Read => self.conclude(source, walk, baseline, &mut state).await?,
        };
        if let Poll::Failed(status, failure) = &poll {
            (state.status, state.failure) = (Some(*status), Some(failure.clone()));
            state.failures_in_a_row = state.failures_in_a_row.saturating_add(1);
        } else {
            (state.status, state.failure, state.failures_in_a_row) = (None, None, 0);
            state.good_at = Some(now);
        }
        let lake = self.lake.clone();
        blocking(move || Ok(state.save(&lake, &source.spec().id)?)).await?;
        Ok(poll)
    }

    /// Merges what was read, holds the result against the gates and makes a run
    /// of it, if anything is different.
    async fn conclude(
        &self,
        source: &'static dyn Source,
        walk: Walk<'_>,
        baseline: Arc<Baseline>,
        state: &mut FeedState,
    ) -> Result<Poll, CrawlError> {
        let Walk { run, gathered, .. } = walk;
        let fetches = run.fetches.clone();
        let (allowances, clock) = (self.allowances(), Arc::clone(&self.options.clock));
        let poll = blocking(move || {
            let spec = source.spec();
            let (Some(base), Some(feed)) = (baseline.data_run(), &spec.feed) else {
                return Ok(Poll::NotYet);
            };
            let scratch = run.lake.scratch()?;
            let started = Instant::now();
            let Merged { tables, rows, records, issues, .. } =
                merge(&run, base, &feed.record, &gathered, scratch.path())?;
            if records == 0 {
                return Ok(Poll::Unchanged);
            }
            let mut manifest = run.manifest()?;
            manifest.gates = gates::judge_feed(spec, &gathered, &rows, &baseline, &allowances);
            if let Some(failure) = gates::failure(&manifest.gates) {
                return Ok(Poll::Failed(RunStatus::Rejected, failure));
            }
            manifest.status = RunStatus::Ok;
            manifest.feed_of = Some(base.run_id.clone());
            manifest.data_run_id = Some(run.id.clone());
            manifest.issues = issues;
            manifest.unread = gathered.unread();
            let written = tables.iter().map(|t| t.rows).sum();
            let bytes = tables.iter().map(|t| t.bytes).sum();
            manifest.tables = tables;
            manifest.steps.push(Step::took("merge", started.elapsed(), written, bytes));
            manifest.previous = PreviousRun::newest(&run.lake, &spec.id)?;
            install_raw(&scratch.path().join("raw"), &run.lake.raw_dir(&spec.id, &run.id))?;
            manifest.finished_at = clock.now();
            manifest.commit(&run.lake)?;
            report(&manifest);
            Ok(Poll::Changed { manifest: Box::new(manifest), records })
        })
        .await?;
        if !matches!(poll, Poll::Failed(..)) {
            state.fetches.retain(|known| fetches.iter().all(|f| f.key != known.key));
            state.fetches.extend(fetches);
        }
        Ok(poll)
    }
}

/// A poll under way.
struct Walk<'a> {
    crawler: &'a Crawler,
    obtainer: Arc<Obtainer>,
    run: Run,
    gathered: Box<Gathered>,
    queue: VecDeque<(Request, usize)>,
    seen: BTreeSet<String>,
}

enum Ended {
    /// The feed says what it said before.
    Same,
    /// All that it leads to is read.
    Read,
    Failed(RunStatus, RunFailure),
}

impl<'a> Walk<'a> {
    fn new(
        crawler: &'a Crawler,
        source: &'static dyn Source,
        baseline: Arc<Baseline>,
        run: Run,
    ) -> Self {
        let window =
            Window { today: run.started_at.to_zoned(TimeZone::UTC).date(), since: baseline.day() };
        let mut walk = Self {
            crawler,
            obtainer: Arc::new(Obtainer {
                client: Arc::clone(&crawler.client),
                lake: crawler.lake.clone(),
                source,
                baseline,
                journal: None,
            }),
            run,
            gathered: Box::default(),
            queue: VecDeque::new(),
            seen: BTreeSet::new(),
        };
        walk.plan(source.feed_seeds(&window), 0);
        walk
    }

    fn plan(&mut self, requests: Vec<Request>, depth: usize) {
        for request in requests {
            if self.seen.insert(request.key()) {
                self.queue.push_back((request, depth));
            }
        }
    }

    /// One request after the other: a feed leads to few, and is asked often.
    async fn read_all(&mut self, known: &[Fetch]) -> Result<Ended, CrawlError> {
        let mut news = false;
        while let Some((request, depth)) = self.queue.pop_front() {
            let cancel = &self.crawler.options.cancel;
            let waiting = Instant::now();
            let obtained = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(CrawlError::Cancelled),
                obtained = Arc::clone(&self.obtainer).obtain(request) => obtained?,
            };
            self.run.fetching += waiting.elapsed();
            let fetch = obtained.fetch.clone();
            self.run.fetches.push(fetch.clone());
            if !is_answer(&obtained.request, fetch.outcome) {
                let what = format!("fetch {}", fetch.url);
                let failure = RunFailure { what, reason: reason(&fetch) };
                return Ok(Ended::Failed(status_of(fetch.outcome), failure));
            }
            // What an entry of the feed led to when it said the same is in the
            // tables already, or a later crawl knows better.
            if depth == 1 && fetch.outcome == FetchOutcome::Reused {
                continue;
            }
            news |= depth > 0 || !known.iter().any(|k| same(k, &fetch));
            if fetch.body_sha256.is_none() {
                continue;
            }
            match self.run.read(obtained, &mut self.gathered).await? {
                Ok(follow_ups) => self.plan(follow_ups, depth + 1),
                Err(failure) => return Ok(Ended::Failed(RunStatus::Malformed, failure)),
            }
        }
        Ok(if news { Ended::Read } else { Ended::Same })
    }
}

fn same(known: &Fetch, fetch: &Fetch) -> bool {
    known.key == fetch.key && known.body_sha256.is_some() && known.body_sha256 == fetch.body_sha256
}
