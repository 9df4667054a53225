//! What the last good run left: validators, bodies, rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regatta_lake::{Fetch, FetchOutcome, Lake, LakeError, RunId, RunManifest, SourceId, history};
use regatta_sources::Request;

use crate::Validators;

/// The last good run of a source, and the run whose tables are served.
#[derive(Default)]
pub(crate) struct Baseline {
    last_good: Option<RunManifest>,
    data_run: Option<RunManifest>,
    /// The fetches of the last good run, by key.
    fetches: BTreeMap<String, Fetch>,
    /// The raw tables of the data run are where they should be.
    has_tables: bool,
}

impl Baseline {
    /// Reads the history of a source.
    pub(crate) fn load(lake: &Lake, source: &SourceId) -> Result<Self, LakeError> {
        let history = history(lake, source)?;
        let last_good = history.last_good().cloned();
        let data_run = history.data_run().cloned();
        let fetches = last_good
            .iter()
            .flat_map(|run| &run.fetches)
            .map(|fetch| (fetch.key.clone(), fetch.clone()))
            .collect();
        let has_tables =
            data_run.as_ref().is_some_and(|run| lake.raw_dir(source, &run.run_id).is_dir());
        Ok(Self { last_good, data_run, fetches, has_tables })
    }

    /// Day of the last good run.
    pub(crate) fn day(&self) -> Option<Date> {
        self.last_good.as_ref().map(|run| run.started_at.to_zoned(TimeZone::UTC).date())
    }

    /// End of the last good run.
    pub(crate) fn finished_at(&self) -> Option<Timestamp> {
        self.last_good.as_ref().map(|run| run.finished_at)
    }

    /// The run whose raw tables are served, if this version of the parser read
    /// them and they are still there.
    pub(crate) fn served_by(&self, parser_version: u32) -> Option<&RunId> {
        let run = self.data_run.as_ref()?;
        (self.has_tables && run.parser_version == parser_version).then_some(&run.run_id)
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
        let fetch = self.fetches.get(&request.key())?;
        let same = request.fingerprint.is_some() && fetch.fingerprint == request.fingerprint;
        (same && request.optional && fetch.outcome == FetchOutcome::NotFound).then_some(fetch)
    }

    /// The fetch of the last good run that brought a body for `key`.
    pub(crate) fn with_body(&self, key: &str) -> Option<&Fetch> {
        self.fetches.get(key).filter(|fetch| fetch.body_sha256.is_some())
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
