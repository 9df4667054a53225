//! A lake whose snapshot keeps another version of the contract.

use std::fs::{self, File};
use std::path::Path;

use jiff::Timestamp;
use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_lake::schema::{SCHEMA_VERSION, TABLES};
use regatta_lake::{
    CatalogueEntry, Lake, SnapshotManifest, WriterLock, current_snapshot, hash_file,
    publish_snapshot,
};
use regatta_transform::{Options, Outcome, TransformError, transform};

use crate::folder;
use crate::raw_lake::{FETCHED_AT, fill_day};
use crate::staged::rows;

const NEXT_DAY: &str = "2026-11-21T00:00:00Z";

/// A lake with a published snapshot.
pub struct Place {
    pub lake: Lake,
    pub catalogue: Vec<CatalogueEntry>,
    _folder: tempfile::TempDir,
}

impl Place {
    /// The manifest of what is served.
    pub fn manifest(&self) -> SnapshotManifest {
        current_snapshot(&self.lake).unwrap().unwrap()
    }

    fn transform(&self, now: &str) -> Result<Outcome, TransformError> {
        let now: Timestamp = now.parse().unwrap();
        let lock = WriterLock::acquire(&self.lake).unwrap();
        let dictionaries = Dictionaries::load(None).unwrap();
        transform(&self.lake, &self.catalogue, &dictionaries, now, Options::default(), &lock)
    }

    fn say_version(&self, version: u32) {
        let mut manifest = self.manifest();
        manifest.schema_version = version;
        // Its tables may have been written anew, and there were fewer.
        manifest.tables.retain(|table| self.lake.root().join(&table.path).exists());
        for table in &mut manifest.tables {
            (table.sha256, table.bytes) = hash_file(&self.lake.root().join(&table.path)).unwrap();
        }
        let text = serde_json::to_vec_pretty(&manifest).unwrap();
        let own = self.lake.snapshot_dir(&manifest.snapshot_id).join("manifest.json");
        fs::write(own, &text).unwrap();
        fs::write(self.lake.current_file(), &text).unwrap();
    }
}

/// The example, published.
pub fn published_first_day() -> Place {
    let place = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(place.path()).unwrap();
    let catalogue = fill_day(&lake, &folder(), FETCHED_AT, &mut |_, _| {});
    let place = Place { lake, catalogue, _folder: place };
    let Outcome::Staged(staged) = place.transform(FETCHED_AT).unwrap() else {
        panic!("nothing was staged");
    };
    publish_snapshot(&place.lake, &place.lake.staged_dir(), &staged.manifest).unwrap();
    place
}

/// Rewrites a table as version 2 had it: instants, some dates and a list as
/// text, and fewer precisions.
fn as_version_2(path: &Path, table: &str) {
    let scan = ScanArgsParquet { glob: false, ..Default::default() };
    let frame = LazyFrame::scan_parquet(PlRefPath::new(path.to_string_lossy()), scan)
        .and_then(LazyFrame::collect)
        .unwrap();
    let had = ["approval_date_precision", "start_date_precision"];
    let mut columns = Vec::new();
    for column in frame.columns() {
        let name = column.name().as_str();
        if name.ends_with("_precision") && !had.contains(&name) {
            continue;
        }
        let series = column.as_materialized_series();
        let text = |cells: StringChunked| cells.with_name(name.into()).into_column();
        columns.push(match (table, name, series.dtype()) {
            (_, _, DataType::Datetime(..)) => {
                let ms = series.to_physical_repr().into_owned();
                let at = |ms| Timestamp::from_millisecond(ms).unwrap().to_string();
                text(ms.i64().unwrap().iter().map(|ms| ms.map(at)).collect())
            }
            ("record_company", "since", _) | ("corporate_group", "valid_from" | "valid_to", _) => {
                let days = series.cast(&DataType::String).unwrap();
                text(days.str().unwrap().iter().map(|d| Some(d.unwrap_or_default())).collect())
            }
            ("review_queue", "sources", _) => {
                let lists = series.list().unwrap();
                let joined = |row| {
                    let list = lists.get_as_series(row)?;
                    let names: Vec<&str> = list.str().unwrap().iter().flatten().collect();
                    Some(names.join(", "))
                };
                text((0..frame.height()).map(joined).collect())
            }
            ("market_listing", "approval_dates", _) => {
                series.cast(&DataType::List(Box::new(DataType::String))).unwrap().into_column()
            }
            _ => column.clone(),
        });
    }
    let mut old = DataFrame::new(frame.height(), columns).unwrap();
    ParquetWriter::new(File::create(path).unwrap()).finish(&mut old).unwrap();
}

