//! A lake with one good run of each source, made of the CSV files in `raw/`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use jiff::Timestamp;
use polars::prelude::{Column, DataFrame, ParquetWriter};
use regatta_lake::schema::ENVELOPE;
use regatta_lake::{
    CatalogueEntry, Fetch, FetchOutcome, Lake, RawTable, RunId, RunManifest, RunStatus, Sha256,
    SourceId,
};
use serde::Deserialize;

use crate::csv_file::{self, Row};

/// When the bytes were fetched: it decides which corporate groups hold (R8).
pub const FETCHED_AT: &str = "2026-11-20T00:00:00Z";

/// In which order the rows of the raw tables are written.
#[derive(Clone, Copy)]
pub enum RowOrder {
    /// As in the CSV files.
    AsWritten,
    /// Last row first.
    Reversed,
}

/// A source in `tables.json`.
#[derive(Deserialize)]
struct SourceTables {
    /// What its parser leaves where the regulator gives no value: `text` for
    /// empty text, `null` for a null.
    empty: String,
    tables: BTreeMap<String, TableColumns>,
}

/// A raw table in `tables.json`.
#[derive(Deserialize)]
struct TableColumns {
    /// Columns that make the key of a row.
    key: Vec<String>,
    /// All columns, as the crawlers write them.
    columns: Vec<String>,
}

/// Fills an empty lake; gives back the catalogue of its sources. A table
/// without a CSV file is written without rows.
pub fn fill(lake: &Lake, folder: &Path, order: RowOrder) -> Vec<CatalogueEntry> {
    fill_day(lake, folder, FETCHED_AT, &mut |_, rows| {
        if matches!(order, RowOrder::Reversed) {
            rows.reverse();
        }
    })
}

/// Changes the rows of a raw table (`source/table`) before they are written.
pub type Edit<'a> = &'a mut dyn FnMut(&str, &mut Vec<Row>);

/// As [`fill`], for one day of several: runs at `at`, with rows as `edit` leaves
/// them.
pub fn fill_day(lake: &Lake, folder: &Path, at: &str, edit: Edit<'_>) -> Vec<CatalogueEntry> {
    fill_some(lake, folder, at, &mut |_| true, edit)
}

/// As [`fill_day`], with runs of `some` sources only: the others stay as they were.
pub fn fill_some(
    lake: &Lake,
    folder: &Path,
    at: &str,
    some: &mut dyn FnMut(&str) -> bool,
    edit: Edit<'_>,
) -> Vec<CatalogueEntry> {
    let text = fs::read_to_string(folder.join("tables.json")).unwrap();
    let sources: BTreeMap<String, SourceTables> = serde_json::from_str(&text).unwrap();
    let mut catalogue = Vec::new();
    for (name, source) in &sources {
        let id: SourceId = name.parse().unwrap();
        if some(name) {
            write_run(lake, &id, source, &folder.join("raw").join(name), at, edit);
        }
        catalogue.push(CatalogueEntry {
            source_id: id,
            title: name.clone(),
            publisher: "example".into(),
            country: name[..2].to_uppercase(),
            homepage: "https://example.org/".into(),
            licence: "example".into(),
            licence_url: "https://example.org/terms".into(),
            attribution: "example".into(),
            cron: "0 0 5 * * *".into(),
            time_zone: "UTC".into(),
            max_age_hours: 24,
        });
    }
    catalogue
}

/// The columns that make the key of a row of a raw table (`source/table`).
pub fn key_columns(folder: &Path, table: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.join("tables.json")).unwrap();
    let mut sources: BTreeMap<String, SourceTables> = serde_json::from_str(&text).unwrap();
    let (source, table) = table.split_once('/').unwrap();
    sources.get_mut(source).unwrap().tables.remove(table).unwrap().key
}

