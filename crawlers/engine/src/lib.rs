//! The crawl: a polite HTTP client, the body archive and the raw tables.
//!
//! A [`Crawler`] takes a source of the catalogue, asks what the source wants to
//! be asked, archives the bytes, lets the source read them, holds the result
//! against the gates, and writes raw Parquet and the run manifest. Whatever
//! goes wrong at the regulator's end is recorded in the manifest; the data of
//! earlier runs is never touched.
//!
//! ```text
//! plan      what to ask, in order, nothing twice
//! obtain    journal of an interrupted crawl -> unchanged list row -> network
//! client    redirects and retries; robots.txt first
//! exchange  one request on the wire, within its limits
//! host      pace of one host: interval, concurrency, "not before"
//! accumulate, gates, raw_parquet, finish
//! poll, merge   a feed of changes, merged into the tables that are served
//! ```
//!
//! Nothing here knows a regulator, and nothing evades a protection: a challenge
//! is recognised, recorded as *blocked*, and the crawl of that source ends.

mod accumulate;
mod baseline;
mod block;
mod body;
mod client;
mod clock;
mod config;
mod crawl;
mod error;
mod exchange;
mod feed_state;
mod finish;
mod gates;
mod gateway;
mod host;
mod import;
mod journal;
mod judge;
mod merge;
mod obtain;
mod parse;
mod plan;
mod poll;
mod progress;
mod raw_parquet;
mod retry;
mod robots;
mod seen_whole;

pub use client::{Answer, HttpClient, Validators};
pub use clock::{Clock, FixedClock, SystemClock};
pub use config::NetworkConfig;
pub use crawl::{CrawlOptions, Crawler};
pub use error::CrawlError;
pub use feed_state::FeedState;
pub use import::{ImportFile, recognises};
pub use poll::Poll;
pub use progress::{NoProgress, ProgressSink};
pub use tokio_util::sync::CancellationToken;
