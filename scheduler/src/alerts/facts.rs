//! Reading what the rules judge: manifests of runs, change logs of snapshots.

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::Timestamp;
use regatta_alerts::{ChangeFact, Facts, RunFacts, SnapshotFacts, SourceFacts, Store};
use regatta_lake::schema::SCHEMA_VERSION;
use regatta_lake::{Lake, SnapshotManifest, current_snapshot, published_snapshots, run_summaries};
use regatta_warehouse::{Connection, open_read_only, run_sql};
use serde_json::Value;

use crate::catalogue;
use crate::config::Config;

/// Runs of a source that are read, the newest ones: more than the rules look
/// back at one run a day.
const RUNS: usize = 150;

/// Tables of a snapshot that `changes.sql` reads.
const TABLES: [&str; 7] =
    ["change", "listing", "trial", "trial_product", "registration", "drug", "drug_progress"];

/// Everything the rules look at.
pub fn read(config: &Config, lake: &Lake, store: &Store, now: Timestamp) -> anyhow::Result<Facts> {
    let current = current_snapshot(lake)?;
    let mut feeds = super::operation::feeds(config, lake, now)?;
    let mut sources = Vec::new();
    for entry in catalogue::entries(config) {
        if !config.source(entry.source_id.as_str()).enabled {
            continue;
        }
        sources.push(SourceFacts {
            runs: run_summaries(lake, &entry.source_id, RUNS)?
                .into_iter()
                .map(RunFacts::from)
                .collect(),
            served_run: current
                .as_ref()
                .and_then(|snapshot| snapshot.inputs.get(&entry.source_id))
                .map(|input| input.data_run_id.to_string()),
            feed: feeds.remove(entry.source_id.as_str()),
            title: title(&entry.publisher, entry.source_id.as_str()),
            source_id: entry.source_id.to_string(),
            max_age_hours: entry.max_age_hours,
        });
    }
    let seen = store.read()?.snapshot_id;
    let snapshots = snapshots(lake, seen.as_deref())?;
    let (profiles, unreadable) = store.profiles()?;
    for path in unreadable {
        tracing::warn!(path = %path.display(), "a profile cannot be read and is left out");
    }
    Ok(Facts {
        now,
        sources,
        refreshes: super::operation::refreshes(lake),
        published_at: current.map(|snapshot| snapshot.created_at),
        snapshots,
        profiles,
    })
}

/// `European Medicines Agency (eu_ema)`: titles of data sets are long, and some
/// do not say whose they are.
fn title(publisher: &str, source_id: &str) -> String {
    let publisher = publisher.split('(').next().unwrap_or(publisher).trim();
    format!("{publisher} ({source_id})")
}

/// Snapshots after `seen`, oldest first; where none was looked at yet, only the
/// one being served: what is long past is no warning.
fn snapshots(lake: &Lake, seen: Option<&str>) -> anyhow::Result<Vec<SnapshotFacts>> {
    let chain = published_snapshots(lake)?;
    let mut out = Vec::new();
    let mut conn = None;
    for (i, snapshot) in chain.iter().enumerate() {
        let id = snapshot.snapshot_id.as_str();
        if seen.is_some_and(|s| id <= s) || (seen.is_none() && i > 0) {
            break;
        }
        let Some(previous) = chain.get(i + 1) else { break };
        let has_tables = |s: &SnapshotManifest| TABLES.iter().all(|table| s.table(table).is_some());
        if snapshot.schema_version != SCHEMA_VERSION || !has_tables(previous) {
            tracing::warn!(snapshot = id, "made by an earlier version: its changes raise no alert");
            continue;
        }
        let conn = match &mut conn {
            Some(conn) => conn,
            none => none.insert(open_read_only(lake)?),
        };
        out.push(facts_of(conn, lake, snapshot, previous)?);
    }
    out.reverse();
    Ok(out)
}

