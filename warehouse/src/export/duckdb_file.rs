//! A `DuckDB` file that needs no lake: it opens on another machine.
//!
//! Without names it is the served file, whole, with all views and macros; its
//! views over the raw rows, which read files of the lake, are replaced by
//! tables or left out; of the tables over time only its own snapshot is left.
//! With names it has these tables only, views as tables.

use std::fs::{self, File};
use std::path::Path;

use duckdb::Connection;
use regatta_lake::Lake;

use super::place::{Aside, export_error};
use super::relation::{self, Relation};
use super::{About, ExportRequest, ExportedTable, Job, Selection, Written};
use crate::query::{lock_down, open_read_only};
use crate::sql::{count, ident, literal, open_for_writing};
use crate::{WarehouseError, history};

/// Writes the file aside.
pub(super) fn write(
    lake: &Lake,
    request: &ExportRequest,
    aside: &Aside,
    progress: &dyn Fn(&str, u64),
) -> Result<Job, WarehouseError> {
    let file = aside.file();
    if request.selection == Selection::All && request.to.file_stem().is_some_and(|s| s == "raw") {
        return Err(export_error(
            "a file called raw.duckdb opens as a database called raw, and the schema raw in it \
             could not be told from it; choose another name",
        ));
    }
    // DuckDB calls a database after its file: the name must mean nothing else.
    let path = aside.path(UNFINISHED);
    let (about, relations, tables) = match &request.selection {
        Selection::All => whole(lake, request, &path, progress)?,
        _ => some(lake, request, &path, progress)?,
    };
    let wal = path.with_extension("duckdb.wal");
    if wal.exists() {
        return Err(export_error(format!("changes are left in the log {}", wal.display())));
    }
    let named = aside.path(&file);
    fs::rename(&path, &named).map_err(WarehouseError::io("cannot rename to", &named))?;
    let tables = tables
        .into_iter()
        .map(|(table, rows)| ExportedTable {
            table,
            file: file.clone(),
            rows,
            sheets: Vec::new(),
            clipped_cells: 0,
        })
        .collect();
    Ok(Job { about, relations, written: vec![Written { file, tables }] })
}

/// The file while it is written.
const UNFINISHED: &str = "regatta_export_unfinished.duckdb";

type Made = (About, Vec<Relation>, Vec<(String, u64)>);

/// The served file is copied through one open handle: a refresh that swaps in
/// another one does not disturb it.
fn whole(
    lake: &Lake,
    request: &ExportRequest,
    path: &Path,
    progress: &dyn Fn(&str, u64),
) -> Result<Made, WarehouseError> {
    let served = lake.duckdb_file();
    if !served.exists() {
        return Err(WarehouseError::NotBuilt { path: served });
    }
    progress("the served file", 0);
    let mut from = File::open(&served).map_err(WarehouseError::io("cannot open", &served))?;
    let mut to = File::create(path).map_err(WarehouseError::io("cannot write", path))?;
    std::io::copy(&mut from, &mut to).map_err(WarehouseError::io("cannot copy", &served))?;
    drop(to);
    let conn = open_for_writing(path)?;
    conn.execute_batch("BEGIN").map_err(WarehouseError::step("begin"))?;
    let about = About::read(&conn)?;
    history::keep_one(&conn, &about.snapshot_id)?;
    let raw = if request.with_raw { copy_raw(&conn, progress)? } else { drop_raw(&conn)? };
    conn.execute("INSERT INTO meta VALUES ('raw', ?)", [raw])
        .map_err(WarehouseError::step("note what became of the raw rows"))?;
    conn.execute_batch("COMMIT").map_err(WarehouseError::step("commit"))?;
    let tables = sizes(&conn)?;
    close(conn)?;
    Ok((about, Vec::new(), tables))
}

/// Each raw view becomes a table of the same name.
fn copy_raw(
    conn: &Connection,
    progress: &dyn Fn(&str, u64),
) -> Result<&'static str, WarehouseError> {
    for (view, comment) in raw_views(conn)? {
        let name = format!("raw.{}", ident(&view));
        let step = || WarehouseError::step(format!("copy the raw rows of {view}"));
        let copied = format!("raw.{}", ident(&format!("{view} copied")));
        conn.execute_batch(&format!("CREATE TABLE {copied} AS SELECT * FROM {name}"))
            .map_err(step())?;
        let comment = comment.unwrap_or_default();
        let comment = comment.split(" Reads ").next().unwrap_or_default();
        conn.execute_batch(&format!(
            "DROP VIEW {name};
             ALTER TABLE {copied} RENAME TO {renamed};
             COMMENT ON TABLE {name} IS {comment};",
            renamed = ident(&view),
            comment = literal(comment)
        ))
        .map_err(step())?;
        let rows = count(conn, "count the raw rows", &format!("SELECT count(*) FROM {name}"))?;
        progress(&format!("raw.{view}"), rows);
    }
    Ok("copied")
}

