//! Made-up records as runs of a lake.

use std::collections::BTreeMap;
use std::fs::{self, File};

use jiff::Timestamp;
use polars::prelude::{Column, DataFrame, ParquetWriter};
use regatta_lake::schema::ENVELOPE;
use regatta_lake::{
    CatalogueEntry, Fetch, FetchOutcome, Lake, RawTable, RunId, RunManifest, RunStatus, Sha256,
    SourceId,
};

use crate::records::{Raw, Row};

/// When the first bytes were fetched. What did not change keeps them, as after
/// a poll of a feed of changes.
pub const FIRST_DAY: &str = "2026-11-20T00:00:00Z";

/// Writes a good run at `at` of each source in `tables`.
pub fn write_runs(lake: &Lake, tables: &[Raw], at: &str) -> anyhow::Result<()> {
    let at: Timestamp = at.parse()?;
    let mut of_source: BTreeMap<&str, Vec<&Raw>> = BTreeMap::new();
    for table in tables {
        of_source.entry(table.source).or_default().push(table);
    }
    for (source, tables) in of_source {
        let source: SourceId = source.parse().map_err(anyhow::Error::msg)?;
        let run = RunId::at(at);
        let folder = lake.raw_dir(&source, &run);
        fs::create_dir_all(&folder)?;
        let mut written = Vec::new();
        for table in tables {
            let mut frame = frame(table, &source, &run)?;
            let path = folder.join(format!("{}.parquet", table.table));
            ParquetWriter::new(File::create(&path)?)
                .with_row_group_size(Some(131_072))
                .finish(&mut frame)?;
            let (path, sha256, bytes) = lake.describe(&path)?;
            written.push(RawTable {
                name: table.table.to_owned(),
                path,
                rows: table.rows.len() as u64,
                columns: table.columns.iter().map(|c| (*c).to_owned()).collect(),
                new_columns: Vec::new(),
                seen_whole_at: None,
                bytes,
                sha256,
            });
        }
        manifest(&source, &run, at, written).commit(lake)?;
    }
    Ok(())
}

/// The entry of each source.
pub fn catalogue(tables: &[&str]) -> anyhow::Result<Vec<CatalogueEntry>> {
    let entry = |name: &&str| -> anyhow::Result<CatalogueEntry> {
        Ok(CatalogueEntry {
            source_id: name.parse().map_err(anyhow::Error::msg)?,
            title: (*name).to_owned(),
            publisher: "made up".into(),
            country: name[..2].to_uppercase(),
            homepage: "https://example.org/".into(),
            licence: "none".into(),
            licence_url: "https://example.org/terms".into(),
            attribution: "made up".into(),
            cron: "0 0 5 * * *".into(),
            time_zone: "UTC".into(),
            max_age_hours: 24,
        })
    };
    tables.iter().map(entry).collect()
}

fn frame(table: &Raw, source: &SourceId, run: &RunId) -> anyhow::Result<DataFrame> {
    let rows = || table.rows.iter();
    let same = |value: &str| vec![value.to_owned(); table.rows.len()];
    let mut bodies: BTreeMap<usize, String> = BTreeMap::new();
    let mut body = |row: &Row| {
        let made = || Sha256::of(format!("{source} {}", row.page).as_bytes()).to_string();
        bodies.entry(row.page).or_insert_with(made).clone()
    };
    let mut columns = Vec::new();
    for (name, _) in ENVELOPE {
        let name = *name;
        columns.push(match name {
            "row_number" => {
                let numbers: Vec<i64> =
                    rows().map(|r| i64::try_from(r.number)).collect::<Result<_, _>>()?;
                Column::new(name.into(), numbers)
            }
            "source_id" => Column::new(name.into(), same(source.as_str())),
            "run_id" => Column::new(name.into(), same(run.as_str())),
            "record_key" => {
                Column::new(name.into(), rows().map(|r| r.key.as_str()).collect::<Vec<_>>())
            }
            "url" => Column::new(name.into(), same("https://example.org/")),
            "fetched_at" => Column::new(name.into(), same(FIRST_DAY)),
            "body_sha256" => Column::new(name.into(), rows().map(&mut body).collect::<Vec<_>>()),
            _ => Column::new(name.into(), same("")),
        });
    }
    for (at, name) in table.columns.iter().enumerate() {
        let cells: Vec<Option<&str>> =
            rows().map(|r| Some(r.cells[at].as_str()).filter(|cell| !cell.is_empty())).collect();
        columns.push(Column::new((*name).into(), cells));
    }
    Ok(DataFrame::new(table.rows.len(), columns)?)
}

fn manifest(source: &SourceId, run: &RunId, at: Timestamp, tables: Vec<RawTable>) -> RunManifest {
    let fetch = Fetch {
        key: format!("GET https://example.org/{source}"),
        url: format!("https://example.org/{source}"),
        outcome: FetchOutcome::Imported,
        attempts: Vec::new(),
        fetched_at: Some(at),
        checked_at: at,
        wire_bytes: 0,
        body_bytes: 0,
        body_sha256: Some(Sha256::of(source.as_str().as_bytes())),
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
        source_id: source.clone(),
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
