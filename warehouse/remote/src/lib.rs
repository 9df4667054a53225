//! Object storage as a place to publish snapshots to.
//!
//! ```text
//! PREFIX/
//!   current.json                             the state being served: one put of it switches (R42)
//!   snapshots/<id>/<table>.parquet           the tables, manifest.json, datapackage.json
//!   snapshots/<id>/ledger/<digest>/<table>.parquet   source, run, fetch as they were at a push
//!   snapshots/<id>/duckdb/<digest>/regatta.duckdb    the DuckDB file, uploaded once a snapshot
//!   snapshots/<id>/served/<digest>.json      each state that was ever served: what current.json was
//!   work/                                    blocks that workers merge; nothing here reads it
//! ```
//!
//! Nothing that `current.json`, or a state kept by it, refers to is ever
//! replaced or removed. Everything else is uploaded and checked before the
//! switch, so a reader that follows `current.json` finds the earlier state or
//! the new one, whole, whenever the upload ends in whatever way.
//!
//! The crate knows the lake and nothing else of regatta: it does not read the
//! environment, the clock or the `DuckDB` file.

mod bundle;
mod document;
mod error;
mod lineage;
mod mask;
mod push;
mod read;
mod settings;
mod store;
mod sweep;
mod switch;
#[cfg(test)]
mod tests;
mod upload;

pub use object_store::{ObjectMeta, UpdateVersion};

pub use bundle::{Bundle, BundleFile, Role};
pub use document::{CURRENT, FORMAT, Kept, Served, ServedFile};
pub use error::{Answer, RemoteError};
pub use mask::{Address, addresses};
pub use push::{Event, Outcome, PushOptions, PushReport, push};
pub use read::{CheckReport, Finding, check, served};
pub use settings::{Credentials, StoreSettings};
pub use store::Store;
pub use sweep::Swept;
