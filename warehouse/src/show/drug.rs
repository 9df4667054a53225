//! Everything that is known of one drug.

use duckdb::Connection;
use serde::{Deserialize, Serialize};

use super::Fields;
use crate::WarehouseError;
use crate::sql::{literal, rows};

/// A drug, its records with the reason of each, its progress with the evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DrugDetail {
    /// Its id.
    pub drug_id: String,
    /// The id that was asked for, where it is an earlier one of this drug (R32).
    pub asked_as: Option<String>,
    /// All columns of `drug_overview`: names, labels, companies, flags.
    pub fields: Fields,
    /// How far it has come, by country.
    pub progress: Vec<DrugMarket>,
    /// Its records, the one the others hang on first.
    pub records: Vec<DrugMember>,
    /// What changed in the drug itself, newest first, as rows of `changes`.
    pub changes: Vec<Fields>,
}

/// The progress of a drug in one country (R33-R38).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrugMarket {
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
    /// The furthest stage over all evidence.
    pub highest_evidence: String,
    /// That stage rests on stopped work only.
    pub highest_evidence_inactive: bool,
    /// Its date.
    pub highest_evidence_date: Option<String>,
    /// On the market today?
    pub current_status: String,
    /// Date of the evidence for that.
    pub current_status_date: Option<String>,
    /// Records that decided the progress.
    pub deciding_records: Vec<String>,
    /// Records of the furthest stage.
    pub highest_evidence_records: Vec<String>,
    /// Records that say what holds today.
    pub current_status_records: Vec<String>,
    /// Records of the drug in the country.
    pub records: i64,
}

/// A record of a drug and why it is one (R29): a row of `explain_drug`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "what a record decided: each of five is yes or no"
)]
pub struct DrugMember {
    /// The record.
    pub record_id: String,
    /// listing, registration or trial.
    pub record_kind: String,
    /// The kind in Chinese.
    pub record_kind_zh: Option<String>,
    /// Its source.
    pub source_id: String,
    /// Its country; EU for the Union.
    pub country: String,
    /// Why it is in the drug, in words.
    pub reason: String,
    /// The kind of reason in Chinese.
    pub reason_zh: Option<String>,
    /// first, group, company, `same_product` or decision.
    pub link_kind: String,
    /// The company, group, product number or decision that links.
    pub link_name: Option<String>,
    /// The record it is linked to.
    pub linked_to: Option<String>,
    /// Trade name, or the name in the registry.
    pub product_name: Option<String>,
    /// Strength; listings only.
    pub strength: Option<String>,
    /// Standard companies that have a role now.
    pub companies: Vec<String>,
    /// Their spellings in the source.
    pub companies_raw: Vec<String>,
    /// Status code; of a registration matter and conclusion, of a trial phase
    /// and status.
    pub status: Option<String>,
    /// The same in Chinese.
    pub status_zh: Option<String>,
    /// The status after R14, by which progress is judged; listings only.
    pub market_status: Option<String>,
    /// The data set that overruled the record (R14).
    pub market_source: Option<String>,
    /// Approval, conclusion (or acceptance), or start, ISO 8601.
    pub date: Option<String>,
    /// Application, acceptance or registry number.
    pub number: Option<String>,
    /// It names the holder of the drug as holder, applicant or sponsor.
    pub names_holder: bool,
    /// It is one of the records by which the holder was chosen (R30).
    pub decides_holder: bool,
    /// It decided the progress of its country.
    pub decides_progress: bool,
    /// It decided the highest evidence there.
    pub decides_highest_evidence: bool,
    /// It decided the current status there.
    pub decides_current_status: bool,
    /// Where its bytes come from; unknown where the ledger does not know them.
    pub url: Option<String>,
    /// When they were transferred, ISO 8601 in UTC.
    pub fetched_at: Option<String>,
    /// Row in the regulator's file, from 1.
    pub row_number: Option<i64>,
}

/// The drug with this id, or the one that has most records of the drug that
/// had it before. `None` when no such drug was ever published, or it vanished.
///
/// # Errors
/// When the file cannot be read.
pub fn show_drug(conn: &Connection, id: &str) -> Result<Option<DrugDetail>, WarehouseError> {
    let Some(drug_id) = resolve(conn, id)? else { return Ok(None) };
    let wanted = literal(&drug_id);
    let overview = format!("SELECT * FROM drug_overview WHERE drug_id = {wanted}");
    let Some(fields) = rows(conn, "show the drug", &overview)?.pop() else { return Ok(None) };
    let progress = format!(
        "SELECT * EXCLUDE (drug_id) FROM drug_progress WHERE drug_id = {wanted} ORDER BY country"
    );
    let changes = format!(
        "SELECT * FROM changes('1970-01-01') WHERE entity_kind = 'drug' AND entity_id = {wanted}"
    );
    Ok(Some(DrugDetail {
        asked_as: earlier(id, &drug_id),
        fields,
        progress: rows(conn, "show the progress of the drug", &progress)?,
        records: members(conn, &drug_id)?,
        changes: rows(conn, "show the changes of the drug", &changes)?,
        drug_id,
    }))
}

/// The records of a drug, the one the others hang on first.
pub(super) fn members(conn: &Connection, drug_id: &str) -> Result<Vec<DrugMember>, WarehouseError> {
    let query = format!(
        "SELECT * REPLACE (strftime(fetched_at, '%Y-%m-%dT%H:%M:%SZ') AS fetched_at)
        FROM explain_drug({})",
        literal(drug_id)
    );
    rows(conn, "show the records of the drug", &query)
}

/// The id that was asked for, where it is another than the drug has now.
pub(super) fn earlier(asked: &str, now: &str) -> Option<String> {
    (!asked.trim().eq_ignore_ascii_case(now)).then(|| asked.trim().to_owned())
}

/// Follows merges until an id that is in use. Of several drugs that took over
/// records of one, that with the most records of it succeeds it (R32).
pub(super) fn resolve(conn: &Connection, id: &str) -> Result<Option<String>, WarehouseError> {
    #[derive(Deserialize)]
    struct Found {
        drug_id: String,
    }
    // As drug_id_now, which a file of an earlier version lacks.
    let query = format!(
        "WITH RECURSIVE successor AS (
            SELECT drug_id, arg_max(other_id, (seen_at, records, other_id)) AS other_id
            FROM drug_id_history WHERE event = 'merged_into' GROUP BY drug_id
        ), followed(id, steps) AS (
            SELECT upper(trim({id})), 0
            UNION
            SELECT s.other_id, f.steps + 1
            FROM followed f JOIN successor s ON s.drug_id = f.id
            WHERE f.steps < 100 AND f.id NOT IN (SELECT drug_id FROM drug)
        )
        SELECT d.drug_id FROM followed f JOIN drug d ON d.drug_id = f.id ORDER BY f.steps LIMIT 1",
        id = literal(id)
    );
    Ok(rows::<Found>(conn, "resolve the drug id", &query)?.pop().map(|f| f.drug_id))
}
