//! The configuration: a TOML file, every key optional, unknown keys refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use regatta_crawlers::{Clock, FixedClock, NetworkConfig, SystemClock};
use regatta_locks::WorkersConfig;
use regatta_remote::Credentials;
use regatta_transform::RegionOrder;
use serde::Deserialize;

use crate::cli::Global;
use crate::config_alerts::AlertsConfig;
use crate::config_text;
use crate::daemon::{ServeConfig, Supervisor};
use crate::object_storage::ObjectStorageConfig;

/// The commented file that `regatta init` writes. A test reads it back and
/// compares it with the defaults.
pub const TEMPLATE: &str = include_str!("regatta.template.toml");

/// All settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of the lake.
    pub lake: PathBuf,
    /// How requests are sent.
    pub network: NetworkConfig,
    /// How tables are made.
    pub transform: TransformConfig,
    /// What is kept.
    pub snapshots: SnapshotConfig,
    /// Where snapshots are published to besides the lake.
    pub object_storage: ObjectStorageConfig,
    /// Early warning.
    pub alerts: AlertsConfig,
    /// Workers that share the blocks of a refresh.
    pub workers: WorkersConfig,
    /// How the daemon runs.
    pub serve: ServeConfig,
    /// Settings of single sources, by id.
    pub sources: BTreeMap<String, SourceConfig>,
    /// The file that this was read from; none where there is none.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// A clock that stands still at this time: `SOURCE_DATE_EPOCH`, so that a
    /// lake can be filled twice with the same bytes.
    #[serde(skip)]
    pub fixed_time: Option<Timestamp>,
    /// The supervisor's socket and the interval in which it wants to hear from
    /// a daemon, as systemd names them in the environment.
    #[serde(skip)]
    pub supervisor: Option<Supervisor>,
}

/// How tables are made.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TransformConfig {
    /// Folder of dictionaries that replace those of the same name; where it is
    /// not absolute, it begins at the folder of the configuration file.
    pub dictionaries: Option<PathBuf>,
    /// The regions whose listings name the holder of a drug where no Chinese
    /// listing does; a later one overrides an earlier one (R30).
    pub holder_order: Vec<String>,
}

impl Default for TransformConfig {
    fn default() -> Self {
        let order = RegionOrder::default().0;
        let holder_order = order.into_iter().map(|region| region.code().to_owned()).collect();
        Self { dictionaries: None, holder_order }
    }
}

impl TransformConfig {
    /// That the folder of dictionaries is there, if one is named: one that is
    /// misspelt or not mounted must not put the built-in files into force.
    pub fn check_folder(&self) -> Result<(), ConfigError> {
        match &self.dictionaries {
            Some(folder) if !folder.is_dir() => Err(ConfigError::new(format!(
                "[transform] dictionaries: there is no folder {}; make it (an empty one changes \
                 nothing), or take the line out",
                folder.display()
            ))),
            _ => Ok(()),
        }
    }

    /// `holder_order` as the rules want it.
    pub fn holder_order(&self) -> Result<RegionOrder, ConfigError> {
        RegionOrder::read(&self.holder_order)
            .map_err(|e| ConfigError::new(format!("[transform] holder_order: {e}")))
    }
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SnapshotConfig {
    /// Published snapshots to keep.
    pub keep: usize,
}

/// Settings of one source.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourceConfig {
    /// Crawl it at all.
    pub enabled: bool,
    /// Replaces the schedule of source.toml (six fields).
    pub cron: Option<String>,
    /// Replaces its time zone.
    pub time_zone: Option<String>,
    /// Replaces the schedule of its feed of changes (six fields); empty: it is
    /// not polled.
    pub feed_cron: Option<String>,
    /// Replaces the least number of rows of raw tables, by table.
    pub min_rows: BTreeMap<String, u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lake: PathBuf::from("lake"),
            network: NetworkConfig::default(),
            transform: TransformConfig::default(),
            snapshots: SnapshotConfig::default(),
            object_storage: ObjectStorageConfig::default(),
            alerts: AlertsConfig::default(),
            workers: WorkersConfig::default(),
            serve: ServeConfig::default(),
            sources: BTreeMap::new(),
            file: None,
            fixed_time: None,
            supervisor: None,
        }
    }
}

impl Default for SnapshotConfig {
    fn default() -> Self {
        Self { keep: 30 }
    }
}

impl Default for SourceConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            cron: None,
            time_zone: None,
            feed_cron: None,
            min_rows: BTreeMap::new(),
        }
    }
}

