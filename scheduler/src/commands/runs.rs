//! `regatta runs`.

use regatta_lake::{RunManifest, Step, history};
use regatta_sources::registry::SOURCES;
use serde_json::json;

use crate::app::App;
use crate::catalogue;
use crate::cli::Format;
use crate::exit::Exit;
use crate::jobs::last_report;
use crate::output::{self, Rows, line, words};

/// Past runs, newest first; or the last refresh with its steps.
pub fn runs(app: &App, last: bool, source: Option<&str>, limit: usize) -> anyhow::Result<Exit> {
    if last {
        return last_refresh(app);
    }
    let lake = app.lake()?;
    let mut all: Vec<RunManifest> = Vec::new();
    for candidate in SOURCES {
        let id = &candidate.spec().id;
        if source.is_none_or(|s| s == id.as_str()) {
            all.extend(history(&lake, id)?.runs);
        }
    }
    if let Some(id) = source {
        catalogue::find(id)?;
    }
    all.sort_by(|a, b| (&b.run_id, &b.source_id).cmp(&(&a.run_id, &a.source_id)));
    let mut rows = Rows::new([
        "run",
        "source",
        "status",
        "requests",
        "transferred",
        "raw rows",
        "issues",
        "time",
        "problem",
    ]);
    for run in all.iter().take(limit) {
        rows.push([
            json!(run.run_id),
            json!(run.source_id),
            json!(run.status.code()),
            json!(run.requests()),
            json!(words::bytes(run.wire_bytes())),
            json!(run.rows()),
            json!(run.issues.iter().map(|i| i.count).sum::<u64>()),
            json!(words::seconds(run.steps.iter().map(|s| s.wall_ms).sum())),
            json!(run.failure.as_ref().map(|f| f.reason.clone())),
        ]);
    }
    rows.print(app.format)?;
    Ok(Exit::Ok)
}

fn last_refresh(app: &App) -> anyhow::Result<Exit> {
    let lake = app.lake()?;
    let Some(report) = last_report(&lake)? else {
        line("There was no refresh yet.")?;
        return Ok(Exit::Ok);
    };
    if app.format == Format::Json {
        output::json(&report)?;
        return Ok(Exit::Ok);
    }
    let mut rows = Rows::new(["step", "time", "rows", "bytes"]);
    let mut add = |name: String, step: &Step| {
        rows.push([
            json!(name),
            json!(words::seconds(step.wall_ms)),
            json!(step.rows),
            json!(words::bytes(step.bytes)),
        ]);
    };
    for source in &report.sources {
        for step in &source.steps {
            add(format!("{}: {}", source.source_id, step.step), step);
        }
    }
    for step in &report.steps {
        add(step.step.clone(), step);
    }
    rows.print(app.format)?;
    if app.format == Format::Table {
        let took = report.finished_at.duration_since(report.started_at).as_millis();
        line(format!(
            "{} at {}, {} in all{}",
            report.outcome,
            report.started_at,
            words::seconds(u64::try_from(took).unwrap_or(0)),
            report
                .peak_memory_bytes
                .map_or_else(String::new, |b| format!(", peak memory {}", words::bytes(b))),
        ))?;
        if let Some(problem) = &report.problem {
            line(format!("problem: {problem}"))?;
        }
    }
    Ok(Exit::Ok)
}