fn write_run(
    lake: &Lake,
    id: &SourceId,
    source: &SourceTables,
    csv: &Path,
    at: &str,
    edit: Edit<'_>,
) {
    let at: Timestamp = at.parse().unwrap();
    let run = RunId::at(at);
    let folder = lake.raw_dir(id, &run);
    fs::create_dir_all(&folder).unwrap();
    let mut tables = Vec::new();
    for (table, columns) in &source.tables {
        let file = csv.join(format!("{table}.csv"));
        let mut rows = if file.exists() { csv_file::read(&file) } else { Vec::new() };
        edit(&format!("{id}/{table}"), &mut rows);
        let mut frame = frame(id, &run, source, columns, &rows);
        let path = folder.join(format!("{table}.parquet"));
        ParquetWriter::new(File::create(&path).unwrap()).finish(&mut frame).unwrap();
        let (path, sha256, bytes) = lake.describe(&path).unwrap();
        tables.push(RawTable {
            name: table.clone(),
            path,
            rows: rows.len() as u64,
            columns: columns.columns.clone(),
            new_columns: Vec::new(),
            seen_whole_at: None,
            bytes,
            sha256,
        });
    }
    manifest(id, &run, at, tables).commit(lake).unwrap();
}

fn frame(
    id: &SourceId,
    run: &RunId,
    source: &SourceTables,
    table: &TableColumns,
    rows: &[Row],
) -> DataFrame {
    for row in rows {
        let unknown = row.keys().find(|name| !table.columns.contains(name));
        assert_eq!(unknown, None, "{id} has no such column");
    }
    let keys = keys(table, rows);
    let body = Sha256::of(id.as_str().as_bytes()).to_string();
    let mut columns = Vec::new();
    for (name, _) in ENVELOPE {
        let same = |value: &str| vec![value.to_owned(); rows.len()];
        columns.push(match *name {
            "row_number" => {
                let numbers: Vec<i64> = (1..).take(rows.len()).collect();
                Column::new((*name).into(), numbers)
            }
            "source_id" => Column::new((*name).into(), same(id.as_str())),
            "run_id" => Column::new((*name).into(), same(run.as_str())),
            "record_key" => Column::new((*name).into(), keys.clone()),
            "url" => Column::new((*name).into(), same("https://example.org/")),
            "fetched_at" => Column::new((*name).into(), same(FETCHED_AT)),
            "body_sha256" => Column::new((*name).into(), same(&body)),
            _ => Column::new((*name).into(), same("")),
        });
    }
    for name in &table.columns {
        let cells: Vec<Option<String>> =
            rows.iter()
                .map(|row| row.get(name).cloned().filter(|cell| !cell.is_empty()))
                .map(|cell| {
                    if source.empty == "text" { cell.or_else(|| Some(String::new())) } else { cell }
                })
                .collect();
        columns.push(Column::new(name.as_str().into(), cells));
    }
    DataFrame::new(rows.len(), columns).unwrap()
}

/// The keys of the rows, made as the crawlers make them.
fn keys(table: &TableColumns, rows: &[Row]) -> Vec<String> {
    let cell = |row: &Row, name: &String| row.get(name).map_or("", |cell| cell.trim()).to_owned();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    rows.iter()
        .map(|row| table.key.iter().map(|name| cell(row, name)).collect::<Vec<_>>().join("-"))
        .map(|key| {
            let count = seen.entry(key.clone()).or_default();
            *count += 1;
            if *count > 1 { format!("{key}#{count}") } else { key }
        })
        .collect()
}

fn manifest(id: &SourceId, run: &RunId, at: Timestamp, tables: Vec<RawTable>) -> RunManifest {
    let fetch = Fetch {
        key: format!("GET https://example.org/{id}"),
        url: format!("https://example.org/{id}"),
        outcome: FetchOutcome::Imported,
        attempts: Vec::new(),
        fetched_at: Some(at),
        checked_at: at,
        wire_bytes: 0,
        body_bytes: 0,
        body_sha256: Some(Sha256::of(id.as_str().as_bytes())),
        etag: None,
        last_modified: None,
        content_type: None,
        fingerprint: None,
        problem: None,
        duration_ms: 0,
    };
    RunManifest {
        format: regatta_lake::FORMAT,
        run_id: run.clone(),
        source_id: id.clone(),
        started_at: at,
        finished_at: at,
        status: RunStatus::Ok,
        failure: None,
        data_run_id: Some(run.clone()),
        feed_of: None,
        seen_whole_at: None,
        parser_version: 1,
        fetches: vec![fetch],
        counted: None,
        tables,
        issues: Vec::new(),
        unread: Vec::new(),
        gates: Vec::new(),
        steps: Vec::new(),
        previous: None,
    }
}
