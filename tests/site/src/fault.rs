//! Faults: what the site can be told to do wrong.

use serde::Deserialize;

use crate::message::Request;

/// One thing that goes wrong, and when.
///
/// As JSON for the control plane: `{"host": "www.fda.gov", "path_prefix":
/// "/media/", "kind": {"status": {"code": 503, "retry_after": "5"}}, "times": 2}`;
/// kinds without settings are just their name, `"kind": "waf_412"`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Real host; `*` is any.
    #[serde(default = "any_host")]
    pub host: String,
    /// Start of the path. robots.txt is hit only by a prefix that starts with
    /// `/robots.txt`.
    #[serde(default = "any_path")]
    pub path_prefix: String,
    /// Only this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose query contains this.
    #[serde(default)]
    pub query_contains: Option<String>,
    /// Only requests whose body contains this.
    #[serde(default)]
    pub body_contains: Option<String>,
    /// What happens.
    pub kind: FaultKind,
    /// How often it strikes; `None`: until the faults are cleared.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// Fitting requests that are let through first.
    #[serde(default)]
    pub skip: u32,
}

/// What happens.
///
/// The kinds that change the data act on delimited text, alone or in a zip
/// that the site makes; what stands in for the data has its own `ETag` and no
/// `Last-Modified`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// That status with a short body.
    Status {
        /// HTTP status.
        code: u16,
        /// Value of `Retry-After`: seconds or an HTTP date.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// Full headers, part of the body, then a TCP reset.
    ResetMidBody {
        /// Body bytes that are sent; `None`: half.
        #[serde(default)]
        after_bytes: Option<usize>,
    },
    /// A `Content-Length` larger than what is sent, then a clean close.
    ShortBody {
        /// Body bytes that are sent; `None`: half.
        #[serde(default)]
        after_bytes: Option<usize>,
    },
    /// The body in small pieces.
    SlowDrip {
        /// For the whole of it.
        seconds: f64,
    },
    /// Silence, then the connection closes.
    Hang {
        /// How long; less where the client gives up.
        seconds: f64,
        /// Body bytes that are sent first; `None`: not even a status line.
        #[serde(default)]
        after_bytes: Option<usize>,
    },
    /// A block page with status 200 in the place of the file.
    #[serde(rename = "html_apology_200")]
    HtmlApology200,
    /// 302 to the block page.
    RedirectAbuse,
    /// 202 with a script challenge and a cookie.
    #[serde(rename = "js_challenge_202")]
    JsChallenge202,
    /// 412 from a web application firewall.
    #[serde(rename = "waf_412")]
    Waf412,
    /// 200 without a body.
    #[serde(rename = "empty_200")]
    Empty200,
    /// Only the first rows of each table.
    DropRows {
        /// Share of the rows that stay, 0 to 1.
        fraction: f64,
    },
    /// A column has another name.
    RenameColumn {
        /// Old name.
        column: String,
        /// New name.
        to: String,
    },
    /// The zip's largest member inflates to more than 1 GiB of zeros.
    ZipBomb,
    /// A web page with the file's own content type.
    NotAZip,
    /// Bytes that are not UTF-8, inside words (of the largest member).
    BadEncoding,
}

impl Fault {
    /// A fault that strikes once, at the next request for data.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self {
            host: any_host(),
            path_prefix: any_path(),
            method: None,
            query_contains: None,
            body_contains: None,
            kind,
            times: once(),
            skip: 0,
        }
    }

    /// Only at this host and below this path.
    #[must_use]
    pub fn at(self, host: &str, path_prefix: &str) -> Self {
        Self { host: host.to_owned(), path_prefix: path_prefix.to_owned(), ..self }
    }

    /// Strikes that often.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Strikes until the faults are cleared.
    #[must_use]
    pub fn always(self) -> Self {
        Self { times: None, ..self }
    }

    /// Lets that many fitting requests through first.
    #[must_use]
    pub fn skip(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    fn fits(&self, request: &Request) -> bool {
        let contains = |part: &Option<String>, whole: &str| {
            part.as_deref().is_none_or(|part| whole.contains(part))
        };
        if request.path == "/robots.txt" && !self.path_prefix.starts_with("/robots.txt") {
            return false;
        }
        (self.host == "*" || self.host == request.host)
            && request.path.starts_with(&self.path_prefix)
            && self.method.as_ref().is_none_or(|method| *method == request.method)
            && contains(&self.query_contains, &request.query)
            && contains(&self.body_contains, &request.body)
    }
}

