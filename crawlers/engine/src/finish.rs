//! A run from its id to its manifest.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use regatta_lake::{
    FORMAT, Fetch, FetchOutcome, InProgress, Lake, LakeError, PreviousRun, RawTable, RunFailure,
    RunId, RunManifest, RunStatus, Sha256, Step, hash_file, install_dir, next_run_id,
};
use regatta_sources::Source;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::accumulate::Gathered;
use crate::baseline::Baseline;
use crate::error::blocking;
use crate::gates;
use crate::gates::Allowances;
use crate::merge::{self, Merged};
use crate::obtain::quiet;
use crate::raw_parquet::write_tables;
use crate::seen_whole::Parts;
use crate::{Clock, CrawlError};

/// A run under way.
pub(crate) struct Run {
    pub(crate) lake: Lake,
    pub(crate) source: &'static dyn Source,
    pub(crate) id: RunId,
    pub(crate) started_at: Timestamp,
    /// In the order of the plan.
    pub(crate) fetches: Vec<Fetch>,
    /// Wall time of the network.
    pub(crate) fetching: Duration,
    /// Wall time of the parser.
    pub(crate) parsing: Duration,
    /// Bytes given to the parser.
    pub(crate) parsed_bytes: u64,
    /// Keeps a sweep of the lake from what the run writes, until it is over.
    _in_progress: InProgress,
}

/// How the reading ended.
pub(crate) enum Ending {
    /// Nothing new: the data of this run stands.
    Unchanged(RunId),
    /// All pages are read.
    Read(Box<Gathered>),
    /// The source cannot be had.
    Failed(RunStatus, RunFailure),
}

impl Run {
    /// Begins a run now.
    pub(crate) async fn begin(
        lake: &Lake,
        source: &'static dyn Source,
        clock: &dyn Clock,
    ) -> Result<Self, CrawlError> {
        let started_at = clock.now();
        let lake = lake.clone();
        blocking(move || {
            let id = next_run_id(&lake, &source.spec().id, started_at)?;
            Ok(Self {
                _in_progress: lake.run_begins(&source.spec().id, &id),
                lake,
                source,
                id,
                started_at,
                fetches: Vec::new(),
                fetching: Duration::ZERO,
                parsing: Duration::ZERO,
                parsed_bytes: 0,
            })
        })
        .await
    }

    /// Holds the data against the gates, writes it, and commits the manifest
    /// as the last act.
    pub(crate) async fn finish(
        self,
        ending: Ending,
        baseline: Arc<Baseline>,
        allowances: Allowances,
        clock: Arc<dyn Clock>,
    ) -> Result<RunManifest, CrawlError> {
        let manifest = blocking(move || {
            let mut manifest = self.manifest()?;
            match ending {
                Ending::Unchanged(data_run) => {
                    manifest.status = RunStatus::Unchanged;
                    manifest.data_run_id = Some(data_run);
                }
                Ending::Failed(status, failure) => {
                    manifest.status = status;
                    manifest.failure = Some(failure);
                }
                Ending::Read(gathered) => {
                    self.accept(&mut manifest, &gathered, &baseline, &allowances)?;
                }
            }
            manifest.finished_at = clock.now();
            manifest.commit(&self.lake)?;
            Ok(manifest)
        })
        .await?;
        report(&manifest);
        Ok(manifest)
    }

    pub(crate) fn manifest(&self) -> Result<RunManifest, CrawlError> {
        let source_id = self.source.spec().id.clone();
        let previous = PreviousRun::newest(&self.lake, &source_id)?;
        let wire_bytes = self.fetches.iter().map(|f| f.wire_bytes).sum();
        Ok(RunManifest {
            format: FORMAT,
            run_id: self.id.clone(),
            source_id,
            started_at: self.started_at,
            finished_at: self.started_at,
            status: RunStatus::Failed,
            failure: None,
            data_run_id: None,
            feed_of: None,
            seen_whole_at: None,
            parser_version: self.source.spec().parser_version,
            fetches: self.fetches.clone(),
            counted: None,
            tables: Vec::new(),
            issues: Vec::new(),
            unread: Vec::new(),
            gates: Vec::new(),
            steps: vec![
                Step::took("fetch", self.fetching, 0, wire_bytes),
                Step::took("parse", self.parsing, 0, self.parsed_bytes),
            ],
            previous,
        })
    }

