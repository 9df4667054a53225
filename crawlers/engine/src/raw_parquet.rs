//! Raw tables as Parquet: the envelope, then the source's columns as text.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use regatta_lake::schema::{ENVELOPE, ISSUE_COLUMNS};
use regatta_lake::{RunId, SourceId};
use regatta_sources::Issue;

use crate::CrawlError;
use crate::accumulate::{Gathered, Gathering, Part};

/// Name of the table of row problems.
pub(crate) const ISSUES: &str = "_issues";
/// The columns of numbers, in the envelope and among the issues.
const NUMBER: &str = "row_number";
/// What `DuckDB` reads best: one unit of work per thread.
const ROW_GROUP: usize = 131_072;

/// One file that was written.
pub(crate) struct Written {
    pub(crate) table: String,
    pub(crate) file: PathBuf,
    pub(crate) rows: u64,
    /// Source columns, in file order, without the envelope.
    pub(crate) columns: Vec<String>,
    /// Those of them that the catalogue does not know.
    pub(crate) new_columns: Vec<String>,
}

/// Writes the tables of a run into `folder`, but for those that are there
/// `already`. The same rows give the same bytes.
pub(crate) fn write_tables(
    folder: &Path,
    source: &SourceId,
    run: &RunId,
    gathered: &Gathered,
    already: impl Fn(&str) -> bool,
) -> Result<Vec<Written>, CrawlError> {
    let mut written = Vec::new();
    for (table, gathering) in gathered.tables().filter(|(table, _)| !already(table)) {
        written.push(write_table(folder, source, run, table, gathering)?);
    }
    if !gathered.issues().is_empty() && !already(ISSUES) {
        written.push(write_issues(folder, source, run, gathered.issues())?);
    }
    Ok(written)
}

fn write_table(
    folder: &Path,
    source: &SourceId,
    run: &RunId,
    table: &str,
    gathering: &Gathering,
) -> Result<Written, CrawlError> {
    let (known, new) = gathering.columns();
    let names: Vec<String> = known.iter().chain(&new).cloned().collect();
    let columns = file_names(&names);
    let new_columns = columns[known.len()..].to_vec();
    let mut fields: Vec<Field> = ENVELOPE.iter().map(|(name, _)| field(name, false)).collect();
    fields.extend(columns.iter().map(|name| field(name, true)));
    let rows: Vec<(&Part, usize)> = gathering
        .parts
        .iter()
        .flat_map(|part| (0..part.table.len()).map(move |row| (part, row)))
        .collect();
    let file = folder.join(format!("{table}.parquet"));
    write(&file, source, table, fields, rows.len(), |from, to| {
        rows_as_arrays(source, run, &rows[from..to], &names)
    })?;
    Ok(Written { table: table.to_owned(), file, rows: rows.len() as u64, columns, new_columns })
}

fn write_issues(
    folder: &Path,
    source: &SourceId,
    run: &RunId,
    issues: &[Issue],
) -> Result<Written, CrawlError> {
    let file = folder.join(format!("{ISSUES}.parquet"));
    let all: Vec<&Issue> = issues.iter().collect();
    let (schema, columns) = issue_schema();
    let batches = all.chunks(ROW_GROUP).map(|issues| issue_batch(source, run, issues));
    write_batches(&file, source, ISSUES, &schema, batches)?;
    let rows = issues.len() as u64;
    Ok(Written { table: ISSUES.to_owned(), file, rows, columns, new_columns: Vec::new() })
}

fn issue_schema() -> (Arc<Schema>, Vec<String>) {
    let columns: Vec<String> = ["source_id", "run_id"]
        .into_iter()
        .chain(ISSUE_COLUMNS.iter().map(|(name, _)| *name))
        .map(str::to_owned)
        .collect();
    let fields: Vec<Field> = columns.iter().map(|name| field(name, false)).collect();
    (Arc::new(Schema::new(fields)), columns)
}

/// Row problems as rows of `_issues`.
pub(crate) fn issue_batch(
    source: &SourceId,
    run: &RunId,
    issues: &[&Issue],
) -> Result<RecordBatch, ArrowError> {
    let (schema, columns) = issue_schema();
    let arrays = columns
        .iter()
        .map(|name| match name.as_str() {
            NUMBER => numbers(issues, |issue| issue.row_number),
            name => texts(issues, |issue| issue_cell(name, source, run, issue)),
        })
        .collect();
    RecordBatch::try_new(schema, arrays)
}

fn envelope<'a>(
    column: &str,
    source: &'a SourceId,
    run: &'a RunId,
    part: &'a Part,
    row: usize,
) -> &'a str {
    match column {
        "source_id" => source.as_str(),
        "run_id" => run.as_str(),
        "record_key" => &part.keys[row],
        "url" => &part.url,
        "fetched_at" => &part.fetched_at,
        "body_sha256" => &part.body_sha256,
        "member" => &part.table.member,
        // A test holds this against the contract.
        _ => "",
    }
}

