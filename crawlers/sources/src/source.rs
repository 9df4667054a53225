//! The seam between a regulator and the rest of the system.

use std::borrow::Cow;

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

    /// The requests that a poll of the source's feed of changes begins with:
    /// what changed after [`Window::since`], the day of the last good crawl.
    /// Sources without a feed (see [`SourceSpec::feed`]) have none. What the
    /// feed names is asked for with a `fingerprint` of its entry, so that an
    /// entry that says the same is not followed again.
    fn feed_seeds(&self, _window: &Window) -> Vec<Request> {
        Vec::new()
    }

    /// Reads one answer.
    ///
    /// # Errors
    /// When the page as a whole is not what it should be. A row that cannot be
    /// read is an [`crate::Issue`] in [`Parsed`], not an error.
    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError>;

    /// The body as it is archived and then parsed. A source whose pages carry
    /// personal data masks them here, so that they never reach the lake.
    fn redact<'a>(&self, page: &Page<'a>) -> Cow<'a, [u8]> {
        Cow::Borrowed(page.body)
    }

    /// The request that a file of an operator stands for, told by its name and
    /// its first bytes; `None` where this source does not know such a file.
    fn import_request(&self, _file_name: &str, _head: &[u8]) -> Option<Request> {
        None
    }
}
