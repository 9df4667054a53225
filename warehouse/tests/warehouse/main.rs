//! The warehouse over a small lake written by hand.

#![allow(clippy::unwrap_used, reason = "helpers of tests; clippy.toml knows test functions only")]

mod building;
mod checking;
mod checking_kinds;
mod explaining;
mod querying;
mod sample;
mod sample_rows;
mod search_paths;
mod searching;
mod showing;
mod swapping;
mod viewing;
mod vocabulary;