#[test]
fn r32_r41_ids_times_and_the_change_log_go_on_over_a_change_of_the_contract() {
    let place = published_first_day();
    let before = place.manifest();
    let served = place.lake.snapshot_dir(&before.snapshot_id);
    let old = |name: &str| rows(&served.join(format!("{name}.parquet")));
    let (records, drugs, parties) = (old("drug_record"), old("drug"), old("record_company"));
    for table in TABLES {
        let file = served.join(format!("{}.parquet", table.name));
        if file.exists() {
            as_version_2(&file, table.name);
        }
    }
    fs::remove_file(served.join("label.parquet")).unwrap();
    place.say_version(2);

    // One product is renamed; everything else is as it was.
    fill_day(&place.lake, &folder(), NEXT_DAY, &mut |table, rows| {
        if table == "us_orange_book/products" {
            let row = rows.iter_mut().find(|r| r["ingredient"].contains("OSIMERTINIB")).unwrap();
            row.insert("trade_name".into(), "RENAMED".into());
        }
    });
    let outcome = place.transform(NEXT_DAY).unwrap();
    assert!(matches!(outcome, Outcome::Staged(_)), "{outcome:?}");
    let new = |name: &str| rows(&place.lake.staged_dir().join(format!("{name}.parquet")));
    assert_eq!(new("drug_record"), records, "every record keeps its drug");
    assert_eq!(new("record_company"), parties);
    let (mut unchanged, mut changed) = (0, 0);
    for (new, old) in new("drug").iter().zip(&drugs) {
        assert_eq!(new["drug_id"], old["drug_id"]);
        assert_eq!(new["first_seen"], old["first_seen"]);
        if new["last_changed"] == old["last_changed"] { unchanged += 1 } else { changed += 1 }
    }
    assert!(unchanged > 10 && changed == 1, "{unchanged} unchanged, {changed} changed");
    let log = new("change");
    let product: Vec<_> = log.iter().filter(|r| r["field"] == "raw.trade_name").collect();
    assert_eq!((product.len(), product[0]["new_value"].as_str()), (1, "RENAMED"));
    let others = log.iter().filter(|r| r["change"] != "changed").count();
    assert_eq!(others, 0, "{log:#?}");
    // All blocks were computed anew: those of another contract are not reused.
    let block = new("block");
    assert!(block.iter().all(|b| b["computed_at"].starts_with("2026-11-21")), "{block:?}");
}

#[test]
fn r43_a_snapshot_that_lacks_a_table_of_the_contract_is_made_anew() {
    for (table, key, [of, name]) in [
        ("target_name", "target", ["EGFR", "HER1"]),
        ("generic_name", "generic", ["osimertinib", "azd9291"]),
    ] {
        let place = published_first_day();
        let outcome = place.transform(NEXT_DAY).unwrap();
        assert!(matches!(outcome, Outcome::Unchanged(_)), "{outcome:?}");
        let served = place.lake.snapshot_dir(&place.manifest().snapshot_id);
        let file = format!("{table}.parquet");
        let names = rows(&served.join(&file));
        assert!(names.iter().any(|n| n[key] == of && n["name"] == name), "{names:?}");
        fs::remove_file(served.join(&file)).unwrap();
        place.say_version(SCHEMA_VERSION);
        let outcome = place.transform(NEXT_DAY).unwrap();
        assert!(matches!(outcome, Outcome::Staged(_)), "{outcome:?}");
        assert_eq!(rows(&place.lake.staged_dir().join(&file)), names);
    }
}

#[test]
fn a_contract_that_cannot_be_read_is_refused_with_what_to_do() {
    let place = published_first_day();
    for version in [1, 4] {
        place.say_version(version);
        let error = place.transform(NEXT_DAY).unwrap_err().to_string();
        assert!(error.contains(&format!("keeps version {version} of the tables")), "{error}");
        assert!(error.contains("reads 2 to 3"), "{error}");
        assert!(error.contains("move current.json out of the lake"), "{error}");
    }
}
