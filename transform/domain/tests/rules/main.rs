//! The rules, one file a subject; each test is named after the rule it holds
//! the crate to.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, and its name is its documentation"
)]

mod acceptance;
mod codes;
mod conclusion;
mod date;
mod holder;
mod identity;
mod merge;
mod merge_properties;
mod phase;
mod progress;
mod status;
