//! The file: tables as the contract says, comments, raw views, what it says
//! about itself.

use duckdb::Connection;
use regatta_lake::schema::TABLES;

use crate::sample::{Sample, publish};

pub fn text(conn: &Connection, sql: &str) -> String {
    conn.query_row(sql, [], |r| r.get::<_, Option<String>>(0)).unwrap().unwrap_or_default()
}

#[test]
fn tables_have_the_types_nulls_and_comments_of_the_contract() {
    let sample = Sample::built();
    let conn = sample.open();
    for table in TABLES {
        let comment = text(
            &conn,
            &format!(
                "SELECT comment FROM duckdb_tables() WHERE schema_name = 'main' AND table_name = '{}'",
                table.name
            ),
        );
        assert!(comment.contains(table.doc), "{}: {comment}", table.name);
        for column in table.columns {
            let found = text(
                &conn,
                &format!(
                    "SELECT data_type || '|' || is_nullable || '|' || comment FROM duckdb_columns()
                     WHERE schema_name = 'main' AND table_name = '{}' AND column_name = '{}'",
                    table.name, column.name
                ),
            );
            let expected = format!("{}|{}|{}", column.ty.duckdb(), column.nullable, column.doc);
            assert_eq!(found, expected, "{}.{}", table.name, column.name);
        }
    }
    let without = text(
        &conn,
        "SELECT string_agg(name, ', ') FROM (
            SELECT table_name AS name FROM duckdb_tables() WHERE comment IS NULL
            UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL
            UNION ALL SELECT function_name FROM duckdb_functions()
                WHERE NOT internal AND comment IS NULL AND function_type LIKE '%macro'
            UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns() c
                WHERE NOT internal AND comment IS NULL AND schema_name = 'main'
                    AND table_name IN (SELECT table_name FROM duckdb_tables()))",
    );
    assert_eq!(without, "", "without a comment");
}

#[test]
fn the_report_counts_what_was_loaded_and_no_log_stays_behind() {
    let sample = Sample::new();
    let report = regatta_warehouse::build(&sample.lake, &sample.snapshot).unwrap();
    let rows = |name: &str| report.tables.iter().find(|t| t.table == name).unwrap().rows;
    assert_eq!((rows("drug"), rows("listing"), rows("fetch")), (11, 13, 2));
    assert_eq!(report.raw_views, 3);
    assert!(report.search_terms > 50);
    assert_eq!(report.bytes, std::fs::metadata(&report.file).unwrap().len());
    let folder = report.file.parent().unwrap();
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["regatta.duckdb", "regatta.duckdb.sha256"]);
    assert_eq!(std::fs::read_dir(sample.lake.tmp_dir()).unwrap().count(), 0);
}

#[test]
fn r43_a_snapshot_from_before_there_were_names_is_served_with_the_standard_ones() {
    let sample = Sample::new();
    let mut older = sample.snapshot.clone();
    let names = ["target_name", "corporate_group_name", "generic_name"];
    older.tables.retain(|t| !names.contains(&&*t.name));
    regatta_warehouse::build(&sample.lake, &older).unwrap();
    let conn = sample.open();
    assert_eq!(text(&conn, "SELECT CAST(count(*) AS VARCHAR) FROM target_name"), "0");
    let found = |term: &str| regatta_warehouse::search(&conn, term, 9).unwrap().len();
    assert_eq!((found("EGFR inhibitors"), found("HER1")), (3, 0));
    assert!(found("osimertinib") > 0 && found("azd9291") == 0);
    assert!(found("AstraZeneca") > 0 && found("AZ") < found("AstraZeneca"));
}

#[test]
fn a_lake_without_ledger_gives_empty_tables_with_the_right_types() {
    let sample = Sample::new();
    std::fs::remove_dir_all(sample.lake.ledger_dir()).unwrap();
    let report = regatta_warehouse::build(&sample.lake, &sample.snapshot).unwrap();
    assert!(!report.tables.iter().find(|t| t.table == "fetch").unwrap().loaded);
    let conn = sample.open();
    assert_eq!(text(&conn, "SELECT any_value(typeof(checked_at)) || count(*) FROM \"fetch\""), "");
    let url = "SELECT url FROM lineage('us_orange_book:N-020636-001')";
    assert_eq!(text(&conn, url), "");
}

#[test]
fn raw_rows_are_views_over_the_files_of_the_lake() {
    let sample = Sample::built();
    let conn = sample.open();
    assert_eq!(
        text(&conn, "SELECT string_agg(raw_view, ' ' ORDER BY raw_view) FROM raw_table"),
        "raw.\"us_orange_book_issues\" raw.\"us_orange_book_patent\" raw.\"us_orange_book_products\""
    );
    assert_eq!(
        text(&conn, "SELECT ingredient FROM raw.us_orange_book_products WHERE row_number = 2"),
        "NEVIRAPINE"
    );
}

