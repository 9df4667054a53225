//! `regatta explain` and `regatta why`: each merge explained.

use anyhow::bail;
use regatta_warehouse::{explain as explanation, explanation_tree, why as reason, why_text};

use crate::app::App;
use crate::cli::Format;
use crate::exit::Exit;
use crate::output::{self, line};

/// The tree of a drug.
pub fn explain(app: &App, id: &str) -> anyhow::Result<Exit> {
    let Some(drug) = explanation(&app.duckdb()?, id)? else {
        bail!("there is no drug {id}; `regatta search` finds ids");
    };
    match app.format {
        Format::Json => output::json(&drug)?,
        _ => line(explanation_tree(&drug).trim_end())?,
    }
    Ok(Exit::Ok)
}

/// Why two records are (not) one drug.
pub fn why(app: &App, record_a: &str, record_b: &str) -> anyhow::Result<Exit> {
    let why = reason(&app.duckdb()?, record_a, record_b)?;
    match app.format {
        Format::Json => output::json(&why)?,
        _ => line(why_text(&why).trim_end())?,
    }
    Ok(Exit::Ok)
}
