//! `regatta dictionary coverage`: how much of the published records the
//! dictionaries know.

use anyhow::Context;
use regatta_warehouse::{Answer, run_sql};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::Format;
use crate::commands::find::answer_rows;
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::output::{self, Rows, line};

/// Shares by source and kind of record.
const BY_SOURCE: &str = include_str!("coverage.sql");

/// The columns that a person reads in the second table; the others are in the
/// first. Programs get all in one.
const NAMES_AND_FORMS: [&str; 5] =
    ["form", "form_where_given", "company_names", "company_known", "group_decided"];

/// Runs the command.
pub fn coverage(app: &App, fail_under: Option<&str>, companies: usize) -> anyhow::Result<Exit> {
    let wanted = fail_under.map(wanted).transpose()?.unwrap_or_default();
    let duckdb = app.duckdb()?;
    let by_source = run_sql(&duckdb, BY_SOURCE)?;
    let totals = Totals::of(&by_source, &run_sql(&duckdb, ACROSS)?);
    let undecided = run_sql(
        &duckdb,
        &format!(
            "SELECT company, records, drugs FROM (FROM company ORDER BY records DESC, company \
             LIMIT {companies}) WHERE NOT group_decided ORDER BY records DESC, company"
        ),
    )?;
    let failed: Vec<String> =
        wanted.iter().filter_map(|(name, least)| totals.below(name, *least)).collect();
    match app.format {
        Format::Json => output::json(&json!({
            "totals": totals.as_object(),
            "by_source": objects(&by_source),
            "companies_without_group_decision": objects(&undecided),
            "largest_companies": companies,
            "failed": failed,
        }))?,
        Format::Csv => {
            answer_rows(by_source).print(app.format)?;
            for failure in &failed {
                tracing::error!("{failure}");
            }
        }
        Format::Table | Format::Markdown => {
            print(&by_source, &totals, undecided, companies, app.format)?;
            for failure in &failed {
                line(failure)?;
            }
        }
    }
    Ok(if failed.is_empty() { Exit::Ok } else { Exit::Failed })
}

/// The total over kinds of record of what is counted once for all of them.
const ACROSS: &str = "
SELECT
    (SELECT round(100 * avg((how <> 'unmatched' AND how <> 'rejected')::INT), 2) FROM (
        SELECT dosage_form_match AS how, dosage_form_raw AS raw FROM listing
        UNION ALL SELECT dosage_form_match, dosage_form_raw FROM registration
        UNION ALL SELECT dosage_form_match, dosage_form_raw FROM trial_product)
        WHERE coalesce(raw, '') <> '' AND how NOT IN ('unspecified', 'inferred', 'not_a_drug')
    ) AS forms,
    (SELECT round(100.0 * sum(records) FILTER (known) / sum(records), 2) FROM company)
        AS companies";

