//! `regatta dictionary coverage`: how much of the published records the
//! dictionaries know.

use anyhow::{Context, bail};
use regatta_warehouse::{Answer, run_sql};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::Format;
use crate::commands::find::answer_rows;
use crate::exit::Exit;
use crate::output::{self, line};

/// Records and shares by source. A form counts where the source gives one:
/// records that name none are `no_form`.
const BY_SOURCE: &str = "
WITH record AS (
    SELECT 'listing' AS kind, source_id, generic_match, dosage_form_match FROM listing
    UNION ALL
    SELECT 'registration', source_id, generic_match, dosage_form_match FROM registration
    UNION ALL
    SELECT 'trial', source_id, generic_match, dosage_form_match FROM trial_product
)
SELECT kind, source_id, count(*) AS records,
    round(100 * avg((generic_match NOT IN ('unmatched', 'partial', 'not_a_drug'))::INT), 2)
        AS standard_generic,
    round(100 * avg((dosage_form_match NOT IN ('unmatched', 'unspecified'))::INT), 2) AS form,
    round(100 * avg((dosage_form_match = 'inferred')::INT), 2) AS form_inferred,
    round(100 * avg((dosage_form_match = 'unspecified')::INT), 2) AS no_form,
    count(*) FILTER (dosage_form_match = 'unmatched') AS unknown_form
FROM record GROUP BY ALL ORDER BY kind, source_id";

/// The totals that a team watches, one row: generics of listings, trials with
/// a standard generic, forms among those that the source states.
const TOTALS: &str = "
SELECT
    (SELECT round(100 * avg((generic_match NOT IN ('unmatched', 'partial', 'not_a_drug'))::INT), 2)
        FROM listing) AS generics,
    (SELECT round(100.0 * (SELECT count(DISTINCT trial_id) FROM trial_product
            WHERE generic_match NOT IN ('unmatched', 'partial', 'not_a_drug')) / count(*), 2)
        FROM trial) AS trials,
    (SELECT round(100 * avg((dosage_form_match <> 'unmatched')::INT), 2) FROM (
        SELECT dosage_form_match FROM listing WHERE dosage_form_raw IS NOT NULL
        UNION ALL
        SELECT dosage_form_match FROM trial_product WHERE dosage_form_raw IS NOT NULL)) AS forms,
    (SELECT round(100.0 * sum(records) FILTER (known) / sum(records), 2) FROM company) AS companies";

/// Runs the command.
pub fn coverage(app: &App, fail_under: Option<&str>, companies: usize) -> anyhow::Result<Exit> {
    let wanted = fail_under.map(wanted).transpose()?.unwrap_or_default();
    let duckdb = app.duckdb()?;
    let by_source = run_sql(&duckdb, BY_SOURCE)?;
    let totals = run_sql(&duckdb, TOTALS)?;
    let undecided = run_sql(
        &duckdb,
        &format!(
            "SELECT company, records, drugs FROM (FROM company ORDER BY records DESC, company \
             LIMIT {companies}) WHERE NOT group_decided ORDER BY records DESC, company"
        ),
    )?;
    let total = |name: &str| cell(&totals, name);
    let failed: Vec<String> = wanted
        .iter()
        .filter_map(|(name, least)| {
            let is = total(name).as_f64().unwrap_or(0.0);
            (is < *least).then(|| format!("{name}: {is} % is below {least} %"))
        })
        .collect();
    if app.format == Format::Json {
        output::json(&json!({
            "totals": object(&totals).into_iter().next(),
            "by_source": object(&by_source),
            "companies_without_group_decision": object(&undecided),
            "largest_companies": companies,
            "failed": failed,
        }))?;
    } else {
        answer_rows(by_source).print(app.format)?;
        if app.format == Format::Table {
            line(format!(
                "Listings with a standard generic: {} %. Trials with one: {} %. Forms known where \
                 a source states one: {} %. Company names known: {} %.",
                total("generics"),
                total("trials"),
                total("forms"),
                total("companies")
            ))?;
            let open = undecided.rows.len();
            line(format!(
                "Of the {companies} largest companies by records, {} have a group decision{}",
                companies.saturating_sub(open),
                if open == 0 { "." } else { "; these have none:" }
            ))?;
            if open > 0 {
                answer_rows(undecided).print(app.format)?;
            }
        }
        for failure in &failed {
            line(failure)?;
        }
    }
    Ok(if failed.is_empty() { Exit::Ok } else { Exit::Failed })
}

/// `generics=90,trials=80` as pairs.
fn wanted(text: &str) -> anyhow::Result<Vec<(String, f64)>> {
    const NAMES: [&str; 4] = ["generics", "trials", "forms", "companies"];
    text.split(',')
        .map(|part| {
            let (name, least) = part
                .split_once('=')
                .with_context(|| format!("--fail-under {part:?}: expected WHAT=PERCENT"))?;
            if !NAMES.contains(&name) {
                bail!("--fail-under {name:?}: expected one of {}", NAMES.join(", "));
            }
            let least =
                least.parse().with_context(|| format!("--fail-under {part:?}: not a number"))?;
            Ok((name.to_owned(), least))
        })
        .collect()
}

fn cell(answer: &Answer, name: &str) -> Value {
    let at = answer.columns.iter().position(|c| c.name == name);
    at.and_then(|at| answer.rows.first()?.get(at).cloned()).unwrap_or(Value::Null)
}

fn object(answer: &Answer) -> Vec<Value> {
    let names: Vec<&str> = answer.columns.iter().map(|c| c.name.as_str()).collect();
    answer
        .rows
        .iter()
        .map(|row| names.iter().zip(row).map(|(n, v)| ((*n).to_owned(), v.clone())).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_and_unknown_names_refused() {
        assert_eq!(wanted("generics=90,trials=80.5").unwrap().len(), 2);
        assert!(wanted("generics").unwrap_err().to_string().contains("WHAT=PERCENT"));
        assert!(wanted("genrics=1").unwrap_err().to_string().contains("expected one of"));
    }
}
