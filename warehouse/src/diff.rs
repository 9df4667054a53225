//! What changed between two kept snapshots.
//!
//! Everything is read from the Parquet files of the two, in memory: neither
//! has to be the one that is served, and the served file is not needed.

use duckdb::Connection;
use regatta_lake::schema::{self, Table};
use regatta_lake::{Lake, SnapshotManifest, published_snapshots};
use serde::{Deserialize, Serialize};

use crate::WarehouseError;
use crate::sql::{count, ident, literal, rows};
use crate::tables::{create_statement, fill_labels, kept_select};

/// The tables that are compared.
const COMPARED: [&str; 9] = [
    "drug",
    "drug_record",
    "drug_progress",
    "drug_id_history",
    "generic",
    "dosage_form",
    "listing",
    "registration",
    "trial",
];

/// What differs between two snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SnapshotDiff {
    /// The earlier one.
    pub from: Side,
    /// The later one.
    pub to: Side,
    /// The findings, counted by category and reason.
    pub counts: Vec<FindingCount>,
    /// The findings, in the order of [`Category`]; of a stage the furthest first.
    pub findings: Vec<Finding>,
    /// Records by source and kind.
    pub sources: Vec<SourceRecords>,
    /// The change logs between the two, counted (R41).
    pub changes: Vec<LoggedChanges>,
}

/// One of the two snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Its id.
    pub snapshot_id: String,
    /// When it was made, ISO 8601, UTC.
    pub created_at: String,
    /// Its drugs.
    pub drugs: u64,
    /// Records in its drugs.
    pub records: u64,
}

/// What happened to a drug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// It was not there before, under no id.
    Appeared,
    /// It is gone, and its id leads nowhere.
    Vanished,
    /// Its id was given up: its records are in another drug now (R32).
    Merged,
    /// It is made of records of a drug that goes on without them (R32).
    Split,
    /// It came further in a country, or has its first record there.
    StageUp,
    /// It fell back in a country, or has no record there any more.
    StageDown,
    /// The same stage, but another market status today (R38).
    Status,
    /// Another holder (R30).
    Holder,
}

/// One thing that happened to one drug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What happened.
    pub category: Category,
    /// The drug: of a merged or vanished one the id it had, else the id it has.
    pub drug_id: String,
    /// Standard generic name.
    pub generic: String,
    /// Its names in Chinese.
    pub generic_zh: Option<String>,
    /// Standard dosage form, the code.
    pub dosage_form: String,
    /// Its Chinese label.
    pub dosage_form_zh: Option<String>,
    /// The holder, of a vanished or merged drug the last one.
    pub company: Option<String>,
    /// The country that it is about.
    pub country: Option<String>,
    /// Before: stage, status, holder, or ids.
    pub old_value: Option<String>,
    /// After.
    pub new_value: Option<String>,
    /// The stage or status before, in Chinese.
    pub old_value_zh: Option<String>,
    /// After, in Chinese.
    pub new_value_zh: Option<String>,
    /// Reason code (R41).
    pub reason: String,
    /// The reason in Chinese.
    pub reason_zh: Option<String>,
    /// The records that it rests on.
    pub records: Vec<String>,
}

/// Findings of one category with one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingCount {
    /// What happened.
    pub category: Category,
    /// Reason code (R41).
    pub reason: String,
    /// How often.
    pub findings: u64,
}

/// Records of one kind of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecords {
    /// The source.
    pub source_id: String,
    /// listing, registration or trial (R1).
    pub kind: String,
    /// Records before.
    pub before: u64,
    /// Records after.
    pub after: u64,
    /// Records that are new.
    pub appeared: u64,
    /// Records that are gone.
    pub vanished: u64,
    /// Records of which the change log names a field.
    pub changed: u64,
    /// Records that are now in another drug.
    pub moved: u64,
}

/// Entities of the change logs between the two snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedChanges {
    /// drug, listing, registration or trial.
    pub entity_kind: String,
    /// appeared, vanished or changed.
    pub change: String,
    /// Reason code (R41).
    pub reason: String,
    /// The reason in Chinese.
    pub reason_zh: Option<String>,
    /// Entities, not fields.
    pub entities: u64,
}

