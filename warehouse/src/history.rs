//! The tables as they were: every kept snapshot, by name and by time.
//!
//! Each kept snapshot has a schema of views over its Parquet files
//! (`at_<snapshot id>.drug`), typed by the contract of today. For each table
//! there is a macro `<table>_as_of(t)` that reads the newest snapshot made at
//! or before `t`, and `as_of('<table>', t)` does so for any of them. `t` is a
//! date, a time, or the id of a snapshot. A time before the first kept
//! snapshot is an error that names it: no rows would look like no drugs.
//!
//! Nothing is copied: a snapshot in the file would cost as much again as the
//! tables themselves, thirty of them thirty times that. The views name files
//! of the lake by their absolute path, as those of the schema `raw` do, so a
//! copy of the file on another machine answers for its own snapshot only; when
//! old snapshots are swept the file is built again.

use std::fmt::Write as _;

use duckdb::Connection;
use regatta_lake::schema::{LEDGER, TABLES};
use regatta_lake::{Lake, SnapshotManifest};

use crate::WarehouseError;
use crate::sql::{ident, literal};
use crate::tables::kept_select;

/// Creates the schemas of `kept`, newest first, and the macros over them.
pub(crate) fn create(
    conn: &Connection,
    lake: &Lake,
    kept: &[SnapshotManifest],
    current: &SnapshotManifest,
) -> Result<(), WarehouseError> {
    for manifest in kept {
        let step = || WarehouseError::step(format!("create the views of {}", manifest.snapshot_id));
        let statements = if manifest.snapshot_id == current.snapshot_id {
            current_views(manifest)
        } else {
            views(conn, lake, manifest)?
        };
        conn.execute_batch(&statements).map_err(step())?;
    }
    conn.execute_batch(&macros(kept))
        .map_err(WarehouseError::step("create the macros over time"))?;
    name_the_vanished(conn, kept)
}

/// The table `vanished_entity`: what vanished has no row any more that would
/// say what it was, but in the snapshot before it has.
fn name_the_vanished(conn: &Connection, kept: &[SnapshotManifest]) -> Result<(), WarehouseError> {
    let step = || WarehouseError::step("name what vanished");
    conn.execute_batch(VANISHED).map_err(step())?;
    for pair in kept.windows(2) {
        let [after, before] = pair else { continue };
        let insert = FILL_VANISHED
            .replace("{snapshot}", &literal(after.snapshot_id.as_str()))
            .replace("{before}", &ident(&schema_of(before)));
        conn.execute_batch(&insert).map_err(step())?;
    }
    Ok(())
}

const VANISHED: &str = "
CREATE TABLE vanished_entity (
    entity_kind VARCHAR NOT NULL, entity_id VARCHAR NOT NULL, snapshot_id VARCHAR NOT NULL,
    generic VARCHAR, dosage_form VARCHAR, company VARCHAR,
    markets STRUCT(country VARCHAR, progress VARCHAR)[] NOT NULL
);
COMMENT ON TABLE vanished_entity IS '[meta] What vanished with a kept snapshot, as it was in the one before. Key: entity_kind, entity_id, snapshot_id.';
COMMENT ON COLUMN vanished_entity.entity_kind IS 'listing, registration, trial, drug.';
COMMENT ON COLUMN vanished_entity.entity_id IS 'As in change_log.';
COMMENT ON COLUMN vanished_entity.snapshot_id IS 'The first snapshot without it.';
COMMENT ON COLUMN vanished_entity.generic IS 'Standard generic name; of a trial those of the drugs under test.';
COMMENT ON COLUMN vanished_entity.dosage_form IS 'Standard dosage form.';
COMMENT ON COLUMN vanished_entity.company IS 'Holder, applicants or sponsors.';
COMMENT ON COLUMN vanished_entity.markets IS 'Of a drug: the markets where it had records, and its stage there. Empty for others.';
";

