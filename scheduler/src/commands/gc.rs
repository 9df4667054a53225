//! `regatta gc`.

use anyhow::Context;
use regatta_lake::{current_snapshot, published_snapshots};

use crate::app::App;
use crate::cli::Format;
use crate::exit::Exit;
use crate::output::{self, line, words};

/// Removes what no kept snapshot needs.
pub fn gc(app: &App, keep: Option<usize>) -> anyhow::Result<Exit> {
    let (lake, lock) = app.lake_to_change()?;
    let keep = keep.unwrap_or(app.config.snapshots.keep);
    if published_snapshots(&lake)?.len() > keep.max(1)
        && let Some(current) = current_snapshot(&lake)?
    {
        // Its views over time name the files of all snapshots: before some of them are
        // gone it names only those that stay, whatever stops this process between.
        regatta_warehouse::build_keeping(&lake, &current, keep.max(1))
            .context("nothing was swept: the DuckDB file could not be built again")?;
    }
    let report = regatta_lake::collect_garbage(&lake, keep, &lock)?;
    match app.format {
        Format::Json => output::json(&report)?,
        _ => line(format!(
            "Removed {} snapshots, raw tables of {} runs and {} bodies: {} given back.",
            report.snapshots,
            report.raw_runs,
            report.bodies,
            words::bytes(report.bytes)
        ))?,
    }
    Ok(Exit::Ok)
}