    fn accept(
        &self,
        manifest: &mut RunManifest,
        gathered: &Gathered,
        baseline: &Baseline,
        allowances: &Allowances,
    ) -> Result<(), CrawlError> {
        let spec = self.source.spec();
        let scratch = self.lake.scratch()?;
        let folder = scratch.path().join("raw");
        fs::create_dir(&folder).map_err(io_error("cannot create", &folder))?;
        let kept = baseline.data_run().filter(|_| allowances.partial);
        let started = Instant::now();
        let added = match kept.filter(|_| !allowances.replace) {
            Some(kept) => merge::add(self, kept, gathered, &folder)?,
            None => None,
        };
        manifest.issues = gathered.issue_counts();
        manifest.unread = gathered.unread();
        let merged = added.as_ref().map(|added| &added.rows);
        manifest.gates = gates::judge(spec, gathered, merged, baseline, allowances);
        manifest.failure = gates::failure(&manifest.gates);
        if let Some(parse) = manifest.steps.iter_mut().find(|s| s.step == "parse") {
            parse.rows = gathered.rows();
        }
        if manifest.failure.is_some() {
            manifest.status = RunStatus::Rejected;
            return Ok(());
        }
        let parts = kept.map(|kept| Parts::of(kept, baseline, spec, gathered, added.as_ref()));
        manifest.seen_whole_at = parts.as_ref().and_then(Parts::seen_whole_at);
        if let (Some(kept), Some(added)) = (kept, &added)
            && added.records == 0
            && kept.parser_version == spec.parser_version
        {
            // Every record that the files hold is served already.
            let bodies = BTreeSet::new();
            keep_fetches(manifest, still_needed(baseline.behind(), &manifest.fetches, &bodies));
            manifest.status = RunStatus::Unchanged;
            manifest.data_run_id = Some(kept.run_id.clone());
            return Ok(());
        }
        if let Some(added) = &added {
            manifest.issues.clone_from(&added.issues);
        }
        manifest.tables = self.write(gathered, added, kept, &folder)?;
        if let Some(parts) = &parts {
            parts.date(&mut manifest.tables);
            let bodies = self.bodies(&manifest.tables)?;
            keep_fetches(manifest, still_needed(baseline.behind(), &manifest.fetches, &bodies));
        }
        let rows = manifest.tables.iter().map(|t| t.rows).sum();
        let bytes = manifest.tables.iter().map(|t| t.bytes).sum();
        manifest.steps.push(Step::took("write", started.elapsed(), rows, bytes));
        manifest.status = RunStatus::Ok;
        manifest.data_run_id = Some(self.id.clone());
        Ok(())
    }

    /// The bodies that rows of these tables are from.
    fn bodies(&self, tables: &[RawTable]) -> Result<BTreeSet<String>, CrawlError> {
        let mut bodies = BTreeSet::new();
        for table in tables.iter().filter(|t| !t.name.starts_with('_')) {
            bodies.extend(merge::bodies_of(&self.lake.root().join(&table.path))?);
        }
        Ok(bodies)
    }

