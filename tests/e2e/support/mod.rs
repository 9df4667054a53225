//! What the end-to-end tests share: running the binary, the fixture site, and
//! the site of real files where it lies beside the checkout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test support")]

mod realsite;
mod regatta;
mod site;

pub use realsite::Realsite;
pub use regatta::{Ran, Regatta};
pub use site::Site;
