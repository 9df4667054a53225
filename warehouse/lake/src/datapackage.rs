//! The `datapackage.json` of a snapshot: what its files are, in the words of
//! Data Package version 2 (<https://datapackage.org>), made from the contract,
//! the manifest and the catalogue of sources.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::schema::{Column, ColumnType, SCHEMA_VERSION, Table, codes_of, table};
use crate::{CatalogueEntry, Lake, LakeError, SnapshotFile, SnapshotManifest, hash_file};

/// Name of the file in the folder of a snapshot.
pub const DATA_PACKAGE: &str = "datapackage.json";

/// Writes the description of the tables of `manifest` into `folder` (staged
/// there, not yet published) and lists it in the manifest, so that `verify`
/// covers it. `version` is that of regatta. The same manifest and catalogue
/// give the same bytes.
///
/// # Errors
/// When the file cannot be written.
pub fn add_data_package(
    lake: &Lake,
    folder: &Path,
    manifest: &mut SnapshotManifest,
    catalogue: &[CatalogueEntry],
    version: &str,
) -> Result<(), LakeError> {
    let file = folder.join(DATA_PACKAGE);
    let mut text = serde_json::to_vec_pretty(&data_package(manifest, catalogue, version))
        .map_err(|e| LakeError::damaged(&file, e))?;
    text.push(b'\n');
    fs::write(&file, text).map_err(LakeError::io("cannot write", &file))?;
    let (sha256, bytes) = hash_file(&file)?;
    let path = lake.relative(&lake.snapshot_dir(&manifest.snapshot_id).join(DATA_PACKAGE));
    manifest.files.retain(|f| f.path != path);
    manifest.files.push(SnapshotFile { path, bytes, sha256 });
    Ok(())
}

/// The description of the tables of `manifest`.
#[must_use]
pub fn data_package(
    manifest: &SnapshotManifest,
    catalogue: &[CatalogueEntry],
    version: &str,
) -> Value {
    let used: Vec<&CatalogueEntry> =
        catalogue.iter().filter(|e| manifest.inputs.contains_key(&e.source_id)).collect();
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "regatta",
        "id": format!("regatta:snapshot:{}", manifest.snapshot_id),
        "title": "Drugs on the market, filed and in trials, by country and company",
        "description": "Records of drug regulators, standardised and aggregated into drugs. \
            Every table and column is described here; enumerations have their codes in \
            `constraints.enum` and their labels in the resource `label`.",
        "version": format!("{}.0.0+{}", manifest.schema_version, manifest.snapshot_id),
        "created": manifest.created_at.to_string(),
        "licenses": licences(&used),
        "sources": used.iter().map(|e| source(e, manifest)).collect::<Vec<_>>(),
        "regatta": {
            "version": version,
            "snapshotId": manifest.snapshot_id,
            "previousSnapshotId": manifest.previous.as_ref().map(|p| &p.snapshot_id),
            "schemaVersion": manifest.schema_version,
            "rulesVersion": manifest.rules_version,
            "dictionariesSha256": manifest.dictionaries_sha256,
        },
        "resources": resources(manifest),
    })
}

/// Terms of use of all sources, each once.
fn licences(used: &[&CatalogueEntry]) -> Vec<Value> {
    let mut seen: Vec<(&str, &str)> =
        used.iter().map(|e| (e.licence_url.as_str(), e.licence.as_str())).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.iter().map(|(path, title)| json!({ "path": path, "title": title })).collect()
}

fn source(entry: &CatalogueEntry, manifest: &SnapshotManifest) -> Value {
    json!({
        "title": entry.title,
        "path": entry.homepage,
        "sourceId": entry.source_id,
        "publisher": entry.publisher,
        "country": entry.country,
        "attribution": entry.attribution,
        "license": { "path": entry.licence_url, "title": entry.licence },
        "dataRunId": manifest.inputs.get(&entry.source_id).map(|i| &i.data_run_id),
    })
}

