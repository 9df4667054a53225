//! `regatta export`: workbooks, Parquet, and `DuckDB` files that need no lake.

use std::fs;
use std::io::Read;
use std::path::Path;

use regatta_tests::{Regatta, Site};
use regatta_warehouse::{Connection, VIEWS};

fn published(new: fn(&str, bool) -> Regatta) -> (Site, Regatta, tempfile::TempDir) {
    let site = Site::start();
    let regatta = new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    (site, regatta, tempfile::tempdir().unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A member of a workbook.
fn member(path: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_workbook_has_a_sheet_a_table_with_header_filter_dates_and_descriptions() {
    let (_site, regatta, folder) = published(Regatta::all);
    let to = folder.path().join("all.xlsx");
    let report = regatta.json(&["export", "--to", text(&to)]);
    let book = member(&to, "xl/workbook.xml");
    let mut sheets: Vec<&str> =
        book.split("<sheet name=\"").skip(1).map(|s| s.split('"').next().unwrap()).collect();
    assert_eq!(&sheets[..2], ["about", "columns"]);
    sheets.drain(..2);
    let tables: Vec<&str> = regatta_lake::schema::TABLES.iter().map(|t| t.name).collect();
    assert_eq!(sheets, tables);
    let listing = tables.iter().position(|t| *t == "listing").unwrap();
    let sheet = member(&to, &format!("xl/worksheets/sheet{}.xml", listing + 3));
    let rows: usize = regatta.ask("SELECT count(*) FROM listing").parse().unwrap();
    assert_eq!(sheet.matches("<row ").count(), rows + 1);
    assert!(sheet.contains("state=\"frozen\"") && sheet.contains("<autoFilter "));
    assert!(!sheet.contains("<f>"), "no cell is a formula");
    // A date is a number with a date format: 2024-01-01 is day 45292.
    let day: i64 = regatta
        .ask("SELECT date_diff('day', DATE '1899-12-30', max(approval_date)) FROM listing")
        .parse()
        .unwrap();
    assert!(sheet.contains(&format!("<v>{day}</v>")), "{day}");
    assert!(
        member(&to, "xl/styles.xml").contains("yyyy\\-mm\\-dd")
            || member(&to, "xl/styles.xml").contains("yyyy-mm-dd")
    );
    let about = member(&to, "xl/worksheets/sheet1.xml");
    assert!(about.contains(report["snapshot_id"].as_str().unwrap()));
    assert!(about.contains("us_orange_book") && about.contains("cn_cde"));
    let columns = member(&to, "xl/worksheets/sheet2.xml");
    for table in regatta_lake::schema::TABLES {
        assert!(columns.contains(table.name));
    }
}

#[test]
fn parquet_keeps_types_lists_and_rows() {
    let (_site, regatta, folder) = published(Regatta::new);
    let to = folder.path().join("parquet");
    let _ = regatta.ok(&["export", "--to", text(&to), "--as", "parquet"]);
    let conn = Connection::open_in_memory().unwrap();
    for table in regatta_lake::schema::TABLES {
        let file = format!("read_parquet('{}/{}.parquet')", to.display(), table.name);
        let rows: i64 =
            conn.query_row(&format!("SELECT count(*) FROM {file}"), [], |r| r.get(0)).unwrap();
        assert_eq!(
            rows.to_string(),
            regatta.ask(&format!("SELECT count(*) FROM \"{}\"", table.name))
        );
        for column in table.columns {
            let ty: String = conn
                .query_row(
                    &format!(
                        "SELECT column_type FROM (DESCRIBE FROM {file}) WHERE column_name = ?"
                    ),
                    [column.name],
                    |r| r.get(0),
                )
                .unwrap();
            assert_eq!(ty, column.ty.duckdb(), "{}.{}", table.name, column.name);
        }
    }
    // An empty table has its columns too.
    let empty = folder.path().join("none.parquet");
    let _ =
        regatta.ok(&["export", "--query", "SELECT * FROM drug WHERE false", "--to", text(&empty)]);
    let columns: i64 = conn
        .query_row(
            &format!("SELECT count(*) FROM (DESCRIBE FROM '{}')", empty.display()),
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(
        usize::try_from(columns).unwrap(),
        regatta_lake::schema::table("drug").unwrap().columns.len()
    );
}

/// The examples of all views and macros must run without the lake.
#[test]
fn a_duckdb_export_works_where_there_is_no_lake() {
    let (_site, regatta, folder) = published(Regatta::all);
    let plain = folder.path().join("plain.duckdb");
    let raw = folder.path().join("with raw.duckdb");
    let report = regatta.json(&["export", "--to", text(&plain)]);
    let _ = regatta.ok(&["export", "--to", text(&raw), "--with-raw"]);
    let ran = regatta.run(&["export", "--to", text(&folder.path().join("raw.duckdb"))]);
    assert_eq!((ran.code, ran.err.contains("choose another name")), (2, true), "{}", ran.err);
    let raw_rows = regatta.ask("SELECT count(*) FROM raw.us_orange_book_products");
    let raw_tables = regatta.ask("SELECT count(*) FROM raw_table");
    let record = "us_orange_book:N-020636-001";
    let lineage = regatta.ask(&format!("SELECT url FROM lineage('{record}')"));
    // Another machine: what the lake is called here means nothing.
    let away = regatta.lake().with_file_name("somewhere else");
    fs::rename(regatta.lake(), &away).unwrap();
    for (file, with_raw) in [(&plain, false), (&raw, true)] {
        let conn = Connection::open(file).unwrap();
        let one = |sql: &str| -> String {
            conn.query_row(&format!("SELECT CAST(({sql}) AS VARCHAR)"), [], |r| r.get(0))
                .unwrap_or_else(|e| panic!("{sql}: {e}"))
        };
        assert_eq!(
            one("SELECT value FROM meta WHERE key = 'snapshot_id'"),
            report["snapshot_id"].as_str().unwrap()
        );
        for view in VIEWS {
            conn.execute_batch(view.example()).unwrap_or_else(|e| panic!("{}: {e}", view.name));
        }
        let mut statement =
            conn.prepare("SELECT view_name FROM duckdb_views() WHERE NOT internal").unwrap();
        let views: Vec<String> =
            statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
        for view in views {
            one(&format!("SELECT count(*) FROM \"{view}\""));
        }
        assert_eq!(one(&format!("SELECT url FROM lineage('{record}')")), lineage);
        assert_eq!(
            one("SELECT value FROM meta WHERE key = 'raw'"),
            if with_raw { "copied" } else { "left out" }
        );
        if with_raw {
            assert_eq!(one("SELECT count(*) FROM raw.us_orange_book_products"), raw_rows);
            assert_eq!(one("SELECT count(*) FROM raw_table"), raw_tables);
        } else {
            assert_eq!(one("SELECT count(*) FROM raw_table"), "0");
        }
    }
    fs::rename(&away, regatta.lake()).unwrap();
}

#[test]
fn named_tables_and_views_become_tables_of_a_small_duckdb_file() {
    let (_site, regatta, folder) = published(Regatta::new);
    let to = folder.path().join("some.duckdb");
    let report = regatta.json(&[
        "export",
        "drug",
        "progress_matrix",
        "raw.us_orange_book_products",
        "--to",
        text(&to),
    ]);
    let drugs = regatta.ask("SELECT count(*) FROM drug");
    assert_eq!(report["tables"][0]["rows"].to_string(), drugs);
    fs::remove_dir_all(regatta.lake()).unwrap();
    let conn = Connection::open(&to).unwrap();
    let mut statement = conn
        .prepare("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY table_name")
        .unwrap();
    let tables: Vec<String> =
        statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(tables, ["drug", "meta", "progress_matrix", "raw_us_orange_book_products"]);
    let rows: i64 = conn.query_row("SELECT count(*) FROM drug", [], |r| r.get(0)).unwrap();
    assert_eq!(rows.to_string(), drugs);
    let commented: i64 = conn
        .query_row(
            "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'drug' AND comment IS NOT NULL",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(
        usize::try_from(commented).unwrap(),
        regatta_lake::schema::table("drug").unwrap().columns.len()
    );
    let terms: i64 = conn
        .query_row("SELECT count(*) FROM meta WHERE key LIKE 'attribution:%'", [], |r| r.get(0))
        .unwrap();
    assert_eq!(terms, 2, "the sources of this lake");
    assert_eq!(report["files"].as_array().unwrap().len(), 1);
}
