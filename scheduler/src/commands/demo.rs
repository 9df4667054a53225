//! `regatta demo`: the whole product on a small made-up site.

use std::collections::BTreeMap;
use std::path::PathBuf;

use regatta_crawlers::CancellationToken;
use regatta_lake::{Lake, WriterLock, write_atomic};
use regatta_locks::WorkersConfig;
use regatta_sources::registry::SOURCES;
use regatta_testsite::{Fixtures, TestSite};
use regatta_warehouse::run_sql;

use super::find::{MATRIX_COLUMNS, answer_rows, hit_rows};
use super::refresh::print;
use crate::app::App;
use crate::catalogue;
use crate::cli::Format;
use crate::config::{Config, ConfigError, SourceConfig};
use crate::config_alerts::AlertsConfig;
use crate::exit::Exit;
use crate::jobs::{self, RefreshRequest};
use crate::object_storage::ObjectStorageConfig;
use crate::output::line;

/// The search that the demo shows.
const QUESTION: &str = "nevirapine";

/// Where the demo is shown, unless the command line names another lake.
const FOLDER: &str = "demo-lake";

/// Starts the site, refreshes from it over HTTP, and shows what came out.
pub async fn demo(app: &App, days: bool) -> anyhow::Result<Exit> {
    let site = TestSite::start(Fixtures::embedded()?).await?;
    line(format!("A made-up site of the regulators listens at {}", site.base_url()))?;
    let config = demo_config(app, &site);
    let lake = Lake::open_or_create(&config.lake)?;
    let lock = WriterLock::acquire(&lake)?;
    take(&lake)?;
    let dictionaries = app.dictionaries()?;
    let sources = catalogue::selected(&config, &[])?;
    let mut exit = Exit::Ok;
    for day in if days { &["day1", "day2"][..] } else { &["day1"][..] } {
        line(format!("\n# {day}: regatta refresh"))?;
        site.set_day(day);
        let request = RefreshRequest {
            config: &config,
            dictionaries: &dictionaries,
            sources: sources.clone(),
            accept_shrink: false,
            keep: None,
            cancel: CancellationToken::new(),
        };
        let report = jobs::refresh(&request, &lake, &lock).await?;
        print(&report, &lake, Format::Table)?;
        if report.source_failed() {
            exit = Exit::SourceFailed;
        }
    }
    show(&lake)?;
    Ok(exit)
}

/// Marks the lake as a demo's. What is made up must not get among what is served
/// of the regulators.
fn take(lake: &Lake) -> anyhow::Result<()> {
    let mark = lake.demo_file();
    if mark.exists() {
        return Ok(());
    }
    if lake.root().join("runs").exists() || lake.current_file().exists() {
        return Err(ConfigError::new(format!(
            "{} holds data that is not a demo's: name a folder of its own for the demo with \
             --lake, or leave --lake out for ./{FOLDER}",
            lake.root().display()
        ))
        .into());
    }
    write_atomic(&mark, b"The rows of this lake are made up: `regatta demo` made it.\n")?;
    Ok(())
}

/// The fixtures are tiny and ours: no minimum of rows, no waiting.
fn demo_config(app: &App, site: &TestSite) -> Config {
    let mut config = app.config.clone();
    // The lake of the configuration or of the environment is the real one.
    if !app.global.lake_on_command_line {
        config.lake = PathBuf::from(FOLDER);
    }
    config.network.gateway = Some(site.base_url());
    config.network.min_interval_ms = Some(0);
    // What the demo makes up is not to be published anywhere, and nobody is told of it.
    config.object_storage = ObjectStorageConfig::default();
    config.workers = WorkersConfig::default();
    config.alerts = AlertsConfig::default();
    for source in SOURCES {
        let spec = source.spec();
        let min_rows: BTreeMap<String, u64> = spec.tables.keys().map(|t| (t.clone(), 0)).collect();
        config
            .sources
            .insert(spec.id.to_string(), SourceConfig { min_rows, ..SourceConfig::default() });
    }
    config
}

fn show(lake: &Lake) -> anyhow::Result<()> {
    let conn = regatta_warehouse::open_read_only(lake)?;
    line("\n# regatta progress")?;
    let matrix = format!(
        "SELECT {MATRIX_COLUMNS} FROM progress_matrix ORDER BY generic, dosage_form LIMIT 15"
    );
    answer_rows(run_sql(&conn, &matrix)?).print(Format::Table)?;
    line(format!("\n# regatta search {QUESTION}"))?;
    hit_rows(&regatta_warehouse::search(&conn, QUESTION, 10)?).print(Format::Table)?;
    line(format!("\nThe lake is {}", lake.root().display()))?;
    line(format!("Open {} with any DuckDB client, or ask:", lake.duckdb_file().display()))?;
    line(format!(
        "  regatta --lake {} show drug D0000001\n  regatta --lake {0} sql \"FROM competition('nevirapine')\"",
        lake.root().display()
    ))
}
