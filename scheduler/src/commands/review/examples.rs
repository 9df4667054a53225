//! Records that have an open value, in the words of their source: what a
//! person looks at before deciding.

use regatta_dictionaries::DecisionKind;
use regatta_warehouse::{Answer, Connection, run_sql};

use super::queue::OpenKind;

/// Up to `limit` records of all kinds.
pub fn examples(
    duckdb: &Connection,
    kind: OpenKind,
    value: &str,
    limit: usize,
) -> anyhow::Result<Answer> {
    let OpenKind::Name(kind) = kind else { return with_status(duckdb, value, limit) };
    let value = value.replace('\'', "''");
    let has_it = match kind {
        DecisionKind::Generic => format!(
            "generic_match IN ('unmatched', 'partial') AND \
             (generic = '{value}' OR list_contains(string_split(generic, ' / '), '{value}'))"
        ),
        DecisionKind::DosageForm => {
            format!("dosage_form_match = 'unmatched' AND dosage_form = '{value}'")
        }
        DecisionKind::Company => format!(
            "record_id IN (SELECT record_id FROM record_company \
             WHERE company = '{value}' AND company_match = 'own_name')"
        ),
    };
    Ok(run_sql(
        duckdb,
        &format!(
            "WITH record AS (
                SELECT record_id, brand_name AS name, generic, generic_match, generic_raw,
                    dosage_form, dosage_form_match, dosage_form_raw FROM listing
                UNION ALL
                SELECT record_id, product_name, generic, generic_match, generic_raw,
                    dosage_form, dosage_form_match, dosage_form_raw FROM registration
                UNION ALL
                SELECT record_id, coalesce(product_name, title), generic, generic_match,
                    generic_raw, dosage_form, dosage_form_match, dosage_form_raw
                FROM trial_product JOIN (SELECT trial_id, title FROM trial) USING (trial_id)
            )
            SELECT record_id AS record, name, generic_raw AS ingredients,
                dosage_form_raw AS form,
                (SELECT string_agg(DISTINCT company_raw, '; ' ORDER BY company_raw)
                    FROM record_company c WHERE c.record_id = record.record_id) AS companies,
                drug_id AS drug
            FROM record LEFT JOIN drug_record USING (record_id)
            WHERE {has_it} ORDER BY record_id LIMIT {limit}"
        ),
    )?)
}

/// Listings and trials that have a word for a status which nobody knows. A trial
/// may have it in a member state (R24).
fn with_status(duckdb: &Connection, word: &str, limit: usize) -> anyhow::Result<Answer> {
    let word = word.replace('\'', "''");
    Ok(run_sql(
        duckdb,
        &format!(
            "SELECT record_id AS record, brand_name AS name, source_id AS source, status_raw AS status
            FROM listing WHERE status = 'unknown' AND status_raw = '{word}'
            UNION ALL
            SELECT trial_id, title, source_id, status_raw FROM trial
            WHERE status = 'unknown' AND status_raw = '{word}'
                OR trial_id IN (SELECT trial_id FROM trial_country
                    WHERE status = 'unknown' AND status_raw = '{word}')
            ORDER BY record LIMIT {limit}"
        ),
    )?)
}
