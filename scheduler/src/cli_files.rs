//! The command line of `export` and `push`.
#![allow(clippy::doc_markdown, reason = "doc comments are the help text")]

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use regatta_warehouse::ExportFormat;

/// Options of `export`.
#[derive(Debug, Args)]
#[command(after_help = EXPORT_HELP)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Export {
    /// Tables and views, e.g. drug, progress_matrix, raw.us_orange_book_products [default: all tables]
    #[arg(value_name = "TABLE|VIEW", conflicts_with = "query")]
    pub tables: Vec<String>,
    /// The rows of one query instead; it can change nothing
    #[arg(long, value_name = "SELECT")]
    pub query: Option<String>,
    /// A file for xlsx, duckdb or a single table, else a folder
    #[arg(long, value_name = "DIR_OR_FILE")]
    pub to: PathBuf,
    /// Form [default: what the file's name ends in]
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub form: Option<Form>,
    /// Replace an earlier export
    #[arg(long)]
    pub force: bool,
    /// csv: begin with a byte order mark, so that Excel shows Chinese and Japanese
    #[arg(long)]
    pub bom: bool,
    /// csv: an apostrophe before text that a spreadsheet would run as a formula
    #[arg(long)]
    pub guard_formulas: bool,
    /// xlsx: cut cells longer than Excel holds (32,767 characters), and list them
    #[arg(long)]
    pub clip: bool,
    /// duckdb: copy the regulators' own rows into the file
    #[arg(long)]
    pub with_raw: bool,
}

const EXPORT_HELP: &str = "Examples:
  regatta export --to tables --as csv --bom
  regatta export drug drug_progress --to drugs.xlsx
  regatta export --query \"FROM competition('nevirapine')\" --to nevirapine.csv
  regatta export --to regatta-all.duckdb --with-raw
All of an export is of one snapshot. It appears whole or not at all. docs/export.md describes the
forms.";

/// Form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// RFC 4180, a file a table
    Csv,
    /// A workbook, a sheet a table
    Xlsx,
    /// One JSON object a line, a file a table
    Jsonl,
    /// A file a table
    Parquet,
    /// One DuckDB file that needs no lake
    Duckdb,
}

impl From<Form> for ExportFormat {
    fn from(form: Form) -> Self {
        match form {
            Form::Csv => Self::Csv,
            Form::Xlsx => Self::Xlsx,
            Form::Jsonl => Self::Jsonl,
            Form::Parquet => Self::Parquet,
            Form::Duckdb => Self::DuckDb,
        }
    }
}

/// Options of `push`.
#[derive(Debug, Args)]
#[command(after_help = PUSH_HELP)]
pub struct Push {
    /// Only say what the store serves, and whether that is the local snapshot
    #[arg(long)]
    pub status: bool,
    /// Read every object that is served, and hash it
    #[arg(long)]
    pub verify: bool,
    /// Replace a snapshot of another lake (never a later one)
    #[arg(long, conflicts_with = "status")]
    pub take_over: bool,
}

const PUSH_HELP: &str = "The store is that of [object_storage] in the configuration; credentials \
are taken from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the other AWS_ variables. What is there \
already is not sent again. docs/object-storage.md describes the layout and how to read it.";
