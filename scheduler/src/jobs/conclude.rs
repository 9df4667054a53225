//! The one end of every refresh, of the command line and of the daemon alike.

use anyhow::bail;
use jiff::Timestamp;
use regatta_lake::{CatalogueEntry, Lake, Watch, WriterLock, current_snapshot};
use regatta_transform::{Options, Outcome, Recompute, Staged};
use tracing::warn;

use super::report::{RefreshReport, STOPPED, SourceLine, peak_memory};
use super::{Broken, ChecksFailed, Crawled, RefreshRequest, bring_up_to_date, publish, push_after};
use crate::alerts;
use crate::catalogue;
use crate::output::bars;
use crate::workers;

/// The steps after crawling, what follows them, and the record of the whole.
/// `runs` are those since the last refresh: none for a look whether anything
/// was left undone; beside them the sources whose crawl came to no end. Called from a runtime of several threads: the steps block
/// theirs.
///
/// # Errors
/// When a step fails; what was served before is still served, and the record
/// says so.
pub async fn conclude(
    request: &RefreshRequest<'_>,
    lake: &Lake,
    lock: &WriterLock,
    (runs, broken): (&[Crawled], &[Broken]),
    started_at: Timestamp,
) -> anyhow::Result<RefreshReport> {
    let clock = request.config.clock();
    let of_runs = runs.iter().map(|crawled| SourceLine::of_crawl(lake, crawled));
    let of_broken = broken.iter().map(|broken| SourceLine::of_broken(lake, broken));
    let mut report = RefreshReport {
        started_at,
        finished_at: started_at,
        outcome: "failed".into(),
        problem: None,
        snapshot_id: None,
        sources: of_runs.chain(of_broken).collect(),
        steps: Vec::new(),
        changes: Vec::new(),
        object_storage: None,
        rows: Vec::new(),
        failed_checks: Vec::new(),
        peak_memory_bytes: None,
    };
    let result =
        tokio::task::block_in_place(|| after_crawl(request, lake, lock, runs, &mut report));
    report.peak_memory_bytes = peak_memory();
    // One that cannot be read made a step fail: that is recorded and told below.
    report.snapshot_id = current_snapshot(lake).ok().flatten().map(|s| s.snapshot_id);
    report.problem = result.as_ref().err().map(|e| format!("{e:#}"));
    if let Some(refused) = result.as_ref().err().and_then(|e| e.downcast_ref::<ChecksFailed>()) {
        report.failed_checks.clone_from(&refused.failed);
    }
    if result.is_ok() {
        // Outside of what may fail: the local publish stands whatever comes of it.
        let mut watch = Watch::start();
        report.object_storage = push_after(request.config, lake).await;
        if let Some(pushed) = &report.object_storage {
            report.steps.push(watch.lap("push to object storage", 0, pushed.uploaded_bytes));
        }
    }
    report.finished_at = clock.now();
    // A look at a lake in which nothing is new is no refresh to remember.
    let idle = report.sources.is_empty()
        && matches!(&*report.outcome, "unchanged" | "no_data")
        && report.object_storage.as_ref().is_none_or(|pushed| pushed.outcome == "unchanged");
    if !idle {
        let kept = report.keep(lake);
        // Also after a failure, which may be what there is to tell: of a full
        // disk, on which there may be no room for the record either.
        alerts::after_refresh(request.config, lake);
        if result.is_ok() {
            kept?;
        }
    }
    result.map(|()| report)
}

fn after_crawl(
    request: &RefreshRequest<'_>,
    lake: &Lake,
    lock: &WriterLock,
    runs: &[Crawled],
    report: &mut RefreshReport,
) -> anyhow::Result<()> {
    let entries = catalogue::entries(request.config);
    let mut watch = Watch::start();
    let ledger_changed = regatta_transform::write_ledger(lake, &entries, lock)?;
    report.steps.push(watch.lap("ledger", runs.len() as u64, 0));
    if request.cancel.is_cancelled() {
        bail!("{STOPPED} the transform; what was served is still served");
    }
    let sharing = workers::sharing(request.config, &request.cancel)?;
    let holder_order = request.config.transform.holder_order()?;
    let transform = |recompute| {
        let showing = bars::step("transforming");
        let outcome = regatta_transform::transform(
            lake,
            &entries,
            request.dictionaries,
            request.config.clock().now(),
            Options {
                recompute,
                elsewhere: sharing.as_ref().map(|s| s as _),
                holder_order: Some(&holder_order),
            },
            lock,
        );
        drop(showing);
        outcome
    };
    match transform(Recompute::Touched)? {
        Outcome::NoData => report.outcome = "no_data".into(),
        Outcome::Unchanged(snapshot) => {
            report.steps.push(watch.lap("compare inputs", 0, 0));
            bring_up_to_date(lake, ledger_changed, lock)?;
            report.steps.push(watch.lap("renew the ledger in DuckDB", 0, 0));
            report.outcome = "unchanged".into();
            report.rows = snapshot.tables.iter().map(|t| (t.name.clone(), t.rows)).collect();
        }
        Outcome::Staged(staged) => {
            let had_before = staged.manifest.previous.is_some();
            match checked(request, lake, lock, &entries, *staged, report) {
                // What is wrong may stand in the snapshot before, or come of taking
                // what stands from it: the checks would refuse every refresh to come.
                Err(error) if had_before && error.is::<ChecksFailed>() => {
                    warn!(
                        error = format!("{error:#}"),
                        "tables made of what changed were refused; all is computed anew"
                    );
                    let Outcome::Staged(staged) = transform(Recompute::All)? else {
                        return Err(error);
                    };
                    checked(request, lake, lock, &entries, *staged, report)?;
                }
                other => other?,
            }
        }
    }
    Ok(())
}

/// Checks and publishes what is staged.
fn checked(
    request: &RefreshRequest<'_>,
    lake: &Lake,
    lock: &WriterLock,
    entries: &[CatalogueEntry],
    staged: Staged,
    report: &mut RefreshReport,
) -> anyhow::Result<()> {
    if request.cancel.is_cancelled() {
        bail!("{STOPPED} publishing; what was served is still served");
    }
    // A crawl may have ended after the ledger was written and before the
    // transform looked: the tables name no run that the ledger lacks.
    regatta_transform::write_ledger(lake, entries, lock)?;
    // The transform times its own parts.
    report.steps.extend(staged.steps);
    let mut watch = Watch::start();
    let showing = bars::step("checking and publishing");
    let published = publish(lake, entries, request.keep, lock);
    drop(showing);
    if let Some(published) = published? {
        let bytes = published.file.bytes;
        report.steps.push(watch.lap("check, publish, build DuckDB", 0, bytes));
        report.outcome = "published".into();
        report.changes.clone_from(&published.snapshot.changes);
        report.rows = published.snapshot.tables.iter().map(|t| (t.name.clone(), t.rows)).collect();
    }
    Ok(())
}
