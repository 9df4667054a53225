//! The seam between a regulator and the rest of the system.

use jiff::civil::Date;

use crate::{Page, ParseError, Parsed, Request, SourceSpec};

/// The time that a crawl looks at. Passed in, so that seeds need no clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Today, in UTC.
    pub today: Date,
    /// Day of the last good run, where there is one: a source with a feed of
    /// changes may ask for what came after it.
    pub since: Option<Date>,
}

/// A regulator's data set.
pub trait Source: Send + Sync {
    /// The catalogue entry, parsed from `source.toml`.
    fn spec(&self) -> &'static SourceSpec;

    /// The requests a crawl begins with.
    fn seeds(&self, window: &Window) -> Vec<Request>;

    /// Reads one answer.
    ///
    /// # Errors
    /// When the page as a whole is not what it should be. A row that cannot be
    /// read is an [`crate::Issue`] in [`Parsed`], not an error.
    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError>;
}
