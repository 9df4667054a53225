//! Everything that is known of one record, down to the regulator's bytes.

use duckdb::Connection;
use serde::{Deserialize, Serialize};

use super::Fields;
use crate::WarehouseError;
use crate::sql::{literal, rows};

/// A record: what it says, where it comes from, what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordDetail {
    /// Its id.
    pub record_id: String,
    /// listing, registration or trial (R1).
    pub kind: String,
    /// All columns of `listing` or `registration`, the standard values beside
    /// those of the source; of a trial those of `trial`, and, where one drug
    /// under test was asked for or there is one only, of `trial_product`.
    pub fields: Fields,
    /// Who is what to it: rows of `record_company` (R3).
    pub companies: Vec<Fields>,
    /// The drugs under test of a trial, with the drug of each; else empty.
    pub products: Vec<Fields>,
    /// The member states of a trial and its status there (R24); else empty.
    pub countries: Vec<Fields>,
    /// The row of `drug_record`: its drug and what links it there.
    pub link: Option<Fields>,
    /// The bytes it was read from; of a registration, the first of its evidence.
    pub body: Body,
    /// The regulator's own row. `None` when the raw files are not in the lake
    /// any more, and where `raw_problem` says why they cannot be read.
    pub raw: Option<RawRow>,
    /// Why the regulator's own row cannot be read, though nothing says that it is
    /// gone: the file was copied away from its lake, or the lake was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_problem: Option<String>,
    /// The other rows of lists that a registration is made of (R19-R21).
    pub more: Vec<Origin>,
    /// Problems that were found in the rows, as rows of `rejected`.
    pub issues: Vec<Fields>,
    /// What changed in it, newest first, as rows of `changes`.
    pub changes: Vec<Fields>,
}

/// A row that a record was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Its bytes.
    pub body: Body,
    /// The regulator's own row, as in [`RecordDetail::raw`].
    pub raw: Option<RawRow>,
    /// As in [`RecordDetail::raw_problem`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_problem: Option<String>,
}

/// Where the bytes of a record come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Source of the row.
    pub source_id: String,
    /// Raw table of the source.
    pub raw_table: String,
    /// Its key in that table.
    pub record_key: String,
    /// Which list of CDE or NMPA it is a row of; registrations only.
    pub evidence: Option<String>,
    /// sha256 of the bytes.
    pub body_sha256: String,
    /// The archived file, from the lake's root.
    pub body_file: String,
    /// The regulator's URL; unknown where the ledger does not know the bytes.
    pub url: Option<String>,
    /// When the bytes were transferred, ISO 8601 in UTC.
    pub fetched_at: Option<String>,
    /// When the server last confirmed them, ISO 8601 in UTC.
    pub checked_at: Option<String>,
    /// Row of the record in the regulator's file, from 1.
    pub row_number: i64,
    /// The run that wrote the raw row.
    pub data_run_id: Option<String>,
}

/// A row of a raw table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RawRow {
    /// Table of the source, e.g. `products`.
    pub table: String,
    /// The view that shows it.
    pub view: String,
    /// All its columns, the envelope included, with the regulator's values.
    pub columns: Fields,
}

/// The record with this id, if it is in the snapshot. A trial may be asked for
/// as a whole, too, by its `trial_id`.
///
/// # Errors
/// When the file cannot be read.
pub fn show_record(
    conn: &Connection,
    record_id: &str,
) -> Result<Option<RecordDetail>, WarehouseError> {
    let wanted = literal(record_id);
    let Some((kind, fields)) = fields_of(conn, &wanted)? else { return Ok(None) };
    let trial = literal(text(&fields, "trial_id"));
    let mut origins = origins(conn, &wanted)?.into_iter();
    let Some(first) = origins.next() else { return Ok(None) };
    let more: Vec<Origin> = origins.collect();
    let mut issues = issues(conn, &first)?;
    for origin in &more {
        issues.extend(self::issues(conn, origin)?);
    }
    let all = |step: &str, query: String| rows::<Fields>(conn, step, &query);
    let entity = if kind == "trial" { trial.clone() } else { wanted.clone() };
    Ok(Some(RecordDetail {
        record_id: record_id.to_owned(),
        companies: all(
            "show the companies of the record",
            format!(
                "SELECT * EXCLUDE (record_id, source_id) FROM record_company
                WHERE record_id = {wanted} ORDER BY role, company, company_raw"
            ),
        )?,
        products: all(
            "show the drugs under test",
            format!(
                "SELECT p.record_id, p.product_name, p.generic, p.dosage_form, p.found_in,
                    p.matched_text, d.drug_id
                FROM trial_product p LEFT JOIN drug_record d USING (record_id)
                WHERE p.trial_id = {trial} ORDER BY p.record_id"
            ),
        )?,
        countries: all(
            "show the countries of the trial",
            format!(
                "SELECT * EXCLUDE (trial_id) FROM trial_country
                WHERE trial_id = {trial} ORDER BY country"
            ),
        )?,
        link: all(
            "show the drug of the record",
            format!("SELECT * FROM drug_record WHERE record_id = {wanted}"),
        )?
        .pop(),
        changes: all(
            "show the changes of the record",
            format!(
                "SELECT * FROM changes('1970-01-01') WHERE entity_kind = '{kind}' AND entity_id = {entity}"
            ),
        )?,
        kind: kind.to_owned(),
        fields,
        body: first.body,
        raw: first.raw,
        raw_problem: first.raw_problem,
        more,
        issues,
    }))
}

