//! The channels that are configured, each by itself.

use jiff::Timestamp;
use regatta_alerts::{Channel, Delivery, SendError};

use super::mail::Mail;
use super::webhook::Webhook;
use crate::config::{Config, ConfigError};

/// The channels. One that cannot be used is among them and refuses every
/// message with the reason: it is told, its messages wait, the others go on.
pub fn channels(config: &Config) -> Vec<Box<dyn Channel>> {
    built(config)
        .into_iter()
        .map(|(name, channel)| {
            channel.unwrap_or_else(|e| Box::new(Unusable { name, reason: format!("{e:#}") }))
        })
        .collect()
}

/// Whether rules and channels can be used.
///
/// # Errors
/// What cannot, and what was expected.
pub fn check(config: &Config) -> Result<(), ConfigError> {
    if !config.alerts.enabled {
        return Ok(());
    }
    config.alerts.rules()?;
    for (name, channel) in built(config) {
        channel.map_err(|e| ConfigError::new(format!("[alerts.{name}] cannot be used: {e:#}")))?;
    }
    Ok(())
}

type Built = (&'static str, anyhow::Result<Box<dyn Channel>>);

fn built(config: &Config) -> Vec<Built> {
    let webhook = config.alerts.webhook.as_ref().map(|settings| {
        ("webhook", Webhook::new(settings).map(|channel| Box::new(channel) as Box<dyn Channel>))
    });
    let mail = config.alerts.mail.as_ref().map(|settings| {
        ("mail", Mail::new(settings).map(|channel| Box::new(channel) as Box<dyn Channel>))
    });
    webhook.into_iter().chain(mail).collect()
}

/// A channel that could not be set up.
struct Unusable {
    name: &'static str,
    reason: String,
}

impl Channel for Unusable {
    fn name(&self) -> &str {
        self.name
    }

    fn send(&self, _delivery: &Delivery, _now: Timestamp) -> Result<(), SendError> {
        Err(SendError::Refused(self.reason.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        let mut config: Config = toml::from_str(text).unwrap();
        config.alerts.read_secrets(|name| (name == "SET").then(|| "secret".to_owned()));
        config
    }

    #[test]
    fn a_channel_that_cannot_be_used_refuses_by_itself_and_says_why() {
        let config = config(
            "[alerts.webhook]\nurl = \"https://hooks.example/\"\nsecret_env = \"SET\"\n\
             [alerts.mail]\nserver = \"smtp.example\"\nfrom = \"no address\"\nto = [\"a@b.example\"]\n",
        );
        let names: Vec<String> = channels(&config).iter().map(|c| c.name().to_owned()).collect();
        assert_eq!(names, ["webhook", "mail"]);
        let usable: Vec<bool> = built(&config).iter().map(|(_, c)| c.is_ok()).collect();
        assert_eq!(usable, [true, false]);
        let error = check(&config).unwrap_err().to_string();
        assert!(error.contains("[alerts.mail]") && error.contains("no address"), "{error}");
    }

    #[test]
    fn rules_and_channels_are_checked_beforehand() {
        let webhook = |url: &str, secret: &str| {
            format!("[alerts.webhook]\nurl = \"{url}\"\nsecret_env = \"{secret}\"\n")
        };
        check(&config(&webhook("https://hooks.example/", "SET"))).unwrap();
        check(&config(&format!("[alerts]\nenabled = false\n{}", webhook("ftp://x/", "NOT"))))
            .unwrap();
        for (text, said) in [
            (webhook("https://hooks.example/", "NOT"), "NOT is not set"),
            (webhook("ftp://hooks.example/", "SET"), "expected an address of http or https"),
            (
                "[alerts.mail]\nserver = \"s\"\nfrom = \"a@b.example\"\nto = []\n".to_owned(),
                "expected at least one receiver",
            ),
            (
                "[alerts.mail]\nserver = \"s\"\nuser = \"u\"\nfrom = \"a@b.example\"\n\
                 to = [\"c@d.example\"]\n"
                    .to_owned(),
                "password_env",
            ),
            ("[alerts]\nrules = \"/no/such/alerts.toml\"\n".to_owned(), "/no/such/alerts.toml"),
        ] {
            let error = check(&config(&text)).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
