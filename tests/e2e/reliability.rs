//! What a year brings beside failing sites: a full disk, a read-only one,
//! damaged files, a clock that steps back. docs/reliability.md lists them all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use regatta_lake::{Lake, current_snapshot};
use regatta_tests::{Regatta, Site};

/// A small file system in memory in the place of the lake, while it lives.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where the tests may not mount: only root may.
    fn at(folder: &Path, bytes: u64) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let options = format!("size={bytes}");
        let mounted = mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], folder);
        if !mounted {
            eprintln!("skipped: this user may not mount a file system");
        }
        mounted.then(|| Self(folder.to_owned()))
    }

    fn remount(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}")], &self.0), "remount {options}");
    }

    fn used(&self) -> u64 {
        let done = Command::new("df").args(["-B1", "--output=used"]).arg(&self.0).output().unwrap();
        let text = String::from_utf8(done.stdout).unwrap();
        text.lines().nth(1).unwrap().trim().parse().unwrap()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn mount(options: &[&str], at: &Path) -> bool {
    let done = Command::new("mount").args(options).arg(at).output();
    done.is_ok_and(|d| d.status.success())
}

fn served(regatta: &Regatta) -> String {
    let lake = Lake::open(&regatta.lake()).unwrap();
    current_snapshot(&lake).unwrap().unwrap().snapshot_id.to_string()
}

#[test]
fn a_full_disk_stops_the_refresh_and_leaves_what_is_served() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let Some(disk) = SmallDisk::at(&regatta.lake(), 256 << 20) else { return };
    let _ = regatta.ok(&["refresh"]);
    let (before, drugs) = (served(&regatta), regatta.ask("SELECT count(*) FROM drug"));
    site.day("day2");
    // Room for a little more each time: the disk is full in another step.
    for spare in [0, 64 << 10, 256 << 10, 1 << 20, 2 << 20] {
        disk.remount(&format!("size={}", disk.used() + spare));
        let full = regatta.run(&["refresh"]);
        if full.code == 0 {
            assert_ne!(spare, 0, "nothing was written?");
            break;
        }
        let said = format!("{}{}", full.out, full.err);
        assert!(said.contains("No space left on device"), "{spare} bytes: {said}");
        assert_eq!(regatta.run(&["verify"]).code, 0, "{spare} bytes");
        // The file that analysts open is the earlier one, and whole.
        assert_eq!(regatta.ask("SELECT count(*) FROM drug"), drugs, "{spare} bytes");
        if served(&regatta) != before {
            // The tables are published, only the DuckDB file found no room.
            break;
        }
    }
    disk.remount(&format!("size={}", 256 << 20));
    let _ = regatta.ok(&["refresh"]);
    assert_ne!(served(&regatta), before);
    let snapshot = "SELECT snapshot_id FROM snapshot WHERE is_current";
    assert_eq!(regatta.ask(snapshot), served(&regatta));
    let _ = regatta.ok(&["verify"]);
}

#[test]
fn a_read_only_lake_can_be_asked_and_says_why_it_cannot_be_refreshed() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let Some(disk) = SmallDisk::at(&regatta.lake(), 256 << 20) else { return };
    let _ = regatta.ok(&["refresh"]);
    let drugs = regatta.ask("SELECT count(*) FROM drug");
    disk.remount("ro");
    let refused = regatta.run(&["refresh"]);
    assert_eq!(refused.code, 1, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("Read-only file system"), "{}", refused.err);
    assert_eq!(regatta.ask("SELECT count(*) FROM drug"), drugs);
    assert!(regatta.ok(&["search", "nevirapine"]).contains("nevirapine"));
    let _ = regatta.ok(&["snapshots"]);
    disk.remount("rw");
    let _ = regatta.ok(&["refresh"]);
}