/// Kind and columns of the record; `wanted` is a literal.
fn fields_of(
    conn: &Connection,
    wanted: &str,
) -> Result<Option<(&'static str, Fields)>, WarehouseError> {
    for (kind, query) in [
        ("listing", format!("SELECT * FROM listing WHERE record_id = {wanted}")),
        ("registration", format!("SELECT * FROM registration WHERE record_id = {wanted}")),
        (
            "trial",
            format!(
                "SELECT p.record_id, t.*, p.* EXCLUDE (record_id, trial_id, source_id, country)
                FROM trial_product p JOIN trial t USING (trial_id) WHERE p.record_id = {wanted}"
            ),
        ),
        ("trial", format!("SELECT * FROM trial WHERE trial_id = {wanted}")),
    ] {
        if let Some(fields) = rows::<Fields>(conn, "show the record", &query)?.pop() {
            return Ok(Some((kind, fields)));
        }
    }
    Ok(None)
}

fn origins(conn: &Connection, wanted: &str) -> Result<Vec<Origin>, WarehouseError> {
    #[derive(Deserialize)]
    struct Row {
        #[serde(flatten)]
        body: Body,
        raw_view: Option<String>,
    }
    let lineage = format!(
        "SELECT source_id, raw_table, record_key, evidence, body_sha256, body_file, url, row_number,
            data_run_id, raw_view,
            strftime(fetched_at, '%Y-%m-%dT%H:%M:%SZ') AS fetched_at,
            strftime(checked_at, '%Y-%m-%dT%H:%M:%SZ') AS checked_at
        FROM lineage({wanted})"
    );
    let found = rows::<Row>(conn, "show the lineage of the record", &lineage)?;
    Ok(found
        .into_iter()
        .map(|row| {
            let raw = row.raw_view.map_or(Ok(None), |view| raw_row(conn, &row.body, view));
            let (raw, raw_problem) = match raw {
                Ok(raw) => (raw, None),
                Err(problem) => (None, Some(problem)),
            };
            Origin { body: row.body, raw, raw_problem }
        })
        .collect())
}

/// The row with the record's key, bytes and row number; none where its file is
/// gone. Why a view cannot be read (see `raw`) is no error of the whole: the
/// rest of what is known is worth showing.
fn raw_row(conn: &Connection, body: &Body, view: String) -> Result<Option<RawRow>, String> {
    let query = format!(
        "SELECT * FROM {view} WHERE body_sha256 = {} AND record_key = {}
            AND CAST(row_number AS BIGINT) = {} LIMIT 1",
        literal(&body.body_sha256),
        literal(&body.record_key),
        body.row_number
    );
    match rows(conn, "read the raw row", &query) {
        Ok(mut found) => {
            let table = body.raw_table.clone();
            Ok(found.pop().map(|columns| RawRow { table, view, columns }))
        }
        Err(error) => {
            tracing::debug!(view, %error, "raw view not readable");
            let said = error.to_string();
            // As DuckDB says it of a file that a sweep took.
            let gone = ["No files found", "No such file"].iter().any(|words| said.contains(words));
            if gone { Ok(None) } else { Err(said) }
        }
    }
}

fn issues(conn: &Connection, origin: &Origin) -> Result<Vec<Fields>, WarehouseError> {
    let Some(raw) = &origin.raw else { return Ok(Vec::new()) };
    let query = format!(
        "SELECT * FROM rejected WHERE source_id = {} AND table_name = {} AND member = {}
            AND row_number = {} ORDER BY column_name, kind",
        literal(&origin.body.source_id),
        literal(&raw.table),
        literal(text(&raw.columns, "member")),
        origin.body.row_number
    );
    rows(conn, "show the problems of the record", &query)
}

fn text<'a>(fields: &'a Fields, column: &str) -> &'a str {
    fields.get(column).and_then(serde_json::Value::as_str).unwrap_or_default()
}