fn drop_raw(conn: &Connection) -> Result<&'static str, WarehouseError> {
    for (view, _) in raw_views(conn)? {
        conn.execute_batch(&format!("DROP VIEW raw.{}", ident(&view)))
            .map_err(WarehouseError::step(format!("leave out the raw rows of {view}")))?;
    }
    conn.execute_batch("DELETE FROM raw_table")
        .map_err(WarehouseError::step("leave out the list of raw rows"))?;
    Ok("left out")
}

fn raw_views(conn: &Connection) -> Result<Vec<(String, Option<String>)>, WarehouseError> {
    let step = || WarehouseError::step("list the raw views");
    let mut statement = conn
        .prepare(
            "SELECT view_name, comment FROM duckdb_views()
             WHERE schema_name = 'raw' AND NOT internal ORDER BY view_name",
        )
        .map_err(step())?;
    let views = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(step())?;
    views.collect::<Result<_, _>>().map_err(step())
}

/// The rows of all tables of the file.
fn sizes(conn: &Connection) -> Result<Vec<(String, u64)>, WarehouseError> {
    let step = || WarehouseError::step("count the rows");
    let mut statement = conn
        .prepare(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal
             ORDER BY schema_name <> 'main', schema_name, table_name",
        )
        .map_err(step())?;
    let names = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
        .map_err(step())?;
    let mut sizes = Vec::new();
    for name in names {
        let (schema, table) = name.map_err(step())?;
        let query = format!("SELECT count(*) FROM {}.{}", ident(&schema), ident(&table));
        let rows = count(conn, "count the rows", &query)?;
        sizes.push((if schema == "main" { table } else { format!("{schema}.{table}") }, rows));
    }
    Ok(sizes)
}

/// A new file with the named tables and views, or the query, as tables.
fn some(
    lake: &Lake,
    request: &ExportRequest,
    path: &Path,
    progress: &dyn Fn(&str, u64),
) -> Result<Made, WarehouseError> {
    // Held open from here on: what is looked at is what is attached.
    let served = open_read_only(lake)?;
    let about = About::read(&served)?;
    let relations = relation::select(&served, &request.selection)?;
    let conn = Connection::open_in_memory().map_err(WarehouseError::step("open a database"))?;
    let attach = format!(
        "ATTACH {} AS exported; ATTACH {} AS served (READ_ONLY); USE served;",
        literal(&path.to_string_lossy()),
        literal(&lake.duckdb_file().to_string_lossy())
    );
    conn.execute_batch(&attach).map_err(WarehouseError::step("attach the served file"))?;
    lock_down(lake, &conn)?;
    if About::read(&conn)?.snapshot_id != about.snapshot_id {
        return Err(export_error("another snapshot was published just now; try again"));
    }
    let mut tables = Vec::with_capacity(relations.len());
    for relation in &relations {
        let name = relation.name.replace('.', "_");
        let target = format!("exported.main.{}", ident(&name));
        conn.execute_batch(&format!("CREATE TABLE {target} AS {}", relation.sql))
            .map_err(|error| WarehouseError::Query { error })?;
        let rows = count(&conn, "count the rows", &format!("SELECT count(*) FROM {target}"))?;
        conn.execute_batch(&comments(&target, relation))
            .map_err(WarehouseError::step(format!("comment {}", relation.name)))?;
        progress(&relation.name, rows);
        tables.push((name, rows));
    }
    write_meta(&conn, &about)?;
    conn.execute_batch("CHECKPOINT exported; DETACH exported;")
        .map_err(WarehouseError::step("close the file"))?;
    Ok((about, relations, tables))
}

fn comments(target: &str, relation: &Relation) -> String {
    let mut text = format!("COMMENT ON TABLE {target} IS {};", literal(&relation.doc));
    for field in relation.columns.iter().filter(|f| !f.doc.is_empty()) {
        let (column, doc) = (ident(&field.name), literal(&field.doc));
        text = text + "COMMENT ON COLUMN " + target + "." + &column + " IS " + &doc + ";";
    }
    text
}

/// What the file is of, and whose data it is: it travels without its lake.
fn write_meta(conn: &Connection, about: &About) -> Result<(), WarehouseError> {
    let step = || WarehouseError::step("note what the file is of");
    conn.execute_batch(
        "CREATE TABLE exported.main.meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL)",
    )
    .map_err(step())?;
    let mut values = vec![
        ("snapshot_id".to_owned(), about.snapshot_id.clone()),
        ("created_at".to_owned(), about.created_at.clone()),
    ];
    for source in &about.sources {
        let terms = format!("{}; licence: {}", source.attribution, source.licence);
        values.push((format!("attribution:{}", source.source_id), terms));
    }
    for (key, value) in values {
        conn.execute("INSERT INTO exported.main.meta VALUES (?, ?)", [key, value])
            .map_err(step())?;
    }
    Ok(())
}

fn close(conn: Connection) -> Result<(), WarehouseError> {
    conn.execute_batch("FORCE CHECKPOINT").map_err(WarehouseError::step("checkpoint the file"))?;
    conn.close().map_err(|(_, e)| WarehouseError::step("close the file")(e))
}
