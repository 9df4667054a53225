//! The warehouse: the `DuckDB` file that analysts open, its views and search,
//! and the checks that tables must pass before they are published.
//!
//! The file is a build product of one snapshot of the lake ([`build`]): typed
//! tables with comments, raw rows as views, an index for [`search`], and the
//! views and macros of `warehouse/views`. It is replaced by rename, so whoever
//! has the old file open keeps reading it undisturbed.
//!
//! Nothing here fetches, parses or standardises: the input is Parquet files
//! and manifests.

mod builder;
mod catalogue;
mod checks;
mod diff;
mod error;
mod export;
mod fold;
mod history;
mod pick;
mod query;
mod raw;
mod search;
mod show;
mod sql;
mod swap;
mod tables;
mod views;

pub use builder::{BuildReport, Draft, TableRows, build, build_keeping, refresh_ledger};
pub use checks::{Before, CheckInput, CheckResult, RawRows, run_checks};
pub use diff::{
    Category, Finding, FindingCount, LoggedChanges, Side, SnapshotDiff, SourceRecords, diff,
};
pub use error::WarehouseError;
pub use export::{
    ExportFormat, ExportReport, ExportRequest, ExportedFile, ExportedTable, Selection, export,
};
pub use fold::{fold, words};
pub use pick::{PickError, pick_snapshot};
pub use query::{Answer, Column, file_names_lake, file_snapshot, open_read_only, run_sql};
pub use search::{CountryProgress, Hit, Match, Searcher, search, search_by_sql};
pub use show::{
    Body, CountryExplanation, Decided, DrugDetail, DrugExplanation, DrugMarket, DrugMember,
    HolderExplanation, Origin, RawRow, RecordDetail, RecordsOfKind, Why, WhyStep, explain,
    explanation_tree, show_drug, show_record, why, why_text,
};
pub use views::{VIEWS, View};

/// A connection to the `DuckDB` file, as [`open_read_only`] gives it.
pub use duckdb::Connection;
