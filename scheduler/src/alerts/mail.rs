//! Messages to people: one mail per message of the outbox.

use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use lettre::message::header::{ContentType, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message as MailMessage};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use regatta_alerts::{Channel, Delivery, SendError, mail_body, mail_subject};
use tokio::runtime::Handle;

use crate::config::ConfigError;
use crate::config_alerts::{MailConfig, MailSecurity};

/// A mail server and who is written to.
pub struct Mail {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
    timeout: Duration,
}

impl Mail {
    /// From the configuration. Connections are made when something is sent.
    pub fn new(config: &MailConfig) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = match config.security {
            MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&config.server)
                .context("[alerts.mail] server")?,
            MailSecurity::Starttls => {
                AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&config.server)
                    .context("[alerts.mail] server")?
            }
            MailSecurity::None => {
                AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.server)
            }
        };
        let timeout = Duration::from_secs(config.timeout_s);
        let mut builder = builder.timeout(Some(timeout));
        if let Some(port) = config.port {
            builder = builder.port(port);
        }
        if let Some(user) = &config.user {
            let Some(password) = config.password.get() else {
                return Err(ConfigError::new(
                    "[alerts.mail] has a user: `password_env` must name an environment variable \
                     that is set",
                )
                .into());
            };
            builder = builder.credentials(Credentials::new(user.clone(), password.to_owned()));
        }
        if config.to.is_empty() {
            let reason = "[alerts.mail] to: expected at least one receiver";
            return Err(ConfigError::new(reason).into());
        }
        let to = config.to.iter().map(|a| mailbox("to", a)).collect::<Result<_, _>>()?;
        Ok(Self { smtp: builder.build(), from: mailbox("from", &config.from)?, to, timeout })
    }

    async fn post(&self, delivery: &Delivery) -> Result<(), SendError> {
        let refused = |e: &dyn std::fmt::Display| SendError::Refused(e.to_string());
        let date = delivery.created_at;
        let mut mail = MailMessage::builder()
            .from(self.from.clone())
            // The same in every try: mailboxes that know it show it once.
            .message_id(Some(format!("<{}@regatta>", delivery.key)))
            .date(std::time::SystemTime::from(date))
            .subject(mail_subject(delivery))
            // Without it a receiver may take umlauts for plain ASCII (RFC 2045).
            .header(MIME_VERSION_1_0);
        for to in &self.to {
            mail = mail.to(to.clone());
        }
        let mail = mail
            .header(ContentType::TEXT_PLAIN)
            .body(mail_body(delivery))
            .map_err(|e| refused(&e))?;
        // The time-out of the connection does not cover a server that drips.
        let sending = tokio::time::timeout(self.timeout * 2, self.smtp.send(mail)).await;
        match sending {
            Err(_) => Err(SendError::Passing("the mail server took too long".into())),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(e)) if e.is_permanent() => Err(refused(&e)),
            Ok(Err(e)) => Err(SendError::Passing(e.to_string())),
        }
    }
}

impl Channel for Mail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn send(&self, delivery: &Delivery, _now: Timestamp) -> Result<(), SendError> {
        Handle::current().block_on(self.post(delivery))
    }
}

fn mailbox(key: &str, address: &str) -> Result<Mailbox, ConfigError> {
    address.parse().map_err(|e| ConfigError::new(format!("[alerts.mail] {key}: {address:?}: {e}")))
}
