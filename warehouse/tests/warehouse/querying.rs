//! Queries that people type: what is refused, and how values come back.

use regatta_warehouse::{WarehouseError, run_sql};
use serde_json::json;

use crate::sample::Sample;

#[test]
fn whatever_writes_loads_or_leaves_the_lake_is_refused() {
    let sample = Sample::built();
    let conn = sample.open();
    let inside = sample.lake.root().join("snapshots/x.parquet");
    for sql in [
        "DROP TABLE drug",
        "CREATE TABLE x (a INT)",
        "CREATE TEMP TABLE x (a INT)",
        "INSERT INTO meta VALUES ('a', 'b')",
        "UPDATE drug SET holder = 'x'",
        "ATTACH '/tmp/other.duckdb'",
        "COPY drug TO '/tmp/drug.csv'",
        &format!("COPY drug TO '{}'", inside.display()),
        "COPY drug FROM '/etc/passwd'",
        "EXPORT DATABASE '/tmp/x'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "SELECT 1; SELECT 2",
        "SELECT 1) ; DROP TABLE drug; SELECT * FROM (SELECT 2",
        "",
        "SELEC 1",
    ] {
        let error = run_sql(&conn, sql).unwrap_err();
        assert!(matches!(error, WarehouseError::Refused { .. }), "{sql}: {error}");
    }
    for sql in [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        &format!("SELECT * FROM read_text('{}/raw/../lake.json')", sample.lake.root().display()),
    ] {
        let error = run_sql(&conn, sql).unwrap_err();
        assert!(matches!(error, WarehouseError::Query { .. }), "{sql}: {error}");
    }
    assert!(!inside.exists());
    // And without the parser in front, the connection itself refuses.
    for sql in [
        "INSERT INTO meta VALUES ('a', 'b')",
        "SET enable_external_access = true",
        "COPY meta TO '/tmp/regatta-meta.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH '/tmp/other.duckdb'",
    ] {
        conn.execute_batch(sql).unwrap_err();
    }
}

#[test]
fn queries_of_every_kind_are_answered() {
    let sample = Sample::built();
    let conn = sample.open();
    for (sql, rows) in [
        ("SELECT * FROM drug ORDER BY drug_id;", 11),
        ("FROM drug -- all of them", 11),
        ("WITH x AS (SELECT 1) FROM x ;\n", 1),
        ("VALUES (1), (2)", 2),
        ("SUMMARIZE drug", 23),
        ("DESCRIBE drug", 23),
        ("FROM raw.us_orange_book_products", 2),
        ("SELECT 1 AS a, 2 AS a WHERE false", 0),
    ] {
        let answer = run_sql(&conn, sql).unwrap();
        assert_eq!(answer.rows.len(), rows, "{sql}");
        assert!(answer.rows.iter().all(|r| r.len() == answer.columns.len()));
    }
    assert!(run_sql(&conn, "SHOW TABLES").unwrap().rows.contains(&vec![json!("drug")]));
    let parquet = sample.lake.root().join(&sample.snapshot.table("drug").unwrap().path);
    let sql = format!("SELECT count(*) FROM read_parquet('{}')", parquet.display());
    assert_eq!(run_sql(&conn, &sql).unwrap().rows, [[json!(11)]]);
}

#[test]
fn values_keep_their_meaning() {
    let sample = Sample::built();
    let conn = sample.open();
    for (sql, ty, value) in [
        ("1::TINYINT", "TINYINT", json!(1)),
        ("sum(x) FROM (VALUES (1::BIGINT), (2)) t(x)", "HUGEINT", json!(3)),
        ("18446744073709551615::UBIGINT", "UBIGINT", json!(u64::MAX)),
        (
            "170141183460469231731687303715884105727::HUGEINT",
            "HUGEINT",
            json!("170141183460469231731687303715884105727"),
        ),
        ("1.50::DECIMAL(5,2)", "DECIMAL(5,2)", json!(1.5)),
        ("1234567890123456789.5::DECIMAL(20,1)", "DECIMAL(20,1)", json!("1234567890123456789.5")),
        ("0.1::DOUBLE", "DOUBLE", json!(0.1)),
        ("'nan'::DOUBLE", "DOUBLE", json!("nan")),
        ("true", "BOOLEAN", json!(true)),
        ("NULL::VARCHAR", "VARCHAR", json!(null)),
        ("DATE '1996-06-21'", "DATE", json!("1996-06-21")),
        ("TIMESTAMP '2026-11-23 08:15:00'", "TIMESTAMP", json!("2026-11-23 08:15:00")),
        ("INTERVAL 3 DAY", "INTERVAL", json!("3 days")),
        ("['片剂', NULL]", "VARCHAR[]", json!(["片剂", null])),
        (
            "{'a': 1, 'b': DATE '1996-06-21'}",
            "STRUCT(a INTEGER, b DATE)",
            json!({"a": 1, "b": "1996-06-21"}),
        ),
        ("MAP {'k': 1}", "MAP(VARCHAR, INTEGER)", json!({"k": 1})),
        ("'{\"a\": [1]}'::JSON", "JSON", json!({"a": [1]})),
        ("'12'", "VARCHAR", json!("12")),
    ] {
        let answer = run_sql(&conn, &format!("SELECT {sql}")).unwrap();
        assert_eq!(answer.columns[0].ty, ty, "{sql}");
        assert_eq!(answer.rows, [[value]], "{sql}");
    }
    let answer = run_sql(&conn, "SELECT 1 AS a, 2 AS a ORDER BY 1").unwrap();
    assert_eq!(answer.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["a", "a_1"]);
}

#[test]
fn a_wrong_query_says_what_is_wrong() {
    let sample = Sample::built();
    let error = run_sql(&sample.open(), "SELECT hodler FROM drug").unwrap_err();
    assert!(matches!(error, WarehouseError::Query { .. }));
    let said = error.to_string();
    assert!(said.contains("hodler") && said.contains("LINE 1:"), "{said}");
    // The driver's own code says nothing.
    assert!(std::error::Error::source(&error).is_none());
}