fn issue_cell<'a>(column: &str, source: &'a SourceId, run: &'a RunId, issue: &'a Issue) -> &'a str {
    match column {
        "source_id" => source.as_str(),
        "run_id" => run.as_str(),
        "table" => &issue.table,
        "member" => &issue.member,
        "column" => &issue.column,
        "severity" => issue.severity.code(),
        "kind" => &issue.kind,
        "message" => &issue.message,
        _ => "",
    }
}

/// Column names of the file. A regulator's new column may have the name of an
/// envelope column; it gets a number behind it.
pub(crate) fn file_names(names: &[String]) -> Vec<String> {
    let mut taken: Vec<String> = ENVELOPE.iter().map(|(name, _)| (*name).to_owned()).collect();
    for name in names {
        let mut free = name.clone();
        let mut number = 2;
        while taken.contains(&free) {
            free = format!("{name}_{number}");
            number += 1;
        }
        taken.push(free);
    }
    taken.split_off(ENVELOPE.len())
}

fn write(
    path: &Path,
    source: &SourceId,
    table: &str,
    fields: Vec<Field>,
    rows: usize,
    arrays: impl Fn(usize, usize) -> Vec<ArrayRef>,
) -> Result<(), CrawlError> {
    let schema = Arc::new(Schema::new(fields));
    let batches = (0..rows).step_by(ROW_GROUP).map(|from| {
        let to = rows.min(from + ROW_GROUP);
        RecordBatch::try_new(Arc::clone(&schema), arrays(from, to))
    });
    write_batches(path, source, table, &schema, batches)
}

/// Writes one raw file.
pub(crate) fn write_batches(
    path: &Path,
    source: &SourceId,
    table: &str,
    schema: &Arc<Schema>,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<(), CrawlError> {
    let failed = |reason: String| CrawlError::Write { path: path.to_owned(), reason };
    let level = ZstdLevel::try_new(3).map_err(|e| failed(e.to_string()))?;
    let entry = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_key_value_metadata(Some(vec![
            entry("regatta.source_id", source.as_str()),
            entry("regatta.table", table),
        ]))
        .build();
    let options =
        ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let file = File::create(path).map_err(|e| failed(e.to_string()))?;
    let mut writer = ArrowWriter::try_new_with_options(file, Arc::clone(schema), options)
        .map_err(|e| failed(e.to_string()))?;
    for batch in batches {
        let batch = batch.map_err(|e| failed(e.to_string()))?;
        writer.write(&batch).map_err(|e| failed(e.to_string()))?;
    }
    writer.close().map_err(|e| failed(e.to_string()))?;
    Ok(())
}

/// Rows of a run's pages as arrays: the envelope, then the named columns.
pub(crate) fn rows_as_arrays(
    source: &SourceId,
    run: &RunId,
    rows: &[(&Part, usize)],
    names: &[String],
) -> Vec<ArrayRef> {
    let mut arrays: Vec<ArrayRef> = ENVELOPE
        .iter()
        .map(|(name, _)| match *name {
            NUMBER => numbers(rows, |(part, row)| part.table.row_numbers[*row]),
            name => texts(rows, |(part, row)| envelope(name, source, run, part, *row)),
        })
        .collect();
    arrays.extend(names.iter().map(|name| cells(rows, name)));
    arrays
}

pub(crate) fn field(name: &str, nullable: bool) -> Field {
    let data_type = if name == NUMBER && !nullable { DataType::Int64 } else { DataType::Utf8 };
    Field::new(name, data_type, nullable)
}

fn texts<'a, T>(items: &'a [T], cell: impl Fn(&'a T) -> &'a str) -> ArrayRef {
    let mut builder = StringBuilder::new();
    for item in items {
        builder.append_value(cell(item));
    }
    Arc::new(builder.finish())
}

fn numbers<T>(items: &[T], number: impl Fn(&T) -> u32) -> ArrayRef {
    let mut builder = Int64Builder::with_capacity(items.len());
    for item in items {
        builder.append_value(i64::from(number(item)));
    }
    Arc::new(builder.finish())
}

/// A source column over rows of several pages, which need not all have it.
fn cells(rows: &[(&Part, usize)], name: &str) -> ArrayRef {
    let mut builder = StringBuilder::new();
    for of_page in rows.chunk_by(|a, b| std::ptr::eq(a.0, b.0)) {
        let column = of_page.first().and_then(|(part, _)| part.table.column(name));
        for (_, row) in of_page {
            builder.append_option(column.and_then(|column| column.get(*row)));
        }
    }
    Arc::new(builder.finish())
}
