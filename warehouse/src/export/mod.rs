//! Export: the tables of one snapshot, or a query, as files for others.
//!
//! One connection to the served file is used throughout. That file is never
//! changed, only replaced by rename, so an export is of one snapshot even when
//! a refresh publishes meanwhile. Rows are streamed; everything is written
//! aside and gets its name in one step at the end.

mod csv;
mod duckdb_file;
mod jsonl;
mod package;
mod parquet_file;
mod place;
mod relation;
mod rows;
mod sheets;
mod text;
mod xlsx;

use std::path::{Path, PathBuf};

use duckdb::Connection;
use regatta_lake::{Lake, Sha256, hash_file};
use serde::Serialize;

use crate::query::open_read_only;
use crate::{Connection as Conn, WarehouseError};
use place::Aside;
use relation::Relation;

/// Form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// RFC 4180, UTF-8; a file a table.
    Csv,
    /// One JSON object a line; a file a table.
    Jsonl,
    /// A file a table.
    Parquet,
    /// One workbook, a sheet a table.
    Xlsx,
    /// One `DuckDB` file.
    DuckDb,
}

impl ExportFormat {
    /// The ending of its files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
            Self::DuckDb => "duckdb",
        }
    }

    /// All tables go into one file.
    #[must_use]
    pub fn is_one_file(self) -> bool {
        matches!(self, Self::Xlsx | Self::DuckDb)
    }

    /// The form that a file name asks for.
    #[must_use]
    pub fn of_file(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        [Self::Csv, Self::Jsonl, Self::Parquet, Self::Xlsx, Self::DuckDb]
            .into_iter()
            .find(|f| f.extension() == extension)
    }
}

/// What to export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All tables of the contract.
    All,
    /// These tables and views, e.g. `drug`, `progress_matrix`,
    /// `raw.us_orange_book_products`.
    Named(Vec<String>),
    /// The rows of one query; it can change nothing.
    Query(String),
}

/// An export to make.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct ExportRequest {
    /// Form.
    pub format: ExportFormat,
    /// What.
    pub selection: Selection,
    /// Where: a file for one table, a workbook or a `DuckDB` file; else a folder.
    pub to: PathBuf,
    /// Replace an earlier export.
    pub force: bool,
    /// CSV begins with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
    /// CSV: text that a spreadsheet would take for a formula gets an apostrophe.
    pub guard_formulas: bool,
    /// XLSX: cut cells that are longer than a cell can be, and list them.
    pub clip: bool,
    /// `DuckDB`: copy the regulators' own rows into the file.
    pub with_raw: bool,
}

/// What was exported.
#[derive(Clone, Debug, Serialize)]
pub struct ExportReport {
    /// The snapshot that all of it is of.
    pub snapshot_id: String,
    /// When that was made, ISO 8601 in UTC.
    pub created_at: String,
    /// Form.
    pub format: ExportFormat,
    /// The file or folder.
    pub to: PathBuf,
    /// The files.
    pub files: Vec<ExportedFile>,
    /// Tables, by name, with the file or sheets they are in.
    pub tables: Vec<ExportedTable>,
}

/// One file of an export.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedFile {
    /// Its name.
    pub file: String,
    /// Rows over all its tables; none for `datapackage.json`.
    pub rows: Option<u64>,
    /// Size, bytes.
    pub bytes: u64,
    /// Digest.
    pub sha256: Sha256,
}

/// One table of an export.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedTable {
    /// Its name.
    pub table: String,
    /// The file that has it.
    pub file: String,
    /// Rows.
    pub rows: u64,
    /// XLSX: its sheets, several where the rows are more than fit on one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sheets: Vec<String>,
    /// XLSX: cells that were cut.
    #[serde(skip_serializing_if = "is_zero")]
    pub clipped_cells: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Exports from the served file. `progress` is told the table and the rows
