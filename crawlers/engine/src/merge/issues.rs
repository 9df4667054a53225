//! The row problems of a run that builds on another one.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regatta_lake::{IssueCount, RawTable, RunManifest, hash_file};
use regatta_sources::Issue;

use super::{Merged, text, undamaged};
use crate::CrawlError;
use crate::accumulate::{Gathered, count_issues};
use crate::finish::Run;
use crate::raw_parquet::{ISSUES, issue_batch, write_batches};

/// The row problems of the run before, and those that are new. A problem of a
/// row that was replaced stays listed until the next crawl.
pub(super) fn issues(
    run: &Run,
    base: &RunManifest,
    gathered: &Gathered,
    raw: &Path,
    merged: &mut Merged,
) -> Result<(), CrawlError> {
    let path = raw.join(format!("{ISSUES}.parquet"));
    let old = base.tables.iter().find(|t| t.name == ISSUES);
    let mut batches = Vec::new();
    if let Some(old) = old {
        let from = run.lake.root().join(&old.path);
        undamaged(&from, old)?;
        let failed = |reason: String| CrawlError::Read { path: from.clone(), reason };
        let file = File::open(&from).map_err(|e| failed(e.to_string()))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|e| failed(e.to_string()))?;
        for batch in reader {
            batches.push(batch.map_err(|e| failed(e.to_string()))?);
        }
    }
    let known: BTreeSet<Vec<String>> = batches.iter().flat_map(places).collect();
    let fresh: Vec<&Issue> = gathered
        .issues()
        .iter()
        .filter(|i| {
            !known.contains(&[&i.table, &i.kind, &i.column, &i.message].map(String::clone)[..])
        })
        .collect();
    for count in count_issues(fresh.iter().copied()) {
        let same = |i: &&mut IssueCount| {
            (&i.table, &i.kind, &i.severity) == (&count.table, &count.kind, &count.severity)
        };
        match merged.issues.iter_mut().find(same) {
            Some(known) => known.count += count.count,
            None => merged.issues.push(count),
        }
    }
    if batches.is_empty() && fresh.is_empty() {
        return Ok(());
    }
    let new = issue_batch(&base.source_id, &run.id, &fresh)
        .map_err(|e| CrawlError::Write { path: path.clone(), reason: e.to_string() })?;
    let schema = new.schema();
    batches.push(new);
    // One schema: the file's own says the same in other words.
    let aligned =
        batches.iter().map(|b| RecordBatch::try_new(Arc::clone(&schema), b.columns().to_vec()));
    let rows = batches.iter().map(|b| b.num_rows() as u64).sum();
    write_batches(&path, &base.source_id, ISSUES, &schema, aligned)?;
    let (sha256, bytes) = hash_file(&path)?;
    let columns = schema.fields().iter().map(|f| f.name().clone()).collect();
    let place = run.lake.raw_dir(&base.source_id, &run.id).join(format!("{ISSUES}.parquet"));
    merged.tables.push(RawTable {
        name: ISSUES.to_owned(),
        path: run.lake.relative(&place),
        rows,
        columns,
        new_columns: Vec::new(),
        bytes,
        sha256,
        seen_whole_at: None,
    });
    Ok(())
}

/// What tells one problem from another: table, kind, column and words.
fn places(batch: &RecordBatch) -> Vec<Vec<String>> {
    let columns: Vec<_> = ["table", "kind", "column", "message"]
        .iter()
        .filter_map(|name| batch.column_by_name(name))
        .map(AsArray::as_string::<i32>)
        .collect();
    let cell =
        |column: &&arrow::array::StringArray, row| text(column, row).unwrap_or_default().to_owned();
    (0..batch.num_rows()).map(|row| columns.iter().map(|c| cell(c, row)).collect()).collect()
}