/// The percentages that a team watches; null where there is nothing to measure.
struct Totals([(&'static str, Value); 5]);

impl Totals {
    fn of(by_source: &Answer, across: &Answer) -> Self {
        let kinds = objects(by_source);
        let kind = |kind: &str| {
            let of_kind = |o: &&Value| o["kind"] == kind && o["source_id"] == "all";
            kinds.iter().find(of_kind).map_or(Value::Null, |o| o["standard_generic"].clone())
        };
        let across = objects(across).into_iter().next().unwrap_or_default();
        Self([
            ("generics", kind("listing")),
            ("registrations", kind("registration")),
            ("trials", kind("trial")),
            ("forms", across["forms"].clone()),
            ("companies", across["companies"].clone()),
        ])
    }

    fn get(&self, name: &str) -> &Value {
        self.0.iter().find(|(known, _)| *known == name).map_or(&Value::Null, |(_, value)| value)
    }

    /// Why the total is not enough. Where there is nothing to measure, a build
    /// that asks for a share must not pass.
    fn below(&self, name: &str, least: f64) -> Option<String> {
        match self.get(name).as_f64() {
            Some(is) if is >= least => None,
            Some(is) => Some(format!("{name}: {is} % is below {least} %")),
            None => Some(format!("{name}: there are none, {least} % are asked for")),
        }
    }

    fn as_object(&self) -> Value {
        self.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    /// For people: `97.1 %`.
    fn words(&self, name: &str) -> String {
        self.get(name).as_f64().map_or_else(|| "none there".into(), |share| format!("{share} %"))
    }
}

fn print(
    by_source: &Answer,
    totals: &Totals,
    undecided: Answer,
    companies: usize,
    format: Format,
) -> anyhow::Result<()> {
    line("Records whose generic name is standard, in percent, and how it was found")?;
    columns(by_source, |name| !NAMES_AND_FORMS.contains(&name)).print(format)?;
    line("Dosage forms of all records, and of those whose source gives one; company names")?;
    let second = |name: &str| NAMES_AND_FORMS.contains(&name) || KEY.contains(&name);
    columns(by_source, second).print(format)?;
    line(format!(
        "Standard generics: listings {}, registrations {}, trials {}. Forms where a source gives \
         one: {}. Companies of records known: {}.",
        totals.words("generics"),
        totals.words("registrations"),
        totals.words("trials"),
        totals.words("forms"),
        totals.words("companies")
    ))?;
    let open = undecided.rows.len();
    if open == 0 {
        return line(format!(
            "All of the {companies} largest companies by records have a group decision."
        ));
    }
    line(format!(
        "{open} of the {companies} largest companies by records have no group decision:"
    ))?;
    answer_rows(undecided).print(format)
}

const KEY: [&str; 2] = ["kind", "source_id"];

/// Some columns of an answer.
fn columns(answer: &Answer, wanted: impl Fn(&str) -> bool) -> Rows {
    let taken: Vec<usize> =
        (0..answer.columns.len()).filter(|at| wanted(&answer.columns[*at].name)).collect();
    let mut rows = Rows::new(taken.iter().map(|at| answer.columns[*at].name.replace('_', " ")));
    for row in &answer.rows {
        rows.push(taken.iter().map(|at| row[*at].clone()));
    }
    rows
}

/// `generics=90,trials=80` as pairs.
fn wanted(text: &str) -> anyhow::Result<Vec<(String, f64)>> {
    const NAMES: [&str; 5] = ["generics", "registrations", "trials", "forms", "companies"];
    text.split(',')
        .map(|part| {
            let wrong = |what: String| ConfigError::new(format!("--fail-under {part:?}: {what}"));
            let (name, least) = part
                .trim()
                .split_once('=')
                .with_context(|| wrong("expected WHAT=PERCENT".into()))?;
            if !NAMES.contains(&name) {
                return Err(wrong(format!("expected one of {}", NAMES.join(", "))).into());
            }
            let least = least.parse().ok().filter(|p| (0.0..=100.0).contains(p));
            let least = least.ok_or_else(|| wrong("expected a percentage".into()))?;
            Ok((name.to_owned(), least))
        })
        .collect()
}

fn objects(answer: &Answer) -> Vec<Value> {
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
    fn bounds_are_read_and_wrong_ones_are_wrong_usage() {
        assert_eq!(wanted("generics=90,trials=80.5").unwrap().len(), 2);
        for (text, reason) in [
            ("generics", "WHAT=PERCENT"),
            ("genrics=1", "expected one of"),
            ("generics=x", "a percentage"),
            ("generics=NaN", "a percentage"),
            ("generics=101", "a percentage"),
        ] {
            let error = wanted(text).unwrap_err();
            assert!(format!("{error:#}").contains(reason), "{error:#}");
            assert_eq!(Exit::of_error(&error), Exit::Usage, "{text}");
        }
    }

    #[test]
    fn a_share_of_nothing_is_not_enough() {
        let totals = Totals([
            ("generics", json!(90.0)),
            ("registrations", Value::Null),
            ("trials", Value::Null),
            ("forms", json!(99.5)),
            ("companies", json!(100.0)),
        ]);
        assert_eq!(totals.below("generics", 90.0), None);
        assert!(totals.below("forms", 99.6).is_some_and(|why| why.contains("below 99.6 %")));
        assert!(totals.below("trials", 0.0).is_some_and(|why| why.contains("there are none")));
    }
}
