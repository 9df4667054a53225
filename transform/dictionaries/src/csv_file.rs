//! One dictionary file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::DictionaryError;

/// A CSV file with a header, and where it came from.
#[derive(Debug)]
pub(crate) struct CsvFile {
    path: PathBuf,
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

    /// Calls `row` with every row; its complaint becomes an error that names
    /// the file and the line.
    pub(crate) fn each<R: DeserializeOwned>(
        &self,
        mut row: impl FnMut(R) -> Result<(), String>,
    ) -> Result<(), DictionaryError> {
        let mut reader = csv::Reader::from_reader(self.text.as_bytes());
        let headers = reader.headers().map_err(|e| self.error(1, &e))?.clone();
        let mut record = csv::StringRecord::new();
        loop {
            let line = reader.position().line();
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(e) => return Err(self.error(line, &e)),
            }
            let value = record.deserialize(Some(&headers)).map_err(|e| self.error(line, &e))?;
            row(value).map_err(|reason| self.error(line, &reason))?;
        }
    }

    pub(crate) fn error(&self, line: u64, reason: &impl ToString) -> DictionaryError {
        DictionaryError::Row { file: self.path.clone(), line, reason: reason.to_string() }
    }
}
