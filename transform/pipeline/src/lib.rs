//! The transform: raw tables of all sources to the published tables.
//!
//! ```text
//! raw Parquet -> adapters (one a source) -> standardise (R4-R8, R17) -> listing
//!   -> market_listing (R14)
//!   -> records -> blocks (R25-R32, the merge kernel) -> drug, drug_record
//!   -> progress (R33-R38) -> names, review queue (R10), change log (R41)
//! ```
//!
//! It meets the crawlers only in Parquet files and manifests, and the warehouse
//! only in the tables it writes. Nothing here knows the time: it is handed in.

mod adapters;
mod aggregate;
mod applied;
mod associations;
mod blocks;
mod changed_names;
mod changed_queue;
mod changes;
mod columns;
mod company_names;
mod compared;
mod conform;
mod diff;
mod distinct;
mod drugs;
mod elsewhere;
mod error;
mod generics;
mod holders;
mod ids;
mod infer;
mod inputs;
mod ledger;
mod links;
mod listing;
mod market_listing;
mod market_part;
mod market_products;
mod names;
mod parquet_file;
mod part;
mod partial;
mod parties;
mod previous;
mod product_days;
mod progress;
mod raw;
mod record_key;
mod records;
mod registrations;
mod rejected;
mod reopened;
mod repeated;
mod resolve;
mod reuse;
mod review;
mod same;
mod scope;
mod stage;
mod standard;
mod standardise;
mod status_words;
mod tables;
mod touched;
mod transform;
mod trials;
mod watch;

pub use elsewhere::{Block, MergeElsewhere, Merged};
pub use error::TransformError;
pub use ledger::write_ledger;
pub use regatta_domain::{RegionOrder, RegionOrderError};
pub use stage::{CheckRow, add_quality_checks};
pub use transform::{Options, Outcome, RULES_VERSION, Recompute, Staged, transform};
