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
    /// All columns of `listing`: the standard values beside those of the source.
    pub fields: Fields,
    /// The row of `drug_record`: its drug and what links it there.
    pub link: Option<Fields>,
    /// The bytes it was read from.
    pub body: Body,
    /// The regulator's own row. `None` when the raw files are not in the lake
    /// any more, or the file was copied away from it.
    pub raw: Option<RawRow>,
    /// Problems that were found in the row, as rows of `rejected`.
    pub issues: Vec<Fields>,
    /// What changed in it, newest first, as rows of `changes`.
    pub changes: Vec<Fields>,
}

/// Where the bytes of a record come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
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
    /// Line of the record in the regulator's file, from 1.
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

/// The record with this id, if it is in the snapshot.
///
/// # Errors
/// When the file cannot be read.
pub fn show_record(
    conn: &Connection,
    record_id: &str,
) -> Result<Option<RecordDetail>, WarehouseError> {
    let wanted = literal(record_id);
    let listing = format!("SELECT * FROM listing WHERE record_id = {wanted}");
    let Some(fields) = rows::<Fields>(conn, "show the record", &listing)?.pop() else {
        return Ok(None);
    };
    let lineage = format!(
        "SELECT body_sha256, body_file, url, row_number, data_run_id,
            strftime(fetched_at, '%Y-%m-%dT%H:%M:%SZ') AS fetched_at,
            strftime(checked_at, '%Y-%m-%dT%H:%M:%SZ') AS checked_at
        FROM lineage({wanted})"
    );
    let Some(body) = rows::<Body>(conn, "show the lineage of the record", &lineage)?.pop() else {
        return Ok(None);
    };
    let raw = raw_row(conn, &fields, &body);
    let link = format!("SELECT * FROM drug_record WHERE record_id = {wanted}");
    let changes =
        format!("SELECT * FROM changes('') WHERE entity_kind = 'listing' AND entity_id = {wanted}");
    Ok(Some(RecordDetail {
        record_id: record_id.to_owned(),
        link: rows(conn, "show the drug of the record", &link)?.pop(),
        issues: issues(conn, &fields, raw.as_ref())?,
        changes: rows(conn, "show the changes of the record", &changes)?,
        fields,
        body,
        raw,
    }))
}

/// The row with the record's key, bytes and line, in whichever raw table of
/// the source has it. A view that cannot be read (see `raw`) is passed over:
/// the rest of what is known is worth showing.
fn raw_row(conn: &Connection, fields: &Fields, body: &Body) -> Option<RawRow> {
    #[derive(Deserialize)]
    struct View {
        table_name: String,
        raw_view: String,
    }
    let views = format!(
        "SELECT table_name, raw_view FROM raw_table
        WHERE source_id = {} AND NOT starts_with(table_name, '_') ORDER BY table_name",
        literal(text(fields, "source_id"))
    );
    for view in rows::<View>(conn, "list the raw tables", &views).unwrap_or_default() {
        let query = format!(
            "SELECT * FROM {} WHERE body_sha256 = {} AND record_key = {}
                AND CAST(row_number AS BIGINT) = {} LIMIT 1",
            view.raw_view,
            literal(&body.body_sha256),
            literal(text(fields, "record_key")),
            body.row_number
        );
        match rows(conn, "read the raw row", &query) {
            Ok(mut found) => {
                if let Some(columns) = found.pop() {
                    return Some(RawRow { table: view.table_name, view: view.raw_view, columns });
                }
            }
            Err(error) => tracing::debug!(view = view.raw_view, %error, "raw view not readable"),
        }
    }
    None
}

fn issues(
    conn: &Connection,
    fields: &Fields,
    raw: Option<&RawRow>,
) -> Result<Vec<Fields>, WarehouseError> {
    let Some(raw) = raw else { return Ok(Vec::new()) };
    let query = format!(
        "SELECT * FROM rejected WHERE source_id = {} AND table_name = {} AND member = {}
            AND row_number = {} ORDER BY column_name, kind",
        literal(text(fields, "source_id")),
        literal(&raw.table),
        literal(text(&raw.columns, "member")),
        fields.get("row_number").and_then(serde_json::Value::as_i64).unwrap_or_default()
    );
    rows(conn, "show the problems of the record", &query)
}

fn text<'a>(fields: &'a Fields, column: &str) -> &'a str {
    fields.get(column).and_then(serde_json::Value::as_str).unwrap_or_default()
}
