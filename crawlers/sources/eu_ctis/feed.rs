//! The feed of updated trials, and the search for one of them.

use super::search::is_ct_number;
use crate::rss::entries;
use crate::{
    BodyKind, Issue, Page, ParseError, Parsed, Request, RequestBody, Severity, SourceSpec,
};

/// What is before the trial's number in the link of an entry.
const NUMBER: &str = "EUCT=";

/// Asks for the trials that were updated last, of all trials.
pub(super) fn seed(spec: &SourceSpec) -> Request {
    let mut url = spec.url("updates");
    url.query_pairs_mut().append_pair("search_criteria", "{}");
    Request::get(url, "feed", BodyKind::Text)
}

/// Each entry leads to the search row of its trial, and that to its details.
/// While an entry says the same, nothing is asked again.
pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let mut parsed = super::search::empty(spec);
    for entry in entries("feed of updates", page.body)? {
        let number = entry.link.rsplit_once(NUMBER).map(|(_, number)| number.trim());
        let Some(number) = number.filter(|n| is_ct_number(n)) else {
            let what =
                format!("expected a link with {NUMBER} and a number, found {:?}", entry.link);
            if let Some(table) = parsed.tables.first() {
                parsed.issues.push(Issue::row(Severity::Warning, "feed_entry", table, 0, what));
            }
            continue;
        };
        let state = regatta_lake::Sha256::of(entry.text.as_bytes()).to_string();
        parsed.follow_ups.push(Request { fingerprint: Some(state), ..row_of(spec, number) });
    }
    Ok(parsed)
}

/// Asks for the search row of one trial.
fn row_of(spec: &SourceSpec, number: &str) -> Request {
    let body = format!(
        "{{\"pagination\":{{\"page\":1,\"size\":20}},\
         \"sort\":{{\"property\":\"decisionDate\",\"direction\":\"DESC\"}},\
         \"searchCriteria\":{{\"number\":\"{number}\"}}}}"
    );
    Request::post(spec.url("search"), RequestBody::Json(body), "rows", BodyKind::Json)
}
