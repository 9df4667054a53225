//! `regatta gc`.

use anyhow::Context;
use regatta_lake::current_snapshot;

use crate::app::App;
use crate::cli::Format;
use crate::exit::Exit;
use crate::output::{self, line, words};

/// Removes what no kept snapshot needs.
pub fn gc(app: &App, keep: Option<usize>) -> anyhow::Result<Exit> {
    let (lake, lock) = app.lake_to_change()?;
    let keep = keep.unwrap_or(app.config.snapshots.keep);
    let report = regatta_lake::collect_garbage(&lake, keep, &lock)?;
    if report.snapshots > 0
        && let Some(current) = current_snapshot(&lake)?
    {
        // Its views over time name the files of the snapshots that are gone.
        regatta_warehouse::build(&lake, &current)
            .context("swept, but the DuckDB file could not be built again")?;
    }
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
