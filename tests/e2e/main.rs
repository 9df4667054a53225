//! End-to-end tests of the real binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod alerts;
mod all_sources;
mod architecture;
mod cli;
mod concurrent_readers;
mod cookbook;
mod export;
mod export_forms;
mod failing_publish;
mod faults;
mod garbage;
mod kill;
mod notebooks;
mod object_storage;
mod object_storage_faults;
mod object_storage_python;
mod over_time;
mod real_alerts;
mod real_all;
mod real_drugs;
mod real_faults;
mod real_us;
mod refresh;
mod reliability;
mod repeatable;
mod review;
mod serve;
mod serve_feed;
mod serve_http;
mod serve_real;
mod serve_reload;
mod serve_schedule;
mod serve_stop;
mod tracing_back;
