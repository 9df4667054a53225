use std::sync::Arc;

use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use polars::prelude::*;
use proptest::prelude::*;
use regatta_lake::schema::table;
use regatta_lake::{Sha256, file_notes};

use super::{Division, Patched, Stored, splice, write};

const DIVISION: Division = Division { least: 40, most: 100, one_in: 16 };

fn frame(rows: impl IntoIterator<Item = usize>) -> DataFrame {
    let rows: Vec<usize> = rows.into_iter().collect();
    let text = |of: fn(usize) -> String| rows.iter().map(|i| of(*i)).collect::<Vec<_>>();
    df!(
        "drug_id" => text(|i| format!("D{:07}", i / 3)),
        "record_id" => text(|i| format!("cn_nmpa:{i:05}")),
        "source_id" => text(|_| "cn_nmpa".into()),
        "record_kind" => text(|_| "listing".into()),
        "country" => text(|_| "CN".into()),
        "link_kind" => text(|_| "first".into()),
        "link_name" => rows.iter().map(|i| (i % 5 > 0).then(|| format!("n{}", i % 9))).collect::<Vec<_>>(),
        "linked_to" => vec![None::<&str>; rows.len()]
    )
    .unwrap()
}

fn notes() -> Vec<(String, String)> {
    let of_file = file_notes(env!("CARGO_PKG_VERSION"));
    of_file.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

struct Written {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
    metadata: ParquetMetaData,
}

fn written(frame: &DataFrame) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drug_record.parquet");
    write(frame, table("drug_record").unwrap(), notes(), DIVISION, &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    Written { metadata: metadata(&bytes), bytes, folder }
}

fn metadata(bytes: &[u8]) -> ParquetMetaData {
    ParquetMetaDataReader::new().parse_and_finish(&bytes::Bytes::from(bytes.to_vec())).unwrap()
}

fn groups(metadata: &ParquetMetaData) -> Vec<i64> {
    let groups = metadata.row_groups();
    groups.iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect()
}

impl Written {
    fn stored(&self) -> Arc<Stored> {
        let path = self.folder.path().join("drug_record.parquet");
        let sha256 = Sha256::of(&self.bytes);
        Arc::new(Stored::new(path, sha256, table("drug_record").unwrap(), true))
    }

    fn groups(&self) -> Vec<i64> {
        groups(&self.metadata)
    }
}

/// The file of `before` without the rows `gone` and with `new`, as spliced.
fn spliced(before: &Written, gone: &[usize], new: DataFrame) -> Vec<u8> {
    let gone = gone.iter().map(|row| IdxSize::try_from(*row).unwrap()).collect();
    let patched = Patched { base: before.stored(), gone, new };
    let path = before.folder.path().join("spliced.parquet");
    splice(&patched, notes(), DIVISION, &path).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn rows_are_divided_into_groups_of_bounded_size() {
    let of = written(&frame(0..2000));
    let groups = of.groups();
    assert!(groups.len() > 20, "{groups:?}");
    assert!(groups[..groups.len() - 1].iter().all(|rows| (40..=100).contains(rows)), "{groups:?}");
    assert_eq!(groups.iter().sum::<i64>(), 2000);
}

#[test]
fn an_id_that_the_file_is_not_sorted_by_has_a_bloom_filter() {
    let of = written(&frame(0..1000));
    for group in of.metadata.row_groups() {
        assert!(group.column(1).bloom_filter_offset().is_some(), "record_id");
        assert!(group.column(0).bloom_filter_offset().is_none(), "drug_id is the order");
    }
}

#[test]
fn equal_frames_give_equal_bytes() {
    assert_eq!(written(&frame(0..1000)).bytes, written(&frame(0..1000)).bytes);
    assert_ne!(written(&frame(0..1000)).bytes, written(&frame(0..999)).bytes);
}

#[test]
fn a_table_without_rows_is_a_file_all_the_same() {
    let of = written(&frame(0..0));
    assert!(of.bytes.len() > 100);
    assert_eq!(of.metadata.file_metadata().num_rows(), 0);
    assert_eq!(of.metadata.file_metadata().schema_descr().num_columns(), 8);
    let whole = written(&frame(0..300));
    assert_eq!(spliced(&of, &[], frame(0..300)), whole.bytes);
    let all: Vec<usize> = (0..300).collect();
    assert_eq!(spliced(&whole, &all, frame(0..0)), of.bytes);
}

/// A last part that has as many rows as the whole group had by chance is a part
/// all the same.
#[test]
fn many_new_rows_beside_one_group_are_cut_as_if_written_at_once() {
    let old = written(&frame(1000..1050));
    for rows in 1..300 {
        for new in [1000 - rows..1000, 1050..1050 + rows] {
            let whole = written(&frame(new.start.min(1000)..new.end.max(1050)));
            assert!(spliced(&old, &[], frame(new)) == whole.bytes, "{rows}");
        }
    }
}

#[test]
fn rows_are_read_by_their_numbers() {
    let stored = written(&frame(0..500));
    let stored = (stored.stored(), stored);
    let rows = [0, 1, 2, 77, 130, 131, 499];
    let read = stored.0.rows(&rows.map(|r: usize| IdxSize::try_from(r).unwrap())).unwrap();
    assert!(read.equals_missing(&frame(rows)), "{read}");
    let read = stored.0.rows_of(&[3, 400], &["link_name"]).unwrap();
    assert!(read.equals_missing(&frame([3, 400]).select(["link_name"]).unwrap()), "{read}");
    assert_eq!(stored.0.rows(&[]).unwrap().height(), 0);
}

#[test]
fn a_file_that_is_not_what_was_published_is_not_read() {
    let of = written(&frame(0..500));
    let path = of.folder.path().join("drug_record.parquet");
    for at in [5, of.bytes.len() / 2, of.bytes.len() - 20] {
        let mut damaged = of.bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        let stored = of.stored();
        let errors = [
            stored.frame().map(|_| ()).unwrap_err(),
            stored.columns(&["drug_id"]).map(|_| ()).unwrap_err(),
            stored.rows(&[0]).map(|_| ()).unwrap_err(),
            stored.fits().map(|_| ()).unwrap_err(),
        ];
        for error in errors {
            let said = error.to_string();
            assert!(said.contains("drug_record.parquet is not the file"), "{said}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    /// R39: the bytes of a table with some rows gone and others there are those
    /// of the table written at once.
    #[test]
    fn a_spliced_file_is_the_file_written_at_once(
        before in proptest::collection::btree_set(0usize..3000, 0..1500),
        flips in proptest::collection::btree_set(0usize..3000, 0..40),
        run in (0usize..3000, 0usize..400),
        changed in proptest::collection::btree_set(0usize..1500, 0..10),
    ) {
        let mut flips = flips;
        flips.extend(run.0..run.0 + run.1);
        let old: Vec<usize> = before.iter().copied().collect();
        let now: Vec<usize> = before.symmetric_difference(&flips).copied().collect();
        // Rows that are taken out and put in again stand for those that changed.
        let mut gone: Vec<usize> = old
            .iter()
            .enumerate()
            .filter(|(at, row)| flips.contains(row) || changed.contains(at))
            .map(|(at, _)| at)
            .collect();
        gone.sort_unstable();
        let new = now.iter().copied().filter(|row| {
            !before.contains(row) || old.binary_search(row).is_ok_and(|at| changed.contains(&at))
        });
        let file = written(&frame(old.iter().copied()));
        let whole = written(&frame(now.iter().copied()));
        let spliced = spliced(&file, &gone, frame(new));
        prop_assert_eq!(groups(&metadata(&spliced)), whole.groups());
        prop_assert!(spliced == whole.bytes);
    }
}
