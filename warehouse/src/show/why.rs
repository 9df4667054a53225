//! Why two records are of one drug, or of two.

use duckdb::Connection;
use serde::{Deserialize, Serialize};

use crate::WarehouseError;
use crate::sql::{literal, rows};

/// The answer to `why`. See `why_text` for the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// One record.
    pub record_a: String,
    /// The other.
    pub record_b: String,
    /// They are of one drug.
    pub same_drug: bool,
    /// What joins them, or the first thing that parts them, in words.
    pub reason: String,
    /// The links from the one to the other; empty where they are of two drugs.
    pub path: Vec<WhyStep>,
    /// The drug of the first; none where it is in no drug.
    pub drug_a: Option<String>,
    /// The drug of the second.
    pub drug_b: Option<String>,
}

/// A link on the way from one record to another (R29).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyStep {
    /// From this record
    pub record_id: String,
    /// group, company, `same_product` or decision.
    pub link_kind: String,
    /// The company, group, product number or decision that both share.
    pub link_name: Option<String>,
    /// to this one.
    pub linked_to: String,
    /// The link in words.
    pub words: String,
}

/// Why `record_a` and `record_b` are of one drug, or of two (R2, R25-R29). A
/// record that is not there is an answer, not an error.
///
/// # Errors
/// When the file cannot be read.
pub fn why(conn: &Connection, record_a: &str, record_b: &str) -> Result<Why, WarehouseError> {
    let query = format!(
        "SELECT * REPLACE (list_transform(path, lambda s: {{'record_id': s.record_id,
            'link_kind': s.link_kind, 'link_name': s.link_name, 'linked_to': s.linked_to,
            'words': link_words(s.link_kind, s.link_name, s.linked_to)}}) AS path)
        FROM why({}, {})",
        literal(record_a),
        literal(record_b)
    );
    let step = "tell why two records are of one drug";
    rows::<Why>(conn, step, &query)?.pop().ok_or_else(|| WarehouseError::Contract {
        table: "why".to_owned(),
        reason: "the macro gave no row".to_owned(),
    })
}
