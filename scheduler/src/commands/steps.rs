//! `regatta crawl`, `transform` and `publish`: each step alone.

use regatta_crawlers::CancellationToken;
use regatta_lake::current_snapshot;
use regatta_transform::{Options, Outcome, Recompute};
use serde_json::json;

use super::refresh::{push_text, remarks, source_rows};
use crate::alerts;
use crate::app::App;
use crate::catalogue;
use crate::cli::{Format, Refresh};
use crate::exit::Exit;
use crate::jobs::{self, SourceLine};
use crate::output::{self, Rows, line, words};
use crate::workers;

/// Fetches and parses.
pub async fn crawl(app: &App, options: &Refresh) -> anyhow::Result<Exit> {
    let sources = catalogue::selected(&app.config, &options.sources)?;
    let (lake, lock) = app.lake_for_writing()?;
    let cancel = CancellationToken::new();
    let crawls =
        jobs::crawl(&app.config, &lake, &lock, &sources, options.accept_shrink, &cancel).await?;
    regatta_transform::write_ledger(&lake, &catalogue::entries(&app.config), &lock)?;
    let of_runs = crawls.runs.iter().map(|crawled| SourceLine::of_crawl(&lake, crawled));
    let of_broken = crawls.broken.iter().map(|broken| SourceLine::of_broken(&lake, broken));
    let lines: Vec<SourceLine> = of_runs.chain(of_broken).collect();
    match app.format {
        Format::Json => output::json(&lines)?,
        format => {
            source_rows(&lines).print(format)?;
            if format == Format::Table {
                for source in &lines {
                    for text in remarks(source) {
                        line(format!("{}: {text}", source.source_id))?;
                    }
                }
            }
        }
    }
    let all_good = lines.iter().all(|l| l.status.is_good() && l.refused_files.is_empty());
    Ok(if all_good { Exit::Ok } else { Exit::SourceFailed })
}

/// Computes the tables and stages them.
pub fn transform(app: &App, all: bool) -> anyhow::Result<Exit> {
    let dictionaries = app.dictionaries()?;
    let (lake, lock) = app.lake_to_change()?;
    let entries = catalogue::entries(&app.config);
    let recompute = if all { Recompute::All } else { Recompute::Touched };
    let cancel = CancellationToken::new();
    let sharing = workers::sharing(&app.config, &cancel)?;
    let holder_order = app.config.transform.holder_order()?;
    let outcome = regatta_transform::transform(
        &lake,
        &entries,
        &dictionaries,
        app.config.clock().now(),
        Options {
            recompute,
            elsewhere: sharing.as_ref().map(|s| s as _),
            holder_order: Some(&holder_order),
        },
        &lock,
    )?;
    match (outcome, app.format) {
        (Outcome::NoData, Format::Json) => output::json(&json!({ "outcome": "no_data" }))?,
        (Outcome::NoData, _) => line("No source has any data yet: run `regatta crawl` first.")?,
        (Outcome::Unchanged(snapshot), Format::Json) => {
            output::json(&json!({ "outcome": "unchanged", "snapshot_id": snapshot.snapshot_id }))?;
        }
        (Outcome::Unchanged(snapshot), _) => line(format!(
            "Data, dictionaries and rules are those of snapshot {}: nothing to stage.",
            snapshot.snapshot_id
        ))?,
        (Outcome::Staged(staged), Format::Json) => {
            output::json(&json!({ "outcome": "staged", "snapshot": staged.manifest }))?;
        }
        (Outcome::Staged(staged), format) => {
            let mut rows = Rows::new(["table", "rows", "bytes"]);
            for table in &staged.manifest.tables {
                rows.push([json!(table.name), json!(table.rows), json!(table.bytes)]);
            }
            rows.print(format)?;
            let total = staged.steps.iter().map(|s| s.wall_ms).sum();
            if format == Format::Table {
                line(format!(
                    "Staged in {}; publish it with `regatta publish`.",
                    words::seconds(total)
                ))?;
            }
        }
    }
    Ok(Exit::Ok)
}

/// Checks and publishes what is staged.
pub async fn publish(app: &App) -> anyhow::Result<Exit> {
    let (lake, lock) = app.lake_to_change()?;
    let published = jobs::publish(&lake, &catalogue::entries(&app.config), None, &lock)
        .inspect_err(|e| failed_checks(app.format, e))?;
    if published.is_none() {
        jobs::bring_up_to_date(&lake, true, &lock)?;
    }
    let pushed = jobs::push_after(&app.config, &lake).await;
    if published.is_some() {
        alerts::after_refresh(&app.config, &lake);
    }
    match (published, app.format) {
        (None, format) => {
            let served = current_snapshot(&lake)?.map(|current| current.snapshot_id);
            match (format, served) {
                (Format::Json, served) => output::json(&json!({
                    "outcome": "nothing_staged", "snapshot_id": served, "object_storage": pushed,
                }))?,
                (_, Some(_)) => {
                    line("Nothing is staged; the DuckDB file is that of the last snapshot.")?;
                }
                (_, None) => line(
                    "Nothing is staged, and nothing was published yet: run `regatta transform` first.",
                )?,
            }
        }
        (Some(done), Format::Json) => output::json(
            &json!({ "outcome": "published", "snapshot": done.snapshot, "checks": done.checks, "object_storage": pushed }),
        )?,
        (Some(done), _) => line(format!(
            "Published snapshot {} after {} checks; DuckDB: {} ({})",
            done.snapshot.snapshot_id,
            done.checks.len(),
            done.file.file.display(),
            words::bytes(done.file.bytes)
        ))?,
    }
    let Some(pushed) = pushed else { return Ok(Exit::Ok) };
    if app.format != Format::Json {
        line(push_text(&pushed))?;
    }
    Ok(if pushed.failed() { Exit::SourceFailed } else { Exit::Ok })
}

/// For programs, the checks that failed, before the error ends the command.
pub fn failed_checks(format: Format, error: &anyhow::Error) {
    if let (Format::Json, Some(refused)) = (format, error.downcast_ref::<jobs::ChecksFailed>()) {
        // The error itself is shown in any case.
        let _ = output::json(&json!({
            "outcome": "failed",
            "problem": format!("{} of {} checks failed", refused.failed.len(), refused.checks),
            "failed_checks": refused.failed,
        }));
    }
}
