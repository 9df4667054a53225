//! A route and the file behind it, day by day.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::SiteError;
use crate::day::Day;
use crate::fixtures::Files;
use crate::message::Request;
use crate::site_file::RouteSpec;
use crate::zip_file::{self, Member};

/// One route of a site.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    spec: RouteSpec,
    by_day: BTreeMap<Day, Arc<Stored>>,
}

/// A file as it stood on a day.
pub(crate) struct Stored {
    /// What it is made of.
    pub(crate) content: Content,
    /// The bytes that are served.
    pub(crate) body: Arc<[u8]>,
    /// Strong entity tag, with its quotes.
    pub(crate) etag: String,
    /// When it was published.
    pub(crate) published: Timestamp,
}

/// What a file is made of.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A file as it is.
    Plain(Vec<u8>),
    /// A zip made of these.
    Zip(Vec<Member>),
}

impl Route {
    /// Collects the route's file on all days.
    pub(crate) fn load(
        source: &str,
        days: &BTreeMap<Day, Timestamp>,
        spec: RouteSpec,
        files: &Files,
    ) -> Result<Self, SiteError> {
        let mut contents = BTreeMap::<Day, Content>::new();
        for (path, bytes) in files {
            let Some((day, name)) = path
                .strip_prefix(source)
                .and_then(|rest| rest.strip_prefix('/'))
                .and_then(|rest| rest.split_once('/'))
            else {
                continue;
            };
            let Ok(day) = day.parse::<Day>() else { continue };
            if name == spec.file {
                contents.insert(day, Content::Plain(bytes.clone()));
            } else if let Some(member) = member_name(&spec, name) {
                let member = Member { name: member, data: bytes.clone() };
                match contents.entry(day).or_insert_with(|| Content::Zip(Vec::new())) {
                    Content::Zip(members) => members.push(member),
                    Content::Plain(_) => {}
                }
            }
        }
        let name = format!("{source}/{}", spec.file);
        if contents.is_empty() {
            return Err(SiteError::fixture(&name, "no day has this file"));
        }
        let mut by_day = BTreeMap::new();
        for (day, content) in contents {
            let published = *days.get(&day).ok_or_else(|| {
                SiteError::fixture(&name, format!("{day} is not in [days] of site.toml"))
            })?;
            by_day.insert(day, Arc::new(Stored::new(content, published)));
        }
        Ok(Self { spec, by_day })
    }

    /// The route answers this request.
    pub(crate) fn fits(&self, request: &Request) -> bool {
        let spec = &self.spec;
        let method = if request.method == "HEAD" { "GET" } else { &request.method };
        let contains = |part: &Option<String>, whole: &str| {
            part.as_deref().is_none_or(|part| whole.contains(part))
        };
        spec.host == request.host
            && spec.path == request.path
            && spec.method == method
            && contains(&spec.query_contains, &request.query)
            && contains(&spec.body_contains, &request.body)
    }

    /// Real host.
    pub(crate) fn host(&self) -> &str {
        &self.spec.host
    }

    /// Content-Type.
    pub(crate) fn content_type(&self) -> &str {
        &self.spec.content_type
    }

    /// HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.spec.status
    }

    /// The file on this day or on the nearest earlier one.
    pub(crate) fn on(&self, day: Day) -> Option<&Arc<Stored>> {
        self.by_day.range(..=day).next_back().map(|(_, stored)| stored)
    }
}

impl Stored {
    fn new(content: Content, published: Timestamp) -> Self {
        let body = content.to_bytes();
        Self { etag: etag(&body), body: body.into(), content, published }
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, {}, {}", self.body.len(), self.etag, self.published)
    }
}

impl Content {
    /// The bytes that are served.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Plain(bytes) => bytes.clone(),
            Self::Zip(members) => zip_file::write(members),
        }
    }
}

/// A strong entity tag: the start of the body's SHA-256.
pub(crate) fn etag(body: &[u8]) -> String {
    format!("\"{}\"", &hex::encode(Sha256::digest(body))[..32])
}

/// Name inside the zip of a file below the route's `.d` folder.
fn member_name(spec: &RouteSpec, name: &str) -> Option<String> {
    let folder = spec.file.strip_suffix(".d")?;
    let inner = name.strip_prefix(folder)?.strip_prefix(".d/")?;
    Some(match &spec.zip_folder {
        Some(folder) => format!("{folder}/{inner}"),
        None => inner.to_owned(),
    })
}
