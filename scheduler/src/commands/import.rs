//! `regatta import`: files that an operator saved.

use std::path::PathBuf;

use anyhow::Context;
use regatta_crawlers::{ImportFile, recognises};

use super::refresh::{remarks, source_rows};
use crate::app::App;
use crate::catalogue;
use crate::cli::Format;
use crate::exit::Exit;
use crate::jobs::{self, SourceLine};
use crate::output::{self, line};

/// Reads the files through the source's parsers, as a run of its own.
pub async fn import(
    app: &App,
    source: &str,
    files: &[PathBuf],
    accept_shrink: bool,
    replace: bool,
) -> anyhow::Result<Exit> {
    let source = catalogue::find(source)?;
    let mut loaded = Vec::new();
    for path in files {
        let data =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        loaded.push(ImportFile { name, data });
    }
    // Files that the source does not know make no lake.
    if app.lake_if_any()?.is_none() {
        for file in &loaded {
            recognises(source, file)?;
        }
    }
    let (lake, lock) = app.lake_for_writing()?;
    let crawler = jobs::crawler_for_import(&app.config, &lake, accept_shrink, replace)?;
    let run = jobs::import(&crawler, &lock, source, loaded).await?;
    regatta_transform::write_ledger(&lake, &catalogue::entries(&app.config), &lock)?;
    let lines = [SourceLine::of(&lake, &run)];
    match app.format {
        Format::Json => output::json(&lines)?,
        format => {
            source_rows(&lines).print(format)?;
            if format == Format::Table {
                for text in remarks(&lines[0]) {
                    line(text)?;
                }
                line(if run.status.is_good() {
                    "Run `regatta transform` and `regatta publish` to serve it."
                } else {
                    "Nothing of these files was taken; what was served before still is."
                })?;
            }
        }
    }
    Ok(if run.status.is_good() { Exit::Ok } else { Exit::SourceFailed })
}
