//! SIGHUP: the configuration is read again. One that cannot be used is refused
//! as a whole, and the one before stays in force.

use std::path::Path;

use anyhow::{Context, bail};
use jiff::Timestamp;
use regatta_dictionaries::Dictionaries;
use tracing::{error, info};

use super::numbers;
use super::shared::Shared;
use crate::alerts;
use crate::cli::Global;
use crate::config::Config;

/// Reads the configuration again and puts it into force, or says why not.
pub fn reload(shared: &Shared, global: &Global) {
    let result = apply(shared, global);
    numbers::reloaded(result.is_ok());
    match result {
        Ok(()) => info!("the configuration was read again and is in force"),
        Err(error) => error!(
            error = format!("{error:#}"),
            "the new configuration is refused; the one before stays in force"
        ),
    }
}

fn apply(shared: &Shared, global: &Global) -> anyhow::Result<()> {
    let config = Config::load(global)?;
    let before = shared.in_force();
    still_configured(before.config.file.as_deref(), config.file.as_deref())?;
    let same_lake = config.lake == before.config.lake
        || config.lake.canonicalize().is_ok_and(|path| path == shared.lake.root());
    if !same_lake {
        bail!(
            "another lake needs a restart: {} is locked and served",
            shared.lake.root().display()
        );
    }
    if config.serve.listen != before.config.serve.listen {
        bail!("[serve] listen: another address needs a restart");
    }
    Dictionaries::load(config.transform.dictionaries.as_deref())
        .context("the dictionaries cannot be used")?;
    alerts::check(&config)?;
    shared.put_into_force(&config, Timestamp::now())?;
    numbers::feeds(shared);
    Ok(())
}

/// A file that is gone for a moment, as while it is replaced, must not put the
/// defaults into force.
fn still_configured(before: Option<&Path>, now: Option<&Path>) -> anyhow::Result<()> {
    match (before, now) {
        (Some(file), None) => bail!("{} is gone; it was the configuration", file.display()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_that_is_gone_is_not_one_of_defaults() {
        let file = Path::new("regatta.toml");
        let error = still_configured(Some(file), None).unwrap_err();
        assert_eq!(error.to_string(), "regatta.toml is gone; it was the configuration");
        assert!(still_configured(Some(file), Some(file)).is_ok());
        assert!(still_configured(None, None).is_ok());
    }
}
