//! What the file says about itself: its snapshot, the snapshots that are kept,
//! and the change log over all of them.

use duckdb::{Connection, params};
use regatta_lake::schema::{self, Table};
use regatta_lake::{Lake, SnapshotManifest, published_snapshots};

use crate::WarehouseError;
use crate::history::schema_of;
use crate::sql::{count, ident, literal};
use crate::tables::{column_comments, kept_select};

/// Creates `meta`, `snapshot`, `snapshot_input`, `snapshot_change` and
/// `change_log`. Returns the snapshots that they tell of, newest first, `keep`
/// at most.
pub(crate) fn create(
    conn: &Connection,
    lake: &Lake,
    snapshot: &SnapshotManifest,
    keep: usize,
) -> Result<Vec<SnapshotManifest>, WarehouseError> {
    conn.execute_batch(CREATE).map_err(WarehouseError::step("create the catalogue"))?;
    let mut kept = published_snapshots(lake)?;
    if !kept.iter().any(|s| s.snapshot_id == snapshot.snapshot_id) {
        kept.insert(0, snapshot.clone());
    }
    kept.truncate(keep.max(1));
    for manifest in &kept {
        add_snapshot(conn, manifest, manifest.snapshot_id == snapshot.snapshot_id)?;
    }
    write_meta(conn, snapshot)?;
    create_change_log(conn, lake, &kept)?;
    Ok(kept)
}

const CREATE: &str = "
CREATE TABLE meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL);
COMMENT ON TABLE meta IS '[meta] What this file is: one row per property.';
COMMENT ON COLUMN meta.key IS 'snapshot_id, created_at, schema_version, rules_version, duckdb_version.';
COMMENT ON COLUMN meta.value IS 'Its value.';
CREATE TABLE snapshot (
    snapshot_id VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, is_current BOOLEAN NOT NULL,
    previous_id VARCHAR, schema_version BIGINT NOT NULL, rules_version BIGINT NOT NULL,
    dictionaries_sha256 VARCHAR NOT NULL, tables BIGINT NOT NULL, rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL, changes BIGINT NOT NULL, schema_name VARCHAR NOT NULL
);
COMMENT ON TABLE snapshot IS '[meta] One row per published snapshot that the lake keeps, newest first. Key: snapshot_id.';
COMMENT ON COLUMN snapshot.snapshot_id IS 'The snapshot: UTC time of its making.';
COMMENT ON COLUMN snapshot.created_at IS 'When it was made, UTC.';
COMMENT ON COLUMN snapshot.is_current IS 'The tables of this file are of this snapshot.';
COMMENT ON COLUMN snapshot.previous_id IS 'The snapshot before it.';
COMMENT ON COLUMN snapshot.schema_version IS 'Version of the tables.';
COMMENT ON COLUMN snapshot.rules_version IS 'Version of the rules in code.';
COMMENT ON COLUMN snapshot.dictionaries_sha256 IS 'Digest of all dictionaries applied.';
COMMENT ON COLUMN snapshot.tables IS 'Table files.';
COMMENT ON COLUMN snapshot.rows IS 'Rows over all tables.';
COMMENT ON COLUMN snapshot.bytes IS 'Size of all table files.';
COMMENT ON COLUMN snapshot.changes IS 'Entities that changed since the snapshot before; snapshot_change has them by kind.';
COMMENT ON COLUMN snapshot.schema_name IS 'The schema of its tables as they were, e.g. for FROM at_20261123T081500000Z.drug; by time: FROM drug_as_of(t).';
CREATE TABLE snapshot_change (
    snapshot_id VARCHAR NOT NULL, source_id VARCHAR NOT NULL, entity_kind VARCHAR NOT NULL,
    change VARCHAR NOT NULL, entities BIGINT NOT NULL
);
COMMENT ON TABLE snapshot_change IS '[meta] What changed with each kept snapshot, counted. Key: snapshot_id, source_id, entity_kind, change.';
COMMENT ON COLUMN snapshot_change.snapshot_id IS 'The snapshot that brought the changes.';
COMMENT ON COLUMN snapshot_change.source_id IS 'Source; empty for drugs.';
COMMENT ON COLUMN snapshot_change.entity_kind IS 'listing, registration, trial, drug.';
COMMENT ON COLUMN snapshot_change.change IS 'appeared, vanished, changed; dictionary_changed, rule_changed where not a source is the cause.';
COMMENT ON COLUMN snapshot_change.entities IS 'Entities, not fields.';
CREATE TABLE snapshot_input (
    snapshot_id VARCHAR NOT NULL, source_id VARCHAR NOT NULL, data_run_id VARCHAR NOT NULL,
    manifest_sha256 VARCHAR NOT NULL
);
COMMENT ON TABLE snapshot_input IS '[meta] The raw data that each kept snapshot was made from, by source. Key: snapshot_id, source_id.';
COMMENT ON COLUMN snapshot_input.snapshot_id IS 'The snapshot.';
COMMENT ON COLUMN snapshot_input.source_id IS 'Source of the catalogue.';
COMMENT ON COLUMN snapshot_input.data_run_id IS 'The run that wrote the raw tables.';
COMMENT ON COLUMN snapshot_input.manifest_sha256 IS 'Digest of the manifest of that run.';
";

