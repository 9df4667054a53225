//! Merging what a feed of changes or an import of some records brought into the
//! raw tables that are served.

mod issues;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, new_null_array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regatta_lake::schema::ENVELOPE;
use regatta_lake::{IssueCount, LakeError, RawTable, RunManifest, hash_file};

use crate::CrawlError;
use crate::accumulate::{Gathered, Gathering, Part};
use crate::finish::{Run, io_error};
use crate::raw_parquet::{ISSUES, field, file_names, rows_as_arrays, write_batches};
use issues::issues;

/// Tables of a run that builds on another one.
#[derive(Default)]
pub(crate) struct Merged {
    /// All tables, `_issues` too.
    pub(crate) tables: Vec<RawTable>,
    /// Rows by table, without `_issues`.
    pub(crate) rows: BTreeMap<String, u64>,
    /// Tables of which almost all records that were served came again.
    pub(crate) whole: BTreeSet<String>,
    /// Records that are new or different.
    pub(crate) records: u64,
    /// Row problems of all rows, old and new.
    pub(crate) issues: Vec<IssueCount>,
}

/// How rows are told to be of one record.
#[derive(Clone, Copy)]
pub(crate) struct RecordBy<'a> {
    /// The columns that say it.
    pub(crate) columns: &'a [String],
    /// Rows that do not say it are one record together; else what is new of
    /// them is left out.
    pub(crate) nameless: bool,
}

impl RecordBy<'_> {
    /// The record of a row with these cells.
    fn of<'c>(self, cell: impl Fn(&str) -> Option<&'c str>) -> Cow<'c, str> {
        match self.columns {
            [only] => Cow::Borrowed(cell(only).unwrap_or_default()),
            several => {
                let parts: Vec<&str> =
                    several.iter().map(|name| cell(name).unwrap_or_default()).collect();
                Cow::Owned(parts.join("\u{1f}"))
            }
        }
    }
}

/// Writes the tables of `base` into `folder/raw`, with the rows of those records
/// replaced that `gathered` has other rows of. `record` is the column that says
/// to which record a row belongs. A row that is the same stays the old one: it
/// says itself which run and bytes it is from. Rows of a record of which a
/// table brought none stay too: a feed takes nothing away.
pub(crate) fn merge(
    run: &Run,
    base: &RunManifest,
    record: &str,
    gathered: &Gathered,
    folder: &Path,
) -> Result<Merged, CrawlError> {
    let raw = folder.join("raw");
    fs::create_dir(&raw).map_err(io_error("cannot create", &raw))?;
    let columns = [record.to_owned()];
    let by = RecordBy { columns: &columns, nameless: false };
    merge_some(run, base, |_| Some(by), gathered, &raw)
}

/// The same for an import, into `raw`: the tables of `base` that `gathered` has
/// rows for. None where imports of the source take the place of its tables.
pub(crate) fn add(
    run: &Run,
    base: &RunManifest,
    gathered: &Gathered,
    raw: &Path,
) -> Result<Option<Merged>, CrawlError> {
    let tables = &run.source.spec().tables;
    if tables.values().all(|table| table.import_adds_by.is_empty()) {
        return Ok(None);
    }
    let by = |table: &str| {
        let columns = &tables.get(table)?.import_adds_by;
        let came = gathered.rows_of(table).is_some() && !columns.is_empty();
        came.then_some(RecordBy { columns, nameless: true })
    };
    let mut merged = merge_some(run, base, by, gathered, raw)?;
    let new_tables = gathered.tables().filter(|(table, _)| !merged.rows.contains_key(*table));
    let more: u64 = new_tables.map(|(_, gathering)| gathering.rows()).sum();
    if more > 0 && merged.records == 0 {
        issues(run, base, gathered, raw, &mut merged)?;
    }
    merged.records += more;
    Ok(Some(merged))
}

/// The bodies that rows of a raw file are from.
pub(crate) fn bodies_of(path: &Path) -> Result<BTreeSet<String>, CrawlError> {
    let table = Table::read(path, &[])?;
    let mut bodies = BTreeSet::new();
    for batch in &table.batches {
        for row in 0..batch.num_rows() {
            let sha = cell_of(batch, "body_sha256", row).unwrap_or_default();
            if !bodies.contains(sha) {
                bodies.insert(sha.to_owned());
            }
        }
    }
    Ok(bodies)
}

