//! The tables `source`, `run` and `fetch`: how the data came to be. They are
//! rewritten after every run, whether or not it published anything.

use std::fs;

use jiff::Timestamp;
use polars::prelude::*;
use regatta_lake::{
    CatalogueEntry, Lake, RunId, RunManifest, SourceHistory, WriterLock, hash_file, history,
};

use crate::columns::Columns;
use crate::error::InTable;
use crate::{TransformError, tables};

/// Writes the ledger tables for the sources of the catalogue. Returns whether
/// anything is different from before.
///
/// # Errors
/// When the lake cannot be read or written.
pub fn write_ledger(
    lake: &Lake,
    catalogue: &[CatalogueEntry],
    lock: &WriterLock,
) -> Result<bool, TransformError> {
    lock.check(lake)?;
    let mut histories = Vec::new();
    for entry in catalogue {
        histories.push((entry, history(lake, &entry.source_id)?));
    }
    let scratch = lake.scratch()?;
    let staged = scratch.path();
    tables::write(source(&histories).in_table("source")?, "source", None, staged)?;
    tables::write(run(&histories).in_table("run")?, "run", None, staged)?;
    tables::write(fetch(&histories).in_table("fetch")?, "fetch", None, staged)?;
    let ledger = lake.ledger_dir();
    lake.make_dir(&ledger)?;
    let mut changed = false;
    for name in regatta_lake::schema::LEDGER {
        let file = format!("{name}.parquet");
        let (from, to) = (staged.join(&file), ledger.join(&file));
        if to.exists() && hash_file(&from)? == hash_file(&to)? {
            continue;
        }
        changed = true;
        let bytes =
            fs::read(&from).map_err(|source| TransformError::Io { path: from.clone(), source })?;
        regatta_lake::write_noted(&to, &bytes)?;
    }
    Ok(changed)
}

type Histories<'a> = [(&'a CatalogueEntry, SourceHistory)];

fn source(histories: &Histories<'_>) -> PolarsResult<DataFrame> {
    let of = |pick: fn(&CatalogueEntry) -> &str| histories.iter().map(move |h| Some(pick(h.0)));
    let last = || histories.iter().map(|h| h.1.last_crawl());
    Columns::default()
        .text("source_id", of(|e| e.source_id.as_str()))
        .text("title", of(|e| &e.title))
        .text("publisher", of(|e| &e.publisher))
        .text("country", of(|e| &e.country))
        .text("homepage", of(|e| &e.homepage))
        .text("licence", of(|e| &e.licence))
        .text("attribution", of(|e| &e.attribution))
        .text("cron", of(|e| &e.cron))
        .text("time_zone", of(|e| &e.time_zone))
        .int("max_age_hours", histories.iter().map(|h| i64::from(h.0.max_age_hours)))
        .text("last_run_status", last().map(|r| r.map(|r| r.status.code())))
        .text("last_run_id", last().map(|r| r.map(|r| r.run_id.as_str())))
        .instant(
            "last_success_at",
            histories.iter().map(|h| h.1.seen_whole().map(Timestamp::as_millisecond)),
        )?
        .text("data_run_id", histories.iter().map(|h| h.1.data_run().map(|r| r.run_id.as_str())))
        .int("rows", histories.iter().map(|h| h.1.data_run().map_or(0, |r| int(r.rows()))))
        .text("problem", last().map(|r| r.and_then(problem)))
        .frame()
}

fn run(histories: &Histories<'_>) -> PolarsResult<DataFrame> {
    let runs: Vec<&RunManifest> = histories.iter().flat_map(|h| &h.1.runs).collect();
    Columns::default()
        .text("source_id", runs.iter().map(|r| Some(r.source_id.as_str())))
        .text("run_id", runs.iter().map(|r| Some(r.run_id.as_str())))
        .instant("started_at", runs.iter().map(|r| Some(r.started_at.as_millisecond())))?
        .instant("finished_at", runs.iter().map(|r| Some(r.finished_at.as_millisecond())))?
        .text("status", runs.iter().map(|r| Some(r.status.code())))
        .text("problem", runs.iter().map(|r| problem(r)))
        .text("data_run_id", runs.iter().map(|r| r.data_run_id.as_ref().map(RunId::as_str)))
        .int("requests", runs.iter().map(|r| int(r.requests())))
        .int("wire_bytes", runs.iter().map(|r| int(r.wire_bytes())))
        .int("rows", runs.iter().map(|r| int(r.rows())))
        .int("issues", runs.iter().map(|r| int(r.issues.iter().map(|i| i.count).sum())))
        .frame()
}

/// Requests of the last run and of the run whose data is served: enough to
/// trace every row, without the weight of all history.
fn fetch(histories: &Histories<'_>) -> PolarsResult<DataFrame> {
    let mut rows = Vec::new();
    for (_, history) in histories {
        let mut runs: Vec<&RunManifest> =
            history.data_run().map(|run| history.with_bases(run)).unwrap_or_default();
        runs.extend(history.last().filter(|last| runs.iter().all(|r| r.run_id != last.run_id)));
        rows.extend(
            runs.into_iter().flat_map(|r| r.fetches.iter().zip(1..).map(move |(f, n)| (r, n, f))),
        );
    }
    Columns::default()
        .text("source_id", rows.iter().map(|r| Some(r.0.source_id.as_str())))
        .text("run_id", rows.iter().map(|r| Some(r.0.run_id.as_str())))
        .int("fetch_number", rows.iter().map(|r| r.1))
        .text("url", rows.iter().map(|r| Some(&r.2.url)))
        .text("outcome", rows.iter().map(|r| Some(r.2.outcome.code())))
        .int_opt(
            "http_status",
            rows.iter().map(|r| r.2.attempts.last().and_then(|a| a.status).map(i64::from)),
        )
        .int("attempts", rows.iter().map(|r| int(r.2.attempts.len() as u64)))
        .instant("fetched_at", rows.iter().map(|r| r.2.fetched_at.map(Timestamp::as_millisecond)))?
        .instant("checked_at", rows.iter().map(|r| Some(r.2.checked_at.as_millisecond())))?
        .int("wire_bytes", rows.iter().map(|r| int(r.2.wire_bytes)))
        .int("body_bytes", rows.iter().map(|r| int(r.2.body_bytes)))
        .text("body_sha256", rows.iter().map(|r| r.2.body_sha256.map(|s| s.to_string())))
        .text("last_modified", rows.iter().map(|r| r.2.last_modified.as_deref()))
        .text("problem", rows.iter().map(|r| r.2.problem.as_deref()))
        .frame()
}

fn problem(run: &RunManifest) -> Option<String> {
    run.failure.as_ref().map(|f| format!("{}: {}", f.what, f.reason))
}

fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
