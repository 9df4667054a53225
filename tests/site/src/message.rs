//! A request and a response, as the site sees them.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A request, after its target was taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// In capitals.
    pub(crate) method: String,
    /// The real host that is played; empty if the target names none.
    pub(crate) host: String,
    /// As sent, percent-encoding included.
    pub(crate) path: String,
    /// Without the question mark.
    pub(crate) query: String,
    /// Lower-case names.
    pub(crate) headers: BTreeMap<String, String>,
    /// Text of the body; what is not UTF-8 is replaced.
    pub(crate) body: String,
}

impl Request {
    /// A header, by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A response.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// HTTP status.
    pub(crate) status: u16,
    /// Without Content-Length and Connection.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body.
    pub(crate) body: Arc<[u8]>,
}

impl Response {
    /// A response with a body of this type.
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Arc<[u8]>>) -> Self {
        let headers = vec![("Content-Type", content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    /// Plain text.
    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain;charset=utf-8", text.as_bytes())
    }

    /// A web page.
    pub(crate) fn html(status: u16, page: &str) -> Self {
        Self::new(status, "text/html;charset=utf-8", page.as_bytes())
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}
