//! The warehouse over a small lake written by hand.

#![allow(clippy::unwrap_used, reason = "helpers of tests; clippy.toml knows test functions only")]

mod asking;
mod building;
mod checking;
mod checking_history;
mod checking_kinds;
mod diffing;
mod drafting;
mod explaining;
mod happening;
mod markets;
mod naming;
mod over_time;
mod querying;
mod sample;
mod sample_rows;
mod search_combinations;
mod search_paths;
mod searching;
mod showing;
mod swapping;
mod viewing;
mod viewing_progress;
mod vocabulary;
