//! The response to a request: routes, validators, conditional requests, gzip.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};

use crate::damage;
use crate::day::Day;
use crate::fault::FaultKind;
use crate::fixtures::Fixtures;
use crate::message::{Request, Response};
use crate::pages;
use crate::route::{Route, Stored};

/// What the site has to say on that day, damaged by the fault if there is one.
pub(crate) fn respond(
    request: &Request,
    fixtures: &Fixtures,
    day: Day,
    robots: &str,
    fault: Option<&FaultKind>,
) -> Response {
    let response = if let Some(response) = fault.and_then(damage::replacement) {
        response
    } else if request.path == "/robots.txt" {
        Response::text(200, robots)
    } else if request.path == pages::APOLOGY_PATH {
        Response::html(200, pages::APOLOGY)
    } else {
        match fixtures.route(request).and_then(|route| Some((route, route.on(day)?))) {
            Some((route, stored)) => match fault.and_then(|f| damage::damaged(f, route, stored)) {
                Some(damaged) => damaged,
                None => file(route, stored),
            },
            None => Response::html(404, pages::NOT_FOUND),
        }
    };
    gzipped(request, unless_known(request, response))
}

fn file(route: &Route, stored: &Stored) -> Response {
    let mut response = Response::new(route.status(), route.content_type(), stored.body.clone())
        .with("ETag", stored.etag.clone());
    // Fails only for years before 0, which no site.toml has.
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&stored.published) {
        response = response.with("Last-Modified", date);
    }
    response
}

/// 304 without a body where the client has it already.
fn unless_known(request: &Request, response: Response) -> Response {
    let date =
        |text: &str| -> Option<Timestamp> { DateTimeParser::new().parse_timestamp(text).ok() };
    let known = match (request.header("if-none-match"), request.header("if-modified-since")) {
        _ if response.status != 200 => false,
        (Some(tags), _) => response.header("ETag").is_some_and(|etag| has_tag(tags, etag)),
        (None, Some(since)) => response
            .header("Last-Modified")
            .and_then(date)
            .zip(date(since))
            .is_some_and(|(modified, since)| modified <= since),
        (None, None) => false,
    };
    if !known {
        return response;
    }
    let headers = response.headers.into_iter().filter(|(name, _)| *name != "Content-Type");
    Response { status: 304, headers: headers.collect(), body: Vec::new().into() }
}

fn has_tag(tags: &str, etag: &str) -> bool {
    let gzip = gzip_tag(etag);
    tags.split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag || tag == gzip)
}

/// Compresses text where the client takes it. What is compressed already is not.
fn gzipped(request: &Request, mut response: Response) -> Response {
    let compressible = response.header("Content-Type").is_some_and(|media| {
        ["text/", "application/json", "application/xml"].iter().any(|kind| media.starts_with(kind))
    });
    let accepted =
        request.header("accept-encoding").is_some_and(|codings| codings.contains("gzip"));
    if !compressible || response.body.is_empty() {
        return response;
    }
    if accepted {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Memory can always be written to.
        let compressed = encoder.write_all(&response.body).and_then(|()| encoder.finish());
        if let Ok(body) = compressed {
            response.body = body.into();
            for (name, value) in &mut response.headers {
                if *name == "ETag" {
                    *value = gzip_tag(value);
                }
            }
            response = response.with("Content-Encoding", "gzip");
        }
    }
    response.with("Vary", "Accept-Encoding")
}

/// The compressed bytes are others, and so is their strong tag.
fn gzip_tag(etag: &str) -> String {
    format!("{}-gzip\"", etag.trim_end_matches('"'))
}
