//! One request on the wire, within its limits: no redirects, no retries.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use regatta_sources::{BodyKind, Method, RequestBody};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
};
use reqwest::{RequestBuilder, Response};
use tokio::time::timeout;
use url::Url;

use crate::body::{self, BodyError};
use crate::gateway::Gateway;
use crate::host::Host;
use crate::{Clock, CrawlError, NetworkConfig, Validators};

/// Of an answer that is no data this much is read, to tell what it is.
const PROBLEM_BODY: u64 = 64 * 1024;
/// Longest time spent on such a body.
const PROBLEM_TIME: Duration = Duration::from_secs(5);

/// The way to the network: one pool of connections.
pub(crate) struct Wire {
    http: reqwest::Client,
    gateway: Gateway,
    clock: Arc<dyn Clock>,
    idle: Duration,
    total: Duration,
}

/// What is sent.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) method: Method,
    /// The regulator's URL.
    pub(crate) url: &'a Url,
    pub(crate) body: Option<&'a RequestBody>,
    pub(crate) expect: BodyKind,
    pub(crate) validators: Option<&'a Validators>,
    pub(crate) max_wire_bytes: u64,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// As it came, content coding and all.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A header as text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Nothing usable came back.
pub(crate) struct Broken {
    pub(crate) status: Option<u16>,
    pub(crate) error: BodyError,
}

impl Wire {
    /// Builds the pool of connections.
    pub(crate) fn new(config: &NetworkConfig, clock: Arc<dyn Clock>) -> Result<Self, CrawlError> {
        // Somebody may have installed a provider already; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(config.user_agent())
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(config.connect_timeout_s));
        if config.gateway.is_some() {
            // A gateway is reached directly; a proxy stands before the internet.
            builder = builder.no_proxy();
        }
        let http =
            builder.build().map_err(|e| CrawlError::Config(format!("{e}: {}", body::words(&e))))?;
        Ok(Self {
            http,
            gateway: Gateway::new(config.gateway.clone()),
            clock,
            idle: config.idle(),
            total: config.total(),
        })
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Waits for its turn at the host, sends, and reads the answer. Gives the
    /// time of sending with it.
    pub(crate) async fn send(
        &self,
        host: &Arc<Host>,
        asking: &Asking<'_>,
    ) -> (Timestamp, Result<Reply, Broken>) {
        let request = self.build(asking);
        let visit = host.visit().await;
        let at = self.clock.now();
        let mut status = None;
        let exchange = async {
            let mut response = timeout(self.idle, request.send())
                .await
                .map_err(|_| silence(self.idle))?
                .map_err(|e| BodyError::Broken(format!("no answer: {}", body::words(&e))))?;
            visit.answered();
            status = Some(response.status().as_u16());
            self.receive(&mut response, asking).await
        };
        let result = timeout(self.total, exchange).await.unwrap_or_else(|_| {
            Err(BodyError::Broken(format!("not finished after {} s", self.total.as_secs_f32())))
        });
        (at, result.map_err(|error| Broken { status, error }))
    }

    async fn receive(
        &self,
        response: &mut Response,
        asking: &Asking<'_>,
    ) -> Result<Reply, BodyError> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = match status {
            200 => body::read(response, asking.max_wire_bytes, self.idle).await?,
            304 => Vec::new(),
            // Only looked at for words about the problem: whatever comes will do.
            _ => timeout(PROBLEM_TIME, body::read(response, PROBLEM_BODY, self.idle))
                .await
                .map_or_else(|_| Vec::new(), Result::unwrap_or_default),
        };
        Ok(Reply { status, headers, body })
    }

    fn build(&self, asking: &Asking<'_>) -> RequestBuilder {
        let url = self.gateway.to_wire(asking.url);
        let mut request = match asking.method {
            Method::Get => self.http.get(url),
            Method::Post => self.http.post(url),
        };
        request = request.header(ACCEPT, "*/*").header(ACCEPT_ENCODING, coding(asking.expect));
        request = match asking.body {
            None => request,
            Some(RequestBody::Json(json)) => {
                request.header(CONTENT_TYPE, "application/json").body(json.clone())
            }
            Some(RequestBody::Form(fields)) => {
                let form: String = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)
            }
        };
        if let Some(known) = asking.validators.filter(|_| asking.method == Method::Get) {
            for (name, value) in
                [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.last_modified)]
            {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
        }
        request
    }
}

/// Files that are compressed already are asked for as they are.
fn coding(expect: BodyKind) -> &'static str {
    match expect {
        BodyKind::Zip | BodyKind::Xlsx | BodyKind::Pdf => "identity",
        BodyKind::Json | BodyKind::Html | BodyKind::Text => "gzip",
    }
}

fn silence(idle: Duration) -> BodyError {
    BodyError::Broken(format!("no answer for {} s", idle.as_secs_f32()))
}
