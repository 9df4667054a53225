//! What the end-to-end tests share: running the binary, the fixture site, and
//! the site of real files where it lies beside the checkout.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "test support: a panic is a failed test"
)]

mod daemon;
mod mail;
mod python;
mod realsite;
mod receivers;
mod regatta;
mod s3;
mod s3_files;
mod site;
mod stands;

pub use daemon::{Daemon, wait_for, when};
pub use mail::{MailSink, MailTls};
pub use python::python;
pub use realsite::Realsite;
pub use receivers::{Answer, Hook, Posted};
pub use regatta::{Ran, Regatta, binary};
pub use s3::{Failure, S3};
pub use site::Site;
pub use stands::assert_stands;
