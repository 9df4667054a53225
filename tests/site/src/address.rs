//! Which real address a request means.

use crate::fixtures::Fixtures;
use crate::http::RawRequest;
use crate::message::Request;
use crate::pages::APOLOGY_PATH;

/// Takes the target apart.
///
/// The real host is, in this order: that of an absolute target (the server
/// used as a plain proxy), the `Host` header where it names a site, the first
/// segment of the path. A redirect to the apology page that was resolved
/// against this server instead of the real host still finds it.
pub(crate) fn locate(raw: RawRequest, fixtures: &Fixtures) -> Request {
    let (host, path_and_query) = split(&raw, fixtures);
    let (path, query) = path_and_query.split_once('?').unwrap_or((&path_and_query, ""));
    Request {
        host,
        path: path.to_owned(),
        query: query.to_owned(),
        method: raw.method.to_ascii_uppercase(),
        headers: raw.headers,
        body: String::from_utf8_lossy(&raw.body).into_owned(),
    }
}

fn split(raw: &RawRequest, fixtures: &Fixtures) -> (String, String) {
    if let Some(absolute) = raw.target.strip_prefix("http://") {
        let (host, path) = absolute.split_once('/').unwrap_or((absolute, ""));
        let host = host.split(':').next().unwrap_or_default();
        if fixtures.has_host(host) {
            return (host.to_ascii_lowercase(), format!("/{path}"));
        }
    }
    let header = raw.headers.get("host").map_or("", String::as_str);
    let header = header.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if fixtures.has_host(&header) {
        return (header, raw.target.clone());
    }
    if raw.target == APOLOGY_PATH {
        return (String::new(), raw.target.clone());
    }
    let target = raw.target.trim_start_matches('/');
    let end = target.find(['/', '?']).unwrap_or(target.len());
    let (host, rest) = target.split_at(end);
    let slash = if rest.starts_with('/') { "" } else { "/" };
    (host.to_ascii_lowercase(), format!("{slash}{rest}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn located(target: &str, host: &str) -> (String, String, String) {
        let raw = RawRequest {
            method: "get".to_owned(),
            target: target.to_owned(),
            headers: BTreeMap::from([("host".to_owned(), host.to_owned())]),
            body: Vec::new(),
            keep_alive: true,
        };
        let request = locate(raw, &Fixtures::embedded().unwrap());
        assert_eq!(request.method, "GET");
        (request.host, request.path, request.query)
    }

    #[test]
    fn four_ways_to_name_a_host() {
        let fda = ("www.fda.gov".to_owned(), "/a/b".to_owned(), "c=/d".to_owned());
        assert_eq!(located("/www.fda.gov/a/b?c=/d", "127.0.0.1:80"), fda);
        assert_eq!(located("/a/b?c=/d", "www.fda.gov"), fda);
        assert_eq!(located("http://www.fda.gov:80/a/b?c=/d", "x"), fda);
        let root = located("/www.fda.gov?c", "x");
        assert_eq!(root, ("www.fda.gov".to_owned(), "/".to_owned(), "c".to_owned()));
        assert_eq!(located(APOLOGY_PATH, "127.0.0.1:80").1, APOLOGY_PATH);
    }
}
