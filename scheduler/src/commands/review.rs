//! `regatta review` (R10): decisions about values that no dictionary knows, and
//! about merges (R29). What is decided is written as rows of dictionary files;
//! the next refresh applies them.

mod decide;
mod page;
mod queue;
mod terminal;

use anyhow::{Context, bail};
use regatta_dictionaries::{
    DecisionKind, DecisionRow, MergeDecision, MergeDecisionRow, Verdict, append_decisions,
    append_merge_decisions, remove_decision,
};
use regatta_warehouse::run_sql;
use serde_json::json;

use crate::app::App;
use crate::cli::{Format, Review, ReviewCommand};
use crate::exit::Exit;
use crate::output::{Rows, bars, line};
use decide::{Decider, kind_of};
use queue::{Open, Queue};

/// Runs the command.
pub fn review(app: &App, options: Review) -> anyhow::Result<Exit> {
    let kind = options.kind.as_deref().map(kind_of).transpose()?;
    let what = match options.what {
        Some(what) => what,
        None if bars::on_terminal() && app.format == Format::Table => {
            let decider = Decider::new(app, options.author, options.reason, options.into)?;
            return terminal::run(Queue::read(app, kind, usize::MAX)?, &decider);
        }
        None => ReviewCommand::List,
    };
    if matches!(what, ReviewCommand::List) {
        return list(app, &Queue::read(app, kind, options.limit)?);
    }
    let decider = Decider::new(app, options.author, options.reason, options.into)?;
    match what {
        ReviewCommand::List => Ok(Exit::Ok),
        ReviewCommand::Accept { of, value, suggestion } => {
            let open = find(app, kind_of(&of)?, &value)?;
            let Some((target, _)) = open.suggestions.get(suggestion.saturating_sub(1)).cloned()
            else {
                bail!("{value} has {} suggestions, not {suggestion}", open.suggestions.len());
            };
            decider.write(&open, Verdict::Accept, &target)?;
            said(&format!("{} is {target}", open.value), &decider)
        }
        ReviewCommand::MapTo { of, value, target } => {
            decider.write(&find_or_new(app, kind_of(&of)?, &value)?, Verdict::MapTo, &target)?;
            said(&format!("{value} is {target}"), &decider)
        }
        ReviewCommand::Reject { of, value } => {
            decider.write(&find_or_new(app, kind_of(&of)?, &value)?, Verdict::Reject, "")?;
            said(&format!("{value} stands under its own name"), &decider)
        }
        ReviewCommand::NotADrug { value } => {
            let open = find_or_new(app, DecisionKind::Generic, &value)?;
            decider.write(&open, Verdict::NotADrug, "")?;
            said(&format!("{value} is no drug"), &decider)
        }
        ReviewCommand::Undo { of, value } => {
            if !remove_decision(&decider.folder, kind_of(&of)?, &value)? {
                bail!("there is no decision about {value} in {}", decider.folder.display());
            }
            said(&format!("the decision about {value} is taken back"), &decider)
        }
        ReviewCommand::Apply { file } => apply(&file, &decider),
        ReviewCommand::Link { record_a, record_b } => {
            merge(app, &decider, MergeDecision::MustLink, record_a, record_b)
        }
        ReviewCommand::Unlink { record_a, record_b } => {
            merge(app, &decider, MergeDecision::MustNotLink, record_a, record_b)
        }
    }
}

fn list(app: &App, queue: &Queue) -> anyhow::Result<Exit> {
    let mut rows =
        Rows::new(["kind", "value", "records", "drugs", "sources", "suggestions", "reopened from"]);
    for open in &queue.open {
        let suggestions: Vec<String> =
            open.suggestions.iter().map(|(name, score)| format!("{name} ({score})")).collect();
        let suggestions = match app.format {
            Format::Json => json!(open.suggestions),
            _ => json!(suggestions.join(", ")),
        };
        rows.push([
            json!(open.kind),
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
    }
    Ok(Exit::Ok)
}

fn find(app: &App, kind: DecisionKind, value: &str) -> anyhow::Result<Open> {
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

fn apply(file: &std::path::Path, decider: &Decider) -> anyhow::Result<Exit> {
    let mut reader =
        csv::Reader::from_path(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut rows = Vec::new();
    for (number, row) in reader.deserialize::<DecisionRow>().enumerate() {
        rows.push(row.with_context(|| format!("{}, row {}", file.display(), number + 1))?);
    }
    append_decisions(&decider.folder, &rows)?;
    said(&count(rows.len()), decider)
}

fn merge(
    app: &App,
    decider: &Decider,
    decision: MergeDecision,
    record_a: String,
    record_b: String,
) -> anyhow::Result<Exit> {
    if decider.reason.is_empty() {
        bail!("a decision about a merge needs a --reason");
    }
    let duckdb = app.duckdb()?;
    for record in [&record_a, &record_b] {
        let literal = record.replace('\'', "''");
        let known =
            run_sql(&duckdb, &format!("SELECT 1 FROM drug_record WHERE record_id = '{literal}'"))?;
        if known.rows.is_empty() {
            tracing::warn!(record, "the published lake has no such record");
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
        author: decider.author.clone(),
        decided_at: decider.today.clone(),
        reason: decider.reason.clone(),
    };
    append_merge_decisions(&decider.folder, &[row])?;
    said(&what, decider)
}
