//! `/healthz`, `/readyz` and `/metrics`. Everything a client can do is bounded:
//! methods, size of the head, no body, time, connections at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{debug, info, warn};

use super::shared::Shared;
use super::{health, stuck_steps};
use crate::metrics::{COLLECTORS, METRICS};

/// Largest head of a request, bytes: what hyper takes at least.
const MAX_HEAD: usize = 8192;
/// Most headers of a request.
const MAX_HEADERS: usize = 64;
/// Longest time for the head of a request to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest life of a connection: one request and its answer.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections at once; more wait in the backlog.
const MAX_CONNECTIONS: usize = 32;

/// Binds the address, so that one in use is an error at the start.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} ([serve] listen)"))?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        warn!(%address, "health and metrics are open to other machines, without a password");
    }
    info!(%address, url = format!("http://{address}/metrics"), "health and metrics");
    Ok(listener)
}

/// Serves until it is dropped.
pub async fn run(shared: Arc<Shared>, listener: TcpListener) {
    let app = app(shared);
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of files, most likely: others may give some back.
                warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(app.clone());
        tokio::spawn(async move {
            let _permit = permit;
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .max_buf_size(MAX_HEAD)
                .max_headers(MAX_HEADERS)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            match timeout(CONNECTION_TIMEOUT, connection).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!(%error, "a connection ended early"),
                Err(_) => debug!("a client was too slow"),
            }
        });
    }
}

fn app(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .layer(from_fn(limits))
        .with_state(shared)
}

/// Only questions without a body; the answers are never stored.
async fn limits(request: Request, next: Next) -> Response {
    let path = match request.uri().path() {
        known @ ("/healthz" | "/readyz" | "/metrics") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let headers = request.headers();
    let length = headers.get(header::CONTENT_LENGTH).is_some_and(|n| n.as_bytes() != b"0");
    let has_body = length || headers.contains_key(header::TRANSFER_ENCODING);
    let mut response = if !matches!(*request.method(), Method::GET | Method::HEAD) {
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    } else if has_body {
        StatusCode::PAYLOAD_TOO_LARGE.into_response()
    } else {
        next.run(request).await
    };
    let status = response.status();
    let labels = [("path", path.as_str()), ("code", status.as_str())];
    METRICS.add("regatta_http_requests_total", &labels, 1.0);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn healthz(State(shared): State<Arc<Shared>>) -> Response {
    let problems = stuck_steps(&shared);
    if problems.is_empty() {
        return "ok\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, problems.join("\n") + "\n").into_response()
}

async fn readyz(State(shared): State<Arc<Shared>>) -> Response {
    let factor = shared.in_force().config.serve.ready_overdue_factor;
    let snapshot = shared.snapshot().map(|s| (s.snapshot_id.to_string(), s.created_at));
    let mut state = health::readiness(snapshot, &shared.ages(), factor, Timestamp::now());
    if let Err(error) = shared.lock.check(&shared.lake) {
        state.ready = false;
        state.reasons.insert(0, error.to_string());
    }
    let status = if state.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(state)).into_response()
}

async fn metrics() -> Response {
    COLLECTORS.collect(&METRICS);
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], METRICS.render()).into_response()
}
