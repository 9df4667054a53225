//! What the transform staged, as rows of text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use polars::prelude::{AnyValue, DataType, LazyFrame, PlRefPath, ScanArgsParquet, TimeUnit};
use regatta_dictionaries::Dictionaries;
use regatta_lake::{CatalogueEntry, Lake, WriterLock};
use regatta_transform::{Options, Outcome, transform};
use tempfile::TempDir;

use crate::csv_file::Row;
use crate::folder;
use crate::raw_lake::{self, RowOrder};

/// A lake with a staged snapshot.
pub struct Staged {
    lake: Lake,
    _folder: TempDir,
}

impl Staged {
    /// The transform of the example.
    pub fn of(order: RowOrder) -> Self {
        Self::of_sources(order, |_| true)
    }

    /// The transform of some of its sources.
    pub fn of_sources(order: RowOrder, wanted: impl Fn(&str) -> bool) -> Self {
        Self::made(wanted, |lake| raw_lake::fill(lake, &folder(), order))
    }

    /// The transform of raw rows as `edit` leaves them.
    pub fn edited(edit: raw_lake::Edit<'_>) -> Self {
        let at = raw_lake::FETCHED_AT;
        Self::made(|_| true, |lake| raw_lake::fill_day(lake, &folder(), at, edit))
    }

    fn made(
        wanted: impl Fn(&str) -> bool,
        fill: impl FnOnce(&Lake) -> Vec<CatalogueEntry>,
    ) -> Self {
        let place = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(place.path()).unwrap();
        let lock = WriterLock::acquire(&lake).unwrap();
        let mut catalogue = fill(&lake);
        catalogue.retain(|entry| wanted(entry.source_id.as_str()));
        let dictionaries = Dictionaries::load(None).unwrap();
        let now: Timestamp = raw_lake::FETCHED_AT.parse().unwrap();
        let outcome =
            transform(&lake, &catalogue, &dictionaries, now, Options::default(), &lock).unwrap();
        assert!(matches!(outcome, Outcome::Staged(_)), "{outcome:?}");
        Self { lake, _folder: place }
    }

    /// The rows of a table. Lists are sorted and joined with `; `; a null is
    /// empty, as is an empty list.
    pub fn table(&self, name: &str) -> Vec<Row> {
        let path = self.lake.staged_dir().join(format!("{name}.parquet"));
        assert!(path.exists(), "the table {name} was not staged");
        rows(&path)
    }

    /// The drugs with their `record_ids`.
    pub fn drugs(&self) -> Vec<Row> {
        let mut records: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in self.table("drug_record") {
            records.entry(row["drug_id"].clone()).or_default().insert(row["record_id"].clone());
        }
        let mut drugs = self.table("drug");
        for drug in &mut drugs {
            let ids = records.remove(&drug["drug_id"]).unwrap_or_default();
            let ids: Vec<String> = ids.into_iter().collect();
            drug.insert("record_ids".to_owned(), ids.join("; "));
        }
        assert!(records.is_empty(), "records of drugs that are not there: {records:?}");
        drugs
    }

    /// Progress of each drug, under each of its records.
    pub fn progress_by_record(&self) -> Vec<Row> {
        let mut records: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.table("drug_record") {
            records.entry(row["drug_id"].clone()).or_default().push(row["record_id"].clone());
        }
        let mut rows = Vec::new();
        for progress in self.table("drug_progress") {
            for record in records.get(&progress["drug_id"]).into_iter().flatten() {
                let mut row = progress.clone();
                row.insert("record_id".to_owned(), record.clone());
                rows.push(row);
            }
        }
        rows
    }
}

fn text(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::List(list) => {
            // Dates too, as ISO 8601.
            let list = list.cast(&DataType::String).unwrap();
            let mut items: Vec<String> =
                list.str().unwrap().iter().flatten().map(str::to_owned).collect();
            items.sort_unstable();
            items.join("; ")
        }
        // Polars cannot write out an instant with a time zone here.
        AnyValue::Datetime(ms, TimeUnit::Milliseconds, _) => {
            Timestamp::from_millisecond(*ms).unwrap().to_string()
        }
        number_flag_or_date => number_flag_or_date.to_string(),
    }
}

/// The rows of a Parquet file, as [`Staged::table`] gives them.
pub fn rows(path: &Path) -> Vec<Row> {
    let path = PlRefPath::new(path.to_string_lossy());
    let scan = ScanArgsParquet { glob: false, ..Default::default() };
    let frame = LazyFrame::scan_parquet(path, scan).and_then(LazyFrame::collect).unwrap();
    let mut rows = vec![Row::new(); frame.height()];
    for column in frame.columns() {
        for (index, row) in rows.iter_mut().enumerate() {
            row.insert(column.name().to_string(), text(&column.get(index).unwrap()));
        }
    }
    rows
}
