//! `regatta explain` and `regatta why`: each merge explained.

use anyhow::bail;
use regatta_warehouse::{
    Connection, Why, explain as explanation, explanation_tree, show_record, why as reason, why_text,
};
use serde_json::json;

use super::show::{no_record, table};
use crate::app::App;
use crate::cli::Format;
use crate::exit::Exit;
use crate::output::{self, Rows, line};

/// The tree of a drug; in CSV and Markdown its records, and why they belong to it.
pub fn explain(app: &App, id: &str) -> anyhow::Result<Exit> {
    let Some(drug) = explanation(&app.duckdb()?, id)? else {
        bail!("there is no drug {id}; `regatta search` finds ids");
    };
    match app.format {
        Format::Json => output::json(&drug)?,
        Format::Table => line(explanation_tree(&drug).trim_end())?,
        format @ (Format::Csv | Format::Markdown) => {
            let records: Vec<_> = drug.records.iter().flat_map(|kind| &kind.records).collect();
            table(&records)?.print(format)?;
        }
    }
    Ok(Exit::Ok)
}

/// Why two records are (not) one drug.
///
/// # Errors
/// When one of them is unknown, as `show record` says it.
pub fn why(app: &App, record_a: &str, record_b: &str) -> anyhow::Result<Exit> {
    let duckdb = app.duckdb()?;
    let why = reason(&duckdb, record_a, record_b)?;
    known(&duckdb, record_a, why.drug_a.as_deref())?;
    known(&duckdb, record_b, why.drug_b.as_deref())?;
    match app.format {
        Format::Json => output::json(&why)?,
        Format::Table => line(why_text(&why).trim_end())?,
        format @ (Format::Csv | Format::Markdown) => row(&why).print(format)?,
    }
    Ok(Exit::Ok)
}

/// A record that is in no drug may be one that is not there.
fn known(duckdb: &Connection, record: &str, drug: Option<&str>) -> anyhow::Result<()> {
    if drug.is_none() && show_record(duckdb, record)?.is_none() {
        return Err(no_record(record));
    }
    Ok(())
}

fn row(why: &Why) -> Rows {
    let columns = ["record_a", "record_b", "same_drug", "reason", "drug_a", "drug_b", "path"];
    let path: Vec<&str> = why.path.iter().map(|step| step.words.as_str()).collect();
    let mut rows = Rows::new(columns);
    rows.push([
        json!(why.record_a),
        json!(why.record_b),
        json!(why.same_drug),
        json!(why.reason),
        json!(why.drug_a),
        json!(why.drug_b),
        json!(path),
    ]);
    rows
}
