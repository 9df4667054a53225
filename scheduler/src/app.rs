//! What every command works with.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use regatta_dictionaries::Dictionaries;
use regatta_lake::{Lake, LakeError, WriterLock, current_snapshot};
use regatta_warehouse::{Connection, WarehouseError};

use crate::cli::{Cli, Command, DictionaryCommand, Format, Global};
use crate::config::{Config, ConfigError};

/// Configuration and output format; the lake is opened where it is needed.
pub struct App {
    pub config: Config,
    pub format: Format,
    /// The command line, to read the configuration again.
    pub global: Global,
}

impl App {
    /// Reads the configuration.
    pub fn new(cli: &Cli) -> anyhow::Result<Self> {
        let Global { format, .. } = cli.global;
        let config = Config::load(&cli.global)?;
        if !may_make_dictionaries(&cli.command) {
            config.transform.check_folder()?;
        }
        Ok(Self { config, format, global: cli.global.clone() })
    }

    /// The lake, made where there is none, and the right to write to it.
    pub fn lake_for_writing(&self) -> anyhow::Result<(Lake, WriterLock)> {
        let lake = Lake::open_or_create(&self.config.lake)?;
        let lock = WriterLock::acquire(&lake)?;
        Ok((lake, lock))
    }

    /// The lake that there is, and the right to write to it: for commands that have
    /// nothing to do in a new one.
    pub fn lake_to_change(&self) -> anyhow::Result<(Lake, WriterLock)> {
        let lake = self.lake()?;
        let lock = WriterLock::acquire(&lake)?;
        Ok((lake, lock))
    }

    /// The lake for reading.
    pub fn lake(&self) -> anyhow::Result<Lake> {
        self.lake_if_any()?.with_context(|| {
            format!(
                "there is no lake in {}: run `regatta refresh` first, or name the lake with --lake",
                self.config.lake.display()
            )
        })
    }

    /// The lake for reading, where there is one: one that may not be read, or is of
    /// another version, is an error.
    pub fn lake_if_any(&self) -> anyhow::Result<Option<Lake>> {
        match Lake::open(&self.config.lake) {
            Ok(lake) => Ok(Some(lake)),
            Err(LakeError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The published DuckDB file.
    pub fn duckdb(&self) -> anyhow::Result<Connection> {
        let lake = self.lake()?;
        regatta_warehouse::open_read_only(&lake).or_else(|error| -> anyhow::Result<Connection> {
            // Where `current.json` cannot be used, that is what has to be told.
            let published = current_snapshot(&lake)?.is_some();
            let remedy = match (&error, published) {
                (WarehouseError::NotBuilt { .. }, false) => {
                    "nothing is published yet: run `regatta refresh` first"
                }
                (WarehouseError::NotBuilt { .. }, true) => {
                    "the DuckDB file of the published snapshot is missing: `regatta publish` \
                     builds it again"
                }
                (_, true) => {
                    "the DuckDB file of the published snapshot cannot be opened: if it is \
                     damaged, `regatta publish` builds it again"
                }
                (_, false) => return Err(error.into()),
            };
            Err(anyhow!(error).context(remedy))
        })
    }

    /// What to tell where files of the lake cannot be read through the published
    /// DuckDB file, if the lake was moved: its views name files of the old place.
    pub fn moved(&self) -> Option<&'static str> {
        let lake = self.lake().ok()?;
        let moved = matches!(regatta_warehouse::file_names_lake(&lake), Ok(false));
        moved.then_some("the lake was moved, `regatta publish` builds its DuckDB file again")
    }

    /// The dictionaries in force. Files that cannot be used are a configuration
    /// that cannot.
    pub fn dictionaries(&self) -> anyhow::Result<Dictionaries> {
        // A folder that is not there came so far only with a command that makes it.
        let folder = self.config.transform.dictionaries.as_deref().filter(|f| f.exists());
        Ok(Dictionaries::load(folder).map_err(|error| ConfigError::new(error.to_string()))?)
    }

    /// The folder that decisions and imports are written to: `asked` for on the
    /// command line, else the one in the configuration.
    pub fn dictionary_folder(&self, asked: Option<PathBuf>) -> anyhow::Result<PathBuf> {
        let folder = asked.or_else(|| self.config.transform.dictionaries.clone());
        Ok(folder.ok_or_else(|| {
            ConfigError::new(
                "no folder for dictionaries: set `dictionaries` under [transform] in the \
                 configuration, or name one with --into",
            )
        })?)
    }
}

/// Decisions and imports make the folder of dictionaries that they are written to.
fn may_make_dictionaries(command: &Command) -> bool {
    matches!(
        command,
        Command::Review(_) | Command::Dictionary { what: DictionaryCommand::Import { .. } }
    )
}
