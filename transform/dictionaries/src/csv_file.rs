//! One dictionary file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::DictionaryError;

/// A CSV file with a header, and where it came from.
#[derive(Debug)]
pub(crate) struct CsvFile {
    pub(crate) path: PathBuf,
    pub(crate) text: Cow<'static, str>,
}

impl CsvFile {
    pub(crate) fn builtin(name: &str, text: &'static str) -> Self {
        Self { path: PathBuf::from(format!("transform/dictionaries/{name}")), text: text.into() }
    }

    pub(crate) fn read(path: &Path) -> Result<Self, DictionaryError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| DictionaryError::Io { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), text: text.into() })
    }

    /// That the header has every column of the compiled-in file but those that
    /// `may_lack` lets pass, rows or not.
    pub(crate) fn check_header(
        &self,
        builtin: &Self,
        may_lack: impl Fn(&str) -> bool,
    ) -> Result<(), DictionaryError> {
        let (found, expected) = (self.header()?, builtin.header()?);
        let there = |column: &str| found.iter().any(|f| f == column);
        let lacking: Vec<&str> =
            expected.iter().filter(|column| !there(column) && !may_lack(column)).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let expected = expected.iter().collect::<Vec<_>>().join(",");
        let reason = format!("the header lacks {}; expected {expected}", lacking.join(", "));
        Err(self.error(1, &reason))
    }

    fn header(&self) -> Result<csv::StringRecord, DictionaryError> {
        let text = self.text.trim_start_matches('\u{feff}');
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        Ok(reader.headers().map_err(|e| self.error(1, &e))?.clone())
    }

    /// Calls `row` with every row; its complaint becomes an error that names
    /// the file and the line.
    pub(crate) fn each<R: DeserializeOwned>(
        &self,
        mut row: impl FnMut(R) -> Result<(), String>,
    ) -> Result<(), DictionaryError> {
        self.each_line(|_, value| row(value))
    }

    /// As [`CsvFile::each`], with the line on which the row starts.
    pub(crate) fn each_line<R: DeserializeOwned>(
        &self,
        mut row: impl FnMut(u64, R) -> Result<(), String>,
    ) -> Result<(), DictionaryError> {
        let mut reader = csv::Reader::from_reader(self.text.as_bytes());
        let headers = reader.headers().map_err(|e| self.error(1, &e))?.clone();
        let mut record = csv::StringRecord::new();
        loop {
            let line = next_line(&reader, self.text.as_bytes());
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(e) => return Err(self.error(line, &e)),
            }
            let value = record.deserialize(Some(&headers)).map_err(|e| self.error(line, &e))?;
            row(line, value).map_err(|reason| self.error(line, &reason))?;
        }
    }

    pub(crate) fn error(&self, line: u64, reason: &impl ToString) -> DictionaryError {
        DictionaryError::Row { file: self.path.clone(), line, reason: reason.to_string() }
    }
}

/// The line on which the next row of a text starts. The reader counts the end
/// of a line of Windows, and empty lines, to the row behind them.
pub(crate) fn next_line(reader: &csv::Reader<&[u8]>, text: &[u8]) -> u64 {
    let position = reader.position();
    let rest = usize::try_from(position.byte()).ok().and_then(|at| text.get(at..));
    let ends = rest.unwrap_or_default().iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    position.line() + ends.filter(|b| **b == b'\n').map(|_| 1).sum::<u64>()
}
