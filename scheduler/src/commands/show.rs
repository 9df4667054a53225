//! `regatta show drug` and `regatta show record`.

use anyhow::{anyhow, bail};
use regatta_warehouse::{DrugDetail, RecordDetail, show_drug, show_record};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::cli::Format;
use crate::exit::Exit;
use crate::output::{self, Rows, line};

/// Everything known of a drug.
pub fn drug(app: &App, id: &str) -> anyhow::Result<Exit> {
    let Some(drug) = show_drug(&app.duckdb()?, id)? else {
        bail!("there is no drug {id}; `regatta search` finds ids");
    };
    match app.format {
        Format::Json => output::json(&drug)?,
        format => print_drug(&drug, format)?,
    }
    Ok(Exit::Ok)
}

fn print_drug(drug: &DrugDetail, format: Format) -> anyhow::Result<()> {
    let records = table(&drug.records)?;
    if format == Format::Csv {
        return records.print(format);
    }
    match &drug.asked_as {
        Some(earlier) => line(format!("{} (earlier {earlier})", drug.drug_id))?,
        None => line(&drug.drug_id)?,
    }
    pairs(&drug.fields).print(format)?;
    line("Progress")?;
    table(&drug.progress)?.print(format)?;
    line("Records, and why they belong to it")?;
    records.print(format)?;
    if !drug.changes.is_empty() {
        line("Changes")?;
        table(&drug.changes)?.print(format)?;
    }
    Ok(())
}

/// Everything known of a record, down to the raw row.
pub fn record(app: &App, id: &str) -> anyhow::Result<Exit> {
    let Some(record) = show_record(&app.duckdb()?, id)? else {
        return Err(no_record(id));
    };
    match app.format {
        Format::Json => output::json(&record)?,
        format => print_record(app, &record, format)?,
    }
    Ok(Exit::Ok)
}

/// A record that is not there.
pub fn no_record(id: &str) -> anyhow::Error {
    anyhow!("there is no record {id}; record ids look like us_orange_book:N-020636-001")
}

fn print_record(app: &App, record: &RecordDetail, format: Format) -> anyhow::Result<()> {
    let body = object(&record.body)?;
    if format == Format::Csv {
        return pairs(&record.fields).print(format);
    }
    line(&record.record_id)?;
    pairs(&record.fields).print(format)?;
    if let Some(link) = &record.link {
        line("Its drug, and what links it there")?;
        pairs(link).print(format)?;
    }
    line("The regulator's bytes")?;
    pairs(&body).print(format)?;
    match &record.raw {
        Some(raw) => {
            line(format!("The regulator's own row ({})", raw.view))?;
            pairs(&raw.columns).print(format)?;
        }
        None => match &record.raw_problem {
            Some(problem) => {
                let remedy = app.moved().map_or_else(String::new, |moved| format!("{moved}: "));
                line(format!("The regulator's own row cannot be read: {remedy}{problem}"))?;
            }
            None => line("The raw rows of this record are not in the lake any more.")?,
        },
    }
    for (title, rows) in [("Problems", &record.issues), ("Changes", &record.changes)] {
        if !rows.is_empty() {
            line(title)?;
            table(rows)?.print(format)?;
        }
    }
    Ok(())
}

/// Field and value, one a line.
pub fn pairs(fields: &Map<String, Value>) -> Rows {
    let mut rows = Rows::new(["field", "value"]);
    for (name, value) in fields {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            rows.push([json!(name), value.clone()]);
        }
    }
    rows
}

/// Objects of one kind as rows.
pub fn table<T: Serialize>(items: &[T]) -> anyhow::Result<Rows> {
    let objects = items.iter().map(object).collect::<anyhow::Result<Vec<_>>>()?;
    let columns: Vec<String> =
        objects.first().map(|o| o.keys().cloned().collect()).unwrap_or_default();
    let mut rows = Rows::new(columns);
    for object in objects {
        rows.push(object.into_iter().map(|(_, value)| value));
    }
    Ok(rows)
}

pub fn object(item: &impl Serialize) -> anyhow::Result<Map<String, Value>> {
    match serde_json::to_value(item)? {
        Value::Object(fields) => Ok(fields),
        other => bail!("expected an object, found {other}"),
    }
}