/// A configuration that cannot be used.
#[derive(Debug)]
pub struct ConfigError(String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// With the reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl Config {
    /// Reads the file that the command line or the environment names, else
    /// `./regatta.toml` where there is one; then applies the environment and
    /// the command line. This is the only place that reads the environment.
    pub fn load(global: &Global) -> Result<Self, ConfigError> {
        let usual = PathBuf::from("regatta.toml");
        // A link that leads nowhere is a file that cannot be read, not none.
        let there = || usual.symlink_metadata().is_ok().then(|| usual.clone());
        let file = global.config.clone().or_else(there);
        let mut config = file.as_deref().map_or_else(|| Ok(Self::default()), Self::read)?;
        config.file = file;
        if let Ok(gateway) = std::env::var("REGATTA_GATEWAY") {
            let url = gateway.parse().map_err(|e| {
                // Not what it holds: that may be a password.
                ConfigError::new(format!(
                    "REGATTA_GATEWAY: expected a URL such as http://gateway.example:8080/ ({e})"
                ))
            })?;
            config.network.gateway = Some(url);
        }
        if let Ok(epoch) = std::env::var("SOURCE_DATE_EPOCH") {
            let time = epoch.parse().ok().and_then(|s| Timestamp::from_second(s).ok());
            config.fixed_time = Some(time.ok_or_else(|| {
                ConfigError::new(format!("SOURCE_DATE_EPOCH: expected seconds, found {epoch:?}"))
            })?);
        }
        // Credentials have no place in a file that people pass on.
        config.object_storage.credentials = Credentials::of(std::env::vars());
        config.alerts.read_secrets(|name| std::env::var(name).ok());
        config.supervisor = Supervisor::named(
            std::env::var("NOTIFY_SOCKET").ok(),
            std::env::var("WATCHDOG_USEC").ok(),
        );
        if let Some(lake) = &global.lake {
            config.lake.clone_from(lake);
        }
        config.check()?;
        Ok(config)
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| ConfigError::new(format!("cannot read {}: {e}", path.display())))?;
        let mut config: Self = toml::from_str(&text).map_err(|e| {
            ConfigError::new(format!("{}: {}", path.display(), config_text::said(&text, &e)))
        })?;
        // Decisions lie in git beside the configuration: they must be the same
        // ones from whichever folder the command is called.
        if let Some(folder) = &mut config.transform.dictionaries {
            *folder = path.parent().unwrap_or(Path::new("")).join(&*folder);
        }
        config.alerts.beside(path);
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.serve.address()?;
        self.transform.holder_order()?;
        self.workers.check().map_err(|e| ConfigError::new(format!("[workers] {e}")))?;
        for (id, settings) in &self.sources {
            let Some(source) = regatta_sources::registry::find(id) else {
                return Err(ConfigError::new(format!(
                    "[sources.{id}]: there is no such source; see `regatta sources`"
                )));
            };
            for table in settings.min_rows.keys() {
                if !source.spec().tables.contains_key(table) {
                    return Err(ConfigError::new(format!(
                        "[sources.{id}.min_rows]: the source has no table {table}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// The time of day.
    pub fn clock(&self) -> Arc<dyn Clock> {
        match self.fixed_time {
            Some(time) => Arc::new(FixedClock(time)),
            None => Arc::new(SystemClock),
        }
    }

    /// Settings of one source.
    pub fn source(&self, id: &str) -> SourceConfig {
        self.sources.get(id).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_the_defaults() {
        let template: Config = toml::from_str(TEMPLATE).unwrap();
        assert_eq!(template, Config::default());
    }

    /// Every commented-out setting of the template must be one that exists.
    #[test]
    fn the_templates_examples_are_valid_too() {
        let uncommented: String = TEMPLATE
            .lines()
            .map(|l| match l.strip_prefix("#: ") {
                Some(example) => format!("{example}\n"),
                None => format!("{l}\n"),
            })
            .collect();
        let config: Config = toml::from_str(&uncommented).unwrap();
        config.check().unwrap();
        assert!(config.network.gateway.is_some());
    }

    #[test]
    fn dictionaries_lie_beside_the_configuration_wherever_the_command_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("regatta.toml");
        for (written, expected) in [
            ("own", folder.path().join("own")),
            ("/etc/regatta/own", PathBuf::from("/etc/regatta/own")),
        ] {
            std::fs::write(&file, format!("[transform]\ndictionaries = \"{written}\"\n")).unwrap();
            assert_eq!(Config::read(&file).unwrap().transform.dictionaries, Some(expected));
        }
    }

    #[test]
    fn a_folder_of_dictionaries_that_is_not_there_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let named = |dictionaries: PathBuf| TransformConfig {
            dictionaries: Some(dictionaries),
            ..TransformConfig::default()
        };
        assert!(named(folder.path().to_owned()).check_folder().is_ok());
        assert!(TransformConfig::default().check_folder().is_ok());
        let error = named(folder.path().join("own")).check_folder().unwrap_err().to_string();
        assert!(error.starts_with("[transform] dictionaries: there is no folder"), "{error}");
    }

    #[test]
    fn r30_an_order_of_regions_that_cannot_be_is_refused_by_its_key() {
        let order = |regions: &str| {
            let text = format!("[transform]\nholder_order = {regions}\n");
            let config: Config = toml::from_str(&text).unwrap();
            config.check().map_err(|e| e.to_string())
        };
        assert_eq!(order(r#"["JP", "EU", "US", "CN"]"#), Ok(()));
        for (regions, said) in [
            (r#"["US", "EU"]"#, "JP stands there 0 times"),
            (r#"["US", "EU", "JP", "UK"]"#, "\"UK\" is no region"),
            (r#"["CN", "US", "EU", "JP"]"#, "CN can only be the last"),
        ] {
            let error = order(regions).unwrap_err();
            assert!(
                error.starts_with("[transform] holder_order: ") && error.contains(said),
                "{error}"
            );
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = toml::from_str::<Config>("lake = \"x\"\n\n[network]\ngatway = \"http://x\"\n")
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains("line 4") && text.contains("gatway"), "{text}");
    }
}
