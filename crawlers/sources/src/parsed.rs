//! What a parser gives back.

use serde::{Deserialize, Serialize};

use crate::{Request, TextTable};

/// Everything read from one page.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Rows, by table.
    pub tables: Vec<TextTable>,
    /// Row problems.
    pub issues: Vec<Issue>,
    /// What to ask for next.
    pub follow_ups: Vec<Request>,
    /// Totals that the page declares, for the completeness gate.
    pub totals: Vec<DeclaredTotal>,
    /// Things that were served and that no parser reads.
    pub unread: Vec<String>,
}

/// A total that the regulator declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredTotal {
    /// Raw table that must reach it.
    pub table: String,
    /// Which part of the data it counts; totals of different parts add up,
    /// the same part declared on several pages counts once.
    pub part: String,
    /// The number declared.
    pub rows: u64,
}

/// How bad a row problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Repaired or merely odd: nothing is lost.
    Note,
    /// A value may be wrong or missing; the row is used.
    Warning,
    /// The row is not used.
    Error,
}

impl Severity {
    /// The code written to tables.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A problem of one row or value: data, not an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// How bad.
    pub severity: Severity,
    /// Kind, snake_case, counted in the run report.
    pub kind: String,
    /// Raw table.
    pub table: String,
    /// File inside the archive; empty if none.
    pub member: String,
    /// Line or row in that file, from 1; 0 for the file as a whole.
    pub row_number: u32,
    /// Column; empty for the whole row.
    pub column: String,
    /// What was found and what was expected.
    pub message: String,
}

impl Issue {
    /// An issue of a whole row.
    #[must_use]
    pub fn row(
        severity: Severity,
        kind: &str,
        table: &TextTable,
        row_number: u32,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            kind: kind.to_owned(),
            table: table.name.clone(),
            member: table.member.clone(),
            row_number,
            column: String::new(),
            message: message.into(),
        }
    }

    /// The same issue, of one column.
    #[must_use]
    pub fn in_column(mut self, column: &str) -> Self {
        column.clone_into(&mut self.column);
        self
    }
}

/// A page that is not what it should be. The source stops; its last good data
/// stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The page has another shape than the parser knows.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// Which page or part.
        what: String,
        /// What was expected there.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A column that the tables need is not in the header.
    #[error("{table}: the column {column:?} is missing; the header is {header:?}")]
    MissingColumn {
        /// Raw table.
        table: String,
        /// The regulator's name of the column.
        column: String,
        /// The header found.
        header: Vec<String>,
    },
    /// Larger than the limits allow (a decompression bomb, or a limit to raise).
    #[error("{what} is larger than the limit of {limit} bytes")]
    TooLarge {
        /// Which file or member.
        what: String,
        /// The limit.
        limit: u64,
    },
}

impl ParseError {
    /// A page of another shape.
    #[must_use]
    pub fn shape(
        what: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::Shape { what: what.into(), expected: expected.into(), found: found.into() }
    }
}
