//! Messages to a program: signed JSON by POST.

use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use regatta_alerts::{Channel, Delivery, Message, SendError, sign};
use reqwest::StatusCode;
use tokio::runtime::Handle;

use crate::config_alerts::WebhookConfig;

/// A webhook.
pub struct Webhook {
    http: reqwest::Client,
    config: WebhookConfig,
}

impl Webhook {
    /// From the configuration. Connections are made when something is sent.
    pub fn new(config: &WebhookConfig) -> anyhow::Result<Self> {
        if !matches!(config.url.scheme(), "http" | "https") {
            bail!("url: expected an address of http or https, found {}", config.url.scheme());
        }
        if config.secret.get().is_none() {
            bail!("{}", not_set(config));
        }
        // Whoever is first decides; all of regatta asks for the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(config.timeout_s))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("regatta/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("cannot set up the webhook")?;
        Ok(Self { http, config: config.clone() })
    }

    async fn post(&self, delivery: &Delivery, now: Timestamp) -> Result<(), SendError> {
        let Some(secret) = self.config.secret.get() else {
            return Err(SendError::Refused(not_set(&self.config)));
        };
        let body = serde_json::to_vec(&Message::of(delivery))
            .map_err(|e| SendError::Refused(e.to_string()))?;
        let time = now.as_second();
        let request = self
            .http
            .post(self.config.url.clone())
            .header("content-type", "application/json")
            .header("idempotency-key", &delivery.key)
            .header("x-regatta-timestamp", time.to_string())
            .header("x-regatta-signature", sign(secret.as_bytes(), time, &body))
            .body(body);
        // The address may hold a token: it is not part of the message.
        let response =
            request.send().await.map_err(|e| SendError::Passing(describe(e.without_url())))?;
        let status = response.status();
        let problem = format!("the webhook answered {status}");
        match status {
            s if s.is_success() => Ok(()),
            s if s.is_server_error()
                || s == StatusCode::TOO_MANY_REQUESTS
                || s == StatusCode::REQUEST_TIMEOUT =>
            {
                Err(SendError::Passing(problem))
            }
            _ => Err(SendError::Refused(problem)),
        }
    }
}

impl Channel for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn send(&self, delivery: &Delivery, now: Timestamp) -> Result<(), SendError> {
        Handle::current().block_on(self.post(delivery, now))
    }
}

fn not_set(config: &WebhookConfig) -> String {
    format!("the environment variable {} is not set: nothing is sent unsigned", config.secret_env)
}

/// The error with its causes.
fn describe(error: reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
