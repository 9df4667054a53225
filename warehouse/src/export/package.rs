//! The data package beside an export: what it is of, whose data it is, and
//! what its columns mean. The form is that of Frictionless Data.

use duckdb::Connection;
use serde::Deserialize;
use serde_json::{Value, json};

use super::relation::{Kind, Relation};
use super::{About, ExportFormat, ExportRequest, ExportedFile};
use crate::WarehouseError;
use crate::sql::rows;

/// A source of the data, as the table `source` has it.
#[derive(Clone, Debug, Deserialize)]
#[allow(clippy::struct_field_names, reason = "the columns of the table")]
pub(crate) struct Source {
    pub source_id: String,
    pub title: String,
    pub publisher: String,
    pub homepage: String,
    pub licence: String,
    pub attribution: String,
}

/// The sources whose data is in the file.
pub(super) fn sources(conn: &Connection) -> Result<Vec<Source>, WarehouseError> {
    rows(
        conn,
        "read the sources",
        "SELECT source_id, title, publisher, homepage, licence, attribution FROM source
         WHERE source_id IN (SELECT source_id FROM snapshot_input) ORDER BY source_id",
    )
}

/// `datapackage.json`.
pub(super) fn document(
    request: &ExportRequest,
    about: &About,
    relations: &[Relation],
    files: &[ExportedFile],
) -> Result<Vec<u8>, WarehouseError> {
    let resources: Vec<Value> =
        relations.iter().zip(files).map(|(r, file)| resource(request, r, file)).collect();
    let sources: Vec<Value> = about
        .sources
        .iter()
        .map(|s| {
            json!({
                "title": s.title,
                "path": s.homepage,
                "source_id": s.source_id,
                "publisher": s.publisher,
                "licence": s.licence,
                "attribution": s.attribution,
            })
        })
        .collect();
    let package = json!({
        "profile": "data-package",
        "name": format!("regatta-{}", about.snapshot_id.to_lowercase()),
        "version": about.snapshot_id,
        "created": about.created_at,
        "snapshot_id": about.snapshot_id,
        "description": "Each source has its own terms of use and wants to be named: see sources.",
        "sources": sources,
        "resources": resources,
    });
    let mut text = serde_json::to_vec_pretty(&package).map_err(|e| WarehouseError::Contract {
        table: "datapackage.json".to_owned(),
        reason: e.to_string(),
    })?;
    text.push(b'\n');
    Ok(text)
}

fn resource(request: &ExportRequest, relation: &Relation, file: &ExportedFile) -> Value {
    let fields: Vec<Value> = relation
        .columns
        .iter()
        .map(|f| {
            let mut field = json!({ "name": f.name, "type": type_of(f.kind) });
            if !f.doc.is_empty() {
                field["description"] = f.doc.as_str().into();
            }
            field
        })
        .collect();
    let mut schema = json!({ "fields": fields });
    if !relation.key.is_empty() {
        schema["primaryKey"] = json!(relation.key);
    }
    let mut resource = json!({
        "name": relation.name.to_lowercase(),
        "path": file.file,
        "description": relation.doc,
        "format": request.format.extension(),
        "mediatype": media_type(request.format),
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": format!("sha256:{}", file.sha256),
        "rows": file.rows,
        "schema": schema,
    });
    match request.format {
        ExportFormat::Csv => {
            resource["profile"] = "tabular-data-resource".into();
            resource["dialect"] = json!({
                "delimiter": ",",
                "quoteChar": "\"",
                "doubleQuote": true,
                "lineTerminator": "\r\n",
                "header": true,
            });
            resource["schema"]["missingValues"] = json!([""]);
        }
        ExportFormat::Parquet => {
            if let Some(resource) = resource.as_object_mut() {
                resource.shift_remove("encoding");
            }
        }
        _ => {}
    }
    resource
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Int => "integer",
        Kind::Float | Kind::Number => "number",
        Kind::Bool => "boolean",
        Kind::Date => "date",
        Kind::Instant => "datetime",
        Kind::List => "array",
        Kind::Nested => "any",
    }
}

fn media_type(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "text/csv",
        ExportFormat::Jsonl => "application/jsonl",
        _ => "application/vnd.apache.parquet",
    }
}