fn resources(manifest: &SnapshotManifest) -> Vec<Value> {
    let described = manifest.tables.iter().filter_map(|t| Some((t, table(&t.name)?)));
    described
        .map(|(file, schema)| {
            json!({
                "name": file.name,
                "type": "table",
                "description": schema.doc,
                // From the folder of this description.
                "path": file.path.rsplit('/').next(),
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "bytes": file.bytes,
                "hash": format!("sha256:{}", file.sha256),
                "rows": file.rows,
                "schema": table_schema(schema, manifest),
            })
        })
        .collect()
}

fn table_schema(table: &Table, manifest: &SnapshotManifest) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://datapackage.org/profiles/2.0/tableschema.json".into());
    schema.insert("fields".into(), table.columns.iter().map(field).collect());
    // An empty text is a value, not a missing one.
    schema.insert("missingValues".into(), json!([]));
    // A primary key has no null in it; a key that may have is unique none the less.
    let nullable = |name: &&str| table.column(name).is_some_and(|c| c.nullable);
    if table.key.iter().any(nullable) {
        schema.insert("uniqueKeys".into(), json!([table.key]));
    } else {
        schema.insert("primaryKey".into(), json!(table.key));
    }
    let is_list = |name: &&str| table.column(name).is_some_and(|c| c.ty.is_list());
    let keys: Vec<Value> = table
        .foreign_keys
        .iter()
        // Of lists and of the tables beside the snapshot no package can speak.
        .filter(|k| !k.columns.iter().any(is_list) && manifest.table(k.table).is_some())
        .map(|k| {
            let mut reference = Map::new();
            if k.table != table.name {
                reference.insert("resource".into(), k.table.into());
            }
            reference.insert("fields".into(), json!(k.references));
            json!({ "fields": k.columns, "reference": reference })
        })
        .collect();
    if !keys.is_empty() {
        schema.insert("foreignKeys".into(), keys.into());
    }
    Value::Object(schema)
}

fn field(column: &Column) -> Value {
    let mut field = Map::new();
    field.insert("name".into(), column.name.into());
    field.insert("type".into(), type_of(column.ty).into());
    field.insert("description".into(), column.doc.into());
    let mut constraints = Map::new();
    if !column.nullable {
        constraints.insert("required".into(), true.into());
    }
    if let Some(kind) = column.labels {
        field.insert("labels".into(), kind.into());
        if !column.ty.is_list() {
            let codes: Vec<&str> = codes_of(kind).map(|l| l.code).collect();
            constraints.insert("enum".into(), json!(codes));
        }
    }
    if column.ty.is_list() {
        field.insert("arrayItem".into(), item(column));
    }
    if !constraints.is_empty() {
        field.insert("constraints".into(), Value::Object(constraints));
    }
    Value::Object(field)
}

/// What the values of a list are.
fn item(column: &Column) -> Value {
    let ty = if column.ty == ColumnType::DateList { "date" } else { "string" };
    match column.labels {
        None => json!({ "type": ty }),
        Some(kind) => {
            let codes: Vec<&str> = codes_of(kind).map(|l| l.code).collect();
            json!({ "type": ty, "constraints": { "enum": codes } })
        }
    }
}

fn type_of(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Text => "string",
        ColumnType::Int => "integer",
        ColumnType::Bool => "boolean",
        ColumnType::Date => "date",
        ColumnType::Timestamp => "datetime",
        ColumnType::TextList | ColumnType::DateList => "array",
    }
}

/// What every Parquet file says of itself, beside its table: version of the
/// contract and whose the data is.
#[must_use]
pub fn file_notes(version: &str) -> [(&'static str, String); 3] {
    [
        ("regatta.schema_version", SCHEMA_VERSION.to_string()),
        ("regatta.version", version.to_owned()),
        (
            "regatta.licence",
            "The data belongs to the regulators; terms and attribution of each source are in \
             datapackage.json beside the file and in the table source."
                .to_owned(),
        ),
    ]
}

#[cfg(test)]
mod tests;