    /// Writes what was read beside the tables that were `added` to, and copies
    /// the tables of `kept` that it does not replace: each row of these says
    /// itself which run and bytes it is from.
    fn write(
        &self,
        gathered: &Gathered,
        added: Option<Merged>,
        kept: Option<&RunManifest>,
        folder: &Path,
    ) -> Result<Vec<RawTable>, CrawlError> {
        let source_id = &self.source.spec().id;
        let target = self.lake.raw_dir(source_id, &self.id);
        let mut tables = added.map(|added| added.tables).unwrap_or_default();
        let there: BTreeSet<String> = tables.iter().map(|t| t.name.clone()).collect();
        let already = |table: &str| there.contains(table);
        for written in write_tables(folder, source_id, &self.id, gathered, already)? {
            let (sha256, bytes) = hash_file(&written.file)?;
            let name = written.file.file_name().unwrap_or_default();
            tables.push(RawTable {
                name: written.table,
                path: self.lake.relative(&target.join(name)),
                rows: written.rows,
                columns: written.columns,
                new_columns: written.new_columns,
                bytes,
                sha256,
                seen_whole_at: None,
            });
        }
        for table in kept.iter().flat_map(|run| &run.tables) {
            let issues = table.name.starts_with('_');
            if issues || tables.iter().any(|t| t.name == table.name) {
                continue;
            }
            let name = format!("{}.parquet", table.name);
            let (from, to) = (self.lake.root().join(&table.path), folder.join(&name));
            fs::copy(&from, &to).map_err(io_error("cannot copy", &from))?;
            let path = self.lake.relative(&target.join(name));
            tables.push(RawTable { path, ..table.clone() });
        }
        install_raw(folder, &target)?;
        Ok(tables)
    }
}

/// Gives a finished folder of raw tables its place.
pub(crate) fn install_raw(folder: &Path, target: &Path) -> Result<(), CrawlError> {
    if target.exists() {
        // Left by a process that was killed before its manifest: that run
        // never happened.
        fs::remove_dir_all(target).map_err(io_error("cannot remove", target))?;
    }
    install_dir(folder, target)?;
    Ok(())
}

/// The earlier fetches whose bodies are still behind rows: all that the run did
/// not make anew, and of those that it did, the ones whose `bodies` rows are from.
fn still_needed(behind: &[Fetch], own: &[Fetch], bodies: &BTreeSet<String>) -> Vec<Fetch> {
    let replaced: BTreeSet<&str> = own.iter().map(|f| f.key.as_str()).collect();
    let mut seen: BTreeSet<_> = own.iter().map(|f| (&f.key, f.body_sha256)).collect();
    behind
        .iter()
        // Oldest first, so that the newest stands for its key. A body that a
        // feed or a file of the same name replaced may be behind other rows.
        .rev()
        .filter(|f| {
            let is_behind = |sha: Sha256| {
                !replaced.contains(f.key.as_str()) || bodies.contains(&String::from(sha))
            };
            f.body_sha256.is_some_and(is_behind)
        })
        .filter(|f| seen.insert((&f.key, f.body_sha256)))
        // Nothing was sent for them this time.
        .map(|f| Fetch { outcome: FetchOutcome::Reused, ..quiet(f) })
        .collect()
}

/// Before those of the run itself, which stand for their keys.
fn keep_fetches(manifest: &mut RunManifest, needed: Vec<Fetch>) {
    manifest.fetches.splice(0..0, needed);
}

/// One line per run; a failure is logged here and nowhere else.
pub(crate) fn report(manifest: &RunManifest) {
    let status = manifest.status.code();
    let source_id = manifest.source_id.as_str();
    let run_id = manifest.run_id.as_str();
    let (requests, wire_bytes) = (manifest.requests(), manifest.wire_bytes());
    if let Some(failure) = &manifest.failure {
        let url = manifest.fetches.last().map(|f| f.url.as_str());
        let (what, reason) = (&failure.what, &failure.reason);
        warn!(
            source_id,
            run_id, status, url, requests, what, reason, "the source was not refreshed"
        );
    } else {
        let rows = manifest.rows();
        info!(source_id, run_id, status, rows, requests, wire_bytes, "the source was refreshed");
        let imported = manifest.fetches.iter().any(|f| f.outcome == FetchOutcome::Imported);
        for gate in manifest.gates.iter().filter(|g| imported && g.verdict == "warned") {
            let (gate, table, detail) = (&gate.gate, &gate.table, &gate.detail);
            warn!(source_id, run_id, gate, table, detail, "imported, with a doubt");
        }
    }
}

pub(crate) fn io_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(std::io::Error) -> LakeError {
    let path = path.to_owned();
    move |source| LakeError::Io { action, path, source }
}
