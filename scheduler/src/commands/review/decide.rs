//! Decisions as rows of `decisions.csv`.

use std::path::PathBuf;

use anyhow::bail;
use regatta_dictionaries::{DecisionKind, DecisionRow, Verdict, append_decisions};

use super::queue::Open;
use crate::app::App;

/// Who decides, why, and where it is written.
pub struct Decider {
    pub folder: PathBuf,
    pub author: String,
    pub reason: String,
    /// ISO 8601.
    pub today: String,
}

impl Decider {
    pub fn new(
        app: &App,
        author: Option<String>,
        reason: String,
        into: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let folder = app.dictionary_folder(into)?;
        let Some(author) = author.or_else(git_user).or_else(login) else {
            bail!("who decides? give --author");
        };
        let today = app.config.clock().now().to_string()[..10].to_owned();
        Ok(Self { folder, author, reason, today })
    }

    /// Writes one decision.
    pub fn write(&self, open: &Open, decision: Verdict, target: &str) -> anyhow::Result<()> {
        append_decisions(&self.folder, &[self.row(open, decision, target)])?;
        Ok(())
    }

    /// A decision as a row.
    pub fn row(&self, open: &Open, decision: Verdict, target: &str) -> DecisionRow {
        DecisionRow {
            kind: open.kind,
            language: String::new(),
            value: open.value.clone(),
            decision,
            target: target.to_owned(),
            sources: open.sources.clone(),
            records: Some(open.records),
            author: self.author.clone(),
            decided_at: self.today.clone(),
            reason: self.reason.clone(),
        }
    }
}

/// `generic`, `dosage_form` or `company`.
pub fn kind_of(code: &str) -> anyhow::Result<DecisionKind> {
    Ok(match code {
        "generic" => DecisionKind::Generic,
        "dosage_form" | "form" => DecisionKind::DosageForm,
        "company" => DecisionKind::Company,
        other => bail!("{other:?}: expected generic, dosage_form or company"),
    })
}

fn git_user() -> Option<String> {
    let output = std::process::Command::new("git").args(["config", "user.name"]).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    Some(name).filter(|n| output.status.success() && !n.is_empty())
}

fn login() -> Option<String> {
    std::env::var("USER").ok().filter(|name| !name.is_empty())
}
