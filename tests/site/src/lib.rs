//! A loopback HTTP server that plays the regulators' sites from `fixtures/`,
//! on several days, and fails on demand.
//!
//! ```no_run
//! # async fn example() -> Result<(), regatta_testsite::SiteError> {
//! use regatta_testsite::{Fault, FaultKind, Fixtures, TestSite};
//!
//! let site = TestSite::start(Fixtures::embedded()?).await?;
//! // https://www.fda.gov/media/76860/download is now at
//! let _url = format!("{}www.fda.gov/media/76860/download", site.base_url());
//! site.set_day("day2");
//! site.add_fault(Fault::new(FaultKind::Waf412).at("www.fda.gov", "/media/").times(2));
//! # Ok(())
//! # }
//! ```
//!
//! The server speaks HTTP/1.1 on its own, without a framework, because half of
//! the faults lie below HTTP: a body that stops short, a reset, a silence.

mod address;
mod connection;
mod control;
mod damage;
mod day;
mod delimited;
mod error;
mod fault;
mod fixtures;
mod http;
mod log;
mod message;
mod pages;
mod respond;
mod route;
mod send;
mod server;
mod site_file;
mod state;
mod zip_file;

pub use error::SiteError;
pub use fault::{Fault, FaultKind};
pub use fixtures::Fixtures;
pub use log::LoggedRequest;
pub use server::TestSite;