fn merge_some<'a>(
    run: &Run,
    base: &RunManifest,
    by: impl Fn(&str) -> Option<RecordBy<'a>>,
    gathered: &Gathered,
    raw: &Path,
) -> Result<Merged, CrawlError> {
    let mut merged = Merged { issues: base.issues.clone(), ..Merged::default() };
    let mut changed = BTreeSet::new();
    for old in base.tables.iter().filter(|t| t.name != ISSUES) {
        let Some(by) = by(&old.name) else { continue };
        let name = format!("{}.parquet", old.name);
        let (from, to) = (run.lake.root().join(&old.path), raw.join(&name));
        let path = run.lake.relative(&run.lake.raw_dir(&base.source_id, &run.id).join(&name));
        let new = gathered.tables().find(|(table, _)| *table == old.name).map(|(_, g)| g);
        let replaced = match new {
            Some(new) => {
                let (replaced, whole) = replace(run, base, by, (&from, &to), (old, new))?;
                merged.whole.extend(whole.then(|| old.name.clone()));
                replaced
            }
            None => None,
        };
        let table = if let Some(table) = replaced {
            changed.extend(table.records);
            let (sha256, bytes) = hash_file(&to)?;
            let (rows, columns, new_columns) = (table.rows, table.columns, table.new_columns);
            RawTable {
                name: old.name.clone(),
                path,
                rows,
                columns,
                new_columns,
                bytes,
                sha256,
                seen_whole_at: None,
            }
        } else {
            fs::copy(&from, &to).map_err(io_error("cannot copy", &from))?;
            RawTable { path, ..old.clone() }
        };
        merged.rows.insert(table.name.clone(), table.rows);
        merged.tables.push(table);
    }
    merged.records = changed.len() as u64;
    if merged.records > 0 {
        issues(run, base, gathered, raw, &mut merged)?;
    }
    Ok(merged)
}

/// A table with other rows.
struct Replaced {
    rows: u64,
    columns: Vec<String>,
    new_columns: Vec<String>,
    /// The records whose rows are other ones.
    records: BTreeSet<String>,
}

/// Of the rows that are served at most one in so many may be of records that did
/// not come again, where the table is to count as seen whole: in a list that is
/// had anew, some have vanished.
const MISSED: u64 = 10;

/// The table with the rows that came in the place of those of their records, if
/// they say anything new; and whether they are almost all that it has.
fn replace(
    run: &Run,
    base: &RunManifest,
    by: RecordBy<'_>,
    (from, to): (&Path, &Path),
    (old, new): (&RawTable, &Gathering),
) -> Result<(Option<Replaced>, bool), CrawlError> {
    let (known, unknown) = new.columns();
    let names: Vec<String> = known.iter().chain(&unknown).cloned().collect();
    let in_file = file_names(&names);
    let mut columns = old.columns.clone();
    columns.extend(in_file.iter().filter(|name| !old.columns.contains(name)).cloned());
    // The parser's name of each column of the new file; none where it has none.
    let asked: Vec<String> = columns
        .iter()
        .map(|column| {
            let at = in_file.iter().position(|name| name == column);
            at.map_or_else(String::new, |at| names[at].clone())
        })
        .collect();
    let mut brought: BTreeMap<Cow<'_, str>, Vec<(&Part, usize)>> = BTreeMap::new();
    for part in &new.parts {
        for row in 0..part.table.len() {
            let value = by.of(|name| part.table.column(name).and_then(|c| c.get(row)));
            if by.nameless || !value.is_empty() {
                brought.entry(value).or_default().push((part, row));
            }
        }
    }
    undamaged(from, old)?;
    let batches = Table::read(from, &columns)?;
    let served = batches.cells_by_record(by, &brought);
    let came_again: usize = served.values().map(Vec::len).sum();
    let missed = old.rows.saturating_sub(came_again as u64);
    let whole = missed * MISSED <= old.rows;
    let records: BTreeSet<String> = brought
        .iter()
        .filter(|(value, rows)| {
            let mut new: Vec<Vec<Option<&str>>> = rows
                .iter()
                .map(|(part, row)| {
                    let cell = |name: &String| part.table.column(name).and_then(|c| c.get(*row));
                    asked.iter().map(cell).collect()
                })
                .collect();
            new.sort();
            served.get(value.as_ref()) != Some(&new)
        })
        .map(|(value, _)| value.clone().into_owned())
        .collect();
    if records.is_empty() {
        return Ok((None, whole));
    }
    let added: Vec<(&Part, usize)> = brought
        .iter()
        .filter(|(value, _)| records.contains(value.as_ref()))
        .flat_map(|(_, rows)| rows.iter().copied())
        .collect();
    let arrays = rows_as_arrays(&base.source_id, &run.id, &added, &asked);
    let failed = |e: arrow::error::ArrowError| CrawlError::Write {
        path: to.to_owned(),
        reason: e.to_string(),
    };
    let mut out = Vec::new();
    for batch in &batches.batches {
        let keep = keep(batch, by, &records);
        out.push(filter_record_batch(batch, &keep).map_err(failed)?);
    }
    out.push(RecordBatch::try_new(Arc::clone(&batches.schema), arrays).map_err(failed)?);
    let rows = out.iter().map(|b| b.num_rows() as u64).sum();
    let schema = Arc::clone(&batches.schema);
    write_batches(to, &base.source_id, &old.name, &schema, out.into_iter().map(Ok))?;
    let mut new_columns = old.new_columns.clone();
    let unknown = file_names(&names)[known.len()..].to_vec();
    new_columns.extend(unknown.into_iter().filter(|name| !old.columns.contains(name)));
    Ok((Some(Replaced { rows, columns, new_columns, records }), whole))
}

