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

mod cell_mask;
mod columns;
mod csv_quotes;
mod delimited;
mod encodings;
mod eu_countries;
mod grid;
mod html_grid;
mod html_limits;
mod html_words;
mod in_utf8;
mod json_rows;
mod keys;
mod labelled_page;
mod page_links;
mod parsed;
mod phone_numbers;
mod privacy;
mod records;
pub mod registry;
mod request;
mod rss;
mod sniff;
mod source;
mod spec;
mod spec_check;
#[cfg(test)]
mod test_crawl;
mod text_table;
mod xlsx;
mod xlsx_cells;
mod xlsx_values;
mod zip_members;

#[path = "../cn_cde/mod.rs"]
mod cn_cde;
#[path = "../cn_chictr/mod.rs"]
mod cn_chictr;
#[path = "../cn_drug_trials/mod.rs"]
mod cn_drug_trials;
#[path = "../cn_nmpa/mod.rs"]
mod cn_nmpa;
#[path = "../cn_nmpa_pickup/mod.rs"]
mod cn_nmpa_pickup;
#[path = "../eu_ctis/mod.rs"]
mod eu_ctis;
#[path = "../eu_ema/mod.rs"]
mod eu_ema;
#[path = "../eu_euctr/mod.rs"]
mod eu_euctr;
#[path = "../eu_hma_mri/mod.rs"]
mod eu_hma_mri;
#[path = "../jp_mhlw_price/mod.rs"]
mod jp_mhlw_price;
#[path = "../jp_pmda/mod.rs"]
mod jp_pmda;
#[path = "../us_cber/mod.rs"]
mod us_cber;
#[path = "../us_drugs_at_fda/mod.rs"]
mod us_drugs_at_fda;
#[path = "../us_orange_book/mod.rs"]
mod us_orange_book;
#[path = "../us_purple_book/mod.rs"]
mod us_purple_book;

pub use cell_mask::{CELL_MASK, CellLabel, mask_cells};
pub use columns::{HeaderMap, snake_case};
pub use keys::record_keys;
pub use parsed::{DeclaredTotal, Issue, ParseError, Parsed, Severity};
pub use privacy::{EMAIL_MASK, PHONE_MASK, mask_contacts, mask_contacts_bytes};
pub use request::{BodyKind, Method, Page, Request, RequestBody};
pub use sniff::{Sniffed, sniff};
pub use source::{Source, Window};
pub use spec::{Bounds, ColumnSpec, Feed, Licence, Politeness, Schedule, SourceSpec, TableSpec};
pub use text_table::{TextColumn, TextTable};
pub use zip_members::{ZipLimits, ZipMember, read_members};
