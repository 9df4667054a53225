//! `regatta verify`.

use serde_json::json;

use crate::app::App;
use crate::cli::Format;
use crate::exit::Exit;
use crate::output::{self, Rows, bars, line};

/// Re-hashes everything; fails when anything is not as its manifest says.
pub fn verify(app: &App) -> anyhow::Result<Exit> {
    let lake = app.lake()?;
    let showing = bars::step("verifying");
    let report = regatta_lake::verify(&lake, |path| showing.at(path))?;
    drop(showing);
    match app.format {
        Format::Json => output::json(&report)?,
        format => {
            // For programs the header stands also where nothing was found.
            if !report.findings.is_empty() || format != Format::Table {
                let mut rows = Rows::new(["file", "problem"]);
                for finding in &report.findings {
                    rows.push([json!(finding.path), json!(finding.problem)]);
                }
                rows.print(format)?;
            }
            if format == Format::Table {
                line(format!(
                    "{} findings in {} run manifests, {} raw tables, {} bodies, {} snapshots with {} tables, {} files of ledger, refreshes and alerts.",
                    report.findings.len(),
                    report.runs,
                    report.raw_tables,
                    report.bodies,
                    report.snapshots,
                    report.tables,
                    report.noted_files
                ))?;
                line(format!(
                    "Not looked at, being fetched or made anew at need or not taken in yet: {}.",
                    report.not_verified.join(", ")
                ))?;
            }
        }
    }
    Ok(if report.findings.is_empty() { Exit::Ok } else { Exit::Failed })
}
