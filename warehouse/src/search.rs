//! Search for drugs (R43). The ranking is written once, in the SQL macro
//! `search_words`; this calls it with the better folding that Rust has.

use duckdb::Connection;
use serde::{Deserialize, Serialize};

use crate::fold::{fold, words};
use crate::sql::{literal, rows};
use crate::{WarehouseError, sql};

/// One drug found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Id of the drug.
    pub drug_id: String,
    /// Standard generic name.
    pub generic: String,
    /// Its names in Chinese.
    pub generic_zh: Vec<String>,
    /// Standard dosage form, the code.
    pub dosage_form: String,
    /// Its English label.
    pub dosage_form_en: String,
    /// Its Chinese label.
    pub dosage_form_zh: Option<String>,
    /// Marketing authorisation holder.
    pub holder: Option<String>,
    /// Corporate group of the holder.
    pub holder_group: Option<String>,
    /// Brand names.
    pub drug_names: Vec<String>,
    /// Other companies of its records.
    pub partners: Vec<String>,
    /// How far it has come, by country.
    pub progress: Vec<CountryProgress>,
    /// Records in the drug.
    pub records: i64,
    /// Mean over the words of the query: from 400 exact, from 300 the
    /// beginning of a term, from 250 the beginning of a word in it, from 200
    /// inside it, from 100 only similar.
    pub score: i32,
    /// Which word matched what, and how.
    pub matched: Vec<Match>,
}

/// How far a drug has come in one country (R33-R38).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountryProgress {
    /// Country; EU for the Union.
    pub country: String,
    /// Stage of the ladder.
    pub progress: String,
    /// The stage in Chinese.
    pub progress_zh: String,
    /// The stage rests on stopped work only.
    pub inactive: bool,
    /// Date of the evidence, ISO 8601.
    pub progress_date: Option<String>,
    /// On the market today?
    pub current_status: String,
}

/// Why a drug was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The word of the query (or the whole query), folded.
    pub word: String,
    /// exact, prefix, word, substring or similar.
    pub how: String,
    /// generic, alias, ingredient, brand, company, group, target, form or number.
    pub kind: String,
    /// The term that matched.
    pub term: String,
}

/// The best `limit` drugs for `term`: names in English, Chinese or Japanese,
/// companies, groups, targets, dosage forms, numbers, or several of them, all
/// of which must match. Empty where nothing matches.
///
/// # Errors
/// When the index cannot be read.
pub fn search(conn: &Connection, term: &str, limit: usize) -> Result<Vec<Hit>, WarehouseError> {
    let words = words(term);
    let phrase = fold(term);
    if phrase.is_empty() {
        return Ok(Vec::new());
    }
    let words = words.iter().map(|w| sql::literal(w)).collect::<Vec<_>>().join(", ");
    let query = format!(
        "FROM search_words(CAST([{words}] AS VARCHAR[]), {}, max_rows := {limit})",
        literal(&phrase)
    );
    rows(conn, "search", &query)
}
