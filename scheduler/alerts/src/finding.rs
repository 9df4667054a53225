//! What a rule says.

use serde::{Deserialize, Serialize};

/// How bad it is. A later value is worse.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look at it.
    #[default]
    Warning,
    /// Somebody should look at it now.
    Critical,
}

impl Severity {
    /// The code that files and messages carry.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// How sure the rule is. A later value is surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It looks like it; another explanation is as good.
    Possible,
    /// Another explanation is worse.
    Likely,
    /// The evidence says it in so many words.
    Certain,
}

impl Certainty {
    /// The code that files and messages carry.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// What ends an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasting {
    /// A state: it ends when the rule no longer finds it.
    WhileFound,
    /// Something that happened: it ends when it is undone, acknowledged, or
    /// after the rule file's `event_days`.
    Event,
}

/// What a rule found in one evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Name of the rule.
    pub rule: String,
    /// What it is about, stable over runs: a source, a table, a product family.
    pub subject: String,
    /// One sentence.
    pub what: String,
    /// What the sentence sums up, one line each; only the first ones of many.
    pub details: Vec<String>,
    /// How sure.
    pub certainty: Certainty,
    /// Why so sure, with the numbers.
    pub because: String,
    /// How bad.
    pub severity: Severity,
    /// Record ids, run ids, keys of the change log.
    pub evidence: Vec<String>,
    /// How many things are behind it; `evidence` may name only the first ones.
    pub cases: u64,
    /// Run or snapshot that it was seen in: seen twice in one, it counts once.
    pub observation: String,
    /// What must differ for the alert to count as changed. Figures that drift
    /// from run to run are not in it.
    pub state: String,
    /// What ends it.
    pub lasting: Lasting,
    /// Entities whose return ends an event.
    pub entities: Vec<String>,
}

impl Finding {
    /// Identity of the alert: the same rule, subject and kind of thing have the
    /// same id in every lake and every run.
    #[must_use]
    pub fn id(&self) -> String {
        crate::digest::short(&["alert", &self.rule, &self.subject])
    }
}