impl FaultKind {
    /// Its name in the log and in JSON.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::ResetMidBody { .. } => "reset_mid_body",
            Self::ShortBody { .. } => "short_body",
            Self::SlowDrip { .. } => "slow_drip",
            Self::Hang { .. } => "hang",
            Self::HtmlApology200 => "html_apology_200",
            Self::RedirectAbuse => "redirect_abuse",
            Self::JsChallenge202 => "js_challenge_202",
            Self::Waf412 => "waf_412",
            Self::Empty200 => "empty_200",
            Self::DropRows { .. } => "drop_rows",
            Self::RenameColumn { .. } => "rename_column",
            Self::ZipBomb => "zip_bomb",
            Self::NotAZip => "not_a_zip",
            Self::BadEncoding => "bad_encoding",
        }
    }
}

/// The first fault that fits the request and is due, counted down.
pub(crate) fn take(faults: &mut Vec<Fault>, request: &Request) -> Option<FaultKind> {
    for index in 0..faults.len() {
        let fault = &mut faults[index];
        if fault.times == Some(0) || !fault.fits(request) {
            continue;
        }
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        let kind = fault.kind.clone();
        fault.times = fault.times.map(|times| times - 1);
        if fault.times == Some(0) {
            faults.remove(index);
        }
        return Some(kind);
    }
    None
}

fn any_host() -> String {
    "*".to_owned()
}

fn any_path() -> String {
    "/".to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the field that it is a default of")]
fn once() -> Option<u32> {
    Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(host: &str, path: &str) -> Request {
        Request { method: "GET".into(), host: host.into(), path: path.into(), ..Request::default() }
    }

    #[test]
    fn a_fault_skips_strikes_and_is_gone() {
        let mut faults = vec![Fault::new(FaultKind::Waf412).at("a", "/x").skip(1).times(2)];
        let mut strikes = |host, path| take(&mut faults, &request(host, path)).is_some();
        assert!(!strikes("b", "/x"));
        assert!(!strikes("a", "/y"));
        assert!(!strikes("a", "/x1"));
        assert!(strikes("a", "/x2"));
        assert!(strikes("a", "/x3"));
        assert!(!strikes("a", "/x4"));
    }

    #[test]
    fn robots_are_hit_only_by_name() {
        let mut faults = vec![Fault::new(FaultKind::Waf412).always()];
        assert!(take(&mut faults, &request("a", "/robots.txt")).is_none());
        assert!(take(&mut faults, &request("a", "/")).is_some());
        faults.insert(0, Fault::new(FaultKind::Empty200).at("*", "/robots.txt"));
        assert!(take(&mut faults, &request("a", "/robots.txt")).is_some());
        assert_eq!(faults.len(), 1);
    }

    #[test]
    fn faults_are_read_from_json() {
        let parse = serde_json::from_str::<Fault>;
        let fault = parse(r#"{"kind": {"status": {"code": 503}}, "times": null}"#).unwrap();
        let kind = FaultKind::Status { code: 503, retry_after: None };
        assert_eq!(fault, Fault::new(kind).always());
        assert_eq!(parse(r#"{"kind": "waf_412"}"#).unwrap(), Fault::new(FaultKind::Waf412));
        assert!(parse(r#"{"kind": "waf_412", "tmies": 2}"#).is_err());
    }
}
