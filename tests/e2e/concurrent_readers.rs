//! Analysts hold the file open while a refresh publishes.

use regatta_lake::Lake;
use regatta_tests::{Regatta, Site};
use regatta_warehouse::{Connection, file_snapshot, open_read_only};

const COUNT: &str = "SELECT count(*) FROM listing WHERE source_id = 'us_orange_book'";

fn count(conn: &Connection) -> i64 {
    conn.query_row(COUNT, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_reader_keeps_the_old_file_and_a_new_reader_gets_the_new_one() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let lake = Lake::open(&regatta.lake()).unwrap();
    let old = open_read_only(&lake).unwrap();
    assert_eq!(count(&old), 63);
    site.day("day2");
    let _ = regatta.ok(&["refresh"]);
    assert_eq!(count(&old), 63);
    assert_eq!(count(&open_read_only(&lake).unwrap()), 64);
}

#[test]
fn readers_that_open_all_the_time_never_fail_and_never_see_a_mixture() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let lake = Lake::open(&regatta.lake()).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut opened = 0;
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        let conn = open_read_only(&lake).unwrap();
                        let listings = count(&conn);
                        assert!(listings == 63 || listings == 64, "{listings}");
                        // The tables of one file are of one snapshot.
                        let orphans: i64 = conn
                            .query_row(
                                "SELECT count(*) FROM listing ANTI JOIN drug_record USING (record_id)",
                                [],
                                |row| row.get(0),
                            )
                            .unwrap();
                        assert_eq!(orphans, 0);
                        opened += 1;
                    }
                    opened
                })
            })
            .collect();
        for day in ["day2", "day1", "day2"] {
            site.day(day);
            let ran = regatta.run(&["refresh", "--accept-shrink"]);
            assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        for reader in readers {
            assert!(reader.join().unwrap() > 0);
        }
    });
    let current = regatta_lake::current_snapshot(&lake).unwrap().unwrap();
    assert_eq!(file_snapshot(&lake).unwrap(), current.snapshot_id.as_str());
}
