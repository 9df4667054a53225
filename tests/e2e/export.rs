//! `regatta export`: text forms, where files go, and that all is of one snapshot.

use std::fs;
use std::path::{Path, PathBuf};

use regatta_tests::{Regatta, Site};
use serde_json::Value;

fn published() -> (Site, Regatta, tempfile::TempDir) {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    (site, regatta, tempfile::tempdir().unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn read(path: PathBuf) -> String {
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn all_tables_become_csv_files_with_a_data_package_that_names_their_sources() {
    let (_site, regatta, folder) = published();
    let to = folder.path().join("tables");
    let report = regatta.json(&["export", "--to", text(&to), "--as", "csv"]);
    let tables = regatta_lake::schema::TABLES;
    assert_eq!(names(&to).len(), tables.len() + 1);
    let package: Value = serde_json::from_str(&read(to.join("datapackage.json"))).unwrap();
    assert_eq!(package["snapshot_id"], report["snapshot_id"]);
    let sources: Vec<&str> = package["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["source_id"].as_str().unwrap())
        .collect();
    assert_eq!(sources, ["us_drugs_at_fda", "us_orange_book"]);
    for source in package["sources"].as_array().unwrap() {
        for field in ["licence", "attribution", "publisher", "path"] {
            assert!(!source[field].as_str().unwrap().is_empty(), "{field}");
        }
    }
    for (table, resource) in tables.iter().zip(package["resources"].as_array().unwrap()) {
        let path = to.join(format!("{}.csv", table.name));
        let (sha256, bytes) = regatta_lake::hash_file(&path).unwrap();
        assert_eq!(resource["hash"], format!("sha256:{sha256}"));
        assert_eq!(resource["bytes"], bytes);
        let columns: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
        let header = read(path).lines().next().unwrap().to_owned();
        assert_eq!(header, columns.join(","), "{}", table.name);
        let described = resource["schema"]["fields"].as_array().unwrap();
        assert!(described.iter().all(|f| f["description"].as_str().is_some_and(|d| d.len() > 8)));
        let rows = regatta.ask(&format!("SELECT count(*) FROM \"{}\"", table.name));
        assert_eq!(resource["rows"].to_string(), rows, "{}", table.name);
    }
}

#[test]
fn csv_gives_back_every_value_nulls_and_empty_text_apart() {
    let (_site, regatta, folder) = published();
    let to = folder.path().join("listing.csv");
    let _ = regatta.ok(&["export", "listing", "--to", text(&to)]);
    // DuckDB reads the file back: nothing may differ, rows in the same order.
    let csv = duckdb_reads(&to);
    let columns = regatta_lake::schema::table("listing").unwrap().columns;
    let list = columns.iter().find(|c| c.ty.duckdb() == "VARCHAR[]");
    assert!(list.is_some(), "the table has a list");
    let lake = regatta_lake::Lake::open(&regatta.lake()).unwrap();
    let served = regatta_warehouse::open_read_only(&lake).unwrap();
    for column in columns {
        let values = |conn: &regatta_warehouse::Connection, sql: &str| -> Vec<Option<String>> {
            let mut statement = conn.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let shown = match column.ty.duckdb() {
            "VARCHAR[]" => format!("CAST(to_json(\"{}\") AS VARCHAR)", column.name),
            "TIMESTAMP" => format!("strftime(\"{}\", '%Y-%m-%dT%H:%M:%S.%gZ')", column.name),
            _ => format!("CAST(\"{}\" AS VARCHAR)", column.name),
        };
        let expected = values(&served, &format!("SELECT {shown} FROM listing"));
        let found = values(&csv, &format!("SELECT \"{}\" FROM listing", column.name));
        assert!(found == expected, "{}", column.name);
    }
}

/// A database with the table `listing` of a CSV file, all columns text.
fn duckdb_reads(path: &Path) -> regatta_warehouse::Connection {
    let conn = regatta_warehouse::Connection::open_in_memory().unwrap();
    conn.execute_batch(&format!(
        "CREATE TABLE listing AS FROM read_csv('{}', all_varchar = true, header = true,
            allow_quoted_nulls = false, strict_mode = true, auto_detect = false, delim = ',',
            quote = '\"', escape = '\"', columns = {{{}}})",
        path.display(),
        regatta_lake::schema::table("listing")
            .unwrap()
            .columns
            .iter()
            .map(|c| format!("'{}': 'VARCHAR'", c.name))
            .collect::<Vec<_>>()
            .join(", ")
    ))
    .unwrap();
    conn
}

#[test]
fn a_query_becomes_one_file_and_options_do_what_they_say() {
    let (_site, regatta, folder) = published();
    let to = folder.path().join("q.csv");
    let sql = "SELECT '奈韦拉平' AS name, NULL AS none, '' AS empty, '=1+1' AS formula, -1 AS n, \
               ['a', 'b'] AS list, DATE '2026-11-23' AS day, TIMESTAMP '2026-11-23 08:15:00' AS at";
    let _ = regatta.ok(&["export", "--query", sql, "--to", text(&to), "--bom", "--guard-formulas"]);
    assert_eq!(
        read(to),
        "\u{feff}name,none,empty,formula,n,list,day,at\r\n\
         奈韦拉平,,\"\",\"'=1+1\",-1,\"[\"\"a\"\",\"\"b\"\"]\",2026-11-23,2026-11-23T08:15:00.000Z\r\n"
    );
    assert!(folder.path().join("q.datapackage.json").exists());
    let to = folder.path().join("q.jsonl");
    let _ = regatta.ok(&["export", "--query", sql, "--to", text(&to), "--force"]);
    let row: Value = serde_json::from_str(&read(to)).unwrap();
    assert_eq!(
        row,
        serde_json::json!({ "name": "奈韦拉平", "none": null, "empty": "", "formula": "=1+1",
            "n": -1, "list": ["a", "b"], "day": "2026-11-23", "at": "2026-11-23T08:15:00.000Z" })
    );
    let view = folder.path().join("views");
    let _ = regatta.ok(&[
        "export",
        "progress_matrix",
        "raw.us_orange_book_products",
        "--to",
        text(&view),
        "--as",
        "jsonl",
    ]);
    assert_eq!(
        names(&view),
        ["datapackage.json", "progress_matrix.jsonl", "raw.us_orange_book_products.jsonl"]
    );
    let lines = read(view.join("progress_matrix.jsonl")).lines().count();
    assert_eq!(lines.to_string(), regatta.ask("SELECT count(*) FROM progress_matrix"));
}

#[test]
fn what_cannot_be_exported_is_told_and_leaves_nothing_behind() {
    let (_site, regatta, folder) = published();
    let to = folder.path().join("x.csv");
    let to_dir = folder.path().join("x");
    for (arguments, code, says) in [
        (&["export", "drugs", "--to", text(&to)][..], 2, "there is no table or view \"drugs\""),
        (&["export", "competition", "--to", text(&to)], 2, "competition is a macro"),
        (&["export", "drug", "listing", "--to", text(&to)], 2, "do not fit in one"),
        (&["export", "--to", text(&to)], 2, "all tables do not fit in one"),
        (&["export", "drug", "drug", "--to", text(&to_dir), "--as", "csv"], 2, "twice"),
        (&["export", "drug", "--to", text(&to_dir)], 2, "--as csv"),
        (&["export", "drug", "--to", text(&to_dir), "--as", "xlsx"], 2, "ends in .xlsx"),
        (&["export", "drug", "--to", text(&to), "--clip"], 2, "--clip is for xlsx"),
        (&["export", "--query", "DELETE FROM drug", "--to", text(&to)], 2, "read-only"),
        (&["export", "--query", "SELECT * FROM read_csv('/etc/passwd')", "--to", text(&to)], 1, ""),
        (
            &[
                "export",
                "--query",
                "SELECT if(range = 3000, error('row 3000'), 1) FROM range(9000)",
                "--to",
                text(&to),
            ],
            1,
            "row 3000",
        ),
        (&["export", "drug", "--query", "SELECT 1", "--to", text(&to)], 2, "--query"),
    ] {
        let ran = regatta.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
        assert_eq!(names(folder.path()), Vec::<String>::new(), "{arguments:?}");
    }
}

#[test]
fn an_earlier_export_is_replaced_only_with_force_and_nothing_else_ever_is() {
    let (site, regatta, folder) = published();
    let to = folder.path().join("tables");
    let export = |more: &[&str]| {
        let mut arguments = vec!["export", "drug", "generic", "--to", text(&to), "--as", "csv"];
        arguments.extend(more);
        regatta.run(&arguments)
    };
    fs::create_dir(&to).unwrap();
    assert_eq!(export(&[]).code, 0, "an empty folder may be used");
    let before = read(to.join("datapackage.json"));
    let ran = export(&[]);
    assert_eq!((ran.code, ran.err.contains("--force")), (2, true), "{}", ran.err);
    site.day("day2");
    let _ = regatta.ok(&["refresh"]);
    assert_eq!(export(&["--force"]).code, 0);
    assert_ne!(read(to.join("datapackage.json")), before);
    fs::write(to.join("thesis.docx"), "mine").unwrap();
    let ran = export(&["--force"]);
    assert_eq!((ran.code, ran.err.contains("thesis.docx")), (2, true), "{}", ran.err);
    assert_eq!(read(to.join("thesis.docx")), "mine");
    assert_eq!(names(folder.path()), ["tables"]);
}

#[test]
fn an_export_killed_at_many_moments_leaves_the_earlier_one_whole() {
    let (_site, regatta, folder) = published();
    let to = folder.path().join("tables");
    let arguments = ["export", "--to", text(&to), "--as", "jsonl", "--force"];
    let began = std::time::Instant::now();
    let _ = regatta.ok(&arguments);
    let whole = began.elapsed();
    for moment in 0..12 {
        let mut child = regatta.start(&arguments);
        std::thread::sleep(whole * moment / 12);
        child.kill().unwrap();
        child.wait().unwrap();
        let package: Value = serde_json::from_str(&read(to.join("datapackage.json"))).unwrap();
        for resource in package["resources"].as_array().unwrap() {
            let path = to.join(resource["path"].as_str().unwrap());
            let (sha256, _) = regatta_lake::hash_file(&path).unwrap();
            assert_eq!(resource["hash"], format!("sha256:{sha256}"), "after kill {moment}");
        }
    }
}

/// Exports while refreshes publish: the tables of one export fit together.
#[test]
fn an_export_is_of_one_snapshot_while_refreshes_publish() {
    let (site, regatta, folder) = published();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let exporter = scope.spawn(|| {
            let mut seen = std::collections::BTreeSet::new();
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let to = folder.path().join("tables");
                let arguments = ["export", "--to", text(&to), "--as", "jsonl", "--force"];
                let report = regatta.json(&arguments);
                let rows = |table: &str| {
                    read(to.join(format!("{table}.jsonl")))
                        .lines()
                        .map(|l| serde_json::from_str(l).unwrap())
                        .collect::<Vec<Value>>()
                };
                let linked: std::collections::BTreeSet<String> =
                    rows("drug_record").iter().map(|r| r["record_id"].to_string()).collect();
                let listings = rows("listing");
                assert!(!listings.is_empty());
                for listing in listings {
                    assert!(linked.contains(&listing["record_id"].to_string()), "{listing}");
                }
                seen.insert(report["snapshot_id"].as_str().unwrap().to_owned());
            }
            seen
        });
        for day in ["day2", "day1", "day2"] {
            site.day(day);
            let ran = regatta.run(&["refresh", "--accept-shrink"]);
            assert_eq!(ran.code, 0, "{}", ran.err);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        exporter.join().unwrap()
    });
    assert!(!seen.is_empty());
}