/// Compares two kept snapshots, `from` the earlier one. Drugs are followed
/// through merges and splits (R32), and each finding carries a reason code
/// (R41): that of the change logs between the two, else the one that follows
/// from records, dictionaries and rules.
///
/// # Errors
/// When a table file cannot be read.
pub fn diff(
    lake: &Lake,
    from: &SnapshotManifest,
    to: &SnapshotManifest,
) -> Result<SnapshotDiff, WarehouseError> {
    let conn = Connection::open_in_memory().map_err(WarehouseError::step("open a database"))?;
    load(&conn, lake, "old", from)?;
    load(&conn, lake, "new", to)?;
    load_log(&conn, lake, from, to)?;
    let labels = schema::table("label").map(create_statement).unwrap_or_default();
    let set = format!("{labels}; SET VARIABLE own_reason = {}", literal(own_reason(from, to)));
    conn.execute_batch(&set).map_err(WarehouseError::step("prepare a comparison"))?;
    fill_labels(&conn)?;
    let findings: Vec<Finding> = rows(&conn, "compare the drugs", include_str!("diff/items.sql"))?;
    Ok(SnapshotDiff {
        from: side(&conn, "old", from)?,
        to: side(&conn, "new", to)?,
        counts: counts(&findings),
        findings,
        sources: rows(&conn, "compare the records", include_str!("diff/sources.sql"))?,
        changes: rows(&conn, "count the changes", include_str!("diff/log.sql"))?,
    })
}

fn load(
    conn: &Connection,
    lake: &Lake,
    schema: &str,
    manifest: &SnapshotManifest,
) -> Result<(), WarehouseError> {
    let step = || WarehouseError::step(format!("read the snapshot {}", manifest.snapshot_id));
    conn.execute_batch(&format!("CREATE SCHEMA {schema}")).map_err(step())?;
    for table in COMPARED.iter().filter_map(|name| schema::table(name)) {
        let Some(file) = file_of(lake, manifest, table) else {
            // A snapshot of before there was such a table.
            let empty = format!("USE {schema}; {}; USE main", create_statement(table));
            conn.execute_batch(&empty).map_err(step())?;
            continue;
        };
        let select = kept_select(conn, table, &file)?;
        let create = format!("CREATE TABLE {schema}.{} AS {select}", ident(table.name));
        conn.execute_batch(&create).map_err(step())?;
    }
    Ok(())
}

/// The table `log`: the change logs of the snapshots after `from`, up to `to`.
fn load_log(
    conn: &Connection,
    lake: &Lake,
    from: &SnapshotManifest,
    to: &SnapshotManifest,
) -> Result<(), WarehouseError> {
    let step = || WarehouseError::step("read the change logs");
    let Some(change) = schema::table("change") else { return Ok(()) };
    let create = create_statement(change).replace("\"change\" (", "log (");
    conn.execute_batch(&create.replace(" NOT NULL", "")).map_err(step())?;
    let between = published_snapshots(lake)?;
    let between = between
        .iter()
        .filter(|s| s.snapshot_id > from.snapshot_id && s.snapshot_id <= to.snapshot_id);
    for manifest in between {
        if let Some(file) = file_of(lake, manifest, change) {
            let select = kept_select(conn, change, &file)?;
            conn.execute_batch(&format!("INSERT INTO log {select}")).map_err(step())?;
        }
    }
    Ok(())
}

fn file_of(lake: &Lake, manifest: &SnapshotManifest, table: &Table) -> Option<std::path::PathBuf> {
    let file = lake.root().join(&manifest.table(table.name)?.path);
    file.exists().then_some(file)
}

/// The reason of what no record explains.
fn own_reason(from: &SnapshotManifest, to: &SnapshotManifest) -> &'static str {
    if from.dictionaries_sha256 != to.dictionaries_sha256 {
        "dictionary_changed"
    } else if from.rules_version != to.rules_version {
        "rule_changed"
    } else {
        "source_changed"
    }
}

fn side(
    conn: &Connection,
    schema: &str,
    manifest: &SnapshotManifest,
) -> Result<Side, WarehouseError> {
    let number = |sql: &str| count(conn, "count what was compared", sql);
    Ok(Side {
        snapshot_id: manifest.snapshot_id.to_string(),
        created_at: manifest.created_at.to_string(),
        drugs: number(&format!("SELECT count(*) FROM {schema}.drug"))?,
        records: number(&format!("SELECT count(*) FROM {schema}.drug_record"))?,
    })
}

fn counts(findings: &[Finding]) -> Vec<FindingCount> {
    let mut counts = std::collections::BTreeMap::new();
    for finding in findings {
        *counts.entry((finding.category, finding.reason.as_str())).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .map(|((category, reason), findings)| FindingCount {
            category,
            reason: reason.to_owned(),
            findings,
        })
        .collect()
}
