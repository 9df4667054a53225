//! Search for drugs (R43): [`Searcher`] for many queries, [`search`] for one.
//!
//! The index is built with the `DuckDB` file and lies in it, so that both are
//! always of the same snapshot: as bytes in the table `search_index` for the
//! engine here, as tables for the macro `search`. The ranking rule is
//! written down in [`rule`]; engine and macro follow it, and a test compares them.

mod build;
mod build_cards;
mod cards;
mod codes;
mod encode;
mod entries;
mod format;
mod front;
mod grams;
mod index;
mod ingredients;
mod links;
mod matches;
mod numbers;
mod probe;
mod rank;
mod rule;
mod searcher;
mod several;
mod suggest;
mod targets;
mod terms;
mod varint;
mod word_set;

#[cfg(test)]
mod reference;

use duckdb::Connection;
use serde::{Deserialize, Serialize};

use crate::WarehouseError;
use crate::fold::fold;
use crate::sql::{literal, rows};

pub(crate) use build::create;
pub use searcher::Searcher;

use entries::Shown;
use index::Index;
use rule::{Class, KINDS, Query};

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
/// Reads the index of the file that `conn` has open, once; a [`Searcher`] keeps
/// it. Where the index cannot be used, SQL answers ([`search_by_sql`]), and
/// the log says why.
///
/// # Errors
/// When neither index nor tables can be read.
pub fn search(conn: &Connection, term: &str, limit: usize) -> Result<Vec<Hit>, WarehouseError> {
    match searcher::read_index(conn) {
        Ok(index) => Ok(index.search(term, limit)),
        Err(error) => {
            tracing::warn!(%error, "searching with SQL, which is slower");
            search_by_sql(conn, term, limit)
        }
    }
}

/// The same as [`search`] through the macro `search_words`, for files without a
/// usable index.
///
/// # Errors
/// When the tables of the index cannot be read.
pub fn search_by_sql(
    conn: &Connection,
    term: &str,
    limit: usize,
) -> Result<Vec<Hit>, WarehouseError> {
    let phrase = fold(term);
    if phrase.is_empty() {
        return Ok(Vec::new());
    }
    let phrase = literal(&phrase);
    let query = format!(
        "FROM search_words(asked_words({phrase}), asked_phrase({phrase}), max_rows := {limit})"
    );
    rows(conn, "search", &query)
}

impl Index {
    /// The best `limit` drugs for `term`.
    pub(crate) fn search(&self, term: &str, limit: usize) -> Vec<Hit> {
        let is_target = |name: &str| self.is_target(name);
        let is_ingredient = |name: &str| self.is_ingredient(name);
        let Some(query) = Query::parse(term, is_target, is_ingredient) else { return Vec::new() };
        rank::best(self, &query, limit).iter().map(|found| self.hit_of(found, &query)).collect()
    }

    fn hit_of(&self, found: &rank::Found, query: &Query) -> Hit {
        let words = match &query.phrase {
            Some(phrase) if found.phrase => std::slice::from_ref(phrase),
            _ => query.words.as_slice(),
        };
        let matched = words.iter().zip(&found.reasons).map(|(word, reason)| Match {
            word: word.clone(),
            how: Class::of(reason.points()).name().to_owned(),
            kind: KINDS.get(usize::from(reason.kind())).map_or("", |k| k.name).to_owned(),
            term: self.shown(reason.term(), reason.kind()),
        });
        Hit { score: i32::from(found.score), matched: matched.collect(), ..self.hit(found.drug) }
    }
}
