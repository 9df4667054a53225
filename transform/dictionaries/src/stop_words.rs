//! What must not be taken for a drug: words of free text, letters that begin
//! no development code, names that are never part of a run-together name.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;
use crate::development_code::CodeGrammar;
use crate::generic::fold;

#[derive(Deserialize)]
struct StopRow {
    term: String,
    kind: String,
}

/// `drug_name_stops.csv`, read.
#[derive(Debug, Default)]
pub(crate) struct StopWords {
    /// Names that free text uses for something else (R11).
    pub(crate) text: BTreeSet<String>,
    /// Chinese names that are a salt or a vehicle inside a longer name (R5).
    pub(crate) segments: BTreeSet<String>,
    /// The grammar of development codes with its exceptions.
    pub(crate) grammar: CodeGrammar,
}

impl StopWords {
    pub(crate) fn new(file: &CsvFile) -> Result<Self, DictionaryError> {
        let mut this = Self::default();
        file.each(|row: StopRow| {
            match row.kind.as_str() {
                "text" => {
                    this.text.insert(fold(&row.term));
                }
                "segment" => {
                    this.segments.insert(fold(&row.term));
                }
                "code" => this.grammar.stop_word(&row.term),
                "code_prefix" => this.grammar.stop_prefix(&row.term),
                other => {
                    return Err(format!(
                        "kind {other:?}: expected text, segment, code or code_prefix"
                    ));
                }
            }
            Ok(())
        })?;
        Ok(this)
    }
}
