//! `regatta review` (R10): decisions about values that no dictionary knows, and
//! about merges (R29). What is decided is written as rows of dictionary files;
//! the next refresh applies them.

mod apply;
mod decide;
mod draw;
mod examples;
mod page;
mod queue;
mod terminal;

use std::io::IsTerminal;

use anyhow::{Context, bail};
use regatta_dictionaries::{
    DecisionKind, MergeDecision, MergeDecisionRow, Verdict, append_merge_decisions,
    remove_decision, remove_merge_decision,
};
use regatta_warehouse::run_sql;
use serde_json::json;

use crate::app::App;
use crate::cli::{Format, Review, ReviewCommand};
use crate::commands::find::answer_rows;
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::output::{Rows, bars, line};
use decide::Decider;
use queue::{Open, Queue};
pub use queue::{OpenKind, STATUS_HELP};

/// Runs the command.
pub fn review(app: &App, options: Review) -> anyhow::Result<Exit> {
    let Review { what, author, reason, into, kind, limit } = options;
    let on_terminal = bars::stdout_is_terminal() && std::io::stdin().is_terminal();
    let what = match what {
        Some(what) => what,
        None if on_terminal && app.format == Format::Table => {
            let decider = Decider::new(app, author, reason, into)?;
            return terminal::run(app, Queue::read(app, kind, usize::MAX)?, &decider);
        }
        None => ReviewCommand::List,
    };
    match &what {
        ReviewCommand::List => return list(app, &Queue::read(app, kind, limit)?),
        ReviewCommand::Show { of, value } => return show(app, *of, value, limit),
        _ => {}
    }
    let decider = Decider::new(app, author, reason, into)?;
    match what {
        ReviewCommand::List | ReviewCommand::Show { .. } => Ok(Exit::Ok),
        ReviewCommand::Accept { of, value, suggestion } => {
            let open = find(app, of, &value)?;
            let Some(chosen) =
                suggestion.checked_sub(1).and_then(|at| open.suggestions.get(at)).cloned()
            else {
                bail!(
                    "{} has {} suggestions; there is no number {suggestion}",
                    open.value,
                    open.suggestions.len()
                );
            };
            decider.write(&open, Verdict::Accept, &chosen.means)?;
            said(&format!("{} is {}", open.value, chosen.means), &decider)
        }
        ReviewCommand::MapTo { of, value, target } => {
            let open = find_or_new(app, of, &value)?;
            decider.write(&open, Verdict::MapTo, &target)?;
            let standard = app.dictionaries()?.standard_target(of, &target).unwrap_or(target);
            said(&format!("{} is {standard}", open.value), &decider)
        }
        ReviewCommand::Reject { of, value } => {
            let open = find_or_new(app, of, &value)?;
            decider.write(&open, Verdict::Reject, "")?;
            said(&format!("{} stands under its own name", open.value), &decider)
        }
        ReviewCommand::NotADrug { value } => {
            let open = find_or_new(app, DecisionKind::Generic, &value)?;
            decider.write(&open, Verdict::NotADrug, "")?;
            said(&format!("{} is no drug", open.value), &decider)
        }
        ReviewCommand::Undo { of, value } => {
            if !remove_decision(&decider.folder, of, &value)? {
                bail!("there is no decision about {value} in {}", decider.folder.display());
            }
            said(&format!("the decision about {value} is taken back"), &decider)
        }
        ReviewCommand::Apply { file } => {
            let rows = apply::rows(app, &file, &decider)?;
            decider.write_all(&rows)?;
            said(&count(rows.len()), &decider)
        }
        ReviewCommand::Link { record_a, record_b } => {
            merge(app, &decider, MergeDecision::MustLink, record_a, record_b)
        }
        ReviewCommand::Unlink { record_a, record_b } => {
            merge(app, &decider, MergeDecision::MustNotLink, record_a, record_b)
        }
        ReviewCommand::UndoLink { record_a, record_b } => {
            if !remove_merge_decision(&decider.folder, &record_a, &record_b)? {
                bail!(
                    "there is no decision about {record_a} and {record_b} in {}",
                    decider.folder.display()
                );
            }
            said(&format!("the decision about {record_a} and {record_b} is taken back"), &decider)
        }
    }
}

fn list(app: &App, queue: &Queue) -> anyhow::Result<Exit> {
    let mut rows =
        Rows::new(["kind", "value", "records", "drugs", "sources", "suggestions", "reopened from"]);
    for open in &queue.open {
        let suggestions = match app.format {
            Format::Json => json!(open.suggestions),
            _ => json!(open.suggestions.iter().map(ToString::to_string).collect::<Vec<_>>()),
        };
        rows.push([
            json!(open.kind.code()),
            json!(open.value),
            json!(open.records),
            json!(open.drugs),
            json!(open.sources),
            suggestions,
            json!(open.reopened_from),
        ]);
    }
    rows.print(app.format)?;
    if app.format == Format::Table {
        line(format!("{} of {} open values", queue.open.len(), queue.total))?;
        if queue.open.iter().any(|open| open.kind == OpenKind::Status) {
            line(STATUS_HELP)?;
        }
    }
    Ok(Exit::Ok)
}

fn show(app: &App, kind: OpenKind, value: &str, limit: usize) -> anyhow::Result<Exit> {
    let open = find(app, kind, value)?;
    let records = examples::examples(&app.duckdb()?, kind, &open.value, limit)?;
    answer_rows(records).print(app.format)?;
    Ok(Exit::Ok)
}

fn find(app: &App, kind: impl Into<OpenKind>, value: &str) -> anyhow::Result<Open> {
    queue::find(app, kind, value)?.with_context(|| {
        format!("{value} is not in the review queue; `regatta review list` shows what is")
    })
}

/// A value may be decided before it turns up.
fn find_or_new(app: &App, kind: DecisionKind, value: &str) -> anyhow::Result<Open> {
    Ok(queue::find(app, kind, value)?.unwrap_or_else(|| Open::new(kind, value)))
}

fn said(what: &str, decider: &Decider) -> anyhow::Result<Exit> {
    line(format!(
        "{what}: written to {}. The next `regatta refresh` applies it.",
        decider.folder.display()
    ))?;
    Ok(Exit::Ok)
}

/// `1 decision`, `2 decisions`.
fn count(decisions: usize) -> String {
    format!("{decisions} decision{}", if decisions == 1 { "" } else { "s" })
}

fn merge(
    app: &App,
    decider: &Decider,
    decision: MergeDecision,
    record_a: String,
    record_b: String,
) -> anyhow::Result<Exit> {
    if decider.reason.trim().is_empty() {
        return Err(ConfigError::new("a decision about a merge needs a --reason").into());
    }
    let duckdb = app.duckdb()?;
    for record in [&record_a, &record_b] {
        let literal = record.replace('\'', "''");
        let known =
            run_sql(&duckdb, &format!("SELECT 1 FROM drug_record WHERE record_id = '{literal}'"))?;
        if known.rows.is_empty() {
            tracing::warn!(record, "no drug of the published lake has such a record");
        }
    }
    let what = match decision {
        MergeDecision::MustLink => format!("{record_a} and {record_b} are one drug"),
        MergeDecision::MustNotLink => format!("{record_a} and {record_b} are two drugs"),
    };
    let row = MergeDecisionRow {
        decision,
        record_a,
        record_b,
        author: decider.author()?.to_owned(),
        decided_at: decider.today.clone(),
        reason: decider.reason.clone(),
    };
    append_merge_decisions(&decider.folder, &[row])?;
    said(&what, decider)
}
