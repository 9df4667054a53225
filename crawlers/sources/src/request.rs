//! What is asked of a regulator, and what came back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

/// HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// GET.
    #[serde(rename = "GET")]
    Get,
    /// POST.
    #[serde(rename = "POST")]
    Post,
}

/// Body of a POST.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestBody {
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// `application/json`, as text.
    Json(String),
}

/// What kind of bytes is due. An answer of another kind is a block page or an
/// error page, and never parsed as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// A zip archive.
    Zip,
    /// An Excel workbook (a zip, too).
    Xlsx,
    /// JSON.
    Json,
    /// HTML.
    Html,
    /// Delimited or other plain text.
    Text,
    /// PDF.
    Pdf,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// The regulator's own URL.
    pub url: Url,
    /// Body of a POST.
    pub body: Option<RequestBody>,
    /// Which part of the source's parser reads the answer, e.g. `list`, `detail`.
    pub kind: String,
    /// What the page that led here already said, for the parser.
    pub context: BTreeMap<String, String>,
    /// The kind of bytes due.
    pub expect: BodyKind,
    /// State of the list row that led here. When the last good run fetched
    /// the same request under the same fingerprint, its archived body is used
    /// and nothing is sent.
    pub fingerprint: Option<String>,
    /// A 404 here is an answer (a document that was never published), not a
    /// failure of the source.
    pub optional: bool,
}

impl Request {
    /// A GET of `url`, to be read by the part `kind` of the parser.
    #[must_use]
    pub fn get(url: Url, kind: &str, expect: BodyKind) -> Self {
        Self {
            method: Method::Get,
            url,
            body: None,
            kind: kind.to_owned(),
            context: BTreeMap::new(),
            expect,
            fingerprint: None,
            optional: false,
        }
    }

    /// A POST of `body` to `url`.
    #[must_use]
    pub fn post(url: Url, body: RequestBody, kind: &str, expect: BodyKind) -> Self {
        Self { method: Method::Post, body: Some(body), ..Self::get(url, kind, expect) }
    }

    /// Adds something the parser of the answer needs to know.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.context.insert(name.to_owned(), value.into());
        self
    }

    /// Identity of the request: method, URL and body as text. Two requests
    /// with the same key ask for the same thing.
    #[must_use]
    pub fn key(&self) -> String {
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        match &self.body {
            None => format!("{method} {}", self.url),
            Some(RequestBody::Json(json)) => format!("{method} {} {json}", self.url),
            Some(RequestBody::Form(fields)) => {
                let form: String = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                format!("{method} {} {form}", self.url)
            }
        }
    }
}

/// An answer, ready to be parsed.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What was asked.
    pub request: &'a Request,
    /// Content-Type as sent, if any.
    pub content_type: Option<&'a str>,
    /// Last-Modified as sent, if any.
    pub last_modified: Option<&'a str>,
    /// The bytes.
    pub body: &'a [u8],
}