/// written so far.
///
/// # Errors
/// [`WarehouseError::Export`] when the request cannot be met as it is (a name
/// that is not there, a place that is taken, a cell too long for Excel);
/// [`WarehouseError::Refused`] and [`WarehouseError::Query`] for the query.
/// Nothing is left behind then.
pub fn export(
    lake: &Lake,
    request: &ExportRequest,
    progress: &dyn Fn(&str, u64),
) -> Result<ExportReport, WarehouseError> {
    let aside = Aside::prepare(request)?;
    let job = if request.format == ExportFormat::DuckDb {
        duckdb_file::write(lake, request, &aside, progress)?
    } else {
        let conn = open_read_only(lake)?;
        let relations = relation::select(&conn, &request.selection)?;
        aside.check_number(relations.len())?;
        let about = About::read(&conn)?;
        let written = match request.format {
            ExportFormat::Xlsx => {
                vec![xlsx::write(&conn, &relations, &about, request, &aside, progress)?]
            }
            _ => one_file_each(&conn, &relations, request, &aside, progress)?,
        };
        Job { about, relations, written }
    };
    finish(request, aside, job)
}

/// What the file says of itself.
pub(crate) struct About {
    pub snapshot_id: String,
    pub created_at: String,
    pub sources: Vec<package::Source>,
}

impl About {
    pub(crate) fn read(conn: &Connection) -> Result<Self, WarehouseError> {
        let of = |key: &str| {
            conn.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0))
                .map_err(WarehouseError::step(format!("read the {key} of the file")))
        };
        let sources = package::sources(conn)?;
        Ok(Self { snapshot_id: of("snapshot_id")?, created_at: of("created_at")?, sources })
    }
}

/// What was written aside.
pub(crate) struct Job {
    about: About,
    relations: Vec<Relation>,
    written: Vec<Written>,
}

/// A file written aside, with its tables.
pub(crate) struct Written {
    file: String,
    tables: Vec<ExportedTable>,
}

fn one_file_each(
    conn: &Conn,
    relations: &[Relation],
    request: &ExportRequest,
    aside: &Aside,
    progress: &dyn Fn(&str, u64),
) -> Result<Vec<Written>, WarehouseError> {
    let mut written = Vec::with_capacity(relations.len());
    for relation in relations {
        let file = aside.name_of(&relation.name);
        let path = aside.path(&file);
        let report = |rows| progress(&relation.name, rows);
        let rows = match request.format {
            ExportFormat::Jsonl => jsonl::write(conn, relation, &path, &report)?,
            ExportFormat::Parquet => parquet_file::write(conn, relation, &path, &report)?,
            _ => csv::write(conn, relation, request, &path, &report)?,
        };
        let table = ExportedTable {
            table: relation.name.clone(),
            file: file.clone(),
            rows,
            sheets: Vec::new(),
            clipped_cells: 0,
        };
        written.push(Written { file, tables: vec![table] });
    }
    Ok(written)
}

/// Digests, data package, and the step that gives the export its name.
fn finish(request: &ExportRequest, aside: Aside, job: Job) -> Result<ExportReport, WarehouseError> {
    let mut files = Vec::with_capacity(job.written.len() + 1);
    for written in &job.written {
        let rows = written.tables.iter().map(|t| t.rows).sum();
        files.push(described(&aside, &written.file, Some(rows))?);
    }
    if !request.format.is_one_file() {
        let text = package::document(request, &job.about, &job.relations, &files)?;
        let file = aside.package_name();
        let path = aside.path(&file);
        std::fs::write(&path, text).map_err(WarehouseError::io("cannot write", &path))?;
        files.push(described(&aside, &file, None)?);
    }
    let tables = job.written.into_iter().flat_map(|w| w.tables).collect();
    aside.install(request.force)?;
    Ok(ExportReport {
        snapshot_id: job.about.snapshot_id,
        created_at: job.about.created_at,
        format: request.format,
        to: request.to.clone(),
        files,
        tables,
    })
}

fn described(aside: &Aside, file: &str, rows: Option<u64>) -> Result<ExportedFile, WarehouseError> {
    let (sha256, bytes) = hash_file(&aside.path(file))?;
    Ok(ExportedFile { file: file.to_owned(), rows, bytes, sha256 })
}
