//! What became of the rows of an imported table.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::pass::Pass;
use super::shape::Format;
use super::table::Table;

/// The result of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// The kind of table.
    pub format: Format,
    /// Rows in the table.
    pub rows: usize,
    /// Lines added to the dictionaries.
    pub added: usize,
    /// Lines added to each dictionary file.
    pub added_to: BTreeMap<String, usize>,
    /// Rows that brought nothing new and nothing wrong.
    pub already_known: usize,
    /// Rows that the options leave out: activities that are no mechanism.
    pub left_out: usize,
    /// What contradicts a line that is there; the line stays.
    pub conflicts: Vec<Conflict>,
    /// Rows that could not be used, one entry for each distinct cause.
    pub problems: Vec<Problem>,
}

/// A row that contradicts a dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The row: its line, or its place in a JSON array, from 1.
    pub row: u64,
    /// The dictionary file.
    pub file: &'static str,
    /// The name, term or company.
    pub value: String,
    /// What the dictionary says.
    pub existing: String,
    /// What the row says.
    pub proposed: String,
}

/// Something that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The first row with it: its line, or its place in a JSON array, from 1.
    pub row: u64,
    /// How many rows have it.
    pub rows: usize,
    /// A code, e.g. `unknown_generic`.
    pub kind: &'static str,
    /// The value it is about; empty where it is about the row as such.
    pub value: String,
    /// The same in words.
    pub message: String,
}

impl Problem {
    pub(super) fn new(row: u64, kind: &'static str, value: &str, message: String) -> Self {
        Self { row, rows: 1, kind, value: value.to_owned(), message }
    }
}

impl ImportReport {
    /// The report of the last pass, which sees all that was added before it.
    pub(super) fn new(
        format: Format,
        table: &Table,
        pass: Pass<'_>,
        added_to: BTreeMap<String, usize>,
        rows_added: &BTreeSet<u64>,
    ) -> Self {
        let spent: BTreeSet<u64> = pass.rows_troubled.union(rows_added).copied().collect();
        let mut problems = table.problems.clone();
        problems.extend(pass.problems);
        problems.sort_by_key(|problem| problem.row);
        Self {
            format,
            rows: table.rows.len() + table.problems.len(),
            added: added_to.values().sum(),
            added_to,
            already_known: table.rows.len() - spent.len() - pass.left_out,
            left_out: pass.left_out,
            conflicts: pass.conflicts,
            problems,
        }
    }
}
