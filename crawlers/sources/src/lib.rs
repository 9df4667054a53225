//! The sources: what each regulator serves, and how its bytes are read.
//!
//! Everything here is pure and synchronous: no network, no clock, no files.
//! A [`Source`] says what to ask for ([`Source::seeds`]) and turns the bytes of
//! an answer into records, row problems and further requests
//! ([`Source::parse`]), so that every parser can be replayed from the archive.
//!
//! A source is one folder `crawlers/sources/<id>/` with `source.toml` (the
//! catalogue entry), `mod.rs`, parsers and a README, and one line in
//! [`registry`].

mod columns;
mod delimited;
mod keys;
mod parsed;
pub mod registry;
mod request;
mod sniff;
mod source;
mod spec;
mod spec_check;
mod text_table;
mod zip_members;

#[path = "../us_drugs_at_fda/mod.rs"]
mod us_drugs_at_fda;
#[path = "../us_orange_book/mod.rs"]
mod us_orange_book;

pub use columns::{HeaderMap, snake_case};
pub use keys::record_keys;
pub use parsed::{DeclaredTotal, Issue, ParseError, Parsed, Severity};
pub use request::{BodyKind, Method, Page, Request, RequestBody};
pub use sniff::{Sniffed, sniff};
pub use source::{Source, Window};
pub use spec::{Bounds, ColumnSpec, Licence, Politeness, Schedule, SourceSpec, TableSpec};
pub use text_table::{TextColumn, TextTable};
pub use zip_members::{ZipLimits, ZipMember, read_members};