const FILL_VANISHED: &str = "
INSERT INTO vanished_entity
WITH gone AS (
    SELECT entity_kind, entity_id FROM change_log
    WHERE snapshot_id = {snapshot} AND change = 'vanished'
), named AS (
    SELECT 'drug' AS entity_kind, drug_id AS entity_id, generic, dosage_form, holder AS company
    FROM {before}.drug
    UNION ALL
    SELECT 'listing', split_part(record_id, '#', 1), generic, dosage_form, coalesce(market_company, company)
    FROM {before}.listing
    UNION ALL
    SELECT 'registration', record_id, generic, dosage_form, array_to_string(companies, '; ')
    FROM {before}.registration
    UNION ALL
    SELECT 'trial', t.trial_id, p.generic, p.dosage_form, array_to_string(t.sponsors, '; ')
    FROM {before}.trial t LEFT JOIN {before}.trial_product p USING (trial_id)
)
SELECT g.entity_kind, g.entity_id, {snapshot},
    string_agg(DISTINCT n.generic, '; ' ORDER BY n.generic),
    string_agg(DISTINCT n.dosage_form, '; ' ORDER BY n.dosage_form),
    string_agg(DISTINCT n.company, '; ' ORDER BY n.company),
    coalesce((
        SELECT list({'country': p.country, 'progress': p.progress} ORDER BY p.country)
        FROM {before}.drug_progress p
        WHERE g.entity_kind = 'drug' AND p.drug_id = g.entity_id
    ), [])
FROM gone g JOIN named n USING (entity_kind, entity_id)
GROUP BY g.entity_kind, g.entity_id;
";

/// The schema in which a snapshot can be asked.
pub(crate) fn schema_of(manifest: &SnapshotManifest) -> String {
    format!("at_{}", manifest.snapshot_id)
}

/// Tables that a snapshot holds.
fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|t| t.name).filter(|name| !LEDGER.contains(name))
}

/// The snapshot of this file is in it already.
fn current_views(manifest: &SnapshotManifest) -> String {
    let mut out = open_schema(manifest);
    for name in names() {
        let body = format!("FROM main.{}", ident(name));
        write_view(&mut out, manifest, name, &body);
    }
    out
}

fn views(
    conn: &Connection,
    lake: &Lake,
    manifest: &SnapshotManifest,
) -> Result<String, WarehouseError> {
    let mut out = open_schema(manifest);
    for table in TABLES.iter().filter(|t| !LEDGER.contains(&t.name)) {
        let file = manifest.table(table.name).map(|t| lake.root().join(&t.path));
        let body = match file.filter(|f| f.exists()) {
            Some(file) => kept_select(conn, table, &file)?,
            // A table of the contract of today that this snapshot is older than.
            None => format!("FROM main.{} LIMIT 0", ident(table.name)),
        };
        write_view(&mut out, manifest, table.name, &body);
    }
    Ok(out)
}

fn open_schema(manifest: &SnapshotManifest) -> String {
    format!("CREATE SCHEMA {};", ident(&schema_of(manifest)))
}

fn write_view(out: &mut String, manifest: &SnapshotManifest, name: &str, body: &str) {
    let view = format!("{}.{}", ident(&schema_of(manifest)), ident(name));
    let text = format!(
        "[time] The table {name} as it was in the snapshot made at {} (UTC).",
        manifest.created_at
    );
    let _ =
        write!(out, "CREATE VIEW {view} AS {body}; COMMENT ON VIEW {view} IS {};", literal(&text));
}

