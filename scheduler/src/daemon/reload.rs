//! SIGHUP: the configuration is read again. One that cannot be used is refused
//! as a whole, and the one before stays in force.

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
