//! `regatta refresh`.

use regatta_crawlers::CancellationToken;
use regatta_lake::{Lake, RunStatus};
use serde_json::{Value, json};

use super::steps::failed_checks;
use crate::app::App;
use crate::catalogue;
use crate::cli::{Format, Refresh};
use crate::exit::Exit;
use crate::jobs::{self, PushLine, RefreshReport, RefreshRequest, SourceLine};
use crate::output::{self, Rows, line, words};

/// All steps.
pub async fn refresh(app: &App, options: &Refresh) -> anyhow::Result<Exit> {
    let sources = catalogue::selected(&app.config, &options.sources)?;
    let dictionaries = app.dictionaries()?;
    let (lake, lock) = app.lake_for_writing()?;
    let request = RefreshRequest {
        config: &app.config,
        dictionaries: &dictionaries,
        sources,
        accept_shrink: options.accept_shrink,
        keep: None,
        cancel: CancellationToken::new(),
    };
    let report = jobs::refresh(&request, &lake, &lock)
        .await
        .inspect_err(|e| failed_checks(app.format, e))?;
    match app.format {
        Format::Json => output::json(&report)?,
        format => print(&report, &lake, format)?,
    }
    let incomplete = report.source_failed() || report.push_failed() || report.refused_files();
    Ok(if incomplete { Exit::SourceFailed } else { Exit::Ok })
}

/// What was fetched, what changed, and where it is.
pub fn print(report: &RefreshReport, lake: &Lake, format: Format) -> anyhow::Result<()> {
    source_rows(&report.sources).print(format)?;
    if format == Format::Csv {
        return Ok(());
    }
    for source in &report.sources {
        for text in remarks(source) {
            line(format!("{}: {text}", source.source_id))?;
        }
    }
    match report.outcome.as_str() {
        "published" => {
            let rows = |table: &str| {
                report.rows.iter().find(|(name, _)| name == table).map_or(0, |(_, rows)| *rows)
            };
            line(format!(
                "Published snapshot {}: {} listings, {} drugs of {} generics.",
                report.snapshot_id.as_ref().map_or("?", |s| s.as_str()),
                words::count(rows("listing")),
                words::count(rows("drug")),
                words::count(rows("generic")),
            ))?;
            print_changes(report)?;
        }
        "unchanged" => {
            line(format!(
                "Nothing changed: no new snapshot; {} is still served.",
                report.snapshot_id.as_ref().map_or("none", |s| s.as_str())
            ))?;
        }
        _ => line("No source has any data yet: nothing to publish.")?,
    }
    if let Some(pushed) = &report.object_storage {
        line(push_text(pushed))?;
    }
    line(format!("Lake:   {}", lake.root().display()))?;
    line(format!("DuckDB: {}", lake.duckdb_file().display()))
}

/// What became of object storage, in a line.
pub fn push_text(pushed: &PushLine) -> String {
    match &pushed.problem {
        Some(problem) => format!(
            "Not brought to {}: {problem}; what was served there is still served, the next refresh tries again",
            pushed.url
        ),
        None => format!(
            "{}: {}, {} objects uploaded ({})",
            pushed.url,
            pushed.outcome,
            pushed.uploaded,
            words::bytes(pushed.uploaded_bytes)
        ),
    }
}

fn print_changes(report: &RefreshReport) -> anyhow::Result<()> {
    if report.changes.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new(["changes of", "source", "what", "count"]);
    for change in &report.changes {
        rows.push([
            json!(change.entity),
            json!(change.source_id),
            json!(change.change),
            json!(change.count),
        ]);
    }
    rows.print(Format::Table)
}

/// One row per source crawled.
pub fn source_rows(sources: &[SourceLine]) -> Rows {
    let mut rows =
        Rows::new(["source", "status", "requests", "transferred", "raw rows", "issues", "time"]);
    for source in sources {
        let [notes, warnings, errors] = source.issues;
        let issues: Vec<String> = [(notes, "note"), (warnings, "warning"), (errors, "error")]
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{n} {what}{}", if *n == 1 { "" } else { "s" }))
            .collect();
        rows.push([
            json!(source.source_id),
            json!(source.status.code()),
            json!(source.requests),
            json!(words::bytes(source.wire_bytes)),
            if source.status == RunStatus::Ok { json!(source.rows) } else { Value::Null },
            json!(issues.join(", ")),
            json!(words::seconds(source.steps.iter().map(|s| s.wall_ms).sum())),
        ]);
    }
    rows
}

/// What a reader should know of a source beyond its row.
pub fn remarks(source: &SourceLine) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(problem) = &source.problem {
        remarks.push(match source.last_success {
            Some(at) => format!("{problem}; its last good data is still served, of {at:.0}"),
            None => format!("{problem}; it never gave good data here"),
        });
    }
    if !source.new_columns.is_empty() {
        remarks.push(format!("new columns, kept: {}", source.new_columns.join(", ")));
    }
    if !source.unread.is_empty() {
        remarks.push(format!("served but not read: {}", source.unread.join(", ")));
    }
    remarks.extend(source.warnings.iter().cloned());
    let refused = source.refused_files.iter();
    remarks.extend(refused.map(|file| format!("refused, now in `refused` of its inbox: {file}")));
    remarks
}
