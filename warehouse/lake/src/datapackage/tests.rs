use std::collections::BTreeSet;

use serde_json::Value;

use super::{data_package, file_notes};
use crate::schema::{LEDGER, TABLES};
use crate::{CatalogueEntry, Sha256, SnapshotId, SnapshotInput, SnapshotManifest, SnapshotTable};

fn manifest() -> SnapshotManifest {
    let created_at = "2026-11-23T08:15:00Z".parse().unwrap();
    let snapshot_id = SnapshotId::at(created_at);
    let tables = TABLES
        .iter()
        .filter(|t| !LEDGER.contains(&t.name))
        .map(|t| SnapshotTable {
            name: t.name.to_owned(),
            path: format!("snapshots/{snapshot_id}/{}.parquet", t.name),
            rows: 1,
            bytes: 10,
            sha256: Sha256::of(t.name.as_bytes()),
        })
        .collect();
    let input =
        SnapshotInput { data_run_id: "R1".parse().unwrap(), manifest_sha256: Sha256::of(b"") };
    SnapshotManifest {
        format: 1,
        schema_version: crate::schema::SCHEMA_VERSION,
        snapshot_id,
        created_at,
        previous: None,
        inputs: [("us_orange_book".parse().unwrap(), input)].into(),
        dictionaries_sha256: Sha256::of(b""),
        rules_version: 1,
        tables,
        files: Vec::new(),
        changes: Vec::new(),
    }
}

fn entry(source_id: &str) -> CatalogueEntry {
    CatalogueEntry {
        source_id: source_id.parse().unwrap(),
        title: "Orange Book".into(),
        publisher: "FDA".into(),
        country: "US".into(),
        homepage: "https://www.fda.gov/".into(),
        licence: "Public domain".into(),
        licence_url: "https://www.fda.gov/terms".into(),
        attribution: "Source: FDA".into(),
        cron: "0 0 5 * * *".into(),
        time_zone: "UTC".into(),
        max_age_hours: 24,
    }
}

fn package() -> Value {
    data_package(&manifest(), &[entry("us_orange_book"), entry("us_cber")], "0.1.0")
}

/// The rules of the profile `datapackage.json` of version 2 that bear on what
/// is written here, one by one.
#[test]
fn it_keeps_the_rules_of_data_package_2() {
    let package = package();
    let text = |v: &Value, name: &str| v[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(text(&package, "$schema"), "https://datapackage.org/profiles/2.0/datapackage.json");
    let created = text(&package, "created");
    assert!(created.parse::<jiff::Timestamp>().is_ok(), "{created}");
    // Semantic versioning with the snapshot as build.
    let version = text(&package, "version");
    assert!(version.starts_with("3.0.0+"), "{version}");
    assert!(version[6..].bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)));
    for licence in package["licenses"].as_array().unwrap() {
        assert!(!text(licence, "path").is_empty() || !text(licence, "name").is_empty());
    }
    for source in package["sources"].as_array().unwrap() {
        assert!(!text(source, "title").is_empty());
    }
    let resources = package["resources"].as_array().unwrap();
    assert_eq!(resources.len(), manifest().tables.len());
    let names: BTreeSet<String> = resources.iter().map(|r| text(r, "name")).collect();
    assert_eq!(names.len(), resources.len(), "names are unique");
    for resource in resources {
        let path = text(resource, "path");
        assert_eq!(path, format!("{}.parquet", text(resource, "name")), "relative, no folder");
        let hash = text(resource, "hash");
        let digest = hash.strip_prefix("sha256:").unwrap();
        assert!(digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(resource["bytes"].is_u64());
        table_schema(&resource["schema"], &text(resource, "name"), &names);
    }
}

fn table_schema(schema: &Value, name: &str, resources: &BTreeSet<String>) {
    const TYPES: [&str; 6] = ["string", "integer", "boolean", "date", "datetime", "array"];
    let fields = schema["fields"].as_array().unwrap();
    assert!(!fields.is_empty());
    let names: Vec<&str> = fields.iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{name}");
    let known = |list: &Value| {
        let list = list.as_array().unwrap();
        assert!(!list.is_empty());
        for column in list {
            assert!(names.contains(&column.as_str().unwrap()), "{name} has no {column}");
        }
    };
    for field in fields {
        assert!(TYPES.contains(&field["type"].as_str().unwrap()), "{field}");
        assert!(!field["description"].as_str().unwrap().is_empty(), "{field}");
        if let Some(codes) = field["constraints"].get("enum") {
            let codes = codes.as_array().unwrap();
            assert!(!codes.is_empty(), "{name}: {field}");
            let unique: BTreeSet<&str> = codes.iter().map(|c| c.as_str().unwrap()).collect();
            assert_eq!(unique.len(), codes.len(), "{name}: {field}");
        }
    }
    assert!(schema.get("primaryKey").is_some() != schema.get("uniqueKeys").is_some(), "{name}");
    if let Some(key) = schema.get("primaryKey") {
        known(key);
        for column in key.as_array().unwrap() {
            let field = fields.iter().find(|f| f["name"] == *column).unwrap();
            assert_eq!(field["constraints"]["required"], true, "{name}: {column}");
        }
    }
    for key in schema.get("uniqueKeys").and_then(Value::as_array).into_iter().flatten() {
        known(key);
    }
    for key in schema.get("foreignKeys").and_then(Value::as_array).into_iter().flatten() {
        known(&key["fields"]);
        let reference = &key["reference"];
        assert_eq!(
            key["fields"].as_array().unwrap().len(),
            reference["fields"].as_array().unwrap().len()
        );
        if let Some(other) = reference.get("resource") {
            assert!(resources.contains(other.as_str().unwrap()), "{name} refers to {other}");
            assert_ne!(other, name, "the resource of a reference to itself is left out");
        }
    }
}

#[test]
fn it_names_only_the_sources_behind_the_snapshot_and_is_the_same_every_time() {
    let package = package();
    let sources = package["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0]["attribution"], "Source: FDA");
    assert_eq!(sources[0]["dataRunId"], "R1");
    assert_eq!(package.to_string(), self::package().to_string());
}

#[test]
fn codes_and_keys_are_those_of_the_contract() {
    let package = package();
    let resource = |name: &str| {
        package["resources"].as_array().unwrap().iter().find(|r| r["name"] == name).unwrap()
    };
    let field = |table: &str, column: &str| {
        let fields = resource(table)["schema"]["fields"].as_array().unwrap();
        fields.iter().find(|f| f["name"] == column).unwrap().clone()
    };
    let progress = field("drug_progress", "progress");
    assert_eq!(progress["labels"], "progress");
    assert!(progress["constraints"]["enum"].as_array().unwrap().contains(&"phase_3".into()));
    assert_eq!(field("market_listing", "approval_dates")["arrayItem"]["type"], "date");
    assert_eq!(field("drug", "first_seen")["type"], "datetime");
    assert_eq!(resource("drug")["schema"]["primaryKey"], serde_json::json!(["drug_id"]));
    assert!(resource("drug_id_history")["schema"].get("uniqueKeys").is_some());
    let keys = resource("trial_product")["schema"]["foreignKeys"].to_string();
    assert!(keys.contains(r#""resource":"trial""#), "{keys}");
    assert!(!keys.contains("source_id"), "the table source lies beside the snapshot: {keys}");
}

#[test]
fn files_say_whose_the_data_is() {
    let notes = file_notes("0.1.0");
    assert!(
        notes.iter().any(|(key, text)| *key == "regatta.licence" && text.contains("regulators"))
    );
}
