//! The raw tables of one run of one source.

use std::collections::HashMap;

use polars::prelude::*;
use regatta_lake::{Lake, RunManifest};

use crate::TransformError;
use crate::error::InTable;

/// Opens raw tables by name.
pub(crate) struct RawTables<'a> {
    lake: &'a Lake,
    run: &'a RunManifest,
    /// Some rows of the tables, instead of the files.
    rows: Option<&'a HashMap<String, DataFrame>>,
}

impl<'a> RawTables<'a> {
    pub(crate) fn new(lake: &'a Lake, run: &'a RunManifest) -> Self {
        Self { lake, run, rows: None }
    }

    /// Of the tables of the run these rows only.
    pub(crate) fn of_rows(
        lake: &'a Lake,
        run: &'a RunManifest,
        rows: &'a HashMap<String, DataFrame>,
    ) -> Self {
        Self { lake, run, rows: Some(rows) }
    }

    /// The run that wrote the tables.
    pub(crate) fn run(&self) -> &'a RunManifest {
        self.run
    }

    /// The table `name` as a lazy frame: only the columns asked for are read.
    pub(crate) fn scan(&self, name: &str) -> Result<LazyFrame, TransformError> {
        if let Some(rows) = self.rows.and_then(|rows| rows.get(name)) {
            return Ok(rows.clone().lazy());
        }
        let table = self.run.tables.iter().find(|t| t.name == name).ok_or_else(|| {
            TransformError::Table {
                table: format!("{}.{name}", self.run.source_id),
                source: polars_err!(ColumnNotFound: "the run {} has no such raw table", self.run.run_id),
            }
        })?;
        self.scan_path(&table.path).in_table(&format!("{}.{name}", self.run.source_id))
    }

    /// The table `name`, if the run wrote it: optional tables are not written
    /// where a source has nothing for them.
    pub(crate) fn scan_opt(&self, name: &str) -> Result<Option<LazyFrame>, TransformError> {
        if self.run.tables.iter().any(|t| t.name == name) {
            self.scan(name).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The row problems of the run, if there were any.
    pub(crate) fn scan_issues(&self) -> Result<Option<LazyFrame>, TransformError> {
        let folder = self.lake.raw_dir(&self.run.source_id, &self.run.run_id);
        let path = folder.join("_issues.parquet");
        if !path.exists() {
            return Ok(None);
        }
        let table = format!("{}._issues", self.run.source_id);
        self.scan_path(&self.lake.relative(&path)).in_table(&table).map(Some)
    }

    fn scan_path(&self, relative: &str) -> PolarsResult<LazyFrame> {
        let path = self.lake.root().join(relative);
        let path = PlRefPath::new(path.to_string_lossy());
        let mut frame =
            LazyFrame::scan_parquet(path, ScanArgsParquet { glob: false, ..Default::default() })?;
        // Read here, a damaged file is told under its own name.
        frame.collect_schema()?;
        Ok(frame)
    }
}
