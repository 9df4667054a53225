//! Growing the dictionaries from public tables.
//!
//! A table brings facts; the dictionaries decide which of them can be used. A
//! line that is there is never changed: what contradicts it is reported. Each
//! line that is added names the table as its source.

mod companies;
mod forms;
mod names;
mod pass;
mod report;
mod shape;
mod table;
mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use crate::csv_text::CsvText;
use crate::files::Files;
use crate::user_folder::{FolderLock, write_whole};
use crate::{Dictionaries, DictionaryError};
use pass::Pass;
use table::Table;

pub use report::{Conflict, ImportReport, Problem};
pub use shape::Format;

/// How a table is imported.
pub struct ImportOptions<'a> {
    /// What the added lines name as their source, e.g. the name of the file.
    pub source: &'a str,
    /// The kind of table; found out from its columns where none is given.
    pub format: Option<Format>,
    /// Keep a target that no line of `target_aliases.csv` knows under the
    /// table's own name for it; else it is reported.
    pub keep_unmapped_targets: bool,
    /// Take every measured activity for a target. Else, where the table has a
    /// column `MOA`, only the mechanism of action counts (R9).
    pub all_activities: bool,
    /// Takes the words of the dosage form out of a product name.
    pub without_form: &'a dyn Fn(&str) -> String,
}

impl<'a> ImportOptions<'a> {
    /// The usual options: format found out, mechanisms of action only, unknown
    /// targets reported, product names as they are.
    #[must_use]
    pub fn new(source: &'a str) -> Self {
        Self {
            source,
            format: None,
            keep_unmapped_targets: false,
            all_activities: false,
            without_form: &str::to_owned,
        }
    }
}

impl fmt::Debug for ImportOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportOptions")
            .field("source", &self.source)
            .field("format", &self.format)
            .field("keep_unmapped_targets", &self.keep_unmapped_targets)
            .field("all_activities", &self.all_activities)
            .finish_non_exhaustive()
    }
}

/// What an import would change.
#[derive(Debug)]
pub struct Import {
    /// The dictionary files that get lines, whole, as they would be written.
    pub files: BTreeMap<&'static str, String>,
    /// What became of the rows.
    pub report: ImportReport,
}

/// A table that cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The bytes are no text.
    #[error("byte {0} is not UTF-8: save the table as UTF-8 text")]
    NotText(usize),
    /// It begins as JSON and is none, or is no array of objects.
    #[error("not a JSON array of objects: {0}")]
    Json(String),
    /// The header cannot be read, or there is none.
    #[error("the table has no header: {0}")]
    Header(String),
    /// The columns tell no known kind of table.
    #[error("cannot tell what the columns {found} hold; expected {expected}")]
    UnknownShape {
        /// The columns of the table.
        found: String,
        /// The columns of each kind of table.
        expected: String,
    },
    /// The table lacks columns of the kind it is said to be.
    #[error("a table of {format} has {expected}; found {found}")]
    OtherShape {
        /// What it is said to be.
        format: Format,
        /// The columns of the table.
        found: String,
        /// The columns of such a table.
        expected: String,
    },
    /// Lines need a source.
    #[error("no source is given for the lines")]
    NoSource,
    /// The dictionaries themselves cannot be read or written.
    #[error(transparent)]
    Dictionary(#[from] DictionaryError),
}

/// What importing a table into the dictionaries of `folder` (none: those that
/// are compiled in) would change. Nothing is written. A second import of the
/// same table adds nothing.
///
/// # Errors
/// [`ImportError`] if the table as a whole, or a dictionary, cannot be read.
/// What is wrong with single rows is in the report.
pub fn import(
    bytes: &[u8],
    folder: Option<&Path>,
    options: &ImportOptions<'_>,
) -> Result<Import, ImportError> {
    if options.source.trim().is_empty() {
        return Err(ImportError::NoSource);
    }
    let table = Table::read(bytes)?;
    let format = shape::format_of(&table, options.format)?;
    let mut files: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut added: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows_added = BTreeSet::new();
    // A line may make an earlier row usable: again until nothing is added.
    loop {
        let pending: Vec<(&str, &str)> = files.iter().map(|(n, t)| (*n, t.as_str())).collect();
        let current = Files::read(folder, &pending)?;
        let dictionaries = Dictionaries::of(&current)?;
        let mut pass = Pass::new(&dictionaries, &current, options);
        match format {
            Format::DrugTargets => targets::rows(&table, &mut pass),
            Format::Names => names::rows(&table, &mut pass),
            Format::CompanyGroups => companies::rows(&table, &mut pass),
            Format::DosageForms => forms::rows(&table, &mut pass)?,
        }
        rows_added.append(&mut pass.rows_added);
        if pass.lines.is_empty() {
            let report = ImportReport::new(format, &table, pass, added, &rows_added);
            return Ok(Import { files, report });
        }
        let mut changed = BTreeMap::new();
        for (name, lines) in pass.lines {
            *added.entry(name.to_owned()).or_default() += lines.len();
            changed.insert(name, merged(&current, name, lines)?);
        }
        files.extend(changed);
    }
}

/// [`import`], written into `folder`: there, a file begins as the compiled-in
/// one where the folder has none yet. Each file is replaced as a whole or not
/// at all; nothing is written if one of them could not be loaded again. Whoever
/// else changes files of the folder at the same time is waited for.
///
/// # Errors
/// As [`import`], and when a file cannot be written.
pub fn import_into(
    folder: &Path,
    bytes: &[u8],
    options: &ImportOptions<'_>,
) -> Result<ImportReport, ImportError> {
    let _lock = FolderLock::wait(folder)?;
    let import = import(bytes, Some(folder), options)?;
    for (name, text) in &import.files {
        write_whole(&folder.join(name), text)?;
    }
    Ok(import.report)
}

/// The columns by which each file is sorted.
fn order(file: &str) -> &'static [&'static str] {
    match file {
        "generics.csv" => &["name", "lang"],
        "targets.csv" => &["generic", "target"],
        "target_aliases.csv" => &["alias", "target"],
        "companies.csv" => &["alias", "lang"],
        "corporate_groups.csv" => &["company", "valid_from"],
        _ => &["vocabulary", "term", "route"],
    }
}

fn merged(files: &Files, name: &str, lines: Vec<pass::Line>) -> Result<String, DictionaryError> {
    let file = files.get(name);
    let mut text = CsvText::parse(&file.text).map_err(|(line, e)| file.error(line, &e))?;
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let cells: Vec<(&str, &str)> = line.iter().map(|(c, v)| (*c, v.as_str())).collect();
        rows.push(text.row(&cells).map_err(|e| file.error(1, &e))?);
    }
    text.insert_sorted(rows, order(name));
    Ok(text.text())
}

#[cfg(test)]
mod tests;
