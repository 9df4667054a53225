//! The steps of a refresh, each usable alone.

mod conclude;
mod crawl;
pub mod inbox;
mod publish;
mod push;
mod refresh;
mod report;

pub use conclude::conclude;
pub use crawl::{Broken, Crawled, crawl, crawl_one, crawler, crawler_for_import, import};
pub use publish::{ChecksFailed, bring_up_to_date, publish};
pub use push::{PushLine, push, push_after};
pub use refresh::{RefreshRequest, refresh};
pub use report::{RefreshReport, SourceLine, last_report, last_reports};
