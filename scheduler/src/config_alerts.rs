//! The part `[alerts]` of the configuration.

use std::path::{Path, PathBuf};

use regatta_alerts::{Recipient, Rules, Severity};
use serde::Deserialize;
use url::Url;

use crate::config::ConfigError;

/// Early warning: which rules, and whom to tell.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertsConfig {
    /// Evaluate the rules after each refresh.
    pub enabled: bool,
    /// A rule file that is laid over the built-in one; where it is not
    /// absolute, it begins at the folder of the configuration file.
    pub rules: Option<PathBuf>,
    /// The Atom feed.
    pub feed: FeedConfig,
    /// Messages to a program.
    pub webhook: Option<WebhookConfig>,
    /// Messages to people.
    pub mail: Option<MailConfig>,
}

/// The Atom feed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedConfig {
    /// The file; none: `alerts/feed.xml` in the lake.
    pub path: Option<PathBuf>,
    /// Its id, a URI that never changes.
    pub id: String,
}

/// Messages to a program.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where to.
    pub url: Url,
    /// Environment variable that holds the secret of the signature.
    pub secret_env: String,
    /// Longest time of one try, seconds.
    #[serde(default = "ten_seconds")]
    pub timeout_s: u64,
    /// Alerts below are not sent.
    #[serde(default)]
    pub min_severity: Severity,
    /// What the environment variable holds.
    #[serde(skip)]
    pub secret: Secret,
}

/// Messages to people.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Host of the mail server.
    pub server: String,
    /// Its port; none: 465 with tls, 587 with starttls, 25 without.
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: MailSecurity,
    /// Account; none: no login.
    pub user: Option<String>,
    /// Environment variable that holds its password.
    pub password_env: Option<String>,
    /// Sender.
    pub from: String,
    /// Receivers.
    pub to: Vec<String>,
    /// Longest time of one try, seconds.
    #[serde(default = "ten_seconds")]
    pub timeout_s: u64,
    /// Alerts below are not sent.
    #[serde(default)]
    pub min_severity: Severity,
    /// What the environment variable holds.
    #[serde(skip)]
    pub password: Secret,
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// TLS from the first byte.
    Tls,
    /// TLS after a greeting; without it nothing is sent.
    #[default]
    Starttls,
    /// None: only for a server on this machine.
    None,
}

/// Something that must not be seen. It never shows in logs or errors.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Option<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Secret(set)" } else { "Secret(not set)" })
    }
}

impl Secret {
    /// The secret, to be used and not kept.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|s| !s.is_empty())
    }
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self { enabled: true, rules: None, feed: FeedConfig::default(), webhook: None, mail: None }
    }
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self { path: None, id: "urn:regatta:alerts".into() }
    }
}

impl AlertsConfig {
    /// Relative paths begin at the folder of the configuration file.
    pub fn beside(&mut self, configuration: &Path) {
        let folder = configuration.parent().unwrap_or(Path::new(""));
        for path in [&mut self.rules, &mut self.feed.path].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }

    /// Takes the secrets out of the environment, which `get` reads.
    pub fn read_secrets(&mut self, get: impl Fn(&str) -> Option<String>) {
        if let Some(webhook) = &mut self.webhook {
            webhook.secret = Secret(get(&webhook.secret_env));
        }
        if let Some(mail) = &mut self.mail {
            mail.password = Secret(mail.password_env.as_deref().and_then(get));
        }
    }

    /// The rules in force.
    pub fn rules(&self) -> Result<Rules, ConfigError> {
        let Some(path) = &self.rules else {
            return Rules::built_in().map_err(|e| ConfigError::new(e.to_string()));
        };
        let text = std::fs::read_to_string(path)
            .map_err(|e| ConfigError::new(format!("cannot read {}: {e}", path.display())))?;
        Rules::parse(&text).map_err(|e| ConfigError::new(format!("{}: {e}", path.display())))
    }

    /// Whom to tell, as the outbox needs to know it.
    pub fn recipients(&self) -> Vec<Recipient> {
        let webhook = self.webhook.as_ref().map(|w| ("webhook", w.min_severity));
        let mail = self.mail.as_ref().map(|m| ("mail", m.min_severity));
        webhook
            .into_iter()
            .chain(mail)
            .map(|(channel, min_severity)| Recipient { channel: channel.into(), min_severity })
            .collect()
    }
}

fn ten_seconds() -> u64 {
    10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_from_the_environment_and_is_never_shown() {
        let text = "[webhook]\nurl = \"https://a.example/\"\nsecret_env = \"HOOK\"\n";
        let mut config: AlertsConfig = toml::from_str(text).unwrap();
        assert_eq!(config.webhook.as_ref().unwrap().secret.get(), None);
        config.read_secrets(|name| (name == "HOOK").then(|| "very secret".to_owned()));
        assert_eq!(config.webhook.as_ref().unwrap().secret.get(), Some("very secret"));
        assert!(!format!("{config:?}").contains("very secret"));
        let written = "[webhook]\nurl = \"https://a.example/\"\nsecret = \"x\"\n";
        assert!(toml::from_str::<AlertsConfig>(written).is_err(), "a secret in the file");
    }

    #[test]
    fn a_bad_rule_file_is_a_fault_of_the_configuration_that_names_file_rule_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.toml");
        std::fs::write(&path, "[rule.vanished]\nmin_recods = 1\n").unwrap();
        let config = AlertsConfig { rules: Some(path), ..AlertsConfig::default() };
        let error = config.rules().unwrap_err().to_string();
        for part in ["alerts.toml", "rule vanished", "min_recods"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
