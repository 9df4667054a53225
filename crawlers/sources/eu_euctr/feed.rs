//! The feed of trials that were added or changed in the last seven days.

use super::summary::is_eudract_number;
use crate::rss::entries;
use crate::{BodyKind, Page, ParseError, Parsed, Request, SourceSpec};

/// What is before the trial's number in the link of an entry.
const NUMBER: &str = "eudract_number:";

/// Asks for the feed of all trials.
pub(super) fn seed(spec: &SourceSpec) -> Request {
    let mut url = spec.url("feed");
    url.set_query(Some("query="));
    Request::get(url, "feed", BodyKind::Text)
}

/// Each entry leads to the summary of its trial, and that to its full text.
/// While an entry says the same, nothing is asked again.
pub(super) fn parse(page: &Page<'_>) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    for entry in entries("feed of changes", page.body)? {
        let link = entry.link.replace("%3A", ":").replace("%3a", ":");
        let number = link.rsplit_once(NUMBER).map(|(_, rest)| rest.get(..14).unwrap_or_default());
        let Some(number) = number.filter(|n| is_eudract_number(n)) else {
            return Err(ParseError::shape(
                "feed of changes",
                format!("links with {NUMBER} and a number"),
                format!("{:?}", entry.link),
            ));
        };
        let query = format!("{NUMBER}{number}");
        let state = regatta_lake::Sha256::of(entry.text.as_bytes()).to_string();
        let url = super::download("summary", &query, 1);
        parsed.follow_ups.push(Request {
            fingerprint: Some(state),
            ..Request::get(url, "summary", BodyKind::Text)
                .with("page", "1")
                .with("query", query.clone())
        });
    }
    Ok(parsed)
}