#[test]
fn a_damaged_raw_table_is_named_and_what_is_served_stays() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let before = served(&regatta);
    site.day("day2");
    let _ = regatta.ok(&["crawl"]);
    let table = newest(&regatta.lake().join("raw/us_orange_book"), "products.parquet");
    let whole = fs::read(&table).unwrap();
    let mut damaged = whole.clone();
    let at = damaged.len() - 6;
    damaged[at] ^= 0xff;
    fs::write(&table, &damaged).unwrap();
    for command in [&["transform"][..], &["refresh", "--source", "us_drugs_at_fda"]] {
        let failed = regatta.run(command);
        assert_eq!(failed.code, 1, "{}{}", failed.out, failed.err);
        assert!(failed.err.contains("us_orange_book.products"), "{}", failed.err);
        assert_eq!(served(&regatta), before);
    }
    assert!(!regatta.ok(&["alerts"]).contains("fail again and again"));
    for _ in 0..2 {
        assert_eq!(regatta.run(&["refresh", "--source", "us_drugs_at_fda"]).code, 1);
    }
    let told = regatta.ok(&["alerts"]);
    assert!(told.contains("refreshes fail again and again"), "{told}");
    assert_eq!(regatta.run(&["verify"]).code, 1);
    fs::write(&table, &whole).unwrap();
    let _ = regatta.ok(&["refresh"]);
    assert_ne!(served(&regatta), before);
    assert!(!regatta.ok(&["alerts"]).contains("fail again and again"));
}

#[test]
fn a_damaged_table_of_the_snapshot_is_named_and_no_part_of_the_next() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let before = served(&regatta);
    site.day("day2");
    let snapshot = regatta.lake().join("snapshots").join(&before);
    for name in ["listing.parquet", "drug.parquet"] {
        let table = snapshot.join(name);
        let whole = fs::read(&table).unwrap();
        let mut damaged = whole.clone();
        // In a page, which nobody may have to read.
        damaged[40] ^= 1;
        fs::write(&table, &damaged).unwrap();
        let failed = regatta.run(&["refresh"]);
        assert_eq!(failed.code, 1, "{}{}", failed.out, failed.err);
        let said = format!("{name} is not the file that was published");
        assert!(failed.err.contains(&said), "{}", failed.err);
        assert_eq!(served(&regatta), before);
        fs::write(&table, &whole).unwrap();
    }
    let _ = regatta.ok(&["refresh"]);
    assert_ne!(served(&regatta), before);
    let _ = regatta.ok(&["verify"]);
}

#[test]
fn a_lake_that_cannot_be_opened_is_not_taken_for_one_that_is_not_there() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    // The catalogue can be read before there is a lake.
    let _ = regatta.ok(&["sources"]);
    let asked = regatta.run(&["snapshots"]);
    assert_eq!(asked.code, 1, "{}{}", asked.out, asked.err);
    assert!(asked.err.contains("there is no lake in"), "{}", asked.err);
    let _ = regatta.ok(&["refresh", "--source", "us_orange_book"]);
    let marker = regatta.lake().join("lake.json");
    fs::write(&marker, "{").unwrap();
    for command in ["sources", "snapshots", "runs"] {
        let asked = regatta.run(&[command]);
        assert_eq!(asked.code, 1, "{command}: {}{}", asked.out, asked.err);
        assert!(asked.err.contains("lake.json is damaged"), "{command}: {}", asked.err);
    }
}

#[test]
fn a_damaged_manifest_is_named_and_nothing_is_made_of_a_guess() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let before = served(&regatta);
    site.day("day2");
    let manifest = newest(&regatta.lake().join("runs/us_orange_book"), "manifest.json");
    let whole = fs::read(&manifest).unwrap();
    fs::write(&manifest, &whole[..whole.len() / 2]).unwrap();
    let failed = regatta.run(&["refresh"]);
    assert_eq!(failed.code, 1, "{}{}", failed.out, failed.err);
    let said = format!("{}{}", failed.out, failed.err);
    assert!(said.contains("us_orange_book") && said.contains("manifest.json"), "{said}");
    assert_eq!(served(&regatta), before);
    fs::write(&manifest, &whole).unwrap();
    let _ = regatta.ok(&["refresh"]);
    assert_ne!(served(&regatta), before);
}

#[test]
fn a_clock_that_steps_back_does_not_reorder_runs_and_snapshots() {
    let site = Site::start();
    // 2026-11-20 and the day before.
    let regatta = Regatta::new(&site.url(), true).with_env("SOURCE_DATE_EPOCH", "1795132800");
    let _ = regatta.ok(&["refresh"]);
    let before = served(&regatta);
    site.day("day2");
    let regatta = regatta.with_env("SOURCE_DATE_EPOCH", "1795046400");
    let _ = regatta.ok(&["refresh"]);
    assert!(served(&regatta) > before, "{} after {before}", served(&regatta));
    let _ = regatta.ok(&["verify"]);
}

/// The file of this name in the last folder by name.
fn newest(folder: &Path, name: &str) -> PathBuf {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    folders.iter().rev().map(|f| f.join(name)).find(|f| f.exists()).unwrap()
}
