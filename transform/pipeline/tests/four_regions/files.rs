//! The files of every table, read back: how they are compressed, divided,
//! indexed and sorted, and what they say of themselves.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::arrow::parquet_to_arrow_schema;
use parquet::basic::Compression;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use polars::prelude::*;
use regatta_lake::schema::{LEDGER, TABLES, Table};
use regatta_lake::{Lake, WriterLock};
use regatta_transform::{CheckRow, add_quality_checks, write_ledger};

use crate::previous_contract::{Place, published_first_day};

/// Every table of a lake with one snapshot, and its file.
fn files(place: &Place) -> Vec<(&'static Table, PathBuf)> {
    let lake: &Lake = &place.lake;
    let lock = WriterLock::acquire(lake).unwrap();
    write_ledger(lake, &place.catalogue, &lock).unwrap();
    let mut manifest = place.manifest();
    std::fs::create_dir_all(lake.staged_dir()).unwrap();
    let check = CheckRow { name: "key_drug", rows: 0, examples: &[], remarks: &["{}".to_owned()] };
    add_quality_checks(lake, &mut manifest, &[check], &lock).unwrap();
    TABLES
        .iter()
        .map(|table| {
            let folder = match table.name {
                "quality_check" => lake.staged_dir(),
                name if LEDGER.contains(&name) => lake.ledger_dir(),
                _ => lake.snapshot_dir(&manifest.snapshot_id),
            };
            (*table, folder.join(format!("{}.parquet", table.name)))
        })
        .collect()
}

fn metadata(path: &Path) -> ParquetMetaData {
    ParquetMetaDataReader::new().parse_and_finish(&File::open(path).unwrap()).unwrap()
}

#[test]
fn every_table_is_zstd_with_statistics_and_its_order_in_small_groups() {
    let place = published_first_day();
    for (table, path) in files(&place) {
        let metadata = metadata(&path);
        let rows = metadata.file_metadata().num_rows();
        let (last, others) =
            metadata.row_groups().split_last().map_or((None, &[][..]), |(l, o)| (Some(l), o));
        for group in others {
            assert!((1_536..=8_192).contains(&group.num_rows()), "{}", table.name);
        }
        for group in metadata.row_groups() {
            assert!(last.is_none_or(|last| (1..=8_192).contains(&last.num_rows())));
            let sorting = group.sorting_columns().unwrap();
            let order: Vec<&str> = sorting
                .iter()
                .map(|s| table.columns[usize::try_from(s.column_idx).unwrap()].name)
                .collect();
            assert_eq!(order, table.sort, "{}", table.name);
            assert!(sorting.iter().all(|s| !s.descending && s.nulls_first));
            assert_eq!(group.num_columns(), table.columns.len());
            for (c, column) in table.columns.iter().enumerate() {
                let what = format!("{}.{}", table.name, column.name);
                let chunk = group.column(c);
                assert!(matches!(chunk.compression(), Compression::ZSTD(_)), "{what}");
                assert!(chunk.statistics().is_some(), "{what} has no statistics");
            }
        }
        assert_eq!(rows, i64::try_from(read(&path).height()).unwrap(), "{}", table.name);
    }
}

#[test]
fn rows_are_in_the_order_that_the_file_says() {
    let place = published_first_day();
    let mut compared = 0;
    for (table, path) in files(&place) {
        let frame = read(&path);
        let options = SortMultipleOptions::default().with_maintain_order(true);
        let sorted = frame.sort(table.sort.iter().copied(), options).unwrap();
        assert!(frame.equals_missing(&sorted), "{} is not sorted", table.name);
        compared += usize::from(frame.height() > 1);
    }
    assert!(compared > 18, "only {compared} tables have rows");
}

#[test]
fn a_file_says_what_it_and_its_columns_are() {
    let place = published_first_day();
    let snapshot = place.manifest().snapshot_id.to_string();
    for (table, path) in files(&place) {
        let metadata = metadata(&path);
        let file = metadata.file_metadata();
        let said: BTreeMap<&str, &str> = file
            .key_value_metadata()
            .unwrap()
            .iter()
            .filter_map(|kv| Some((kv.key.as_str(), kv.value.as_deref()?)))
            .collect();
        assert_eq!(said["regatta.table"], table.name);
        assert_eq!(said["regatta.description"], table.doc);
        assert_eq!(said["regatta.schema_version"], "3");
        assert!(said["regatta.licence"].contains("regulators"));
        assert!(!said["regatta.version"].is_empty());
        let of_snapshot = said.get("regatta.snapshot_id").copied();
        let expected = (!LEDGER.contains(&table.name)).then_some(snapshot.as_str());
        assert_eq!(of_snapshot, expected, "{}", table.name);
        let columns: serde_json::Value = serde_json::from_str(said["regatta.columns"]).unwrap();
        // What pyarrow and others show of a field.
        let schema =
            parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata()).unwrap();
        for (c, column) in table.columns.iter().enumerate() {
            assert_eq!(columns[c]["name"], column.name);
            assert_eq!(columns[c]["description"], column.doc);
            let field = schema.field(c);
            assert_eq!(field.name(), column.name);
            assert_eq!(field.metadata()["description"], column.doc);
            assert_eq!(field.metadata().get("labels").map(String::as_str), column.labels);
            assert_eq!(field.is_nullable(), column.nullable, "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn r16_dates_are_dates_and_lists_are_lists() {
    let place = published_first_day();
    let manifest = place.manifest();
    let of = |name: &str| {
        let folder = place.lake.snapshot_dir(&manifest.snapshot_id);
        read(&folder.join(format!("{name}.parquet")))
    };
    let market = of("market_listing");
    let dates = market.column("approval_dates").unwrap();
    assert_eq!(dates.dtype(), &DataType::List(Box::new(DataType::Date)));
    let lengths = |name: &str| -> Vec<Option<u32>> {
        let lists = market.column(name).unwrap().as_materialized_series().clone();
        lists.list().unwrap().lst_lengths().iter().collect()
    };
    let days = lengths("approval_dates");
    assert_eq!(days, lengths("approval_dates_precision"), "a precision for each date");
    assert!(days.iter().flatten().any(|n| *n > 1), "several approvals of one product");
    assert!(matches!(of("drug").column("first_seen").unwrap().dtype(), DataType::Datetime(..)));
    let parties = of("record_company");
    assert_eq!(parties.column("since").unwrap().dtype(), &DataType::Date);
    assert!(parties.column("since").unwrap().null_count() < parties.height());
}

fn read(path: &Path) -> DataFrame {
    let scan = ScanArgsParquet { glob: false, ..Default::default() };
    LazyFrame::scan_parquet(PlRefPath::new(path.to_string_lossy()), scan)
        .and_then(LazyFrame::collect)
        .unwrap()
}
