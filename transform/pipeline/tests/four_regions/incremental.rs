//! R39: what a change does not touch is not computed again, and the result is
//! that of a full rebuild, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use regatta_dictionaries::Dictionaries;
use regatta_lake::{CatalogueEntry, Lake, Sha256, WriterLock, publish_snapshot};
use regatta_transform::{Block, MergeElsewhere, Merged, Options, Outcome, Recompute, transform};

use crate::csv_file::Row;
use crate::folder;
use crate::raw_lake::{FETCHED_AT, fill_day, fill_some, key_columns};

pub const NEXT_DAY: &str = "2026-11-21T00:00:00Z";

/// A generator of numbers that is the same on every machine.
pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

/// What may become of a cell from one day to the next.
const CELLS: &[&str] =
    &["", "Pfizer Inc.", "甲磺酸奥希替尼片", "TABLET;ORAL", "2001-01-01", "nevirapine"];

/// Loses rows, repeats none, and changes cells that no key is made of.
fn edit(dice: &mut Dice, rows: &mut Vec<Row>) {
    const SAFE: &[&str] = &[
        "applicant_full_name",
        "sponsor_name",
        "trade_name",
        "df_route",
        "ingredient",
        "product_name",
        "companies",
        "maker",
        "medicine_status",
        "active_substance",
        "ma_holder",
        "phase",
    ];
    rows.retain(|_| dice.roll(12) != 0);
    for row in rows.iter_mut() {
        for (name, cell) in row.iter_mut() {
            if SAFE.contains(&name.as_str()) && dice.roll(10) == 0 {
                CELLS[dice.roll(CELLS.len())].clone_into(cell);
            }
        }
    }
}

/// Changes a few cells of one row in forty: what hangs together with a record
/// that changed is mostly not changed itself.
pub fn edit_few(dice: &mut Dice, table: &str, rows: &mut Vec<Row>) {
    const ANY: &[&str] = &[
        "applicant_full_name",
        "sponsor_name",
        "trade_name",
        "df_route",
        "form",
        "ingredient",
        "active_ingredient",
        "product_name",
        "companies",
        "maker",
        "medicine_status",
        "active_substance",
        "ma_holder",
        "phase",
        "type",
        "holder",
        "manufacturer",
        "former_approval_number",
        "dosage_form",
        "applicants",
        "drug_name",
        "sponsor",
        "product",
        "accepted_date",
        "approval_date",
        "status",
    ];
    // Values that other rows have make records meet.
    let donors = rows.clone();
    if donors.is_empty() {
        return;
    }
    rows.retain(|_| dice.roll(90) != 0);
    for row in rows.iter_mut() {
        if dice.roll(40) != 0 {
            continue;
        }
        let donor = &donors[dice.roll(donors.len())];
        for (name, cell) in row.iter_mut().filter(|(name, _)| ANY.contains(&name.as_str())) {
            match dice.roll(6) {
                0 => donor[name].clone_into(cell),
                1 => CELLS[dice.roll(CELLS.len())].clone_into(cell),
                // Another spelling of the same company, and no form word.
                2 if dice.roll(3) == 0 => cell.push_str(" Ltd"),
                _ => {}
            }
        }
    }
    // Keys of the lists of the European Union are made of such cells. A key that
    // changes is a record that vanishes and another that appears.
    let (columns, mut seen) = (key_columns(&folder(), table), BTreeSet::new());
    rows.retain(|row| {
        let cell = |name: &String| row.get(name).map_or("", |cell| cell.trim()).to_owned();
        seen.insert(columns.iter().map(cell).collect::<Vec<_>>())
    });
}

pub struct Place {
    pub lake: Lake,
    catalogue: Vec<CatalogueEntry>,
    dictionaries: Dictionaries,
    _folder: tempfile::TempDir,
}

impl Place {
    /// A lake with the first day published.
    pub fn new() -> Self {
        Self::with(Dictionaries::load(None).unwrap())
    }

    /// The same with other dictionaries.
    pub fn with(dictionaries: Dictionaries) -> Self {
        let place = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(place.path()).unwrap();
        let catalogue = fill_day(&lake, &folder(), FETCHED_AT, &mut |_, _| {});
        let this = Self { lake, catalogue, dictionaries, _folder: place };
        let lock = WriterLock::acquire(&this.lake).unwrap();
        let Outcome::Staged(staged) = this.transform(FETCHED_AT, Recompute::Touched, &lock) else {
            panic!("nothing was staged");
        };
        publish_snapshot(&this.lake, &this.lake.staged_dir(), &staged.manifest).unwrap();
        this
    }

    fn transform(&self, now: &str, recompute: Recompute, lock: &WriterLock) -> Outcome {
        self.transform_with(now, Options { recompute, ..Options::default() }, lock)
    }

    fn transform_with(&self, now: &str, options: Options<'_>, lock: &WriterLock) -> Outcome {
        let now: Timestamp = now.parse().unwrap();
        transform(&self.lake, &self.catalogue, &self.dictionaries, now, options, lock).unwrap()
    }

    /// Digest of every staged table; `block` says when it was computed, and is
    /// left out.
    pub fn staged(&self, recompute: Recompute) -> BTreeMap<String, Sha256> {
        self.staged_at(NEXT_DAY, recompute)
    }

    pub fn staged_at(&self, now: &str, recompute: Recompute) -> BTreeMap<String, Sha256> {
        self.staged_with(now, Options { recompute, ..Options::default() })
    }

