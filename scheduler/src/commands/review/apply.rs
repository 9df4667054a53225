//! Many decisions at once, from a CSV file.

use std::path::Path;

use regatta_dictionaries::{DecisionKind, DecisionRow, Verdict};
use serde::Deserialize;

use super::decide::Decider;
use super::queue::{self, Open};
use crate::app::App;
use crate::config::ConfigError;

/// A row of `decisions.csv`, of which a person fills in as much as is known.
#[derive(Deserialize)]
struct Given {
    kind: DecisionKind,
    #[serde(default)]
    language: String,
    value: String,
    decision: Verdict,
    #[serde(default)]
    target: String,
    #[serde(default)]
    sources: String,
    #[serde(default)]
    records: Option<u64>,
    #[serde(default)]
    author: String,
    #[serde(default)]
    decided_at: String,
    #[serde(default)]
    reason: String,
}

/// The columns without which nothing is decided.
const NEEDED: &[&str] = &["kind", "value", "decision"];

/// The decisions of `file`, completed from the queue and the command line.
pub fn rows(app: &App, file: &Path, decider: &Decider) -> anyhow::Result<Vec<DecisionRow>> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| ConfigError::new(format!("cannot read {}: {e}", file.display())))?;
    let queue = queue::by_value(app)?;
    // Spreadsheets put a byte order mark before the header.
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header =
        reader.headers().map_err(|e| ConfigError::new(format!("{}: {e}", file.display())))?.clone();
    // Also where there are no rows: an empty file, or another one, is a mistake.
    let lacking: Vec<&str> =
        NEEDED.iter().copied().filter(|column| !header.iter().any(|h| h == *column)).collect();
    if !lacking.is_empty() {
        return Err(ConfigError::new(format!(
            "{}: the header lacks {}; expected the columns of decisions.csv",
            file.display(),
            lacking.join(", ")
        ))
        .into());
    }
    let mut rows = Vec::new();
    for given in reader.deserialize::<Given>() {
        // csv's message names the line and what was expected there.
        let given = given.map_err(|e| ConfigError::new(format!("{}: {e}", file.display())))?;
        let open = queue.get(&(given.kind, given.value.to_lowercase()));
        rows.push(completed(given, open, decider)?);
    }
    Ok(rows)
}

fn completed(given: Given, open: Option<&Open>, decider: &Decider) -> anyhow::Result<DecisionRow> {
    let or = |given: String, other: &str| if given.is_empty() { other.to_owned() } else { given };
    Ok(DecisionRow {
        kind: given.kind,
        language: given.language,
        sources: or(given.sources, open.map_or("", |o| &o.sources)),
        records: given.records.or(open.map(|o| o.records)),
        value: given.value,
        decision: given.decision,
        target: given.target,
        author: if given.author.is_empty() { decider.author()?.to_owned() } else { given.author },
        decided_at: or(given.decided_at, &decider.today),
        reason: or(given.reason, &decider.reason),
    })
}
