//! `regatta search`, `progress` and `sql`: questions to the published file.

use regatta_warehouse::{Answer, Hit, WarehouseError, run_sql};
use serde_json::json;

use crate::app::App;
use crate::cli::Format;
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::output::{self, Rows, line};

/// R43.
pub fn search(app: &App, term: &str, limit: usize) -> anyhow::Result<Exit> {
    let hits = regatta_warehouse::search(&app.duckdb()?, term, limit)?;
    match app.format {
        Format::Json => output::json(&hits)?,
        format => {
            hit_rows(&hits).print(format)?;
            if hits.is_empty() && format == Format::Table {
                line(format!("Nothing matches {term:?}."))?;
            }
        }
    }
    Ok(Exit::Ok)
}

/// One row per drug found.
pub fn hit_rows(hits: &[Hit]) -> Rows {
    let mut rows = Rows::new([
        "drug", "generic", "form", "holder", "partners", "brands", "progress", "records", "matched",
    ]);
    for hit in hits {
        let progress: Vec<String> = hit
            .progress
            .iter()
            .map(|p| match (&p.current_status, &p.progress) {
                (now, stage) if now == stage => format!("{}: {stage}", p.country),
                (now, stage) => format!("{}: {stage} (now {now})", p.country),
            })
            .collect();
        let matched: Vec<String> =
            hit.matched.iter().map(|m| format!("{} {}", m.kind, m.how)).collect();
        rows.push([
            json!(hit.drug_id),
            json!(hit.generic),
            json!(hit.dosage_form_en),
            json!(hit.holder),
            json!(hit.partners),
            json!(some_of(&hit.drug_names)),
            json!(progress),
            json!(hit.records),
            json!(matched.join(", ")),
        ]);
    }
    rows
}

/// The first few of a long list.
fn some_of(names: &[String]) -> Vec<String> {
    const SHOWN: usize = 4;
    let mut shown: Vec<String> = names.iter().take(SHOWN).cloned().collect();
    if names.len() > SHOWN {
        shown.push(format!("… {} more", names.len() - SHOWN));
    }
    shown
}

/// The columns of the progress matrix that fit on a screen.
pub const MATRIX_COLUMNS: &str = "generic, dosage_form_en AS form, us AS \"US\", eu AS \"EU\", jp AS \"JP\", cn AS \"CN\", drugs, records";

/// The progress matrix of the generics whose name contains the text, and of those that
/// it names in another way: in Chinese or Japanese, or as a brand.
pub fn progress(app: &App, generic: &str, limit: usize) -> anyhow::Result<Exit> {
    let pattern = generic.trim().to_lowercase().replace('\'', "''");
    let columns = match app.format {
        // The codes and labels are for programs; a person reads one of them.
        Format::Table => MATRIX_COLUMNS,
        _ => "*",
    };
    let query = format!(
        "SELECT {columns} FROM progress_matrix WHERE contains(generic, '{pattern}') \
            OR generic IN (SELECT unnest(generics_of('{pattern}'))) \
            OR generic IN (SELECT d.generic FROM search_term t JOIN drug d ON t.entity = 'drug:' || d.drug_id \
                WHERE t.kind = 'brand' AND t.term_key = fold_term('{pattern}')) \
         ORDER BY generic, dosage_form LIMIT {limit}"
    );
    let answer = run_sql(&app.duckdb()?, &query)?;
    if answer.rows.is_empty() && app.format == Format::Table {
        line(format!("No generic is called {generic:?}; try `regatta search`."))?;
        return Ok(Exit::Ok);
    }
    answer_rows(answer).print(app.format)?;
    Ok(Exit::Ok)
}

/// Any query.
pub fn sql(app: &App, query: &str) -> anyhow::Result<Exit> {
    let answer = run_sql(&app.duckdb()?, query);
    let answer = match answer {
        // What may not be asked, as in `export --query`: the command line has to change.
        Err(error @ WarehouseError::Refused { .. }) => {
            return Err(ConfigError::new(error.to_string()).into());
        }
        // DuckDB's word for a file outside of the lake.
        Err(error) if error.to_string().contains("Permission Error") => {
            let error = anyhow::Error::new(error);
            return Err(match app.moved() {
                Some(moved) => error.context(moved),
                None => error,
            });
        }
        other => other?,
    };
    answer_rows(answer).print(app.format)?;
    Ok(Exit::Ok)
}

/// The rows of an answer.
pub fn answer_rows(answer: Answer) -> Rows {
    let mut rows = Rows::new(answer.columns.into_iter().map(|c| c.name));
    for row in answer.rows {
        rows.push(row);
    }
    rows
}
