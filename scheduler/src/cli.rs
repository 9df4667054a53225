//! The command line.
#![allow(clippy::doc_markdown, reason = "doc comments are the help text")]

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// Which drugs are on the market, filed or in trials, where, and by whom:
/// refreshed from the regulators' own files into Parquet and DuckDB.
#[derive(Debug, Parser)]
#[command(name = "regatta", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

impl Cli {
    /// Reads the command line; a wrong one ends the process.
    pub fn read() -> Self {
        let matches = Self::command().get_matches();
        let mut cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        cli.global.lake_on_command_line =
            matches.value_source("lake") == Some(ValueSource::CommandLine);
        cli
    }
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed, what was served before is still served; \
2 wrong usage or configuration; 3 done, but a source failed and its last good data is still served, or \
object storage could not be brought up to date.";

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Folder of the lake [default: what the configuration says, else ./lake]
    #[arg(long, global = true, value_name = "DIR", env = "REGATTA_LAKE")]
    pub lake: Option<PathBuf>,
    /// The lake was named on the command line, not by the environment
    #[arg(skip)]
    pub lake_on_command_line: bool,
    /// Configuration file [default: ./regatta.toml where there is one]
    #[arg(long, global = true, value_name = "FILE", env = "REGATTA_CONFIG")]
    pub config: Option<PathBuf>,
    /// Form of the output
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Say more (-v: debug, -vv: everything); RUST_LOG overrides
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Log as JSON lines
    #[arg(long, global = true)]
    pub log_json: bool,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people.
    Table,
    /// JSON for programs.
    Json,
    /// CSV for spreadsheets.
    Csv,
    /// Markdown tables for notes and reports.
    Markdown,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented configuration file
    Init {
        /// Where to write it
        #[arg(default_value = "regatta.toml")]
        file: PathBuf,
        /// Replace a file that is there
        #[arg(long)]
        force: bool,
    },
    /// All steps: crawl, transform, publish
    Refresh(Refresh),
    /// Only fetch and parse: raw Parquet and the archive of original bytes
    Crawl(Refresh),
    /// Only compute the tables from the last good runs, and stage them
    Transform {
        /// Merge all blocks anew, not only those that a change touches
        #[arg(long)]
        all: bool,
    },
    /// Only check and publish what is staged, and rebuild the DuckDB file
    Publish,
    /// Take files that were saved or exported by hand, through the same parsers
    Import {
        /// Source, e.g. us_orange_book
        source: String,
        /// Files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Accept a loss of rows that the shrink gate would refuse
        #[arg(long)]
        accept_shrink: bool,
        /// Take the place of tables that single records would be added to
        #[arg(long)]
        replace: bool,
    },
    /// The catalogue: schedule, licence, last success, age
    Sources,
    /// Past runs
    Runs {
        /// Only the last refresh, with the time and volume of each step
        #[arg(long)]
        last: bool,
        /// Only this source
        #[arg(long, value_name = "ID")]
        source: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Find drugs by name, company, group, target or number, in three languages
    Search {
        /// What to look for; several words must all match
        #[arg(required = true)]
        term: Vec<String>,
        /// How many at most
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// The highest progress of each generic and dosage form, by country
    Progress {
        /// Only generics whose name contains this, or that it names in Chinese, Japanese or by a brand
        generic: Vec<String>,
        /// How many rows at most
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Run one query on the published DuckDB file; it can change nothing
    Sql {
        /// The query
        query: String,
    },
    /// Everything known of a drug or a record, down to the raw row
    Show {
        /// What it is
        #[command(subcommand)]
        what: Show,
    },
    /// Why a drug is what it is: records, links, holder, progress, down to the bytes
    #[command(after_help = "Example: regatta explain D0001031")]
    Explain {
        /// Its id; earlier ids are resolved
        id: String,
    },
    /// Why two records are, or are not, one drug
    #[command(
        after_help = "Example: regatta why us_orange_book:N-208065-001 eu_ema:EMEA/H/C/004124"
    )]
    Why {
        /// One record
        record_a: String,
        /// The other
        record_b: String,
    },
    /// Decide about values that no dictionary knows; on a terminal a page of keys
    Review(Review),
    /// Grow the dictionaries, and measure what they cover
    Dictionary {
        /// What to do
        #[command(subcommand)]
        what: DictionaryCommand,
    },
    /// Write tables, views or a query as CSV, XLSX, JSON lines, Parquet or one DuckDB file
    Export(Export),
    /// Bring the current snapshot to object storage, and switch to it there
    Push(Push),
    /// Early warning: what regulators, sponsors and sources did that somebody should know of
    Alerts(Alerts),
    /// Re-hash the archive, raw tables and snapshots, and follow their chains
    Verify,
    /// The kept snapshots: when each was made, what it holds, what changed with it
    Snapshots,
    /// What changed between two kept snapshots: drugs, stages, holders, records, with reasons
    #[command(after_help = DIFF_HELP)]
    Diff {
        /// The earlier one: id, date or time in UTC, current or previous
        #[arg(default_value = "previous")]
        from: String,
        /// The later one, likewise
        #[arg(default_value = "current")]
        to: String,
        /// Findings of each category at most [default: 20; of JSON and CSV all]
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Remove snapshots beyond the configured number, and what only they need
    Gc {
        /// Snapshots to keep [default: what the configuration says]
        #[arg(long)]
        keep: Option<usize>,
    },
    /// Refresh every source on its schedule until told to stop
    Serve,
    /// Merge blocks of a refresh that runs elsewhere, until told to stop
    ///
    /// The refresh and its workers need [workers.redis] and [object_storage] in
    /// their configuration.
    Worker {
        /// End when nothing is left to do
        #[arg(long)]
        until_idle: bool,
    },
    /// Show it all on a small made-up site that runs inside this process
    ///
    /// The lake is ./demo-lake, whatever the configuration says, unless --lake
    /// names a new one or another demo's. Nothing is sent or pushed.
    Demo {
        /// Refresh on the second day as well, so that something changes
        #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
        days: bool,
    },
}

const DIFF_HELP: &str = "Examples:
  regatta diff                            what the last snapshot brought
  regatta diff 2026-11-01                 from what was served on 1 November, 00:00 UTC, to now
  regatta diff 2026-11-01 2026-11-08 --format markdown > week.md
A time means the newest snapshot made at or before it. CSV has the findings only, one a line.";

/// Options of `refresh` and `crawl`.
#[derive(Clone, Debug, Default, Args)]
pub struct Refresh {
    /// Only this source; may be given several times
    #[arg(long = "source", value_name = "ID")]
    pub sources: Vec<String>,
    /// Accept a loss of rows that the shrink gate would refuse
    #[arg(long)]
    pub accept_shrink: bool,
}

/// What to show.
#[derive(Debug, Subcommand)]
pub enum Show {
    /// A drug, e.g. D0000042
    Drug {
        /// Its id; earlier ids are resolved
        id: String,
    },
    /// A record, e.g. us_orange_book:N-020636-001
    Record {
        /// Its id
        id: String,
    },
}

pub use crate::cli_alerts::{Alerts, AlertsCommand};
pub use crate::cli_files::{Export, Push};
pub use crate::cli_names::{DictionaryCommand, Review, ReviewCommand};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