fn facts_of(
    conn: &Connection,
    lake: &Lake,
    snapshot: &SnapshotManifest,
    previous: &SnapshotManifest,
) -> anyhow::Result<SnapshotFacts> {
    let own_rules_changed = snapshot.dictionaries_sha256 != previous.dictionaries_sha256
        || snapshot.rules_version != previous.rules_version;
    let sql = changes_sql(lake, snapshot, previous)?;
    let answer = run_sql(conn, &sql).context("cannot read the change log")?;
    let changes = answer.rows.iter().map(|row| change(row, own_rules_changed)).collect();
    Ok(SnapshotFacts {
        snapshot_id: snapshot.snapshot_id.to_string(),
        own_rules_changed,
        changes,
        records: records(conn, lake, snapshot, previous)?,
    })
}

/// Listings, trials and registrations of each source, before and now.
fn records(
    conn: &Connection,
    lake: &Lake,
    now: &SnapshotManifest,
    before: &SnapshotManifest,
) -> anyhow::Result<BTreeMap<String, (u64, u64)>> {
    let mut parts = Vec::new();
    for table in ["listing", "trial", "registration"] {
        for (snapshot, columns) in [(before, "1 AS b, 0 AS n"), (now, "0 AS b, 1 AS n")] {
            let file = super::profile::file(lake, snapshot, table)?;
            parts.push(format!("SELECT source_id, {columns} FROM {file}"));
        }
    }
    let sql = format!(
        "SELECT source_id, count_if(b = 1) AS before, count_if(n = 1) AS now FROM ({}) GROUP BY 1",
        parts.join(" UNION ALL ")
    );
    let answer = run_sql(conn, &sql).context("cannot count the records of the sources")?;
    let number = |v: &Value| v.as_u64().unwrap_or(0);
    let counts = answer.rows.iter().filter_map(|row| match row.as_slice() {
        [Value::String(source), before, now] => {
            Some((source.clone(), (number(before), number(now))))
        }
        _ => None,
    });
    Ok(counts.collect())
}

/// The change log with names beside it: of what vanished, those of before.
/// Files of the snapshots are read, not the tables of the served file, which may
/// be of another snapshot after a crash.
fn changes_sql(
    lake: &Lake,
    now: &SnapshotManifest,
    before: &SnapshotManifest,
) -> anyhow::Result<String> {
    let mut sql = include_str!("changes.sql").to_owned();
    for (mark, snapshot) in [("now", now), ("before", before)] {
        for table in TABLES {
            let place = format!("{{{mark}.{table}}}");
            if sql.contains(&place) {
                sql = sql.replace(&place, &super::profile::file(lake, snapshot, table)?);
            }
        }
    }
    // Snapshots made before there were names have the standard ones only.
    for (table, of) in [("target_name", "target"), ("corporate_group_name", "corporate_group")] {
        let names = match now.table(table) {
            Some(_) => super::profile::file(lake, now, table)?,
            None => format!("(SELECT '' AS {of}, '' AS name LIMIT 0)"),
        };
        sql = sql.replace(&format!("{{{table}}}"), &names);
    }
    Ok(sql)
}

/// A row of `changes.sql`, in the order of its columns.
fn change(row: &[Value], own_rules_changed: bool) -> ChangeFact {
    let opt = |i: usize| row.get(i).and_then(Value::as_str).map(str::to_owned);
    let text = |i: usize| opt(i).unwrap_or_default();
    let flag = |i: usize| row.get(i).and_then(Value::as_bool);
    let list = |i: usize| -> Vec<String> {
        let items = row.get(i).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    ChangeFact {
        entity_kind: text(0),
        entity_id: text(1),
        source_id: text(2),
        change: text(3),
        field: text(4),
        old: opt(5),
        new: opt(6),
        reason: text(7),
        run_id: opt(8),
        generic: text(9),
        dosage_form: text(10),
        name: text(11),
        company: text(12),
        groups: list(13),
        companies: list(14),
        targets: list(15),
        words_changed: match flag(16) {
            Some(true) => Some(true),
            // With the same dictionaries and rules only the regulator is left,
            // whatever field of its own it changed.
            Some(false) if !own_rules_changed => None,
            other => other,
        },
        words: opt(17),
        since: opt(20),
        same_group: flag(21).unwrap_or(false),
        other_group: flag(22).unwrap_or(false),
        deciding_records: list(18),
        decided_by_regulator: flag(19).unwrap_or(false),
    }
}
