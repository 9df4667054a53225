//! The lake: the only state of regatta, and the contract by which crawlers,
//! transform and warehouse meet without knowing each other.
//!
//! ```text
//! LAKE/
//!   lake.json                        format of the lake
//!   lock                             held (flock) by the one writer
//!   demo                             only where `regatta demo` filled the lake with made-up rows
//!   bodies/ab/ab12….zst              original bytes, named by their sha256, zstd
//!   raw/<source>/<run>/<table>.parquet
//!   runs/<source>/<run>/manifest.json  written last: a run without it never happened;
//!                                      manifest.sha256 and summary.json beside it;
//!                                      manifest.json.zst once nothing rests on it
//!   snapshots/<id>/<table>.parquet, datapackage.json, manifest.json
//!   current.json                     one rename of this file publishes a snapshot
//!   staged/                          a snapshot made, checked or not, and not yet published
//!   ledger/{source,run,fetch}.parquet  how the data came to be, rewritten after every run; digests beside
//!   refreshes/<time>.json            what each of the last refreshes came to; digests beside
//!   warehouse/regatta.duckdb         build product, swapped in by rename; its digest beside it
//!   robots/<host>.json               robots.txt as last fetched
//!   feeds/<source>.json              what the last poll of a feed of changes came to
//!   alerts/state.json                alerts and what of them is still to be sent; digest beside
//!   alerts/feed.xml                  the alerts as an Atom feed
//!   alerts/profiles/<snapshot>.json  counts of values, to compare later snapshots with
//!   journals/<source>.jsonl          what a crawl that did not finish has fetched
//!   inbox/<source>/                  files that an operator hands in
//!   tmp/                             unfinished work, emptied by the next writer
//! ```
//!
//! Nothing here knows a regulator, a network or a data frame.

mod archive;
mod atomic;
mod catalogue;
mod datapackage;
mod duckdb_file;
mod error;
mod gc;
mod hash;
mod ids;
mod layout;
mod listing;
mod lock;
mod noted;
mod run;
mod run_files;
mod runs;
pub mod schema;
mod snapshot;
mod snapshots;
mod under_way;
mod verify;
mod watch;

pub use archive::Archive;
pub use atomic::{install_dir, make_folder, write_atomic};
pub use catalogue::CatalogueEntry;
pub use datapackage::{DATA_PACKAGE, add_data_package, data_package, file_notes};
pub use duckdb_file::{check_duckdb_file, duckdb_digests, note_duckdb_digests};
pub use error::LakeError;
pub use gc::{GcReport, collect_garbage};
pub use hash::{Sha256, hash_file};
pub use ids::{RunId, SnapshotId, SourceId};
pub use layout::{FORMAT, Lake};
pub use lock::WriterLock;
pub use noted::{remove_noted, write_noted};
pub use run::{
    Attempt, Counted, Fetch, FetchOutcome, Gate, IssueCount, PreviousRun, RawTable, RunFailure,
    RunManifest, RunStatus, Step,
};
pub use runs::{SourceHistory, history, next_run_id, run_manifests, run_summaries, run_summary};
pub use snapshot::{
    ChangeCount, SnapshotFile, SnapshotInput, SnapshotManifest, SnapshotRef, SnapshotTable,
};
pub use snapshots::{
    current_snapshot, publish_snapshot, published_snapshots, read_snapshot, snapshot_ref,
};
pub use under_way::InProgress;
pub use verify::{Finding, NOT_VERIFIED, VerifyReport, verify};
pub use watch::Watch;
