//! Tables as they were: every kept snapshot by name and by time.

use duckdb::Connection;
use regatta_lake::{WriterLock, collect_garbage};
use regatta_warehouse::run_sql;
use serde_json::{Value, json};

use crate::sample::{Sample, publish};

/// Three days: Mylan leaves on the second, a drug is renamed on the third.
fn three_days() -> Sample {
    let sample = Sample::new();
    publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch("DELETE FROM drug WHERE drug_id = 'D2'").unwrap();
    });
    let last = publish(&sample.lake, "2026-11-25T08:15:00Z", |conn| {
        conn.execute_batch(
            "DELETE FROM drug WHERE drug_id = 'D2';
             UPDATE drug SET holder = 'GSK' WHERE drug_id = 'D6'",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &last).unwrap();
    sample
}

fn ask(conn: &Connection, sql: &str) -> Value {
    let answer = run_sql(conn, sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    answer.rows.first().and_then(|r| r.first()).cloned().unwrap_or(Value::Null)
}

fn wrong(conn: &Connection, sql: &str) -> String {
    run_sql(conn, sql).unwrap_err().to_string()
}

#[test]
fn a_time_gives_the_newest_snapshot_made_until_then() {
    let sample = three_days();
    let conn = sample.open();
    for (time, drugs) in [
        ("'2026-11-23T08:15:00Z'", 11),
        ("'2026-11-24'", 11),
        ("DATE '2026-11-24'", 11),
        ("TIMESTAMP '2026-11-24 08:14:59'", 11),
        ("TIMESTAMP '2026-11-24 08:15:00'", 10),
        ("'2026-11-24T16:15:00+08:00'", 10),
        ("'2026-11-24T16:14:00+08:00'", 11),
        ("'20261123T081500000Z'", 11),
        ("'20261124T081500000Z'", 10),
        ("now() + INTERVAL 10 YEAR", 10),
    ] {
        let sql = format!("SELECT count(*) FROM drug_as_of({time})");
        assert_eq!(ask(&conn, &sql), json!(drugs), "{time}");
        let sql = format!("SELECT count(*) FROM as_of('drug', {time})");
        assert_eq!(ask(&conn, &sql), json!(drugs), "{time}");
    }
    let holder = |time: &str| {
        ask(&conn, &format!("SELECT holder FROM drug_as_of('{time}') WHERE drug_id = 'D6'"))
    };
    assert_eq!(holder("2026-11-25"), "ViiV Healthcare");
    assert_eq!(holder("2026-11-26"), "GSK");
    // Two times in one query, and a schema by its name.
    let gone = "SELECT drug_id FROM drug_as_of('2026-11-24') ANTI JOIN drug_as_of('2026-11-26') USING (drug_id)";
    assert_eq!(ask(&conn, gone), "D2");
    assert_eq!(ask(&conn, "SELECT count(*) FROM at_20261123T081500000Z.drug"), json!(11));
}

#[test]
fn a_time_before_the_first_snapshot_is_an_error_that_names_it() {
    let sample = three_days();
    let conn = sample.open();
    for time in ["'2026-11-23'", "NULL", "DATE '2020-01-01'"] {
        let error = wrong(&conn, &format!("FROM drug_as_of({time})"));
        assert!(error.contains("the first is of 2026-11-23T08:15:00Z"), "{time}: {error}");
    }
    let error = wrong(&conn, "FROM drug_as_of('last week')");
    assert!(error.contains("last week"), "{error}");
}

#[test]
fn every_table_of_a_snapshot_has_its_macro_with_the_columns_of_today() {
    let sample = three_days();
    let conn = sample.open();
    for table in &sample.snapshot.tables {
        let columns = |from: &str| run_sql(&conn, &format!("DESCRIBE {from}")).unwrap().rows;
        let then = columns(&format!("FROM {}_as_of('2026-11-24')", table.name));
        let now = columns(&format!("FROM {}", table.name));
        let names = |rows: &[Vec<Value>]| -> Vec<(Value, Value)> {
            rows.iter().map(|r| (r[0].clone(), r[1].clone())).collect()
        };
        assert_eq!(names(&then), names(&now), "{}", table.name);
    }
}

#[test]
fn a_snapshot_of_an_older_contract_has_nulls_for_what_it_lacks() {
    let sample = Sample::new();
    // Two columns, one of them never null and one a list (which is then empty), one of another type,
    // and a table are not in the old files.
    let folder = sample.lake.snapshot_dir(&sample.snapshot.snapshot_id);
    let file = folder.join("drug.parquet");
    let other = folder.join("other.parquet");
    Connection::open_in_memory()
        .unwrap()
        .execute_batch(&format!(
            "COPY (SELECT * EXCLUDE (holder_source, targets) REPLACE (CAST(records AS VARCHAR) AS records),
                1 AS given_up FROM '{}') TO '{}' (FORMAT parquet)",
            file.display(),
            other.display()
        ))
        .unwrap();
    std::fs::rename(&other, &file).unwrap();
    std::fs::remove_file(folder.join("target.parquet")).unwrap();
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", |_| {});
    regatta_warehouse::build(&sample.lake, &next).unwrap();
    let conn = sample.open();
    let row = run_sql(
        &conn,
        "SELECT holder_source, targets, records, typeof(records), holder
         FROM drug_as_of('20261123T081500000Z') WHERE drug_id = 'D1'",
    )
    .unwrap();
    assert_eq!(
        row.rows,
        [[json!(null), json!([]), json!(2), json!("BIGINT"), json!("Boehringer Ingelheim")]]
    );
    assert_eq!(ask(&conn, "SELECT count(*) FROM target_as_of('20261123T081500000Z')"), json!(0));
    assert_eq!(ask(&conn, "SELECT count(*) FROM target_as_of(now() + INTERVAL 10 YEAR)"), json!(2));
}

#[test]
fn what_is_swept_is_gone_from_the_file_when_it_is_built_again() {
    let sample = three_days();
    let lock = WriterLock::acquire(&sample.lake).unwrap();
    let report = collect_garbage(&sample.lake, 2, &lock).unwrap();
    assert_eq!(report.snapshots, 1);
    // Until then the missing file is named, and everything else can be read.
    {
        let conn = sample.open();
        let error = wrong(&conn, "FROM drug_as_of('2026-11-24')");
        assert!(error.contains("20261123T081500000Z/drug.parquet"), "{error}");
        assert_eq!(ask(&conn, "SELECT count(*) FROM drug_as_of('2026-11-25')"), json!(10));
        assert_eq!(ask(&conn, "SELECT count(*) FROM drug"), json!(10));
    }
    let current = regatta_lake::current_snapshot(&sample.lake).unwrap().unwrap();
    regatta_warehouse::build(&sample.lake, &current).unwrap();
    let conn = sample.open();
    let error = wrong(&conn, "FROM drug_as_of('2026-11-24')");
    assert!(error.contains("the first is of 2026-11-24T08:15:00Z"), "{error}");
    assert_eq!(
        run_sql(&conn, "SELECT schema_name, is_current FROM snapshot").unwrap().rows,
        [
            [json!("at_20261125T081500000Z"), json!(true)],
            [json!("at_20261124T081500000Z"), json!(false)],
        ]
    );
}

#[test]
fn times_mean_utc_whatever_the_session_thinks() {
    let sample = Sample::built();
    let conn = sample.open();
    for (moment, utc) in [
        ("DATE '2026-11-23'", "2026-11-23 00:00:00"),
        ("'2026-11-23T08:15:00Z'", "2026-11-23 08:15:00"),
        ("'2026-11-23 08:15:00.25'", "2026-11-23 08:15:00.25"),
        ("'2026-11-23T16:15:00+08:00'", "2026-11-23 08:15:00"),
        ("TIMESTAMP '2026-11-23 08:15:00'", "2026-11-23 08:15:00"),
        ("TIMESTAMPTZ '2026-11-23 16:15:00+08'", "2026-11-23 08:15:00"),
    ] {
        assert_eq!(ask(&conn, &format!("SELECT utc({moment})")), utc, "{moment}");
    }
    assert!(wrong(&conn, "SELECT utc('yesterday')").contains("yesterday"));
}