/// `snapshot_at(t)`, `as_of(table_name, t)` and one macro for each table.
///
/// `query_table` needs to know the name when a query is bound, so the snapshots
/// are written into the macro: a look-up in the table `snapshot` would come too
/// late.
fn macros(kept: &[SnapshotManifest]) -> String {
    let moments: Vec<_> = kept.iter().map(Moment::of).collect();
    let mut out = snapshot_at(&moments);
    let _ = write!(
        out,
        "CREATE MACRO as_of(table_name, t) AS TABLE\n    \
         FROM query_table(snapshot_at(t) || '.' || table_name);\n\
         COMMENT ON MACRO TABLE as_of IS {};\n",
        literal(AS_OF)
    );
    for name in names() {
        let text = format!(
            "The table {name} as it was at a time: a date (its first moment, UTC), a time, or the \
             id of a snapshot. Example: FROM {name}_as_of(current_date - 7);"
        );
        let _ = write!(
            out,
            "CREATE MACRO {macro_name}(t) AS TABLE FROM query_table(snapshot_at(t) || {table});\n\
             COMMENT ON MACRO TABLE {macro_name} IS {comment};\n",
            macro_name = ident(&format!("{name}_as_of")),
            table = literal(&format!(".{name}")),
            comment = literal(&text)
        );
    }
    out
}

/// A kept snapshot as the macros name it.
struct Moment {
    id: String,
    /// When it was made, ISO 8601, UTC.
    made: String,
    /// The same in microseconds since 1970.
    at: i64,
}

impl Moment {
    fn of(manifest: &SnapshotManifest) -> Self {
        Self {
            id: manifest.snapshot_id.to_string(),
            made: manifest.created_at.to_string(),
            at: manifest.created_at.as_microsecond(),
        }
    }
}

/// The macro `snapshot_at` over `kept`, newest first.
fn snapshot_at(kept: &[Moment]) -> String {
    let mut choice = String::new();
    for moment in kept {
        let (id, schema) = (literal(&moment.id), literal(&format!("at_{}", moment.id)));
        let _ = writeln!(choice, "    WHEN CAST(t AS VARCHAR) = {id} THEN {schema}");
    }
    for moment in kept {
        let schema = literal(&format!("at_{}", moment.id));
        let at = moment.at;
        let _ = writeln!(choice, "    WHEN utc(t) >= make_timestamp({at}) THEN {schema}");
    }
    let first = kept.last().map_or("", |m| m.made.as_str());
    format!(
        "CREATE OR REPLACE MACRO snapshot_at(t) AS CASE\n{choice}    \
         ELSE error('no snapshot was kept of ' || coalesce(CAST(t AS VARCHAR), 'NULL') \
         || ' or before: the first is of {first}')\nEND;\n\
         COMMENT ON MACRO snapshot_at IS {};\n",
        literal(SNAPSHOT_AT)
    )
}

/// Takes every snapshot but `id`, that of the file itself, out of the tables
/// over time: in a file without its lake nothing else can be read.
pub(crate) fn keep_one(conn: &Connection, id: &str) -> Result<(), WarehouseError> {
    let step = || WarehouseError::step("leave out the snapshots before");
    let own = format!("at_{id}");
    let mut statement = conn
        .prepare(
            "SELECT schema_name FROM duckdb_schemas() WHERE starts_with(schema_name, 'at_') \
             AND schema_name <> ? AND database_name = current_database()",
        )
        .map_err(step())?;
    let others = statement.query_map([&own], |row| row.get::<_, String>(0)).map_err(step())?;
    let others = others.collect::<Result<Vec<_>, _>>().map_err(step())?;
    for schema in others {
        conn.execute_batch(&format!("DROP SCHEMA {} CASCADE", ident(&schema))).map_err(step())?;
    }
    let query =
        "SELECT value, epoch_us(CAST(value AS TIMESTAMP)) FROM meta WHERE key = 'created_at'";
    let (made, at) =
        conn.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).map_err(step())?;
    let moment = Moment { id: id.to_owned(), made, at };
    conn.execute_batch(&snapshot_at(&[moment])).map_err(step())
}

const SNAPSHOT_AT: &str = "snapshot_at(t): the schema of the newest snapshot made at or before a time: a date (its first moment, UTC), a time, or the id of a snapshot. A time before the first kept snapshot is an error. Example: SELECT snapshot_at(now());";

const AS_OF: &str = "as_of(table_name, t): a table as it was at a time: a date (its first moment, UTC), a time, or the id of a snapshot. Example: FROM as_of('drug', current_date - 7);";
