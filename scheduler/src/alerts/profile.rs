//! Counting the values of a snapshot, once, so that later ones can be compared
//! with it after its tables are gone.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Context;
use regatta_alerts::{FieldProfile, Profile, RunFacts, Store};
use regatta_lake::{Lake, SnapshotManifest, run_summary, schema};
use regatta_warehouse::{Connection, open_read_only, run_sql};
use serde_json::Value;

/// Fields that hold one of few values; they are counted by value and source.
const FIELDS: &[(&str, &[&str])] = &[
    ("listing", &["status", "dosage_form", "generic_match", "dosage_form_match", "company_match"]),
    ("trial", &["phase", "status"]),
    ("registration", &["matter", "conclusion"]),
];

/// Values of a field that are counted apart; the rarer ones together.
const VALUES: usize = 200;

/// Makes and keeps the profile of the snapshot being served, where there is
/// none yet.
pub fn ensure(lake: &Lake, store: &Store, snapshot: &SnapshotManifest) -> anyhow::Result<()> {
    let (profiles, _) = store.profiles()?;
    let id = snapshot.snapshot_id.as_str();
    if profiles.iter().any(|p| p.snapshot_id == id) {
        return Ok(());
    }
    let conn = open_read_only(lake)?;
    let mut fields = BTreeMap::new();
    for (table, columns) in FIELDS {
        let from = file(lake, snapshot, table)?;
        nulls_of_table(&conn, table, &from, &mut fields)?;
        for column in *columns {
            values(&conn, table, column, &from, &mut fields)?;
        }
    }
    raw_nulls(&conn, lake, snapshot, &mut fields)?;
    store.keep_profile(&Profile {
        snapshot_id: id.to_owned(),
        created_at: snapshot.created_at,
        rules: format!("{} {}", snapshot.rules_version, snapshot.dictionaries_sha256),
        rows: snapshot.tables.iter().map(|t| (t.name.clone(), t.rows)).collect(),
        vanished: vanished(snapshot),
        fields,
    })?;
    Ok(())
}

/// Records that vanished with the snapshot, by source.
fn vanished(snapshot: &SnapshotManifest) -> BTreeMap<String, u64> {
    let mut vanished = BTreeMap::new();
    for change in snapshot.changes.iter().filter(|c| c.change == "vanished" && c.entity != "drug") {
        *vanished.entry(change.source_id.clone()).or_default() += change.count;
    }
    vanished
}

/// `read_parquet('…')` of a table of a snapshot.
pub fn file(lake: &Lake, snapshot: &SnapshotManifest, table: &str) -> anyhow::Result<String> {
    let found = snapshot
        .table(table)
        .with_context(|| format!("the snapshot {} has no table {table}", snapshot.snapshot_id))?;
    Ok(parquet(&lake.root().join(&found.path)))
}

fn parquet(path: &std::path::Path) -> String {
    format!("read_parquet('{}')", path.display().to_string().replace('\'', "''"))
}

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Rows by value of one field, for each source.
fn values(
    conn: &Connection,
    table: &str,
    column: &str,
    from: &str,
    fields: &mut BTreeMap<String, FieldProfile>,
) -> anyhow::Result<()> {
    let sql = format!(
        "SELECT source_id, CAST({c} AS VARCHAR) AS v, count(*) AS n FROM {from} \
         GROUP BY ALL ORDER BY n DESC, v",
        c = ident(column)
    );
    let answer =
        run_sql(conn, &sql).with_context(|| format!("count the values of {table}.{column}"))?;
    for row in &answer.rows {
        let [source, value, count] = row.as_slice() else { continue };
        let count = number(count);
        let key = format!("{table}/{}/{column}", source.as_str().unwrap_or_default());
        let field = fields.entry(key).or_default();
        field.rows += count;
        match value.as_str() {
            None => field.nulls += count,
            Some(value) => {
                let known = field.values.len() < VALUES;
                let name = if known { value } else { "(other)" };
                *field.values.entry(name.to_owned()).or_default() += count;
            }
        }
    }
    Ok(())
}

/// Empty cells of the columns of a published table that may be empty, for each
/// source.
fn nulls_of_table(
    conn: &Connection,
    table: &str,
    from: &str,
    fields: &mut BTreeMap<String, FieldProfile>,
) -> anyhow::Result<()> {
    let Some(spec) = schema::table(table) else { return Ok(()) };
    let columns: Vec<&str> = spec.columns.iter().filter(|c| c.nullable).map(|c| c.name).collect();
    let mut sql = "SELECT source_id, count(*) AS n".to_owned();
    for column in &columns {
        let _ = write!(sql, ", count({})", ident(column));
    }
    let _ = write!(sql, " FROM {from} GROUP BY source_id");
    let answer =
        run_sql(conn, &sql).with_context(|| format!("count the empty cells of {table}"))?;
    for row in &answer.rows {
        let source = row[0].as_str().unwrap_or_default();
        for (column, filled) in columns.iter().zip(&row[2..]) {
            let key = format!("{table}/{source}/{column}");
            fields.insert(key, filled_of(number(&row[1]), number(filled)));
        }
    }
    Ok(())
}

/// Empty cells of the raw tables that the snapshot was made from.
fn raw_nulls(
    conn: &Connection,
    lake: &Lake,
    snapshot: &SnapshotManifest,
    fields: &mut BTreeMap<String, FieldProfile>,
) -> anyhow::Result<()> {
    for (source, input) in &snapshot.inputs {
        let run = RunFacts::from(run_summary(lake, source, &input.data_run_id)?);
        for table in &run.tables {
            let file =
                lake.raw_dir(source, &input.data_run_id).join(format!("{}.parquet", table.name));
            if !file.exists() || table.columns.is_empty() {
                continue;
            }
            let mut sql = "SELECT count(*) AS n".to_owned();
            for column in &table.columns {
                let _ = write!(sql, ", count(nullif(CAST({} AS VARCHAR), ''))", ident(column));
            }
            let _ = write!(sql, " FROM {}", parquet(&file));
            let answer = run_sql(conn, &sql)
                .with_context(|| format!("count the empty cells of {source}.{}", table.name))?;
            let Some(row) = answer.rows.first() else { continue };
            for (column, filled) in table.columns.iter().zip(&row[1..]) {
                let key = format!("raw {}/{source}/{}", table.name, column.replace('/', "_"));
                fields.insert(key, filled_of(number(&row[0]), number(filled)));
            }
        }
    }
    Ok(())
}

fn filled_of(rows: u64, filled: u64) -> FieldProfile {
    FieldProfile { rows, nulls: rows.saturating_sub(filled), values: BTreeMap::new() }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}
