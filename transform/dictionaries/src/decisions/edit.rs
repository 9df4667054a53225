//! Writing decisions down (R10, R29).

use std::path::Path;

use super::merges::{self, MergeDecisionRow, pair};
use super::{DecisionKind, DecisionRow, check, fold, known_scope};
use crate::csv_text::{CsvText, Row};
use crate::user_folder::{FolderLock, write_whole};
use crate::{Dictionaries, DictionaryError};

const DECISIONS: &str = "decisions.csv";
const MERGE_DECISIONS: &str = "merge_decisions.csv";

/// Writes decisions about values to `decisions.csv` in `folder` (R10). Folder
/// and file are made where missing. A decision takes the place of the earlier
/// one about the same value; other lines stay as they are. The file is replaced
/// as a whole or not at all. Whoever else changes files of the folder at the same
/// time is waited for.
///
/// # Errors
/// [`DictionaryError::Decision`] for a row that could not be loaded again,
/// [`DictionaryError::Row`] if the folder's dictionaries are already unusable,
/// [`DictionaryError::Io`] when the file system refuses; in any case no decision
/// is written.
pub fn append_decisions(folder: &Path, rows: &[DecisionRow]) -> Result<(), DictionaryError> {
    let _lock = FolderLock::wait(folder)?;
    let mut file = open(folder, DECISIONS)?;
    for row in rows {
        let refused = |reason| DictionaryError::Decision { value: row.value.clone(), reason };
        let scope = check(row).map_err(refused)?;
        let records = row.records.map(|n| n.to_string()).unwrap_or_default();
        let line = file
            .row(&[
                ("kind", &code(&row.kind)),
                ("language", &row.language),
                ("value", &row.value),
                ("decision", &code(&row.decision)),
                ("target", &row.target),
                ("sources", &row.sources),
                ("records", &records),
                ("author", &row.author),
                ("decided_at", &row.decided_at),
                ("reason", &row.reason),
            ])
            .map_err(refused)?;
        let (kind, value) = (code(&row.kind), fold(&row.value));
        let same = |file: &CsvText, old: &Row| {
            file.cell(old, "kind") == kind
                && fold(file.cell(old, "value")) == value
                && known_scope(row.kind, file.cell(old, "language"))
                    .is_ok_and(|old| old.overlaps(scope))
        };
        if !file.replace(Some(line.clone()), same) {
            file.push(line);
        }
    }
    let text = file.text();
    Dictionaries::load_with(Some(folder), &[(DECISIONS, &text)])?;
    write_whole(&folder.join(DECISIONS), &text)
}

/// Takes the decisions about a value out of `decisions.csv` in `folder`, in
/// whichever language; false if there was none.
///
/// # Errors
/// When the file cannot be read or written.
pub fn remove_decision(
    folder: &Path,
    kind: DecisionKind,
    value: &str,
) -> Result<bool, DictionaryError> {
    let (kind, value) = (code(&kind), fold(value));
    remove(folder, DECISIONS, |file, old| {
        file.cell(old, "kind") == kind && fold(file.cell(old, "value")) == value
    })
}

/// Writes decisions about merges to `merge_decisions.csv` in `folder` (R29),
/// as [`append_decisions`] does: a decision takes the place of the earlier one
/// about the same two records.
///
/// # Errors
/// As [`append_decisions`].
pub fn append_merge_decisions(
    folder: &Path,
    rows: &[MergeDecisionRow],
) -> Result<(), DictionaryError> {
    let _lock = FolderLock::wait(folder)?;
    let mut file = open(folder, MERGE_DECISIONS)?;
    for row in rows {
        let refused = |reason| DictionaryError::Decision {
            value: format!("{}, {}", row.record_a, row.record_b),
            reason,
        };
        merges::check(row).map_err(refused)?;
        let line = file
            .row(&[
                ("decision", &code(&row.decision)),
                ("record_a", &row.record_a),
                ("record_b", &row.record_b),
                ("author", &row.author),
                ("decided_at", &row.decided_at),
                ("reason", &row.reason),
            ])
            .map_err(refused)?;
        let both = pair(&row.record_a, &row.record_b);
        if !file.replace(Some(line.clone()), |file, old| pair_of(file, old) == both) {
            file.push(line);
        }
    }
    let text = file.text();
    Dictionaries::load_with(Some(folder), &[(MERGE_DECISIONS, &text)])?;
    write_whole(&folder.join(MERGE_DECISIONS), &text)
}

