//! What the last good run left: validators, bodies, rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regatta_lake::{
    Fetch, FetchOutcome, Lake, LakeError, RawTable, RunId, RunManifest, SourceId, history,
};
use regatta_sources::Request;

use crate::Validators;

/// The last good crawl of a source, what polls of its feed brought since, and
/// the run whose tables are served.
#[derive(Default)]
pub(crate) struct Baseline {
    /// The last good crawl; polls of a feed are none.
    last_good: Option<RunManifest>,
    /// The run whose tables hold its data.
    crawled: Option<RunManifest>,
    /// The run whose tables are served: that one, or a later poll of the feed.
    data_run: Option<RunManifest>,
    /// The fetches of the last good crawl, by key.
    fetches: BTreeMap<String, Fetch>,
    /// What polls of the feed fetched since then, by key.
    newer: BTreeMap<String, Fetch>,
    /// Every fetch that may be behind rows that are served.
    behind: Vec<Fetch>,
    /// The raw tables of `crawled` are where they should be.
    has_crawled: bool,
    /// The raw tables of `data_run` are where they should be.
    has_tables: bool,
}

impl Baseline {
    /// Reads the history of a source.
    pub(crate) fn load(lake: &Lake, source: &SourceId) -> Result<Self, LakeError> {
        let history = history(lake, source)?;
        let last_good = history.last_good_crawl();
        let data_run = history.data_run();
        let data_id = last_good.and_then(|run| run.data_run_id.as_ref());
        let crawled = history.runs.iter().rev().find(|r| Some(&r.run_id) == data_id);
        let by_key = |run: &RunManifest| -> Vec<(String, Fetch)> {
            run.fetches.iter().map(|fetch| (fetch.key.clone(), fetch.clone())).collect()
        };
        let since = |run: &&RunManifest| {
            run.is_feed()
                && run.status.is_good()
                && last_good.is_some_and(|l| run.run_id > l.run_id)
        };
        let here = |run: &RunManifest| lake.raw_dir(source, &run.run_id).is_dir();
        let chain = data_run.map(|run| history.with_bases(run)).unwrap_or_default();
        Ok(Self {
            fetches: last_good.into_iter().flat_map(by_key).collect(),
            newer: history.runs.iter().filter(since).flat_map(by_key).collect(),
            behind: chain.into_iter().flat_map(|run| run.fetches.clone()).collect(),
            has_crawled: crawled.is_some_and(here),
            has_tables: data_run.is_some_and(here),
            crawled: crawled.cloned(),
            data_run: data_run.cloned(),
            last_good: last_good.cloned(),
        })
    }

    /// Adds what polls fetched that changed nothing, and so made no run.
    pub(crate) fn with_newer(mut self, fetches: impl IntoIterator<Item = Fetch>) -> Self {
        self.newer.extend(fetches.into_iter().map(|fetch| (fetch.key.clone(), fetch)));
        self
    }

    /// The last good crawl.
    pub(crate) fn last_good(&self) -> Option<&RunManifest> {
        self.last_good.as_ref()
    }

    /// Every fetch that may be behind rows that are served, newest run first.
    pub(crate) fn behind(&self) -> &[Fetch] {
        &self.behind
    }

    /// Day of the last good run.
    pub(crate) fn day(&self) -> Option<Date> {
        self.last_good.as_ref().map(|run| run.started_at.to_zoned(TimeZone::UTC).date())
    }

    /// End of the last good run.
    pub(crate) fn finished_at(&self) -> Option<Timestamp> {
        self.last_good.as_ref().map(|run| run.finished_at)
    }

    /// The run that holds the data of the last good crawl, if this version of the
    /// parser read it and it is still there.
    pub(crate) fn served_by(&self, parser_version: u32) -> Option<&RunId> {
        let run = self.crawled.as_ref()?;
        (self.has_crawled && run.parser_version == parser_version).then_some(&run.run_id)
    }

    /// The last good run asked exactly this.
    pub(crate) fn asked_exactly(&self, keys: &BTreeSet<String>) -> bool {
        self.last_good.is_some() && self.fetches.keys().eq(keys)
    }

    /// The fetch of the last good run whose body may stand for `request`
    /// without asking: the list row that leads to it is the same.
    pub(crate) fn reusable(&self, request: &Request) -> Option<&Fetch> {
        let fetch = self.with_body(&request.key())?;
        (request.fingerprint.is_some() && fetch.fingerprint == request.fingerprint).then_some(fetch)
    }

    /// The fetch of the last good run that found nothing where `request` asks,
    /// while the list row that leads to it is the same: not asked again.
    pub(crate) fn known_missing(&self, request: &Request) -> Option<&Fetch> {
        let fetch = self.known(&request.key())?;
        let same = request.fingerprint.is_some() && fetch.fingerprint == request.fingerprint;
        (same && request.optional && fetch.outcome == FetchOutcome::NotFound).then_some(fetch)
    }

    /// The fetch of the last good run that brought a body for `key`.
    pub(crate) fn with_body(&self, key: &str) -> Option<&Fetch> {
        self.known(key).filter(|fetch| fetch.body_sha256.is_some())
    }

    fn known(&self, key: &str) -> Option<&Fetch> {
        self.newer.get(key).or_else(|| self.fetches.get(key))
    }

    /// `fetch` says what the last good run said.
    pub(crate) fn same(&self, fetch: &Fetch) -> bool {
        self.fetches.get(&fetch.key).is_some_and(|known| {
            known.body_sha256 == fetch.body_sha256
                && (known.body_sha256.is_some() || fetch.outcome == FetchOutcome::NotFound)
        })
    }

    /// The run whose tables are served, if they are where they should be.
    pub(crate) fn data_run(&self) -> Option<&RunManifest> {
        self.data_run.as_ref().filter(|_| self.has_tables)
    }

    /// When a table that is served was last seen whole.
    pub(crate) fn seen_whole(&self, table: &RawTable) -> Option<Timestamp> {
        let (last, data) = (self.last_good.as_ref()?, self.data_run.as_ref()?);
        // A run that found nothing new has no tables of its own, and a poll of a
        // feed saw none of them whole.
        let own = last.run_id == data.run_id;
        Some(if own { table.seen_whole_at.unwrap_or(data.finished_at) } else { last.seen_whole() })
    }

    /// Rows of a table that is served now.
    pub(crate) fn rows(&self, table: &str) -> Option<u64> {
        let run = self.data_run.as_ref()?;
        run.tables.iter().find(|t| t.name == table).map(|t| t.rows)
    }
}

/// The validators of a fetch.
pub(crate) fn validators(fetch: &Fetch) -> Validators {
    Validators { etag: fetch.etag.clone(), last_modified: fetch.last_modified.clone() }
}
