//! `regatta dictionary`: growing the dictionaries, and what they cover.

mod coverage;

use std::path::{Path, PathBuf};

use regatta_dictionaries::Dictionaries;
use regatta_dictionaries::import::{
    Format as TableFormat, ImportError, ImportOptions, ImportReport, import, import_into,
};
use serde_json::json;

use crate::app::App;
use crate::cli::{DictionaryCommand, Format};
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::output::{self, Rows, line};

/// Runs the command.
pub fn dictionary(app: &App, what: DictionaryCommand) -> anyhow::Result<Exit> {
    match what {
        DictionaryCommand::Coverage { fail_under, companies } => {
            coverage::coverage(app, fail_under.as_deref(), companies)
        }
        DictionaryCommand::Import {
            files,
            table_format,
            into,
            source,
            keep_unmapped_targets,
            all_activities,
            dry_run,
        } => {
            let format = table_format
                .map(|f| f.parse::<TableFormat>())
                .transpose()
                .map_err(|e| ConfigError::new(format!("--as: {e}")))?;
            let folder = match (app.dictionary_folder(into), dry_run) {
                (Err(_), true) => None,
                (folder, _) => Some(folder?),
            };
            let folder = folder.as_deref();
            let asked = |dry_run| Asked {
                format,
                source: source.as_deref(),
                keep_unmapped_targets,
                all_activities,
                dry_run,
            };
            let all = |dry_run| {
                let report = |file: &PathBuf| one(file, folder, &asked(dry_run));
                files.iter().map(report).collect::<anyhow::Result<Vec<_>>>()
            };
            // One unusable file among several must not leave the rest half done.
            let reports = all(true)?;
            let reports = if dry_run { reports } else { all(false)? };
            let reports: Vec<_> = files.iter().zip(reports).collect();
            print(app, &reports, folder, dry_run)
        }
    }
}

struct Asked<'a> {
    format: Option<TableFormat>,
    source: Option<&'a str>,
    keep_unmapped_targets: bool,
    all_activities: bool,
    dry_run: bool,
}

fn one(file: &Path, folder: Option<&Path>, asked: &Asked<'_>) -> anyhow::Result<ImportReport> {
    let bytes = std::fs::read(file)
        .map_err(|e| ConfigError::new(format!("cannot read {}: {e}", file.display())))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // Chinese product names lose the words of their form; the dictionaries as
    // they are now tell which words these are.
    // The first import makes the folder.
    let dictionaries = Dictionaries::load(folder.filter(|folder| folder.exists()))?;
    let without_form = |name: &str| {
        dictionaries.forms.in_name_zh(name).map_or_else(|| name.to_owned(), |found| found.stem)
    };
    let mut options = ImportOptions::new(asked.source.unwrap_or(&name));
    options.format = asked.format;
    options.keep_unmapped_targets = asked.keep_unmapped_targets;
    options.all_activities = asked.all_activities;
    options.without_form = &without_form;
    let report = match folder.filter(|_| !asked.dry_run) {
        Some(folder) => import_into(folder, &bytes, &options),
        None => import(&bytes, folder, &options).map(|import| import.report),
    };
    report.map_err(|error| {
        let cannot = format!("cannot import {}", file.display());
        match error {
            // The dictionaries, not the table, could not be read or written.
            ImportError::Dictionary(_) => anyhow::Error::new(error).context(cannot),
            _ => ConfigError::new(format!("{cannot}: {error}")).into(),
        }
    })
}

/// How many conflicts and problems a person is shown.
const SHOWN: usize = 15;

fn print(
    app: &App,
    reports: &[(&PathBuf, ImportReport)],
    folder: Option<&Path>,
    dry_run: bool,
) -> anyhow::Result<Exit> {
    if app.format == Format::Json {
        let files: Vec<_> = reports
            .iter()
            .map(|(file, report)| json!({ "file": file, "dry_run": dry_run, "report": report }))
            .collect();
        output::json(&files)?;
        return Ok(Exit::Ok);
    }
    let mut rows = Rows::new([
        "file",
        "format",
        "rows",
        "lines added",
        "already known",
        "left out",
        "conflicts",
        "problems",
    ]);
    for (file, report) in reports {
        rows.push([
            json!(file),
            json!(report.format),
            json!(report.rows),
            json!(report.added),
            json!(report.already_known),
            json!(report.left_out),
            json!(report.conflicts.len()),
            json!(report.problems.iter().map(|p| p.rows).sum::<usize>()),
        ]);
    }
    rows.print(app.format)?;
    if app.format == Format::Csv {
        return Ok(Exit::Ok);
    }
    for (file, report) in reports {
        for conflict in report.conflicts.iter().take(SHOWN) {
            line(format!(
                "{}, row {}: {} is {} in {}, not {}; the line stays",
                file.display(),
                conflict.row,
                conflict.value,
                conflict.existing,
                conflict.file,
                conflict.proposed
            ))?;
        }
        for problem in report.problems.iter().take(SHOWN) {
            line(format!(
                "{}, row {}: {} ({} rows)",
                file.display(),
                problem.row,
                problem.message,
                problem.rows
            ))?;
        }
        let more = report.conflicts.len().saturating_sub(SHOWN)
            + report.problems.len().saturating_sub(SHOWN);
        if more > 0 {
            line(format!("… and {more} more; `--format json` lists all"))?;
        }
    }
    match folder {
        Some(folder) if !dry_run => line(format!(
            "Written to {}. The next `regatta refresh` applies it.",
            folder.display()
        ))?,
        _ => line("Nothing was written (--dry-run).")?,
    }
    Ok(Exit::Ok)
}
