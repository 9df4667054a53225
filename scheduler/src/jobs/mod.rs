//! The steps of a refresh, each usable alone.

mod crawl;
pub mod inbox;
mod publish;
mod refresh;
mod report;

pub use crawl::{crawl, crawl_one, crawler, import};
pub use publish::{bring_up_to_date, publish};
pub use refresh::{RefreshRequest, conclude, refresh};
pub use report::{RefreshReport, SourceLine, last_report};