#[test]
fn the_file_knows_its_snapshot_and_those_before_with_all_their_changes() {
    let sample = Sample::built();
    let second = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch(
            "UPDATE change SET seen_at = '2026-11-24T08:15:00Z', entity_id = 'us_orange_book:N-020564-001'
             WHERE entity_kind = 'listing';",
        )
        .unwrap();
    });
    regatta_warehouse::build(&sample.lake, &second).unwrap();
    let conn = sample.open();
    let id = second.snapshot_id.as_str();
    assert_eq!(text(&conn, "SELECT value FROM meta WHERE key = 'snapshot_id'"), id);
    assert_eq!(text(&conn, "SELECT snapshot_id FROM snapshot WHERE is_current"), id);
    assert_eq!(text(&conn, "SELECT value FROM meta WHERE key = 'duckdb_version'"), "v1.5.6");
    assert_eq!(
        text(&conn, "SELECT count(*) || ' of ' || count(previous_id) FROM snapshot"),
        "2 of 1"
    );
    assert_eq!(
        text(&conn, "SELECT CAST(created_at AS VARCHAR) FROM snapshot WHERE is_current"),
        "2026-11-24 08:15:00"
    );
    let since =
        |day: &str| text(&conn, &format!("SELECT CAST(count(*) AS VARCHAR) FROM changes('{day}')"));
    assert_eq!((since("2026-11-23").as_str(), since("2026-11-24").as_str()), ("4", "1"));
}

/// A snapshot of version 2 of the contract, as it may still be served when this
/// version is installed: no table of labels, instants and some dates as text, a
/// list joined with commas, no precision.
#[test]
fn a_snapshot_of_the_contract_before_can_still_be_built_and_compared_with() {
    let sample = Sample::new();
    let mut old = publish(&sample.lake, "2026-11-24T08:15:00Z", |_| {});
    let folder = sample.lake.snapshot_dir(&old.snapshot_id);
    let conn = Connection::open_in_memory().unwrap();
    for table in TABLES {
        let file = folder.join(format!("{}.parquet", table.name));
        if !file.exists() {
            continue;
        }
        let columns: Vec<String> = table
            .columns
            .iter()
            .filter(|c| !c.name.ends_with("_precision"))
            .map(|c| match (table.name, c.name) {
                (_, "seen_at" | "first_seen" | "last_changed" | "computed_at") => {
                    format!("strftime(\"{0}\", '%Y-%m-%dT%H:%M:%SZ') AS \"{0}\"", c.name)
                }
                ("corporate_group", "valid_from") => "'2019-10' AS valid_from".to_owned(),
                ("corporate_group", "valid_to") => "'' AS valid_to".to_owned(),
                ("record_company", "since") => "'2021-05-04' AS since".to_owned(),
                ("review_queue", "sources") => {
                    "array_to_string(sources, ', ') AS sources".to_owned()
                }
                ("market_listing", "approval_dates") => {
                    "CAST(approval_dates AS VARCHAR[]) AS approval_dates".to_owned()
                }
                _ => format!("\"{}\"", c.name),
            })
            .collect();
        let other = folder.join("old.parquet");
        conn.execute_batch(&format!(
            "COPY (SELECT {} FROM '{}') TO '{}' (FORMAT parquet)",
            columns.join(", "),
            file.display(),
            other.display()
        ))
        .unwrap();
        std::fs::rename(other, file).unwrap();
    }
    std::fs::remove_file(folder.join("label.parquet")).unwrap();
    old.tables.retain(|t| t.name != "label");
    old.schema_version = 2;
    regatta_warehouse::build(&sample.lake, &old).unwrap();
    let conn = sample.open();
    assert_eq!(
        text(
            &conn,
            "SELECT CAST(valid_from AS VARCHAR) || coalesce(valid_to, DATE '1000-01-01') FROM corporate_group LIMIT 1"
        ),
        "2019-10-011000-01-01"
    );
    assert_eq!(
        text(&conn, "SELECT CAST(any_value(since) AS VARCHAR) FROM record_company"),
        "2021-05-04"
    );
    assert_eq!(
        text(&conn, "SELECT CAST(max(seen_at) AS VARCHAR) FROM changes('2026-11-23')"),
        "2026-11-23 08:15:00"
    );
    assert_eq!(
        text(&conn, "SELECT label_zh FROM label WHERE kind = 'progress' AND code = 'phase_3'"),
        "III期"
    );
    // It can stand before a snapshot of this contract.
    let results = crate::checking::run(
        &sample.lake.snapshot_dir(&sample.snapshot.snapshot_id),
        Some(regatta_warehouse::Before {
            folder: &folder,
            changed_sources: Vec::new(),
            raw_rows: Vec::new(),
            dictionaries_changed: false,
            rules_changed: true,
        }),
    );
    assert_eq!(crate::checking::failed(&results), Vec::<&str>::new(), "{results:#?}");
}
