//! One walk over the rows of a table: what it adds, and what stands against it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ImportOptions;
use super::report::{Conflict, Problem};
use crate::files::Files;
use crate::{Dictionaries, GenericMatch, Language, NOT_A_DRUG, REJECTED};

/// The cells of a new line, by column.
pub(super) type Line = Vec<(&'static str, String)>;

pub(super) struct Pass<'a> {
    pub(super) dictionaries: &'a Dictionaries,
    pub(super) files: &'a Files,
    pub(super) options: &'a ImportOptions<'a>,
    pub(super) lines: BTreeMap<&'static str, Vec<Line>>,
    pub(super) rows_added: BTreeSet<u64>,
    /// Rows with a conflict or a problem.
    pub(super) rows_troubled: BTreeSet<u64>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) problems: Vec<Problem>,
    pub(super) left_out: usize,
    /// Place of a problem, and the last row that had it.
    problem_at: HashMap<(&'static str, String), (usize, u64)>,
}

/// What the dictionaries say about a generic name.
pub(super) enum Known {
    /// Its generic and salt.
    As(String, String),
    /// Nothing.
    Not,
    /// That it stands for no other name: a decision.
    DecidedNot,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        dictionaries: &'a Dictionaries,
        files: &'a Files,
        options: &'a ImportOptions<'a>,
    ) -> Self {
        Self {
            dictionaries,
            files,
            options,
            lines: BTreeMap::new(),
            rows_added: BTreeSet::new(),
            rows_troubled: BTreeSet::new(),
            conflicts: Vec::new(),
            problems: Vec::new(),
            left_out: 0,
            problem_at: HashMap::new(),
        }
    }

    /// Adds a line, with the source.
    pub(super) fn add(&mut self, row: u64, file: &'static str, cells: &[(&'static str, &str)]) {
        let mut line: Line = cells.iter().map(|(c, v)| (*c, (*v).to_owned())).collect();
        line.push(("source", self.options.source.to_owned()));
        self.lines.entry(file).or_default().push(line);
        self.rows_added.insert(row);
    }

    pub(super) fn conflict(
        &mut self,
        row: u64,
        file: &'static str,
        value: &str,
        existing: &str,
        proposed: &str,
    ) {
        self.rows_troubled.insert(row);
        let conflict = Conflict {
            row,
            file,
            value: value.to_owned(),
            existing: existing.to_owned(),
            proposed: proposed.to_owned(),
        };
        // Several spellings of a row can lead to one company.
        if self.conflicts.last() != Some(&conflict) {
            self.conflicts.push(conflict);
        }
    }

    /// Notes a problem; one that another row had is counted there.
    pub(super) fn problem(
        &mut self,
        row: u64,
        kind: &'static str,
        value: &str,
        message: impl FnOnce() -> String,
    ) {
        self.rows_troubled.insert(row);
        if let Some((at, last)) = self.problem_at.get_mut(&(kind, value.to_owned())) {
            self.problems[*at].rows += usize::from(*last != row);
            *last = row;
        } else {
            self.problem_at.insert((kind, value.to_owned()), (self.problems.len(), row));
            self.problems.push(Problem::new(row, kind, value, message()));
        }
    }

    /// What the dictionaries and the decisions say about a name that is not to
    /// be split.
    pub(super) fn generic(&self, name: &str, language: Language) -> Known {
        let GenericMatch { generic, salt, how, unknown } =
            self.dictionaries.generic(name, language, &[]);
        match how {
            REJECTED | NOT_A_DRUG => Known::DecidedNot,
            // A code that no line knows is only taken for a generic.
            "development_code" => Known::Not,
            _ if unknown.is_empty() => Known::As(generic, salt.unwrap_or_default()),
            _ => Known::Not,
        }
    }
}
