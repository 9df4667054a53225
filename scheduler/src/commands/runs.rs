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
    let all = &all[..all.len().min(limit)];
    let rows = if for_people(app.format) { short(all) } else { whole(all) };
    rows.print(app.format)?;
    Ok(Exit::Ok)
}

/// A person reads sizes and times in words.
fn for_people(format: Format) -> bool {
    matches!(format, Format::Table | Format::Markdown)
}

fn short(runs: &[RunManifest]) -> Rows {
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
    for run in runs {
        rows.push([
            json!(run.run_id),
            json!(run.source_id),
            json!(run.status.code()),
            json!(run.requests()),
            json!(words::bytes(run.wire_bytes())),
            json!(run.rows()),
            json!(issues(run)),
            json!(words::seconds(wall_ms(run))),
            json!(reason(run)),
        ]);
    }
    rows
}

/// With the names of the table `run`, for programs.
fn whole(runs: &[RunManifest]) -> Rows {
    let mut rows = Rows::new([
        "run_id",
        "source_id",
        "status",
        "started_at",
        "finished_at",
        "requests",
        "wire_bytes",
        "rows",
        "issues",
        "wall_ms",
        "problem",
    ]);
    for run in runs {
        rows.push([
            json!(run.run_id),
            json!(run.source_id),
            json!(run.status.code()),
            json!(run.started_at),
            json!(run.finished_at),
            json!(run.requests()),
            json!(run.wire_bytes()),
            json!(run.rows()),
            json!(issues(run)),
            json!(wall_ms(run)),
            json!(reason(run)),
        ]);
    }
    rows
}

fn issues(run: &RunManifest) -> u64 {
    run.issues.iter().map(|i| i.count).sum()
}

fn wall_ms(run: &RunManifest) -> u64 {
    run.steps.iter().map(|s| s.wall_ms).sum()
}

fn reason(run: &RunManifest) -> Option<&str> {
    run.failure.as_ref().map(|f| f.reason.as_str())
}

fn last_refresh(app: &App) -> anyhow::Result<Exit> {
    let lake = app.lake()?;
    let report = last_report(&lake)?;
    if app.format == Format::Json {
        // `null` where there was none.
        output::json(&report)?;
        return Ok(Exit::Ok);
    }
    let Some(report) = report else {
        match app.format {
            Format::Table => line("There was no refresh yet.")?,
            format => step_rows(&[], format).print(format)?,
        }
        return Ok(Exit::Ok);
    };
    let of_sources = report.sources.iter().flat_map(|source| {
        source.steps.iter().map(|step| (format!("{}: {}", source.source_id, step.step), step))
    });
    let own = report.steps.iter().map(|step| (step.step.clone(), step));
    let steps: Vec<(String, &Step)> = of_sources.chain(own).collect();
    step_rows(&steps, app.format).print(app.format)?;
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

fn step_rows(steps: &[(String, &Step)], format: Format) -> Rows {
    let people = for_people(format);
    let mut rows = Rows::new(["step", if people { "time" } else { "wall_ms" }, "rows", "bytes"]);
    for (name, step) in steps {
        rows.push(if people {
            [
                json!(name),
                json!(words::seconds(step.wall_ms)),
                json!(step.rows),
                json!(words::bytes(step.bytes)),
            ]
        } else {
            [json!(name), json!(step.wall_ms), json!(step.rows), json!(step.bytes)]
        });
    }
    rows
}
