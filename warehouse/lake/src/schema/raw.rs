//! The envelope that every raw Parquet row carries before the source's own
//! columns, which are all text and keep the regulator's values unchanged.

/// Name and meaning of each envelope column, in file order. Source columns
/// follow; a source column of the same name would be an error of its catalogue.
pub const ENVELOPE: &[(&str, &str)] = &[
    ("source_id", "Source of the catalogue, e.g. us_orange_book."),
    ("run_id", "The run that wrote the row."),
    ("record_key", "The source's own key of the row, unique in the table and run."),
    ("url", "The regulator's URL that the bytes came from."),
    ("fetched_at", "When the bytes were transferred, ISO 8601 in UTC."),
    ("body_sha256", "sha256 of the bytes; they are kept in bodies/."),
    ("member", "File inside the archive or sheet inside the workbook; empty if none."),
    ("row_number", "Line (text), sheet row or element number of the row in that file, from 1."),
];

/// Columns of a run's `_issues.parquet`: row problems as data.
pub const ISSUE_COLUMNS: &[(&str, &str)] = &[
    ("table", "Raw table."),
    ("member", "File inside the archive; empty if none."),
    ("row_number", "Line or row in that file, from 1; 0 for the file as a whole."),
    ("column", "Column; empty for the whole row."),
    ("severity", "note (repaired, nothing lost), warning, or error (the row is not used)."),
    ("kind", "Kind of problem, e.g. stray_tab."),
    ("message", "What was found and what was expected."),
];