/// Takes the decision about two records, in either order, out of
/// `merge_decisions.csv` in `folder`; false if there was none.
///
/// # Errors
/// When the file cannot be read or written.
pub fn remove_merge_decision(
    folder: &Path,
    record_a: &str,
    record_b: &str,
) -> Result<bool, DictionaryError> {
    let both = pair(record_a, record_b);
    remove(folder, MERGE_DECISIONS, |file, old| pair_of(file, old) == both)
}

fn pair_of(file: &CsvText, row: &Row) -> (String, String) {
    pair(file.cell(row, "record_a"), file.cell(row, "record_b"))
}

fn remove(
    folder: &Path,
    name: &str,
    same: impl Fn(&CsvText, &Row) -> bool,
) -> Result<bool, DictionaryError> {
    if !folder.join(name).exists() {
        return Ok(false);
    }
    let _lock = FolderLock::wait(folder)?;
    let mut file = open(folder, name)?;
    let any = file.replace(None, same);
    if any {
        write_whole(&folder.join(name), &file.text())?;
    }
    Ok(any)
}

/// The user's file, or a new one with the header of the compiled-in file: that
/// file is added to the user's, not replaced by it.
fn open(folder: &Path, name: &str) -> Result<CsvText, DictionaryError> {
    let path = folder.join(name);
    let text = if path.exists() {
        std::fs::read_to_string(&path)
            .map_err(|source| DictionaryError::Io { path: path.clone(), source })?
    } else {
        crate::files::builtin(name).lines().next().unwrap_or_default().to_owned() + "\n"
    };
    CsvText::parse(&text).map_err(|(line, reason)| DictionaryError::Row {
        file: path,
        line,
        reason,
    })
}

/// The word under which a value stands in the file.
fn code(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MergeDecision, Verdict};

    fn reject(value: &str) -> DecisionRow {
        DecisionRow {
            kind: DecisionKind::Generic,
            language: String::new(),
            value: value.into(),
            decision: Verdict::Reject,
            target: String::new(),
            sources: String::new(),
            records: None,
            author: "A. Reviewer".into(),
            decided_at: "2026-02-28".into(),
            reason: String::new(),
        }
    }

    fn link(record_b: &str) -> MergeDecisionRow {
        MergeDecisionRow {
            decision: MergeDecision::MustLink,
            record_a: "s:0".into(),
            record_b: record_b.into(),
            author: "A. Reviewer".into(),
            decided_at: "2026-02-28".into(),
            reason: "one firm".into(),
        }
    }

    #[test]
    fn r10_r29_of_reviewers_at_the_same_time_none_loses_a_decision() {
        const REVIEWERS: usize = 4;
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        append_decisions(folder, &[reject("taken back")]).unwrap();
        std::thread::scope(|reviewers| {
            for who in 0..REVIEWERS {
                reviewers.spawn(move || {
                    for what in ["a", "b"] {
                        let value = format!("{what}{who}");
                        append_decisions(folder, &[reject(&value)]).unwrap();
                        append_merge_decisions(folder, &[link(&format!("s:{value}"))]).unwrap();
                    }
                });
            }
            reviewers.spawn(|| {
                assert!(remove_decision(folder, DecisionKind::Generic, "taken back").unwrap());
            });
        });
        let all = Dictionaries::load(Some(folder)).unwrap();
        let mut values: Vec<&str> = all.decisions.rows().map(|row| row.value.as_str()).collect();
        values.sort_unstable();
        let expected: Vec<String> = ["a", "b"]
            .iter()
            .flat_map(|what| (0..REVIEWERS).map(move |who| format!("{what}{who}")))
            .collect();
        assert_eq!(values, expected);
        assert_eq!(all.merge_decisions.rows().count(), 2 * REVIEWERS);
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, 2, "nothing is left beside the two files");
    }
}
