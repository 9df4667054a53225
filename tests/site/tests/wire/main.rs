//! The site as a client sees it, byte by byte.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod serving;
mod support;
