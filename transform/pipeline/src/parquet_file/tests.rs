use std::fs::File;

use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use polars::prelude::*;
use regatta_lake::schema::table;

use super::{Division, write};

const DIVISION: Division = Division { row_group: 400, page: 100 };

fn frame(rows: usize) -> DataFrame {
    let text = |of: fn(usize) -> String| (0..rows).map(of).collect::<Vec<_>>();
    df!(
        "drug_id" => text(|i| format!("D{:07}", i / 3)),
        "record_id" => text(|i| format!("cn_nmpa:{:05}", (i * 7919) % 100_000)),
        "source_id" => text(|_| "cn_nmpa".into()),
        "record_kind" => text(|_| "listing".into()),
        "country" => text(|_| "CN".into()),
        "link_kind" => text(|_| "first".into()),
        "link_name" => vec![None::<&str>; rows],
        "linked_to" => vec![None::<&str>; rows]
    )
    .unwrap()
}

fn written(rows: usize) -> (Vec<u8>, ParquetMetaData) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drug_record.parquet");
    let notes = vec![("regatta.table".to_owned(), "drug_record".to_owned())];
    write(&frame(rows), table("drug_record").unwrap(), notes, DIVISION, &path).unwrap();
    let metadata = ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(&File::open(&path).unwrap())
        .unwrap();
    (std::fs::read(&path).unwrap(), metadata)
}

#[test]
fn rows_are_divided_into_groups_and_pages_that_an_index_finds() {
    let (_, metadata) = written(1000);
    let groups: Vec<i64> = metadata
        .row_groups()
        .iter()
        .map(parquet::file::metadata::RowGroupMetaData::num_rows)
        .collect();
    assert_eq!(groups, [400, 400, 200]);
    let pages = &metadata.offset_index().unwrap()[0][0];
    let first: Vec<i64> = pages.page_locations().iter().map(|p| p.first_row_index).collect();
    assert_eq!(first, [0, 100, 200, 300]);
}

#[test]
fn an_id_that_the_file_is_not_sorted_by_has_a_bloom_filter() {
    let (_, metadata) = written(1000);
    for group in metadata.row_groups() {
        assert!(group.column(1).bloom_filter_offset().is_some(), "record_id");
        assert!(group.column(0).bloom_filter_offset().is_none(), "drug_id is the order");
    }
}

#[test]
fn equal_frames_give_equal_bytes() {
    assert_eq!(written(1000).0, written(1000).0);
    assert_ne!(written(1000).0, written(999).0);
}

#[test]
fn a_table_without_rows_is_a_file_all_the_same() {
    let (bytes, metadata) = written(0);
    assert!(bytes.len() > 100);
    assert_eq!(metadata.file_metadata().num_rows(), 0);
    assert_eq!(metadata.file_metadata().schema_descr().num_columns(), 8);
}