/// That a file is the one that its manifest names: rows of a damaged one would get
/// a good digest with those that came.
fn undamaged(path: &Path, table: &RawTable) -> Result<(), CrawlError> {
    let (found, _) = hash_file(path)?;
    if found == table.sha256 {
        return Ok(());
    }
    let reason = format!("its manifest says sha256 {}, found {found}", table.sha256);
    Err(LakeError::Damaged { path: path.to_owned(), reason }.into())
}

/// A raw file in memory.
struct Table {
    schema: Arc<Schema>,
    batches: Vec<RecordBatch>,
}

impl Table {
    /// Reads a file, with null columns for those of `columns` that it lacks.
    fn read(path: &Path, columns: &[String]) -> Result<Self, CrawlError> {
        let failed = |reason: String| CrawlError::Read { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|e| failed(e.to_string()))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|e| failed(e.to_string()))?;
        let mut fields: Vec<_> = ENVELOPE.iter().map(|(name, _)| field(name, false)).collect();
        fields.extend(columns.iter().map(|name| field(name, true)));
        let schema = Arc::new(Schema::new(fields));
        let mut batches = Vec::new();
        for batch in reader {
            let batch = batch.map_err(|e| failed(e.to_string()))?;
            let array = |name: &String| {
                let found = batch.column_by_name(name).map(Arc::clone);
                found.unwrap_or_else(|| new_null_array(&DataType::Utf8, batch.num_rows()))
            };
            let names = schema.fields().iter().map(|f| f.name());
            let arrays: Vec<ArrayRef> = names.map(array).collect();
            batches.push(
                RecordBatch::try_new(Arc::clone(&schema), arrays)
                    .map_err(|e| failed(e.to_string()))?,
            );
        }
        Ok(Self { schema, batches })
    }

    /// The source's cells of the rows of `wanted` records, sorted.
    fn cells_by_record<'a, T>(
        &'a self,
        by: RecordBy<'_>,
        wanted: &BTreeMap<Cow<'_, str>, T>,
    ) -> BTreeMap<Cow<'a, str>, Vec<Vec<Option<&'a str>>>> {
        let mut found: BTreeMap<Cow<'a, str>, Vec<Vec<Option<&str>>>> = BTreeMap::new();
        for batch in &self.batches {
            for row in 0..batch.num_rows() {
                let value = by.of(|name| cell_of(batch, name, row));
                if !wanted.contains_key(value.as_ref()) {
                    continue;
                }
                let cells = batch.columns()[ENVELOPE.len()..].iter();
                let cells = cells.map(|c| text(c.as_string::<i32>(), row)).collect();
                found.entry(value).or_default().push(cells);
            }
        }
        for rows in found.values_mut() {
            rows.sort();
        }
        found
    }
}

fn cell_of<'a>(batch: &'a RecordBatch, column: &str, row: usize) -> Option<&'a str> {
    text(batch.column_by_name(column)?.as_string::<i32>(), row)
}

fn text(column: &arrow::array::StringArray, row: usize) -> Option<&str> {
    (!column.is_null(row)).then(|| column.value(row))
}

fn keep(batch: &RecordBatch, by: RecordBy<'_>, replaced: &BTreeSet<String>) -> BooleanArray {
    (0..batch.num_rows())
        .map(|row| Some(!replaced.contains(by.of(|name| cell_of(batch, name, row)).as_ref())))
        .collect()
}
