//! `regatta export`: the tables of one snapshot, or a query, as files.

use std::cell::RefCell;

use regatta_warehouse::{ExportFormat, ExportReport, ExportRequest, Selection, WarehouseError};
use serde_json::json;
use tracing::info;

use crate::app::App;
use crate::cli::{Export, Format};
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::output::{self, Rows, bars, line, words};

/// Exports, and shows what was written.
pub fn export(app: &App, options: &Export) -> anyhow::Result<Exit> {
    let lake = app.lake()?;
    let request = request(options)?;
    // A DuckDB file that is not there or cannot be opened is told with what to do.
    drop(app.duckdb()?);
    let showing = bars::step("exporting");
    let at = RefCell::new(String::new());
    let report = regatta_warehouse::export(&lake, &request, &|table, rows| {
        showing.at(&format!("exporting {table}: {} rows", words::count(rows)));
        if *at.borrow() != table {
            table.clone_into(&mut at.borrow_mut());
            info!(table, "exporting");
        }
    });
    drop(showing);
    let report = match report {
        // What was asked for cannot be: the command line has to change.
        Err(error @ (WarehouseError::Export { .. } | WarehouseError::Refused { .. })) => {
            return Err(ConfigError::new(error.to_string()).into());
        }
        other => other?,
    };
    show(app, &report)?;
    Ok(Exit::Ok)
}

fn request(options: &Export) -> Result<ExportRequest, ConfigError> {
    let format = options
        .form
        .map(ExportFormat::from)
        .or_else(|| ExportFormat::of_file(&options.to))
        .ok_or_else(|| {
            ConfigError::new(format!(
                "{} does not say in which form: add --as csv, xlsx, jsonl, parquet or duckdb",
                options.to.display()
            ))
        })?;
    for (given, name, fitting) in [
        (options.bom, "--bom", ExportFormat::Csv),
        (options.guard_formulas, "--guard-formulas", ExportFormat::Csv),
        (options.clip, "--clip", ExportFormat::Xlsx),
        (options.with_raw, "--with-raw", ExportFormat::DuckDb),
    ] {
        if given && format != fitting {
            return Err(ConfigError::new(format!("{name} is for {} only", fitting.extension())));
        }
    }
    let selection = match (&options.query, options.tables.as_slice()) {
        (Some(query), _) => Selection::Query(query.clone()),
        (None, []) => Selection::All,
        (None, names) => Selection::Named(names.to_vec()),
    };
    if options.with_raw && selection != Selection::All {
        return Err(ConfigError::new(
            "--with-raw is for the whole file; name raw tables as raw.<source>_<table>",
        ));
    }
    Ok(ExportRequest {
        format,
        selection,
        to: options.to.clone(),
        force: options.force,
        bom: options.bom,
        guard_formulas: options.guard_formulas,
        clip: options.clip,
        with_raw: options.with_raw,
    })
}

fn show(app: &App, report: &ExportReport) -> anyhow::Result<()> {
    if app.format == Format::Json {
        return output::json(report);
    }
    let mut rows = Rows::new(["file", "rows", "bytes", "sha256"]);
    for file in &report.files {
        rows.push([json!(file.file), json!(file.rows), json!(file.bytes), json!(file.sha256)]);
    }
    rows.print(app.format)?;
    if app.format == Format::Table {
        for table in report.tables.iter().filter(|t| t.clipped_cells > 0) {
            line(format!(
                "{}: {} cells were too long for Excel and were cut; the sheet \"clipped\" lists them.",
                table.table, table.clipped_cells
            ))?;
        }
        line(format!("Snapshot {} to {}", report.snapshot_id, report.to.display()))?;
    }
    Ok(())
}
