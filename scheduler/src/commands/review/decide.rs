//! Decisions as rows of `decisions.csv`.

use std::path::PathBuf;

use regatta_dictionaries::{DecisionRow, DictionaryError, Verdict, append_decisions};

use super::queue::{Open, STATUS_HELP};
use crate::app::App;
use crate::config::ConfigError;

/// Who decides, why, and where it is written.
pub struct Decider {
    pub folder: PathBuf,
    author: Option<String>,
    pub reason: String,
    /// ISO 8601.
    pub today: String,
}

/// A row that cannot be written, and why.
pub type Refused = (DecisionRow, DictionaryError);

impl Decider {
    pub fn new(
        app: &App,
        author: Option<String>,
        reason: String,
        into: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let folder = app.dictionary_folder(into)?;
        let author = author.or_else(git_user).or_else(login).filter(|a| !a.trim().is_empty());
        let today = app.config.clock().now().to_string()[..10].to_owned();
        Ok(Self { folder, author, reason, today })
    }

    /// Who decides; taking a decision back needs nobody's name.
    pub fn author(&self) -> anyhow::Result<&str> {
        let author = self.author.as_deref();
        Ok(author.ok_or_else(|| ConfigError::new("who decides? give --author"))?)
    }

    /// Writes one decision.
    pub fn write(&self, open: &Open, decision: Verdict, target: &str) -> anyhow::Result<()> {
        self.write_all(&[self.row(open, decision, target)?])
    }

    /// Writes decisions, all or none. One that says what cannot be is wrong
    /// usage.
    pub fn write_all(&self, rows: &[DecisionRow]) -> anyhow::Result<()> {
        append_decisions(&self.folder, rows).map_err(|error| match error {
            DictionaryError::Decision { .. } => ConfigError::new(error.to_string()).into(),
            DictionaryError::Row { ref file, .. } if file.ends_with("decisions.csv") => {
                ConfigError::new(error.to_string()).into()
            }
            _ => anyhow::Error::new(error),
        })
    }

    /// Writes all that can be written: a person who took a hundred decisions
    /// must not lose them for one. The others are given back.
    pub fn write_each(&self, rows: Vec<DecisionRow>) -> Vec<Refused> {
        if append_decisions(&self.folder, &rows).is_ok() {
            return Vec::new();
        }
        let write = |row: DecisionRow| {
            let written = append_decisions(&self.folder, std::slice::from_ref(&row));
            written.err().map(|error| (row, error))
        };
        rows.into_iter().filter_map(write).collect()
    }

    /// A decision as a row.
    pub fn row(&self, open: &Open, decision: Verdict, target: &str) -> anyhow::Result<DecisionRow> {
        let kind = open.kind.name().ok_or_else(|| ConfigError::new(STATUS_HELP))?;
        Ok(DecisionRow {
            kind,
            language: String::new(),
            value: open.value.clone(),
            decision,
            target: target.to_owned(),
            sources: open.sources.clone(),
            records: Some(open.records),
            author: self.author()?.to_owned(),
            decided_at: self.today.clone(),
            reason: self.reason.clone(),
        })
    }
}

fn git_user() -> Option<String> {
    let output = std::process::Command::new("git").args(["config", "user.name"]).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    Some(name).filter(|n| output.status.success() && !n.is_empty())
}

fn login() -> Option<String> {
    std::env::var("USER").ok()
}