fn add_snapshot(
    conn: &Connection,
    manifest: &SnapshotManifest,
    current: bool,
) -> Result<(), WarehouseError> {
    let step = || WarehouseError::step(format!("list the snapshot {}", manifest.snapshot_id));
    let id = manifest.snapshot_id.as_str();
    conn.execute(
        "INSERT INTO snapshot VALUES
            (?, make_timestamp(CAST(? AS BIGINT)), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            id,
            manifest.created_at.as_microsecond(),
            current,
            manifest.previous.as_ref().map(|p| p.snapshot_id.as_str()),
            manifest.schema_version,
            manifest.rules_version,
            manifest.dictionaries_sha256.to_string(),
            manifest.tables.len() as u64,
            manifest.tables.iter().map(|t| t.rows).sum::<u64>(),
            manifest.tables.iter().map(|t| t.bytes).sum::<u64>(),
            manifest.changes.iter().map(|c| c.count).sum::<u64>(),
            schema_of(manifest),
        ],
    )
    .map_err(step())?;
    for change in &manifest.changes {
        conn.execute(
            "INSERT INTO snapshot_change VALUES (?, ?, ?, ?, ?)",
            params![id, change.source_id, change.entity, change.change, change.count],
        )
        .map_err(step())?;
    }
    for (source, input) in &manifest.inputs {
        conn.execute(
            "INSERT INTO snapshot_input VALUES (?, ?, ?, ?)",
            params![
                id,
                source.as_str(),
                input.data_run_id.as_str(),
                input.manifest_sha256.to_string()
            ],
        )
        .map_err(step())?;
    }
    Ok(())
}

fn write_meta(conn: &Connection, snapshot: &SnapshotManifest) -> Result<(), WarehouseError> {
    let step = || WarehouseError::step("write the table meta");
    let version = conn.version().map_err(step())?;
    let values = [
        ("snapshot_id", snapshot.snapshot_id.to_string()),
        ("created_at", snapshot.created_at.to_string()),
        ("schema_version", snapshot.schema_version.to_string()),
        ("rules_version", snapshot.rules_version.to_string()),
        ("duckdb_version", version),
    ];
    for (key, value) in values {
        conn.execute("INSERT INTO meta VALUES (?, ?)", params![key, value]).map_err(step())?;
    }
    Ok(())
}

/// The table `change` of a snapshot knows only the step from the snapshot
/// before; analysts ask for what changed since a date.
fn create_change_log(
    conn: &Connection,
    lake: &Lake,
    kept: &[SnapshotManifest],
) -> Result<(), WarehouseError> {
    let step = || WarehouseError::step("create the table change_log");
    let Some(change) = schema::table("change") else { return Ok(()) };
    conn.execute_batch(&change_log_statement(change)).map_err(step())?;
    for manifest in kept {
        let Some(file) = manifest.table(change.name) else { continue };
        let path = lake.root().join(&file.path);
        // The change logs of versions 2 and 3 differ in types only.
        if manifest.schema_version < 2 || !path.exists() {
            continue;
        }
        let select = kept_select(conn, change, &path)?;
        let order = change.sort.iter().map(|c| ident(c)).collect::<Vec<_>>().join(", ");
        let insert = format!(
            "INSERT INTO change_log SELECT *, {} FROM ({select}) ORDER BY {order}",
            literal(manifest.snapshot_id.as_str())
        );
        conn.execute(&insert, []).map_err(step())?;
    }
    let rows = count(conn, "count the changes", "SELECT count(*) FROM change_log")?;
    tracing::debug!(rows, "change log over all kept snapshots");
    Ok(())
}

fn change_log_statement(change: &Table) -> String {
    let create = "
        CREATE TABLE change_log AS
            SELECT *, CAST(NULL AS VARCHAR) AS snapshot_id FROM change LIMIT 0;
        COMMENT ON TABLE change_log IS
            '[meta] The change logs of all kept snapshots. R41. Key: snapshot_id and that of change.';
        COMMENT ON COLUMN change_log.snapshot_id IS 'The snapshot that brought the change.';";
    create.to_owned() + &column_comments("change_log", change.columns)
}
