//! End-to-end tests of the real binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod alerts;
mod all_sources;
mod architecture;
mod cli;
mod concurrent_readers;
mod faults;
mod garbage;
mod kill;
mod real_alerts;
mod real_all;
mod real_drugs;
mod real_faults;
mod real_us;
mod refresh;
mod repeatable;
mod review;
mod serve;
mod tracing_back;
