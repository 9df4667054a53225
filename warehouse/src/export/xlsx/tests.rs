use super::*;
use crate::export::relation;

fn write_query(sql: &str, limits: Limits) -> Result<Vec<ExportedTable>, WarehouseError> {
    let conn = Connection::open_in_memory().unwrap();
    let relation = relation::query(&conn, sql)?;
    let folder = tempfile::tempdir().unwrap();
    let about = About {
        snapshot_id: "20261123T081500250Z".into(),
        created_at: "2026-11-23T08:15:00.25Z".into(),
        sources: Vec::new(),
    };
    let path = folder.path().join("book.xlsx");
    workbook(&conn, &[relation], &about, limits, (&path, "book.xlsx"), folder.path(), &|_, _| ())
}

#[test]
fn rows_beyond_a_sheet_go_to_numbered_ones() {
    let limits = Limits { rows: 11, clip: false };
    for (rows, sheets) in [
        (10, vec!["query"]),
        (11, vec!["query", "query (2)"]),
        (25, vec!["query", "query (2)", "query (3)"]),
    ] {
        let tables = write_query(&format!("SELECT range AS n FROM range({rows})"), limits).unwrap();
        assert_eq!(tables[0].rows, rows);
        assert_eq!(tables[0].sheets, sheets);
    }
}

#[test]
fn every_integer_can_be_written() {
    let sql =
        "SELECT unnest(CAST([-9223372036854775808, -1, 0, 9223372036854775807] AS BIGINT[])) AS n";
    let tables = write_query(sql, Limits { rows: MAX_ROWS, clip: false }).unwrap();
    assert_eq!(tables[0].rows, 4);
}

#[test]
fn a_cell_that_is_too_long_is_refused_or_cut_and_counted_never_cut_silently() {
    let sql = "SELECT 'x' AS a, repeat('药', 32768) AS long";
    let error = write_query(sql, Limits { rows: MAX_ROWS, clip: false }).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("query.long, row 1: 32768") && text.contains("--clip"), "{text}");
    let tables = write_query(sql, Limits { rows: MAX_ROWS, clip: true }).unwrap();
    assert_eq!(tables[0].clipped_cells, 1);
    let fits = "SELECT repeat('药', 32767) AS long";
    assert_eq!(write_query(fits, Limits { rows: 2, clip: false }).unwrap()[0].clipped_cells, 0);
}