    pub fn staged_with(&self, now: &str, options: Options<'_>) -> BTreeMap<String, Sha256> {
        let lock = WriterLock::acquire(&self.lake).unwrap();
        let outcome = self.transform_with(now, options, &lock);
        assert!(matches!(outcome, Outcome::Staged(_)), "{outcome:?}");
        fs::read_dir(self.lake.staged_dir())
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "parquet"))
            .filter(|path| !path.ends_with("block.parquet"))
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, Sha256::of(&fs::read(&path).unwrap()))
            })
            .collect()
    }

    pub fn publish(&self) {
        let text = fs::read(self.lake.staged_dir().join("manifest.json")).unwrap();
        let manifest = serde_json::from_slice(&text).unwrap();
        publish_snapshot(&self.lake, &self.lake.staged_dir(), &manifest).unwrap();
    }

    /// Generic and form of the blocks that were computed on the second day.
    fn recomputed(&self) -> Vec<(String, String)> {
        let rows = crate::staged::rows(&self.lake.staged_dir().join("block.parquet"));
        rows.into_iter()
            .filter(|row| row["computed_at"].starts_with("2026-11-21"))
            .map(|row| (row["generic"].clone(), row["dosage_form"].clone()))
            .collect()
    }
}

#[test]
fn r39_random_changes_give_the_tables_of_a_full_rebuild() {
    for seed in 0..12 {
        let place = Place::new();
        let mut dice = Dice(seed);
        fill_day(&place.lake, &folder(), NEXT_DAY, &mut |_, rows| edit(&mut dice, rows));
        let touched = place.staged(Recompute::Touched);
        let all = place.staged(Recompute::All);
        assert!(touched.len() > 20, "{touched:?}");
        assert_eq!(touched, all, "seed {seed}");
    }
}

/// Somebody else, who loses some results and mixes others up.
#[derive(Default)]
struct Unreliable {
    asked: AtomicUsize,
}

impl MergeElsewhere for Unreliable {
    fn merge(&self, blocks: &[Block]) -> Vec<Option<Merged>> {
        self.asked.fetch_add(blocks.len(), Ordering::Relaxed);
        let merged: Vec<Merged> = blocks
            .iter()
            .map(|block| {
                let there: Block =
                    serde_json::from_slice(&serde_json::to_vec(block).unwrap()).unwrap();
                serde_json::from_slice(&serde_json::to_vec(&there.merge()).unwrap()).unwrap()
            })
            .collect();
        let of = |at: usize| match at % 5 {
            0 => None,
            // Of another block.
            1 => merged.get((at + 1) % merged.len()).cloned(),
            _ => merged.get(at).cloned(),
        };
        // Fewer than asked for.
        (0..merged.len().saturating_sub(1)).map(of).collect()
    }

    fn least(&self) -> usize {
        2
    }
}

#[test]
fn r40_blocks_merged_elsewhere_give_the_same_tables_whatever_comes_back() {
    for seed in 0..4 {
        let place = Place::new();
        let mut dice = Dice(seed);
        fill_day(&place.lake, &folder(), NEXT_DAY, &mut |_, rows| edit(&mut dice, rows));
        let here = place.staged(Recompute::All);
        let other = Unreliable::default();
        for recompute in [Recompute::All, Recompute::Touched] {
            let elsewhere = Some(&other as &dyn MergeElsewhere);
            assert_eq!(
                place.staged_with(NEXT_DAY, Options { recompute, elsewhere, ..Options::default() }),
                here,
                "seed {seed}"
            );
        }
        assert!(other.asked.load(Ordering::Relaxed) > 10);
    }
}

#[test]
fn r39_changes_of_a_few_records_give_the_tables_of_a_full_rebuild() {
    // `REGATTA_EDIT_SEEDS` tries more.
    let more = std::env::var("REGATTA_EDIT_SEEDS").map_or(8, |n| n.parse().unwrap());
    for seed in 100..100 + more {
        let place = Place::new();
        let mut dice = Dice(seed);
        // The second change is found in tables that the first one left.
        for (day, publish) in [(NEXT_DAY, true), ("2026-11-22T00:00:00Z", false)] {
            // Of some sources there is nothing new; of the first there always is.
            let mut without = Dice(seed + u64::from(publish));
            let mut first = true;
            let mut some = |_: &str| std::mem::take(&mut first) || without.roll(3) > 0;
            fill_some(&place.lake, &folder(), day, &mut some, &mut |table, rows| {
                edit_few(&mut dice, table, rows);
            });
            let all = place.staged_at(day, Recompute::All);
            let touched = place.staged_at(day, Recompute::Touched);
            let differ: Vec<&String> =
                all.keys().filter(|name| all.get(*name) != touched.get(*name)).collect();
            assert_eq!(differ, Vec::<&String>::new(), "seed {seed}, {day}");
            if publish {
                place.publish();
            }
        }
    }
}

#[test]
fn r39_only_the_blocks_of_a_changed_record_are_computed_again() {
    let place = Place::new();
    let mut changed = 0;
    fill_day(&place.lake, &folder(), NEXT_DAY, &mut |table, rows| {
        if table == "us_orange_book/products" {
            let row = rows.iter_mut().find(|r| r["ingredient"].contains("OSIMERTINIB")).unwrap();
            row.insert("applicant_full_name".into(), "SOMEBODY ELSE INC".into());
            changed += 1;
        }
    });
    assert_eq!(changed, 1);
    let touched = place.staged(Recompute::Touched);
    assert_eq!(place.recomputed(), [("osimertinib".to_owned(), "tablet".to_owned())]);
    assert_eq!(touched, place.staged(Recompute::All));
    assert!(place.recomputed().len() > 10, "a full rebuild computes all");
}
