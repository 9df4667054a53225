//! The command line of `alerts`.
#![allow(clippy::doc_markdown, reason = "doc comments are the help text")]

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Options of `alerts`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  regatta alerts                                   what is open
  regatta alerts list --all                        with what is over or acknowledged
  regatta alerts show 3fa1                         one alert with its evidence
  regatta alerts ack 3fa1 --until 2026-12-24 --note 'known, the site is being rebuilt'
  regatta alerts deliver                           what waits in the outbox, now
  regatta alerts test                              a test message to every channel
  regatta alerts feed > alerts.xml                 the Atom feed
  regatta alerts rules > alerts.toml               the built-in rules, commented")]
pub struct Alerts {
    /// What to do; none: list
    #[command(subcommand)]
    pub what: Option<AlertsCommand>,
}

/// What to do with alerts.
#[derive(Debug, Subcommand)]
pub enum AlertsCommand {
    /// What is open, worst first
    List {
        /// With what is acknowledged or over
        #[arg(long)]
        all: bool,
    },
    /// One alert with its evidence and history
    Show {
        /// Its id, or how it begins
        id: String,
    },
    /// Take note: silence until a date, or until it is over or gets worse
    Ack {
        /// Its id, or how it begins
        id: String,
        /// Silence until this day (UTC) begins
        #[arg(long, value_name = "DATE", value_parser = day)]
        until: Option<Timestamp>,
        /// Words for those who look later
        #[arg(long)]
        note: Option<String>,
    },
    /// Hold what the lake knows against the rules now, and send
    Check,
    /// Send what waits in the outbox now, also what was to be tried later
    Deliver,
    /// Send a test message through every configured channel
    Test,
    /// Print the Atom feed
    Feed,
    /// Print the built-in rules
    Rules,
}

fn day(text: &str) -> Result<Timestamp, String> {
    let date: Date = text.parse().map_err(|e| format!("expected a date like 2026-12-24 ({e})"))?;
    date.to_zoned(TimeZone::UTC).map(|z| z.timestamp()).map_err(|e| e.to_string())
}
